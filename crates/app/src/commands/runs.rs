//! `steersman runs`.

use super::ask::short_id;
use crate::{cli::Runs, client::Client, show};
use anstream::println;
use anyhow::{Result, bail};
use owo_colors::OwoColorize;
use serde_json::json;
use std::process::ExitCode;
use steersman_protocol::{Page, RunView};

pub async fn run(client: &Client, is_json: bool, command: &Runs) -> Result<ExitCode> {
    match command {
        Runs::List => {
            let page: Page<RunView> = client.get("/api/runs?limit=30").await?;
            if is_json {
                show::json(&page);
            } else {
                show::table(
                    &["id", "started (UTC)", "status", "what"],
                    page.items.iter().map(|run| {
                        vec![
                            short_id(&run.id.to_string()),
                            run.created_at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                            run.status.to_string(),
                            run.title.clone(),
                        ]
                    }),
                );
            }
        }
        Runs::Show { id } => {
            let run: RunView = client.get(&format!("/api/runs/{}", find(client, id).await?)).await?;
            if is_json {
                show::json(&run);
                return Ok(ExitCode::SUCCESS);
            }
            println!("{} {}", show::printable(&run.title).bold(), run.status);
            for execution in &run.executions {
                println!(
                    "\n{} on {}: {}",
                    execution.tool.to_string().bold(),
                    execution.target.name,
                    execution.status
                );
                match &execution.problem {
                    Some(problem) => show::problem(problem),
                    None => println!("  {}", show::printable(&execution.summary)),
                }
                show::blocks(&execution.blocks);
            }
        }
        Runs::Cancel { id } => {
            let run: RunView = client
                .post(&format!("/api/runs/{}/cancel", find(client, id).await?), json!({}))
                .await?;
            if is_json {
                show::json(&run)
            } else {
                println!("{} The stop is recorded and on its way.", "✓".green())
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn find(client: &Client, part: &str) -> Result<String> {
    if part.len() == 36 {
        return Ok(part.to_owned());
    }
    let page: Page<RunView> = client.get("/api/runs?limit=500").await?;
    let fitting: Vec<String> = page
        .items
        .iter()
        .map(|run| run.id.to_string())
        .filter(|id| id.starts_with(part) || id.ends_with(part))
        .collect();
    match fitting.as_slice() {
        [only] => Ok(only.clone()),
        [] => bail!("there is no run \"{part}\"; `steersman runs list` lists the latest"),
        several => bail!("{} runs fit \"{part}\"; give more of the id", several.len()),
    }
}
