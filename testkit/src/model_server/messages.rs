//! Anthropic's Messages: `message`, and the events of its stream.

use super::{
    request::Recorded,
    script::Answer,
    wire::{Wire, is_name, object, unknown_key},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) struct Messages;

const ID: &str = "msg_scripted";
const KNOWN: &[&str] = &[
    "model",
    "max_tokens",
    "messages",
    "system",
    "stream",
    "tools",
    "tool_choice",
    "temperature",
    "stop_sequences",
    "metadata",
    "thinking",
    "top_k",
    "top_p",
];

impl Wire for Messages {
    fn mistake(&self, request: &Recorded) -> Option<String> {
        if request.header("anthropic-version").is_none() {
            return Some("anthropic-version: header is required".into());
        }
        let body = &request.body;
        if body["max_tokens"].as_u64().is_none_or(|most| most == 0) {
            return Some("max_tokens: Field required".into());
        }
        let messages = body["messages"].as_array().filter(|messages| !messages.is_empty());
        let Some(messages) = messages else {
            return Some("messages: at least one message is required".into());
        };
        unknown_key(body, KNOWN)
            .or_else(|| messages_mistake(messages))
            .or_else(|| tools_mistake(body))
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Value {
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            500..=599 => "api_error",
            _ if code.is_empty() => "invalid_request_error",
            _ => code,
        };
        json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_scripted" })
    }

    fn unknown_model(&self) -> &'static str {
        "not_found_error"
    }

    fn error_piece(&self) -> Value {
        self.error(529, "overloaded_error", "Overloaded")
    }

    fn whole(&self, request: &Recorded, answer: &Answer) -> Value {
        let mut content: Vec<Value> = Vec::new();
        if !answer.text.is_empty() {
            content.push(json!({ "type": "text", "text": answer.text.concat() }));
        }
        content.extend(answer.calls.iter().map(
            |call| json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": object(&call.arguments) }),
        ));
        let mut message = empty(request, answer);
        message["content"] = content.into();
        message["stop_reason"] = stop_reason(answer).into();
        if !answer.hides_usage {
            message["usage"]["output_tokens"] = tokens(answer).1.into();
        }
        message
    }

    fn opening(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let start = json!({ "type": "message_start", "message": empty(request, answer) });
        vec![
            self.frame(&start.to_string()),
            self.frame(&json!({ "type": "ping" }).to_string()),
        ]
    }

    fn pieces(&self, _request: &Recorded, answer: &Answer) -> Vec<String> {
        let blocks = blocks(answer);
        let events = (0..).zip(blocks).flat_map(|(index, (begin, deltas))| {
            let start = json!({ "type": "content_block_start", "index": index, "content_block": begin });
            let deltas = deltas
                .into_iter()
                .map(move |delta| json!({ "type": "content_block_delta", "index": index, "delta": delta }));
            let stop = json!({ "type": "content_block_stop", "index": index });
            std::iter::once(start).chain(deltas).chain([stop])
        });
        events.map(|event: Value| self.frame(&event.to_string())).collect()
    }

    fn closing(&self, _request: &Recorded, answer: &Answer) -> Vec<String> {
        let mut delta =
            json!({ "type": "message_delta", "delta": { "stop_reason": stop_reason(answer), "stop_sequence": null } });
        if !answer.hides_usage {
            delta["usage"] = json!({ "output_tokens": tokens(answer).1 });
        }
        let stop = json!({ "type": "message_stop" });
        vec![self.frame(&delta.to_string()), self.frame(&stop.to_string())]
    }

    fn frame(&self, data: &str) -> String {
        let event: Value = serde_json::from_str(data).unwrap_or_default();
        format!("event: {}\ndata: {data}\n\n", event["type"].as_str().unwrap_or("error"))
    }
}

