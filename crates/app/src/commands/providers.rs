//! `steersman models`.

use crate::{cli::Models, client::Client, show};
use anstream::println;
use anyhow::{Context, Result};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::process::ExitCode;

pub async fn run(client: &Client, is_json: bool, command: &Models) -> Result<ExitCode> {
    match command {
        Models::List => {
            let page: Value = client.get("/api/models").await?;
            if is_json {
                show::json(&page);
            } else {
                let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
                let rows = page["items"].as_array().cloned().unwrap_or_default();
                show::table(
                    &["name", "kind", "address", "model", "asked first"],
                    rows.iter().map(|row| {
                        vec![
                            text(row, "name"),
                            text(row, "kind"),
                            text(row, "base_url"),
                            text(row, "model"),
                            if row["is_default"] == true {
                                "yes".into()
                            } else {
                                String::new()
                            },
                        ]
                    }),
                );
            }
        }
        Models::Add {
            name,
            kind,
            base_url,
            model,
            key,
            default,
        } => {
            let api_key = if *key {
                Some(super::targets::read_secret("key")?)
            } else {
                None
            };
            let base_url = base_url.as_deref().unwrap_or(kind.default_address());
            let row: Value = client.post("/api/models", json!({ "name": name, "kind": kind, "base_url": base_url, "model": model, "api_key": api_key, "is_default": default })).await?;
            if is_json {
                show::json(&row)
            } else {
                println!("{} Added {name}. Try it: steersman models test {name}", "✓".green())
            }
        }
        Models::Test { name } => {
            client
                .post::<Value>(&format!("/api/models/{}/test", find(client, name).await?), json!({}))
                .await?;
            println!("{} {name} answers.", "✓".green());
        }
        Models::Remove { name } => {
            client
                .delete(&format!("/api/models/{}", find(client, name).await?))
                .await?;
            println!("{} Removed {name} and its key.", "✓".green());
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(client: &Client, name: &str) -> Result<String> {
    let page: Value = client.get("/api/models").await?;
    let rows = page["items"].as_array().cloned().unwrap_or_default();
    let row = rows
        .iter()
        .find(|row| row["name"] == name)
        .with_context(|| format!("there is no model provider \"{name}\""))?;
    row["id"]
        .as_str()
        .map(str::to_owned)
        .context("the built-in provider needs no test and cannot be removed")
}
