//! `steersman policy`.

use crate::{cli::Policy as Cli, client::Client, show};
use anstream::println;
use anyhow::{Context, Result};
use owo_colors::OwoColorize;
use serde_json::json;
use std::process::ExitCode;
use steersman_protocol::{Policy, RuleEffect, When};

pub async fn run(client: &Client, is_json: bool, command: &Cli) -> Result<ExitCode> {
    let saved: Policy = match command {
        Cli::Show => client.get("/api/policy").await?,
        Cli::Set { file } => {
            let text = std::fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
            let policy: Policy =
                serde_json::from_str(&text).with_context(|| format!("{} holds no policy", file.display()))?;
            client.put("/api/policy", json!(policy)).await?
        }
        Cli::FourEyes { switch } => {
            let mut policy: Policy = client.get("/api/policy").await?;
            policy.four_eyes = switch == "on";
            client.put("/api/policy", json!(policy)).await?
        }
    };
    if is_json {
        show::json(&saved)
    } else {
        tell(&saved)
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(policy: &Policy) {
    println!(
        "Revision {}. Critical changes need {}. Approvals stay open for {} minutes.",
        policy.revision.bold(),
        if policy.four_eyes {
            "a second person"
        } else {
            "a written reason"
        },
        policy.approval_minutes
    );
    show::table(
        &["rule", "when", "says", "because"],
        policy.rules.iter().map(|rule| {
            vec![
                rule.id.clone(),
                when(&rule.when),
                effect(&rule.effect),
                rule.reason.clone(),
            ]
        }),
    );
}

fn when(when: &When) -> String {
    let mut parts = Vec::new();
    if let Some(kind) = when.kind {
        parts.push(format!("{kind:?}").to_lowercase());
    }
    if let Some(least) = when.risk_at_least {
        parts.push(format!("{least} or more"));
    }
    if let Some(most) = when.risk_at_most {
        parts.push(format!("{most} or less"));
    }
    for (name, list) in [
        ("tools", &when.tools),
        ("targets", &when.targets),
        ("environments", &when.environments),
        ("roles", &when.roles),
    ] {
        if !list.is_empty() {
            parts.push(format!("{name} {}", list.join(" ")));
        }
    }
    if parts.is_empty() {
        "always".into()
    } else {
        parts.join(", ")
    }
}

fn effect(effect: &RuleEffect) -> String {
    match effect {
        RuleEffect::Allow => "allow".into(),
        RuleEffect::Ask {
            reason_required,
            second_person,
        } => {
            let mut text = "ask".to_owned();
            if *reason_required {
                text.push_str(", with a reason");
            }
            if *second_person {
                text.push_str(", a second person");
            }
            text
        }
        RuleEffect::Deny => "deny".into(),
        RuleEffect::Relax => "allow although others ask".into(),
    }
}