/// Each block as it begins, and its pieces.
fn blocks(answer: &Answer) -> Vec<(Value, Vec<Value>)> {
    let mut blocks = Vec::new();
    if !answer.reasoning.is_empty() {
        let pieces = answer.reasoning.iter();
        let mut pieces: Vec<Value> = pieces
            .map(|piece| json!({ "type": "thinking_delta", "thinking": piece }))
            .collect();
        pieces.push(json!({ "type": "signature_delta", "signature": "c2lnbmVk" }));
        blocks.push((json!({ "type": "thinking", "thinking": "", "signature": "" }), pieces));
    }
    if !answer.text.is_empty() {
        let pieces = answer.text.iter();
        let pieces = pieces
            .map(|piece| json!({ "type": "text_delta", "text": piece }))
            .collect();
        blocks.push((json!({ "type": "text", "text": "" }), pieces));
    }
    for call in &answer.calls {
        let begin = json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": {} });
        let pieces = std::iter::once("").chain(call.arguments.iter().map(String::as_str));
        let pieces = pieces
            .map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }))
            .collect();
        blocks.push((begin, pieces));
    }
    blocks
}

/// The message before its content. What is read from the cache is not part of `input_tokens`.
fn empty(request: &Recorded, answer: &Answer) -> Value {
    let mut message = json!({
        "id": ID, "type": "message", "role": "assistant", "model": request.body["model"], "content": [],
        "stop_reason": null, "stop_sequence": null,
    });
    if !answer.hides_usage {
        let (prompt, _, cached) = tokens(answer);
        message["usage"] = json!({
            "input_tokens": prompt - cached, "cache_creation_input_tokens": 0, "cache_read_input_tokens": cached,
            "output_tokens": 1,
        });
    }
    message
}

fn tokens(answer: &Answer) -> (u64, u64, u64) {
    answer.usage.unwrap_or((21, 7, 4))
}

fn stop_reason(answer: &Answer) -> &'static str {
    match answer.finish {
        Some("length") => "max_tokens",
        Some("content_filter") => "refusal",
        _ if answer.calls.is_empty() => "end_turn",
        _ => "tool_use",
    }
}

/// The person speaks first, and the results of all calls stand at the beginning of the message after them.
fn messages_mistake(messages: &[Value]) -> Option<String> {
    let mut waiting: BTreeSet<String> = BTreeSet::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if at == 0 && role != "user" || !["user", "assistant"].contains(&role) {
            return Some(format!("messages.{at}: unexpected role"));
        }
        let text = [json!({ "type": "text", "text": message["content"] })];
        let blocks = message["content"].as_array().map_or(&text[..], Vec::as_slice);
        if blocks.is_empty() {
            return Some(format!("messages.{at}: all messages must have non-empty content"));
        }
        for block in blocks {
            let id = || {
                block["id"]
                    .as_str()
                    .or(block["tool_use_id"].as_str())
                    .unwrap_or_default()
                    .to_owned()
            };
            match (role, block["type"].as_str().unwrap_or_default()) {
                (_, "text")
                    if block["text"].as_str().is_some_and(|text| !text.is_empty())
                        && (role != "user" || waiting.is_empty()) => {}
                ("assistant", "tool_use") if block["input"].is_object() => {
                    waiting.insert(id());
                }
                ("user", "tool_result") if waiting.remove(&id()) => {}
                (_, kind) => {
                    return Some(format!(
                        "messages.{at}: unexpected block {kind}, waiting for {waiting:?}"
                    ));
                }
            }
        }
        if role == "user" && !waiting.is_empty() {
            return Some(format!(
                "`tool_use` ids were found without `tool_result` blocks: {waiting:?}"
            ));
        }
    }
    (!waiting.is_empty()).then(|| "`tool_use` without `tool_result` at the end".to_owned())
}

fn tools_mistake(body: &Value) -> Option<String> {
    let tools = body["tools"].as_array();
    let choice = body.get("tool_choice");
    if choice.is_some() && tools.is_none() {
        return Some("tool_choice may only be specified while providing tools".into());
    }
    for (at, tool) in tools.into_iter().flatten().enumerate() {
        if !tool["name"].as_str().is_some_and(is_name) || tool["input_schema"]["type"] != "object" {
            return Some(format!("tools.{at}: invalid name or input_schema"));
        }
        if let Some(mistake) = unknown_key(tool, &["name", "description", "input_schema", "cache_control", "type"]) {
            return Some(mistake);
        }
    }
    let kind = choice?["type"].as_str().unwrap_or_default();
    let is_offered = || {
        tools
            .into_iter()
            .flatten()
            .any(|tool| Some(&tool["name"]) == choice.map(|c| &c["name"]))
    };
    let is_good = matches!(kind, "auto" | "any" | "none") || kind == "tool" && is_offered();
    (!is_good).then(|| format!("tool_choice: {kind} is not possible"))
}
