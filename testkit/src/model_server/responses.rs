//! OpenAI's Responses: `response`, and the events of its stream.

use super::{
    chat_completions::ChatCompletions,
    request::Recorded,
    script::Answer,
    wire::{CREATED, Wire, is_name, unknown_key},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) struct Responses;

const ID: &str = "resp_scripted";
const KNOWN: &[&str] = &[
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "stream",
    "store",
    "temperature",
    "top_p",
    "max_output_tokens",
    "reasoning",
    "include",
    "text",
    "metadata",
];

impl Wire for Responses {
    fn mistake(&self, request: &Recorded) -> Option<String> {
        let body = &request.body;
        unknown_key(body, KNOWN)
            .or_else(|| input_mistake(&body["input"]))
            .or_else(|| tools_mistake(body))
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Value {
        ChatCompletions.error(status, code, message)
    }

    fn unknown_model(&self) -> &'static str {
        "model_not_found"
    }

    fn error_piece(&self) -> Value {
        json!({ "type": "error", "sequence_number": 99, "code": "server_error", "message": "Something the vendor says.", "param": null })
    }

    fn whole(&self, request: &Recorded, answer: &Answer) -> Value {
        closed(request, answer)
    }

    fn opening(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let response = response(request, answer, "in_progress", Vec::new());
        ["response.created", "response.in_progress"]
            .iter()
            .map(|kind| self.event(json!({ "type": kind, "response": response })))
            .collect()
    }

    fn pieces(&self, _request: &Recorded, answer: &Answer) -> Vec<String> {
        let mut events: Vec<Value> = Vec::new();
        let items = items(answer);
        for (at, item) in items.iter().enumerate() {
            let id = &item["id"];
            let place = json!({ "output_index": at, "item_id": id });
            events.push(json!({ "type": "response.output_item.added", "output_index": at, "item": begun(item) }));
            match item["type"].as_str().unwrap_or_default() {
                "reasoning" => events.extend(answer.reasoning.iter().map(|piece| {
                    with(
                        &place,
                        json!({ "type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": piece }),
                    )
                })),
                "message" => {
                    let part = json!({ "type": "output_text", "text": "", "annotations": [] });
                    events.push(with(
                        &place,
                        json!({ "type": "response.content_part.added", "content_index": 0, "part": part }),
                    ));
                    events.extend(answer.text.iter().map(|piece| {
                        with(&place, json!({ "type": "response.output_text.delta", "content_index": 0, "delta": piece, "logprobs": [] }))
                    }));
                    let text = answer.text.concat();
                    events.push(with(&place, json!({ "type": "response.output_text.done", "content_index": 0, "text": text, "logprobs": [] })));
                    events.push(with(
                        &place,
                        json!({ "type": "response.content_part.done", "content_index": 0, "part": item["content"][0] }),
                    ));
                }
                _ => {
                    let call = answer
                        .calls
                        .iter()
                        .find(|call| item["call_id"] == call.id.as_str() && item["name"] == call.name.as_str());
                    let pieces = call.map(|call| call.arguments.clone()).unwrap_or_default();
                    events.extend(pieces.iter().map(|piece| {
                        with(
                            &place,
                            json!({ "type": "response.function_call_arguments.delta", "delta": piece }),
                        )
                    }));
                    events.push(with(&place, json!({ "type": "response.function_call_arguments.done", "name": item["name"], "arguments": item["arguments"] })));
                }
            }
            events.push(json!({ "type": "response.output_item.done", "output_index": at, "item": item }));
        }
        events.into_iter().map(|event| self.event(event)).collect()
    }

    fn closing(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let response = closed(request, answer);
        let kind = if response["status"] == "completed" {
            "response.completed"
        } else {
            "response.incomplete"
        };
        vec![self.event(json!({ "type": kind, "response": response }))]
    }

    fn frame(&self, data: &str) -> String {
        let event: Value = serde_json::from_str(data).unwrap_or_default();
        format!("event: {}\ndata: {data}\n\n", event["type"].as_str().unwrap_or("error"))
    }
}

impl Responses {
    fn event(&self, mut event: Value) -> String {
        event["sequence_number"] = 0.into();
        self.frame(&event.to_string())
    }
}

fn with(place: &Value, mut event: Value) -> Value {
    for (key, value) in place.as_object().into_iter().flatten() {
        event[key] = value.clone();
    }
    event
}

