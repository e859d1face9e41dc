//! Anthropic's Messages.
//!
//! Written after the published API reference (docs.claude.com/en/api/messages and …/messages-streaming).

use super::{Addressee, Dialect};
use crate::remote::{
    Answer, CallPiece,
    schema::without_hints,
    turns::{Called, Turn, object_of, turns},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use steersman_protocol::{FinishReason, ModelRequest, OfferedTool, ToolChoice, Usage};

pub(crate) struct Anthropic;

/// The version of the API that this file is written after.
const VERSION: &str = "2023-06-01";
/// The API wants a limit; every current model takes this one.
const MOST_OUTPUT_TOKENS: u32 = 8192;

impl Dialect for Anthropic {
    fn server(&self) -> &'static str {
        "a server of Anthropic's Messages"
    }

    fn endpoint(&self) -> &'static str {
        "/messages"
    }

    fn models_path(&self) -> &'static str {
        "/models?limit=1000"
    }

    fn authorized(&self, request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
        let request = request.header("anthropic-version", VERSION);
        match key {
            Some(key) => request.header("x-api-key", key),
            None => request,
        }
    }

    fn body(&self, request: &ModelRequest, to: &Addressee<'_>) -> Value {
        let mut body = json!({
            "model": to.model,
            "max_tokens": request.max_output_tokens.unwrap_or(MOST_OUTPUT_TOKENS),
            "messages": messages(request),
            "stream": true,
        });
        if !request.system.is_empty() {
            body["system"] = json!(request.system);
        }
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(tool).collect();
            body["tool_choice"] = match &request.tool_choice {
                ToolChoice::Auto => json!({ "type": "auto" }),
                ToolChoice::Required => json!({ "type": "any" }),
                ToolChoice::None => json!({ "type": "none" }),
                ToolChoice::Named(name) => json!({ "type": "tool", "name": name }),
            };
        }
        if let Some(temperature) = request.temperature {
            // From 0 to 1 here, from 0 to 2 elsewhere.
            body["temperature"] = json!(temperature.min(1.0));
        }
        body
    }

    fn take(&self, event: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        let index = event.get("index").and_then(Value::as_u64);
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "message_start" => frame(event.get("message").unwrap_or(&Value::Null), answer),
            "content_block_start" => block(event.get("content_block").unwrap_or(&Value::Null), index, false, answer)?,
            "content_block_delta" => {
                let delta = event.get("delta").unwrap_or(&Value::Null);
                answer.text(delta.get("text"))?;
                answer.thought(delta.get("thinking"));
                if let Some(arguments) = delta.get("partial_json").and_then(Value::as_str) {
                    answer.call(CallPiece {
                        index,
                        arguments,
                        ..CallPiece::default()
                    })?;
                }
            }
            "message_delta" => {
                frame(event, answer);
                if let Some(reason) = event.pointer("/delta/stop_reason").and_then(Value::as_str) {
                    answer.ends(finish_reason(reason));
                }
            }
            // `content_block_stop`, `message_stop`, `ping`, and what may come: the reference asks to pass over it.
            _ => {}
        }
        Ok(())
    }

    fn take_whole(&self, message: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        frame(message, answer);
        let content = message.get("content").and_then(Value::as_array);
        for (index, content) in (0..).zip(content.ok_or("its answer holds no message")?) {
            block(content, Some(index), true, answer)?;
        }
        let reason = message.get("stop_reason").and_then(Value::as_str);
        answer.ends(reason.map_or(FinishReason::Stop, finish_reason));
        Ok(())
    }
}

fn tool(tool: &OfferedTool) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": without_hints(&tool.input_schema),
    })
}

/// Results stand together in the one user message after their calls, before anything else in it.
fn messages(request: &ModelRequest) -> Vec<Value> {
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    let mut say = |role: &'static str, blocks: Vec<Value>| match messages.last_mut() {
        Some((last, content)) if *last == role => content.extend(blocks),
        _ => messages.push((role, blocks)),
    };
    for turn in turns(&request.messages) {
        match turn {
            Turn::User(text) => say("user", text_block(text).into_iter().collect()),
            Turn::Assistant { text, calls } => {
                let blocks = text_block(text)
                    .into_iter()
                    .chain(calls.iter().map(call_block))
                    .collect();
                say("assistant", blocks);
                if !calls.is_empty() {
                    say("user", calls.iter().map(result_block).collect());
                }
            }
        }
    }
    messages.retain(|(_, content)| !content.is_empty());
    if messages.first().is_some_and(|(role, _)| *role == "assistant") {
        // A conversation that was cut to its end begins where it was cut; the API wants the person first.
        messages.insert(
            0,
            (
                "user",
                vec![json!({ "type": "text", "text": "(Earlier messages are left out.)" })],
            ),
        );
    }
    messages
        .into_iter()
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect()
}

/// The API refuses empty texts.
fn text_block(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }))
}

fn call_block(Called { call, .. }: &Called<'_>) -> Value {
    json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": object_of(&call.arguments) })
}

fn result_block(called: &Called<'_>) -> Value {
    json!({
        "type": "tool_result",
        "tool_use_id": called.call.id,
        "content": called.result,
        "is_error": called.is_error,
    })
}

/// The model, and tokens: what was read from or written to the cache is counted apart, and is part of the prompt.
fn frame(message: &Value, answer: &mut Answer<'_>) {
    answer.named(message.get("model"));
    let Some(usage) = message.get("usage").filter(|usage| usage.is_object()) else {
        return;
    };
    let count = |key: &str| usage.get(key).and_then(Value::as_u64);
    let (read, written) = (count("cache_read_input_tokens"), count("cache_creation_input_tokens"));
    answer.counted(Usage {
        prompt_tokens: count("input_tokens").map(|fresh| fresh + read.unwrap_or(0) + written.unwrap_or(0)),
        completion_tokens: count("output_tokens"),
        cached_tokens: read,
        reasoning_tokens: None,
    });
}

/// A block as it begins, or a whole one: at its beginning a call's input is an empty object, and its text follows.
fn block(block: &Value, index: Option<u64>, is_whole: bool, answer: &mut Answer<'_>) -> Result<(), String> {
    let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "text" => answer.text(block.get("text")),
        "thinking" => {
            answer.thought(block.get("thinking"));
            Ok(())
        }
        "tool_use" => {
            let input = block.get("input").filter(|_| is_whole).map(Value::to_string);
            answer.call(CallPiece {
                index,
                id: text("id"),
                name: text("name"),
                arguments: input.as_deref().unwrap_or_default(),
            })
        }
        _ => Ok(()),
    }
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Stop,
    }
}
