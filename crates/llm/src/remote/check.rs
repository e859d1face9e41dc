//! Trying a configuration, step by step, so that the first thing that is wrong gets named.

use super::{Remote, exchange::body_of};
use crate::{DeltaSink, Provider};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use steersman_protocol::{Inventory, ModelMessage, ModelRequest, OfferedTool, Problem, Risk, ToolChoice, ToolKind};
use tokio_util::sync::CancellationToken;

pub async fn check(remote: &Remote) -> Result<(), Problem> {
    check_key(remote)?;
    let model = &remote.config.model;
    let names = models(remote).await?;
    // llama.cpp answers to any name, and vendors know names that they do not list.
    let is_known = names.len() < 2 || remote.dialect.lists_all() && remote.dialect.knows(&names, model);
    if remote.dialect.lists_all() && !is_known {
        return Err(remote.trouble().unknown_model(model, &names));
    }
    let silent: DeltaSink = Arc::new(|_| {});
    let ask = |tools: Vec<OfferedTool>| remote.ask(small_request(tools), silent.clone(), CancellationToken::new());
    match ask(vec![small_tool()]).await {
        Ok(_) => Ok(()),
        Err(problem) if problem.code == "model.refused_request" && ask(Vec::new()).await.is_ok() => {
            Err(remote.trouble().no_tools(model))
        }
        Err(problem) if problem.code == "model.unknown_model" && !names.is_empty() => {
            Err(remote.trouble().unknown_model(model, &names))
        }
        Err(problem) => Err(problem),
    }
}

/// Copied keys often bring a space or a line break along.
fn check_key(remote: &Remote) -> Result<(), Problem> {
    let has_space = remote
        .config
        .api_key
        .as_ref()
        .is_some_and(|key| key.expose_secret().chars().any(|c| c.is_whitespace() || c.is_control()));
    if !has_space {
        return Ok(());
    }
    Err(Problem::new(
        "model.refused_key",
        format!("Could not use {} as a provider", remote.config.name),
        "the API key holds a space or a line break",
        "Enter the key again without it",
    ))
}

/// The list of models says at once whether address and key are right. Servers without such a list are fine.
async fn models(remote: &Remote) -> Result<Vec<String>, Problem> {
    let request = remote.request(reqwest::Method::GET, remote.dialect.models_path())?;
    let limit = remote.config.first_token_timeout;
    let Ok(sent) = tokio::time::timeout(limit, request.send()).await else {
        return Err(remote.trouble().too_slow("its list of models did not come", limit));
    };
    let response = sent.map_err(|error| remote.trouble().not_sent(&error))?;
    let status = response.status();
    if matches!(status.as_u16(), 400 | 401 | 403 | 429) {
        let failure = remote.refusal(response, &remote.config.model).await;
        let is_certain = failure.problem.code != "model.refused_request";
        return if is_certain {
            Err(failure.problem)
        } else {
            Ok(Vec::new())
        };
    }
    let body = body_of(response).await.unwrap_or_default();
    if !status.is_success() {
        return Ok(Vec::new());
    }
    let Ok(list) = serde_json::from_slice::<Value>(&body) else {
        return Err(remote.trouble().no_json(&body));
    };
    Ok(remote.dialect.model_names(&list))
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
