//! `steersman audit`.

use crate::{
    cli::{Audit, AuditCommand},
    client::Client,
    show,
};
use anstream::println;
use anyhow::Result;
use owo_colors::OwoColorize;
use std::process::ExitCode;
use steersman_protocol::{AuditEntry, AuditVerification, Page};

pub async fn run(client: &Client, is_json: bool, audit: &Audit) -> Result<ExitCode> {
    match &audit.command {
        Some(AuditCommand::Verify) => verify(client, is_json).await,
        Some(AuditCommand::Export { format }) => {
            print!(
                "{}",
                client
                    .text(&format!("/api/audit/export?format={format}{}", filter(audit)))
                    .await?
            );
            Ok(ExitCode::SUCCESS)
        }
        None => list(client, is_json, audit).await,
    }
}

async fn verify(client: &Client, is_json: bool) -> Result<ExitCode> {
    let found: AuditVerification = client.get("/api/audit/verify").await?;
    if is_json {
        show::json(&found);
    } else if found.is_intact {
        println!(
            "{} The audit log is intact: {} entries, {} erased bodies.",
            "✓".green().bold(),
            found.entries,
            found.erased_bodies
        );
        println!("  {} {}", "head".dimmed(), found.head.dimmed());
    } else {
        println!(
            "{} The audit log was changed: {}",
            "✗".red().bold(),
            found.broken_at.unwrap_or_default()
        );
    }
    Ok(if found.is_intact {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn list(client: &Client, is_json: bool, audit: &Audit) -> Result<ExitCode> {
    let page: Page<AuditEntry> = client
        .get(&format!("/api/audit?limit={}{}", audit.limit, filter(audit)))
        .await?;
    if is_json {
        show::json(&page);
        return Ok(ExitCode::SUCCESS);
    }
    show::table(
        &["no", "time (UTC)", "who", "action", "result", "what"],
        page.items.iter().map(|entry| {
            let body = entry.body.clone().unwrap_or_default();
            let what = [body.tool, body.target, Some(body.sentence)]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" · ");
            vec![
                entry.number.to_string(),
                entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                body.user_name,
                entry.action.clone(),
                entry.result.as_str().to_owned(),
                what,
            ]
        }),
    );
    Ok(ExitCode::SUCCESS)
}

fn filter(audit: &Audit) -> String {
    let pairs = [
        ("risk", &audit.risk),
        ("result", &audit.result),
        ("tool", &audit.tool),
        ("target", &audit.target),
        ("q", &audit.text),
    ];
    pairs
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("&{name}={}", encode(value))))
        .collect()
}

/// Percent-encodes a query value.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
