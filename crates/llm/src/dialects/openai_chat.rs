//! Any server that speaks OpenAI's Chat Completions: OpenAI, vLLM, llama.cpp, LM Studio, OpenRouter, Ollama.
//!
//! Written after the published API reference (platform.openai.com/docs/api-reference/chat, object
//! `chat.completion.chunk`).

use super::{Addressee, Dialect};
use crate::remote::{
    Answer, CallPiece,
    schema::{strict, without_hints},
    turns::{Called, Turn, text_of, turns},
};
use serde_json::{Value, json};
use steersman_protocol::{FinishReason, ModelRequest, OfferedTool, ToolChoice, Usage};

pub(crate) struct OpenAiChat;

/// Where models put their thoughts; the API itself has no place for them.
const THOUGHTS: &[&str] = &["reasoning_content", "reasoning", "thinking"];

impl Dialect for OpenAiChat {
    fn server(&self) -> &'static str {
        "an OpenAI-compatible server"
    }

    fn endpoint(&self) -> &'static str {
        "/chat/completions"
    }

    fn writes_calls(&self) -> bool {
        true
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn knows(&self, names: &[String], model: &str) -> bool {
        // Ollama leaves out its tag.
        names
            .iter()
            .any(|name| name == model || name.strip_suffix(":latest") == Some(model))
    }

    fn body(&self, request: &ModelRequest, to: &Addressee<'_>) -> Value {
        // OpenAI's newer models refuse the old name of a limit, other servers do not know the new one.
        let is_openai = to.base.contains("api.openai.com");
        let mut body = json!({
            "model": to.model,
            "messages": messages(request),
            "stream": true,
            "stream_options": { "include_usage": true },
        });
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(|offered| tool(offered, is_openai)).collect();
            body["tool_choice"] = match &request.tool_choice {
                ToolChoice::Auto => json!("auto"),
                ToolChoice::Required => json!("required"),
                ToolChoice::None => json!("none"),
                ToolChoice::Named(name) => json!({ "type": "function", "function": { "name": name } }),
            };
        }
        if let Some(most) = request.max_output_tokens {
            let name = if is_openai {
                "max_completion_tokens"
            } else {
                "max_tokens"
            };
            body[name] = json!(most);
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = json!(temperature);
        }
        body
    }

    fn take(&self, chunk: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        frame(chunk, answer);
        let Some(choice) = chunk.pointer("/choices/0") else {
            return Ok(());
        };
        said(choice.get("delta").unwrap_or(&Value::Null), false, answer)?;
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            answer.ends(finish_reason(reason));
        }
        Ok(())
    }

    fn take_whole(&self, completion: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        frame(completion, answer);
        let choice = completion.pointer("/choices/0").ok_or("its answer holds no choice")?;
        said(
            choice.get("message").ok_or("its answer holds no message")?,
            true,
            answer,
        )?;
        let reason = choice.get("finish_reason").and_then(Value::as_str);
        answer.ends(reason.map_or(FinishReason::Stop, finish_reason));
        Ok(())
    }
}

fn tool(tool: &OfferedTool, may_be_strict: bool) -> Value {
    let strict = strict(&tool.input_schema).filter(|_| may_be_strict);
    let mut function = json!({ "name": tool.name, "description": tool.description });
    if strict.is_some() {
        function["strict"] = true.into();
    }
    function["parameters"] = strict.unwrap_or_else(|| without_hints(&tool.input_schema));
    json!({ "type": "function", "function": function })
}

fn messages(request: &ModelRequest) -> Vec<Value> {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(json!({ "role": "system", "content": request.system }));
    }
    for turn in turns(&request.messages) {
        match turn {
            Turn::User(text) => messages.push(json!({ "role": "user", "content": text })),
            Turn::Assistant { text, calls } => {
                messages.push(assistant(text, &calls));
                for Called { call, result, .. } in calls {
                    messages.push(json!({ "role": "tool", "tool_call_id": call.id, "content": result }));
                }
            }
        }
    }
    messages
}

fn assistant(text: &str, calls: &[Called<'_>]) -> Value {
    let mut message = json!({ "role": "assistant", "content": text });
    if !calls.is_empty() {
        message["tool_calls"] = calls
            .iter()
            .map(|Called { call, .. }| {
                let arguments = text_of(&call.arguments);
                json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": arguments } })
            })
            .collect();
        if text.is_empty() {
            message["content"] = Value::Null;
        }
    }
    message
}

/// What every chunk may carry beside the choice: the model that really answers, and the count of tokens.
fn frame(chunk: &Value, answer: &mut Answer<'_>) {
    answer.named(chunk.get("model"));
    if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
        let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
        answer.counted(Usage {
            prompt_tokens: count("/prompt_tokens"),
            completion_tokens: count("/completion_tokens"),
            cached_tokens: count("/prompt_tokens_details/cached_tokens"),
            reasoning_tokens: count("/completion_tokens_details/reasoning_tokens"),
        });
    }
}

/// A delta, or a whole message: there each call without a number is one of its own.
fn said(message: &Value, is_whole: bool, answer: &mut Answer<'_>) -> Result<(), String> {
    for key in THOUGHTS {
        answer.thought(message.get(*key));
    }
    answer.text(message.get("content"))?;
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for (number, call) in (0..).zip(calls.into_iter().flatten()) {
        let index = call.get("index").and_then(Value::as_u64);
        let arguments = match call.pointer("/function/arguments") {
            Some(Value::String(piece)) => piece.clone(),
            // Not the format, but seen: the whole object at once.
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => String::new(),
        };
        answer.call(CallPiece {
            index: index.or(is_whole.then_some(number)),
            id: call.get("id").and_then(Value::as_str).unwrap_or_default(),
            name: call
                .pointer("/function/name")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            arguments: &arguments,
        })?;
    }
    Ok(())
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "error" => FinishReason::Error,
        _ => FinishReason::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steersman_protocol::{Risk, ToolKind};

    #[test]
    fn only_openai_itself_is_told_what_other_servers_do_not_know() {
        let request = ModelRequest {
            model: String::new(),
            system: String::new(),
            messages: vec![],
            tools: vec![OfferedTool {
                name: "host_get_load".into(),
                tool: "host.get_load".parse().unwrap(),
                kind: ToolKind::Query,
                floor: Risk::Low,
                title: String::new(),
                description: String::new(),
                example: String::new(),
                synonyms: vec![],
                input_schema: json!({ "type": "object", "properties": {} }),
                relevance: 0.0,
            }],
            tool_choice: ToolChoice::Auto,
            inventory: Default::default(),
            max_output_tokens: Some(5),
            temperature: None,
        };
        for (base, limit, is_strict) in [
            ("https://api.openai.com/v1", "max_completion_tokens", true),
            ("http://127.0.0.1:8080/v1", "max_tokens", false),
        ] {
            let to = Addressee {
                model: "m",
                base,
                context_length: None,
            };
            let body = OpenAiChat.body(&request, &to);
            assert_eq!(body[limit], 5, "{base}");
            let function = &body["tools"][0]["function"];
            assert_eq!(function.get("strict").is_some(), is_strict, "{base}");
            assert_eq!(
                function["parameters"].get("additionalProperties").is_some(),
                is_strict,
                "{base}"
            );
        }
    }
}