/// What the model made, in order.
fn items(answer: &Answer) -> Vec<Value> {
    let mut items = Vec::new();
    if !answer.reasoning.is_empty() {
        let summary = json!([{ "type": "summary_text", "text": answer.reasoning.concat() }]);
        items.push(json!({ "type": "reasoning", "id": "rs_1", "summary": summary }));
    }
    if !answer.text.is_empty() {
        let part = json!({ "type": "output_text", "text": answer.text.concat(), "annotations": [], "logprobs": [] });
        items.push(
            json!({ "type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part] }),
        );
    }
    items.extend(answer.calls.iter().enumerate().map(|(number, call)| {
        json!({
            "type": "function_call", "id": format!("fc_{number}"), "call_id": call.id, "name": call.name,
            "arguments": call.arguments.concat(), "status": "completed",
        })
    }));
    items
}

/// An item before its content.
fn begun(item: &Value) -> Value {
    let mut item = item.clone();
    for (key, empty) in [("content", json!([])), ("summary", json!([])), ("arguments", json!(""))] {
        if item.get(key).is_some() {
            item[key] = empty;
        }
    }
    item
}

fn closed(request: &Recorded, answer: &Answer) -> Value {
    let reason = match answer.finish {
        Some("length") => Some("max_output_tokens"),
        Some("content_filter") => Some("content_filter"),
        _ => None,
    };
    let status = if reason.is_some() { "incomplete" } else { "completed" };
    let mut response = response(request, answer, status, items(answer));
    if let Some(reason) = reason {
        response["incomplete_details"] = json!({ "reason": reason });
    }
    if !answer.hides_usage {
        let (prompt, completion, cached) = answer.usage.unwrap_or((21, 7, 4));
        response["usage"] = json!({
            "input_tokens": prompt, "input_tokens_details": { "cached_tokens": cached, "cache_write_tokens": 0 },
            "output_tokens": completion, "output_tokens_details": { "reasoning_tokens": 3 },
            "total_tokens": prompt + completion,
        });
    }
    response
}

fn response(request: &Recorded, _answer: &Answer, status: &str, output: Vec<Value>) -> Value {
    json!({
        "id": ID, "object": "response", "created_at": CREATED, "status": status, "model": request.body["model"],
        "output": output, "error": null, "incomplete_details": null, "instructions": null, "metadata": {},
        "parallel_tool_calls": true, "temperature": 1.0, "top_p": 1.0, "tool_choice": "auto", "tools": [], "usage": null,
    })
}

/// Each output belongs to a call before it, and no call stays without one.
fn input_mistake(input: &Value) -> Option<String> {
    if input.is_string() {
        return None;
    }
    let mut waiting: BTreeSet<&str> = BTreeSet::new();
    for (at, item) in input.as_array()?.iter().enumerate() {
        let id = item["call_id"].as_str().unwrap_or_default();
        let is_good = match item["type"].as_str().unwrap_or("message") {
            "message" => {
                ["user", "assistant", "system", "developer"].contains(&item["role"].as_str().unwrap_or_default())
            }
            "function_call" => item["arguments"].is_string() && item["name"].is_string() && waiting.insert(id),
            "function_call_output" => !item["output"].is_null() && waiting.remove(id),
            _ => false,
        };
        if !is_good {
            return Some(format!("Invalid value: 'input[{at}]'."));
        }
    }
    (!waiting.is_empty()).then(|| format!("No tool output found for function call {waiting:?}."))
}

fn tools_mistake(body: &Value) -> Option<String> {
    let tools = body["tools"].as_array();
    for (at, tool) in tools.into_iter().flatten().enumerate() {
        let is_closed = tool["strict"] == false || tool["parameters"]["additionalProperties"] == false;
        let is_good = tool["type"] == "function"
            && tool["name"].as_str().is_some_and(is_name)
            && tool["parameters"]["type"] == "object"
            && tool.get("function").is_none();
        if !is_good || !is_closed {
            return Some(format!("Invalid schema for 'tools[{at}]'."));
        }
    }
    let named = body["tool_choice"]["name"].as_str();
    let is_offered = |name: &str| tools.into_iter().flatten().any(|tool| tool["name"] == name);
    named
        .filter(|name| !is_offered(name))
        .map(|name| format!("Tool choice '{name}' not found in 'tools'."))
}
