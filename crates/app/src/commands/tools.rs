//! `steersman tools`.

use super::audit::encode;
use crate::{cli::Tools, client::Client, show};
use anyhow::Result;
use serde_json::Value;
use std::process::ExitCode;
use steersman_protocol::{Page, ToolKind, ToolSpec};

pub async fn run(client: &Client, is_json: bool, tools: &Tools) -> Result<ExitCode> {
    let mut path = format!("/api/tools?q={}", encode(&tools.words.join(" ")));
    for (name, value) in [("plugin", &tools.plugin), ("risk", &tools.risk)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", encode(value)));
        }
    }
    if is_json {
        show::json(&client.get::<Value>(&path).await?);
        return Ok(ExitCode::SUCCESS);
    }
    let page: Page<ToolSpec> = client.get(&path).await?;
    show::table(
        &["tool", "kind", "risk", "what it does", "takes"],
        page.items.iter().map(|spec| {
            let kind = match spec.kind {
                ToolKind::Query => "query",
                ToolKind::Change => "change",
            };
            vec![
                spec.name.to_string(),
                kind.into(),
                spec.floor.to_string(),
                spec.description.clone(),
                parameters(&spec.input_schema),
            ]
        }),
    );
    Ok(ExitCode::SUCCESS)
}

/// Names of the parameters; optional ones with a question mark.
fn parameters(schema: &Value) -> String {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let names = schema["properties"]
        .as_object()
        .into_iter()
        .flat_map(|properties| properties.keys());
    names
        .map(|name| {
            if required.contains(&name.as_str()) {
                name.clone()
            } else {
                format!("{name}?")
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
