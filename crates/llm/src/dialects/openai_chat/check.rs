//! Trying a configuration, step by step, so that the first thing that is wrong gets named.

use super::{OpenAiChat, body_of};
use crate::{DeltaSink, Provider};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use steersman_protocol::{Inventory, ModelMessage, ModelRequest, OfferedTool, Problem, Risk, ToolChoice, ToolKind};
use tokio_util::sync::CancellationToken;

const MOST_MODELS_NAMED: usize = 8;

pub async fn check(provider: &OpenAiChat) -> Result<(), Problem> {
    check_key(provider)?;
    check_model(provider).await?;
    let silent: DeltaSink = Arc::new(|_| {});
    let ask = |tools: Vec<OfferedTool>| provider.ask(small_request(tools), silent.clone(), CancellationToken::new());
    match ask(vec![small_tool()]).await {
        Ok(_) => Ok(()),
        Err(problem) if problem.code == "model.refused_request" && ask(Vec::new()).await.is_ok() => Err(Problem::new(
            "model.no_tools",
            format!("Could not use {} as a provider", provider.config.name),
            format!(
                "the model {} answers, but does not support tool calls",
                provider.config.model
            ),
            "Choose a model with tool support, or start the server with it switched on",
        )),
        Err(problem) => Err(problem),
    }
}

/// Copied keys often bring a space or a line break along.
fn check_key(provider: &OpenAiChat) -> Result<(), Problem> {
    let has_space = provider
        .config
        .api_key
        .as_ref()
        .is_some_and(|key| key.expose_secret().chars().any(|c| c.is_whitespace() || c.is_control()));
    if !has_space {
        return Ok(());
    }
    Err(Problem::new(
        "model.refused_key",
        format!("Could not use {} as a provider", provider.config.name),
        "the API key holds a space or a line break",
        "Enter the key again without it",
    ))
}

/// The list of models says at once whether address, key and model are right. Servers without such a list are fine.
async fn check_model(provider: &OpenAiChat) -> Result<(), Problem> {
    let model = &provider.config.model;
    let request = provider.request(reqwest::Method::GET, "/models")?;
    let Ok(sent) = tokio::time::timeout(provider.config.first_token_timeout, request.send()).await else {
        return Err(provider
            .trouble()
            .too_slow("its list of models did not come", provider.config.first_token_timeout));
    };
    let response = sent.map_err(|error| provider.trouble().not_sent(&error))?;
    let status = response.status();
    if matches!(status.as_u16(), 401 | 403 | 429) {
        return Err(provider.refusal(response, model).await);
    }
    let body = body_of(response).await.unwrap_or_default();
    if !status.is_success() {
        return Ok(());
    }
    let Ok(list) = serde_json::from_slice::<Value>(&body) else {
        return Err(provider.trouble().no_json(&body));
    };
    let names: Vec<&str> = list
        .get("data")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("id").and_then(Value::as_str))
        .collect();
    // llama.cpp answers to any name, Ollama without its tag.
    let is_known = names
        .iter()
        .any(|name| *name == model || name.strip_suffix(":latest") == Some(model));
    if names.is_empty() || is_known || names.len() == 1 {
        return Ok(());
    }
    let some: Vec<String> = names
        .iter()
        .take(MOST_MODELS_NAMED)
        .map(|name| name.chars().take(80).collect())
        .collect();
    Err(Problem::new(
        "model.unknown_model",
        format!("Could not use {} as a provider", provider.config.name),
        format!("it has no model called {model}"),
        format!(
            "Choose one of its models: {}{}",
            some.join(", "),
            if names.len() > some.len() { ", …" } else { "" }
        ),
    ))
}

fn small_request(tools: Vec<OfferedTool>) -> ModelRequest {
    ModelRequest {
        model: String::new(),
        system: "Answer in one word.".into(),
        messages: vec![ModelMessage::User {
            text: "Say ready.".into(),
        }],
        tools,
        tool_choice: ToolChoice::Auto,
        inventory: Inventory::default(),
        max_output_tokens: Some(64),
        temperature: None,
    }
}

fn small_tool() -> OfferedTool {
    OfferedTool {
        name: "steersman_ready".into(),
        // Only the model's form is sent.
        tool: "steersman.ready".parse().expect("a well-formed tool name"),
        kind: ToolKind::Query,
        floor: Risk::Low,
        title: "Ready".into(),
        description: "Says that it is ready.".into(),
        example: String::new(),
        synonyms: Vec::new(),
        input_schema: json!({ "type": "object", "properties": {} }),
        relevance: 0.0,
    }
}
