//! `steersman call`: one tool by hand.

use super::{ask::short_id, targets::find};
use crate::{cli::Call, client::Client, show};
use anstream::println;
use anyhow::{Context, Result, bail};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::process::ExitCode;
use steersman_protocol::{ApprovalView, ExecutionStatus, ExecutionView, RunView};

pub async fn run(client: &Client, is_json: bool, call: &Call) -> Result<ExitCode> {
    if call.all || !call.targets.is_empty() {
        return on_each(client, is_json, call).await;
    }
    let [name, rest @ ..] = call.rest.as_slice() else {
        bail!("say on which target, or use --targets or --all");
    };
    let arguments = parsed(rest.first())?;
    let target = find(client, name).await?;
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

fn parsed(arguments: Option<&String>) -> Result<Value> {
    let text = arguments.map_or("{}", String::as_str);
    serde_json::from_str(text).context("the arguments are no JSON; write them like '{\"table\":\"orders\"}'")
}

/// A row for each target. Some may fail; it is a failure when all do.
async fn on_each(client: &Client, is_json: bool, call: &Call) -> Result<ExitCode> {
    if call.rest.len() > 1 {
        bail!("with --targets or --all give only the arguments");
    }
    let arguments = parsed(call.rest.first())?;
    let tool = match call.tool.contains('.') {
        true => call.tool.clone(),
        false => whole_name(client, &call.tool).await?,
    };
    let body = json!({
        "targets": call.targets, "all": call.all, "environment": call.environment, "arguments": arguments,
    });
    let mut run: RunView = client.post(&format!("/api/tools/{tool}/execute"), body).await?;
    while run.status == steersman_protocol::RunStatus::Executing {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        run = client.get(&format!("/api/runs/{}", run.id)).await?;
    }
    if is_json {
        show::json(&run);
    } else {
        let rows = run.executions.iter().map(row);
        show::table(&["target", "status", "what came of it"], rows);
    }
    let has = |status| run.executions.iter().any(|call| call.status == status);
    Ok(match () {
        () if has(ExecutionStatus::Completed) => ExitCode::SUCCESS,
        () if has(ExecutionStatus::Pending) => ExitCode::from(2),
        () => ExitCode::FAILURE,
    })
}

fn row(call: &ExecutionView) -> Vec<String> {
    let said = match &call.problem {
        Some(problem) => problem.why.clone(),
        None => call.summary.clone(),
    };
    vec![call.target.name.clone(), call.status.to_string(), said]
}

/// The one tool with this name after the plugin's.
async fn whole_name(client: &Client, short: &str) -> Result<String> {
    let page: Value = client.get("/api/tools").await?;
    let names = page["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tool| tool["name"].as_str());
    let fitting: Vec<&str> = names
        .filter(|name| name.split_once('.').is_some_and(|(_, rest)| rest == short))
        .collect();
    match fitting.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => bail!("there is no tool \"{short}\"; see `steersman tools`"),
        several => bail!("say which of these: {}", several.join(", ")),
    }
}
