//! `steersman approvals | approve | reject`.

use super::ask::{Told, short_id};
use crate::{
    cli::{Approvals, Decide},
    client::{Client, Follow},
    show,
};
use anstream::println;
use anyhow::{Result, bail};
use owo_colors::OwoColorize;
use serde_json::json;
use std::{io::IsTerminal, process::ExitCode};
use steersman_protocol::{ApprovalStatus, ApprovalView, EventRecord, ExecutionStatus, Page, RunView};

pub async fn list(client: &Client, is_json: bool, approvals: &Approvals) -> Result<ExitCode> {
    if let Some(id) = &approvals.id {
        let view = find(client, id).await?;
        if is_json {
            show::json(&view)
        } else {
            show::approval(&view)
        }
        return Ok(ExitCode::SUCCESS);
    }
    let filter = if approvals.all { "" } else { "&status=pending" };
    let page: Page<ApprovalView> = client.get(&format!("/api/approvals?limit=100{filter}")).await?;
    if is_json {
        show::json(&page);
        return Ok(ExitCode::SUCCESS);
    }
    if page.items.is_empty() {
        println!("Nothing waits for a decision.");
        return Ok(ExitCode::SUCCESS);
    }
    show::table(
        &["id", "what", "where", "risk", "asked by", "status"],
        page.items.iter().map(|view| {
            let status = match view.status {
                ApprovalStatus::Pending => show::expiry(view),
                other => match &view.decided_by_name {
                    Some(name) => format!("{other} by {name}"),
                    None => other.to_string(),
                },
            };
            vec![
                short_id(&view.id.to_string()),
                view.plan.summary.clone(),
                view.plan.target.name.clone(),
                view.risk.to_string(),
                view.requested_by_name.clone(),
                status,
            ]
        }),
    );
    Ok(ExitCode::SUCCESS)
}

pub async fn decide(client: &Client, is_json: bool, decide: &Decide, approve: bool) -> Result<ExitCode> {
    let decision = Decision {
        approve,
        reason: decide.reason.clone(),
        ask_first: !decide.yes,
    };
    decide_on(client, is_json, &decide.id, &decision).await
}

/// A yes or no, and whether to ask once more on a terminal.
pub struct Decision {
    pub approve: bool,
    pub reason: Option<String>,
    pub ask_first: bool,
}

/// Decides on an approval and shows what comes of it.
pub async fn decide_on(client: &Client, is_json: bool, id: &str, decision: &Decision) -> Result<ExitCode> {
    let Decision {
        approve,
        reason,
        ask_first,
    } = decision;
    let view = find(client, id).await?;
    let may_ask = *approve && *ask_first && !is_json && std::io::stdin().is_terminal();
    if may_ask {
        show::approval(&view);
    }
    if may_ask && !confirmed()? {
        println!("Nothing was decided.");
        return Ok(ExitCode::SUCCESS);
    }
    let verb = if *approve { "approve" } else { "reject" };
    let body = if *approve {
        json!({ "digest": view.digest, "reason": reason })
    } else {
        json!({ "reason": reason })
    };
    let decided: ApprovalView = client.post(&format!("/api/approvals/{}/{verb}", view.id), body).await?;
    if !*approve {
        if is_json {
            show::json(&decided)
        } else {
            println!("{} Rejected. Nothing was changed.", "✓".green())
        }
        return Ok(ExitCode::SUCCESS);
    }
    // Events up to the decision were seen before; what follows is what came of it.
    let mut told = Told::new(is_json);
    let execution_id = view.execution_id;
    let mut is_after = false;
    client
        .follow(&format!("/api/runs/{}/events", view.run_id), |kind, data| {
            let Ok(record) = serde_json::from_value::<EventRecord>(data) else { return Follow::On };
            if kind != "event" {
                return Follow::On;
            }
            is_after |= matches!(&record.event, steersman_protocol::Event::Decided { execution_id: id, .. } if *id == execution_id);
            if is_after { told.event(&record) } else { Follow::On }
        })
        .await?;
    told.quiet();
    let run: RunView = client.get(&format!("/api/runs/{}", view.run_id)).await?;
    if is_json {
        show::json(&run);
    }
    if told.waiting.is_some() {
        return Ok(ExitCode::from(2));
    }
    let is_done = run
        .executions
        .iter()
        .any(|execution| execution.id == execution_id && execution.status == ExecutionStatus::Completed);
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn confirmed() -> Result<bool> {
    use std::io::Write;
    print!("\nApprove exactly this? [y/N] ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// The approval whose id is, begins or ends with `part`. Several are told, none is an error.
async fn find(client: &Client, part: &str) -> Result<ApprovalView> {
    if part.len() == 36 {
        return client.get(&format!("/api/approvals/{part}")).await;
    }
    let page: Page<ApprovalView> = client.get("/api/approvals?limit=500").await?;
    let mut fitting: Vec<ApprovalView> = page
        .items
        .into_iter()
        .filter(|view| {
            let id = view.id.to_string();
            id.starts_with(part) || id.ends_with(part)
        })
        .collect();
    match fitting.len() {
        1 => Ok(fitting.remove(0)),
        0 => bail!("there is no approval \"{part}\"; `steersman approvals` lists those that wait"),
        several => bail!("{several} approvals fit \"{part}\"; give more of the id"),
    }
}
