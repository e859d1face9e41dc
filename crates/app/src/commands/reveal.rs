//! `steersman reveal`: what a change left, once.

use crate::{cli::Reveal, client::Client, show};
use anstream::println;
use anyhow::{Result, bail};
use owo_colors::OwoColorize;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{io::IsTerminal, process::ExitCode};
use steersman_protocol::{ExecutionView, RunView};

#[derive(Deserialize, Serialize)]
struct Shown {
    items: Vec<Secret>,
}

#[derive(Deserialize, Serialize)]
struct Secret {
    label: String,
    value: String,
}

pub async fn run(client: &Client, is_json: bool, reveal: &Reveal) -> Result<ExitCode> {
    let id = super::runs::find(client, &reveal.run).await?;
    let run: RunView = client.get(&format!("/api/runs/{id}")).await?;
    let left: Vec<&ExecutionView> = run.executions.iter().filter(|call| !call.secrets.is_empty()).collect();
    if left.is_empty() {
        bail!("that run left nothing to show");
    }
    let may_ask = !reveal.yes && !is_json && std::io::stdin().is_terminal();
    if may_ask && !confirmed(&left)? {
        println!("Nothing was shown.");
        return Ok(ExitCode::SUCCESS);
    }
    let mut items = Vec::new();
    for call in left {
        let path = format!("/api/executions/{}/secrets/reveal", call.id);
        items.extend(client.post::<Shown>(&path, json!({})).await?.items);
    }
    if is_json {
        show::json(&Shown { items });
        return Ok(ExitCode::SUCCESS);
    }
    for secret in items {
        println!("{}", show::printable(&secret.label).bold());
        println!("{}", show::printable(&secret.value));
    }
    Ok(ExitCode::SUCCESS)
}

fn confirmed(left: &[&ExecutionView]) -> Result<bool> {
    use std::io::Write;
    for secret in left.iter().flat_map(|call| &call.secrets) {
        println!("{}", show::printable(&secret.label));
    }
    print!("Show it now? It is forgotten as soon as it is shown. [y/N] ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
