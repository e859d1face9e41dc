//! `steersman call`: one tool by hand.

use super::{ask::short_id, targets::find};
use crate::{cli::Call, client::Client, show};
use anstream::println;
use anyhow::{Context, Result};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::process::ExitCode;
use steersman_protocol::{ApprovalView, ExecutionStatus, RunView};

pub async fn run(client: &Client, is_json: bool, call: &Call) -> Result<ExitCode> {
    let arguments: Value = serde_json::from_str(&call.arguments)
        .context("the arguments are no JSON; write them like '{\"table\":\"orders\"}'")?;
    let target = find(client, &call.target).await?;
    let path = format!("/api/servers/{}/plugins/{}/execute", target.server_id, target.id);
    let run: RunView = client
        .post(&path, json!({ "tool": call.tool, "arguments": arguments }))
        .await?;
    if is_json {
        show::json(&run);
    }
    let Some(execution) = run.executions.first() else {
        return Ok(ExitCode::FAILURE);
    };
    if !is_json {
        match (&execution.problem, execution.approval_id, execution.status) {
            (_, Some(approval_id), ExecutionStatus::Pending) => {
                let view: ApprovalView = client.get(&format!("/api/approvals/{approval_id}")).await?;
                show::approval(&view);
                println!(
                    "\n  steersman approve {0}   or   steersman reject {0}",
                    short_id(&approval_id.to_string())
                );
            }
            (Some(problem), _, _) => show::problem(problem),
            (None, _, _) => {
                println!("{} {}", "✓".green(), show::printable(&execution.summary));
                show::blocks(&execution.blocks);
            }
        }
    }
    Ok(match execution.status {
        ExecutionStatus::Completed => ExitCode::SUCCESS,
        ExecutionStatus::Pending | ExecutionStatus::Approved | ExecutionStatus::Executing => ExitCode::from(2),
        ExecutionStatus::Rejected | ExecutionStatus::Failed | ExecutionStatus::Unknown => ExitCode::FAILURE,
    })
}
