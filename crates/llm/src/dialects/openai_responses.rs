//! OpenAI's Responses.
//!
//! Written after the published API reference (platform.openai.com/docs/api-reference/responses and
//! …/responses-streaming). Nothing is stored there: each request carries the whole conversation.

use super::{Addressee, Dialect};
use crate::remote::{
    Answer, CallPiece,
    schema::{strict, without_hints},
    turns::{Called, Turn, text_of, turns},
};
use serde_json::{Value, json};
use steersman_protocol::{FinishReason, ModelRequest, OfferedTool, ToolChoice, Usage};

pub(crate) struct OpenAiResponses;

/// The API refuses a smaller limit.
const LEAST_OUTPUT_TOKENS: u32 = 16;

impl Dialect for OpenAiResponses {
    fn server(&self) -> &'static str {
        "a server of OpenAI's Responses"
    }

    fn endpoint(&self) -> &'static str {
        "/responses"
    }

    fn body(&self, request: &ModelRequest, to: &Addressee<'_>) -> Value {
        let mut body = json!({
            "model": to.model,
            "input": input(request),
            "stream": true,
            "store": false,
        });
        if !request.system.is_empty() {
            body["instructions"] = json!(request.system);
        }
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(tool).collect();
            body["tool_choice"] = match &request.tool_choice {
                ToolChoice::Auto => json!("auto"),
                ToolChoice::Required => json!("required"),
                ToolChoice::None => json!("none"),
                ToolChoice::Named(name) => json!({ "type": "function", "name": name }),
            };
        }
        if let Some(most) = request.max_output_tokens {
            body["max_output_tokens"] = json!(most.max(LEAST_OUTPUT_TOKENS));
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = json!(temperature);
        }
        body
    }

    /// An event of its own, or a response that failed.
    fn error_in<'v>(&self, piece: &'v Value) -> Option<&'v Value> {
        if piece.get("type").and_then(Value::as_str) == Some("error") {
            return Some(piece.get("error").filter(|error| error.is_object()).unwrap_or(piece));
        }
        let response = piece.get("response").unwrap_or(piece);
        response.get("error").filter(|error| !error.is_null())
    }

    fn take(&self, event: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        let index = event.get("output_index").and_then(Value::as_u64);
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "response.output_text.delta" | "response.refusal.delta" => answer.text(event.get("delta"))?,
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                answer.thought(event.get("delta"));
            }
            "response.output_item.added" => {
                let item = event.get("item").unwrap_or(&Value::Null);
                if item.get("type").and_then(Value::as_str) == Some("function_call") {
                    call(item, index, answer)?;
                }
            }
            "response.function_call_arguments.delta" => answer.call(CallPiece {
                index,
                arguments: event.get("delta").and_then(Value::as_str).unwrap_or_default(),
                ..CallPiece::default()
            })?,
            "response.completed" | "response.incomplete" => {
                frame(event.get("response").unwrap_or(&Value::Null), answer);
            }
            // What repeats the pieces as a whole, and what may come.
            _ => {}
        }
        Ok(())
    }

    fn take_whole(&self, response: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        let output = response.get("output").and_then(Value::as_array);
        for (index, item) in (0..).zip(output.ok_or("its answer holds no output")?) {
            match item.get("type").and_then(Value::as_str).unwrap_or_default() {
                "message" => {
                    for part in item.get("content").and_then(Value::as_array).into_iter().flatten() {
                        answer.text(part.get("text").or_else(|| part.get("refusal")))?;
                    }
                }
                "function_call" => call(item, Some(index), answer)?,
                _ => {}
            }
        }
        frame(response, answer);
        Ok(())
    }
}

/// The API takes tools as strict unless told otherwise.
fn tool(tool: &OfferedTool) -> Value {
    let strict = strict(&tool.input_schema);
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "strict": strict.is_some(),
        "parameters": strict.unwrap_or_else(|| without_hints(&tool.input_schema)),
    })
}

/// Items without the ids that the API gave them: with those it would want back the thoughts that belong to them.
fn input(request: &ModelRequest) -> Vec<Value> {
    let mut input = Vec::new();
    for turn in turns(&request.messages) {
        match turn {
            Turn::User(text) => input.push(json!({ "role": "user", "content": text })),
            Turn::Assistant { text, calls } => {
                if !text.is_empty() {
                    input.push(json!({ "role": "assistant", "content": text }));
                }
                input.extend(calls.iter().map(|Called { call, .. }| {
                    let arguments = text_of(&call.arguments);
                    json!({ "type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments })
                }));
                input.extend(calls.iter().map(|Called { call, result, .. }| {
                    json!({ "type": "function_call_output", "call_id": call.id, "output": result })
                }));
            }
        }
    }
    input
}

fn call(item: &Value, index: Option<u64>, answer: &mut Answer<'_>) -> Result<(), String> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    answer.call(CallPiece {
        index,
        id: text("call_id"),
        name: text("name"),
        arguments: text("arguments"),
    })
}

/// The response as it ended: its model, its tokens and why it ended.
fn frame(response: &Value, answer: &mut Answer<'_>) {
    answer.named(response.get("model"));
    let count = |pointer: &str| response.pointer(pointer).and_then(Value::as_u64);
    answer.counted(Usage {
        prompt_tokens: count("/usage/input_tokens"),
        completion_tokens: count("/usage/output_tokens"),
        cached_tokens: count("/usage/input_tokens_details/cached_tokens"),
        reasoning_tokens: count("/usage/output_tokens_details/reasoning_tokens"),
    });
    let reason = response.pointer("/incomplete_details/reason").and_then(Value::as_str);
    answer.ends(match reason {
        None => FinishReason::Stop,
        Some("content_filter") => FinishReason::ContentFilter,
        Some(_) => FinishReason::Length,
    });
}
