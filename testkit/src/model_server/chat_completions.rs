//! OpenAI's Chat Completions: objects `chat.completion`, `chat.completion.chunk`, `error`.

use super::{
    request::Recorded,
    script::Answer,
    wire::{CREATED, Wire, is_name},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) struct ChatCompletions;

const ID: &str = "chatcmpl-scripted";

impl Wire for ChatCompletions {
    fn mistake(&self, request: &Recorded) -> Option<String> {
        mistake(&request.body)
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Value {
        let kind = if status >= 500 {
            "server_error"
        } else {
            "invalid_request_error"
        };
        json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
    }

    fn unknown_model(&self) -> &'static str {
        "model_not_found"
    }

    fn error_piece(&self) -> Value {
        self.error(500, "overloaded", "Something the vendor says.")
    }

    fn whole(&self, request: &Recorded, answer: &Answer) -> Value {
        let text = answer.text.concat();
        let mut message = json!({ "role": "assistant", "content": text, "refusal": null });
        if !answer.calls.is_empty() {
            message["tool_calls"] = answer
                .calls
                .iter()
                .map(|call| json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments.concat() } }))
                .collect();
            if text.is_empty() {
                message["content"] = Value::Null;
            }
        }
        let choice =
            json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(answer) });
        let mut body = json!({
            "id": ID, "object": "chat.completion", "created": CREATED, "model": request.body["model"], "choices": [choice],
        });
        if !answer.hides_usage {
            body["usage"] = usage(answer);
        }
        body
    }

    fn opening(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let begin = json!({ "role": "assistant", "content": "" });
        vec![self.frame(&chunk(request, answer, begin, Value::Null))]
    }

    fn pieces(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let frame = |delta| self.frame(&chunk(request, answer, delta, Value::Null));
        deltas(answer).into_iter().map(frame).collect()
    }

    fn closing(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let mut closing = vec![self.frame(&chunk(request, answer, json!({}), json!(finish_reason(answer))))];
        if counts(request, answer) {
            closing.push(self.frame(&framed(request, answer, json!([]), usage(answer))));
        }
        closing
    }

    fn done(&self) -> Option<&'static str> {
        Some("[DONE]")
    }
}

fn counts(request: &Recorded, answer: &Answer) -> bool {
    request.body["stream_options"]["include_usage"] == true && !answer.hides_usage
}

fn chunk(request: &Recorded, answer: &Answer, delta: Value, finish: Value) -> String {
    let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
    framed(request, answer, json!([choice]), Value::Null)
}

fn framed(request: &Recorded, answer: &Answer, choices: Value, usage: Value) -> String {
    let mut chunk = json!({
        "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": request.body["model"], "choices": choices,
    });
    if counts(request, answer) {
        chunk["usage"] = usage;
    }
    chunk.to_string()
}

/// Deltas in order: thoughts, text, then for the calls first name and id of each, then their arguments in turns.
fn deltas(answer: &Answer) -> Vec<Value> {
    let mut pieces: Vec<Value> = Vec::new();
    pieces.extend(
        answer
            .reasoning
            .iter()
            .map(|piece| json!({ "reasoning_content": piece })),
    );
    pieces.extend(answer.text.iter().map(|piece| json!({ "content": piece })));
    for (index, call) in answer.calls.iter().enumerate() {
        pieces.push(json!({ "tool_calls": [{ "index": index, "id": call.id, "type": "function", "function": { "name": call.name, "arguments": "" } }] }));
    }
    let most = answer.calls.iter().map(|call| call.arguments.len()).max().unwrap_or(0);
    for at in 0..most {
        for (index, call) in answer.calls.iter().enumerate() {
            if let Some(piece) = call.arguments.get(at) {
                pieces.push(json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] }));
            }
        }
    }
    pieces
}

fn finish_reason(answer: &Answer) -> &'static str {
    answer
        .finish
        .unwrap_or(if answer.calls.is_empty() { "stop" } else { "tool_calls" })
}

fn usage(answer: &Answer) -> Value {
    let (prompt, completion, cached) = answer.usage.unwrap_or((21, 7, 4));
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": { "cached_tokens": cached, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    })
}

/// The first thing that the reference does not allow.
fn mistake(body: &Value) -> Option<String> {
    let Some(messages) = body
        .get("messages")
        .and_then(Value::as_array)
        .filter(|messages| !messages.is_empty())
    else {
        return Some("'messages' must be a non-empty array.".into());
    };
    if !body.get("model").is_some_and(Value::is_string) {
        return Some("you must provide a model parameter".into());
    }
    if let Some(key) = body.as_object()?.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Some(format!("Unrecognized request argument supplied: {key}"));
    }
    if body.get("stream_options").is_some() && body["stream"] != true {
        return Some("The 'stream_options' parameter is only allowed when 'stream' is enabled.".into());
    }
    messages_mistake(messages).or_else(|| tools_mistake(body))
}

const KNOWN: &[&str] = &[
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "top_p",
    "n",
    "stop",
    "seed",
    "user",
    "response_format",
    "store",
    "metadata",
];

/// Every call must be answered by a tool message right after it, and no tool message stands alone.
fn messages_mistake(messages: &[Value]) -> Option<String> {
    let mut waiting: BTreeSet<String> = BTreeSet::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or("");
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or("");
            if !waiting.remove(id) {
                return Some(format!(
                    "messages[{at}]: messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                ));
            }
            continue;
        }
        if !waiting.is_empty() {
            return Some(format!(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': {waiting:?}"
            ));
        }
        let content = &message["content"];
        match role {
            "system" | "developer" | "user" if content.is_string() || content.is_array() => {}
            "assistant" => {
                for call in message
                    .get("tool_calls")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    let (id, name) = (call["id"].as_str(), call["function"]["name"].as_str());
                    let (Some(id), Some(_), true) = (
                        id,
                        name,
                        call["function"]["arguments"].is_string() && call["type"] == "function",
                    ) else {
                        return Some(format!("messages[{at}]: invalid 'tool_calls'."));
                    };
                    waiting.insert(id.to_owned());
                }
                if waiting.is_empty() && !content.is_string() {
                    return Some(format!("messages[{at}].content: expected a string."));
                }
            }
            _ => return Some(format!("messages[{at}]: invalid role or content.")),
        }
    }
    (!waiting.is_empty())
        .then(|| "An assistant message with 'tool_calls' must be followed by tool messages.".to_owned())
}

fn tools_mistake(body: &Value) -> Option<String> {
    let tools = body.get("tools").and_then(Value::as_array);
    if body.get("tool_choice").is_some() && tools.is_none() {
        return Some("'tool_choice' is only allowed when 'tools' are specified.".into());
    }
    for (at, tool) in tools.into_iter().flatten().enumerate() {
        let function = &tool["function"];
        if tool["type"] != "function" || !function["name"].as_str().is_some_and(is_name) {
            return Some(format!("tools[{at}]: invalid type or function name."));
        }
        if function["parameters"]["type"] != "object" {
            return Some(format!(
                "tools[{at}].function.parameters: schema must be of type 'object'."
            ));
        }
    }
    let named = body["tool_choice"]["function"]["name"].as_str();
    let is_offered = |name: &str| tools.into_iter().flatten().any(|tool| tool["function"]["name"] == name);
    named
        .filter(|name| !is_offered(name))
        .map(|name| format!("Tool choice '{name}' not found in 'tools'."))
}
