//! Ollama's own API.
//!
//! Written after the published API reference (github.com/ollama/ollama, docs/api.md). Chosen over its OpenAI-compatible
//! door because only here the length of the context can be asked for; without that Ollama cuts a long prompt silently.

use super::{Addressee, Dialect, names_in};
use crate::remote::{
    Answer, CallPiece,
    schema::without_hints,
    turns::{Called, Turn, object_of, turns},
};
use serde_json::{Value, json};
use steersman_protocol::{FinishReason, ModelRequest, OfferedTool, ToolChoice, Usage};

pub(crate) struct Ollama;

/// How long the model stays in memory after an answer: a conversation goes on after a moment of reading.
const KEEP_ALIVE: &str = "15m";
/// Tokens of the smallest context that is asked for. A change of the size loads the model anew, so it grows by doubling.
const SMALLEST_CONTEXT: u64 = 8192;
/// Asked for at most where the server does not say how much the model can read.
const LARGEST_UNKNOWN: u64 = 32768;
/// Tokens that an answer needs room for.
const ROOM_TO_ANSWER: u64 = 2048;

impl Dialect for Ollama {
    fn server(&self) -> &'static str {
        "an Ollama server"
    }

    fn version(&self) -> &'static str {
        "/api"
    }

    fn endpoint(&self) -> &'static str {
        "/chat"
    }

    fn stream_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn writes_calls(&self) -> bool {
        true
    }

    fn models_path(&self) -> &'static str {
        "/tags"
    }

    fn model_names(&self, list: &Value) -> Vec<String> {
        names_in(list, "models", "name")
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn knows(&self, names: &[String], model: &str) -> bool {
        names
            .iter()
            .any(|name| name == model || name.strip_suffix(":latest") == Some(model))
    }

    fn other_model(&self, model: &str) -> String {
        format!("Run \"ollama pull {model}\" there, or choose a model that it has")
    }

    fn question_about(&self, model: &str) -> Option<(String, Value)> {
        Some(("/show".into(), json!({ "model": model })))
    }

    /// `model_info` holds it under the name of the model's architecture: `llama.context_length`.
    fn context_length(&self, facts: &Value) -> Option<u64> {
        let info = facts.get("model_info")?.as_object()?;
        let architecture = info.get("general.architecture").and_then(Value::as_str);
        let named = architecture.and_then(|name| info.get(&format!("{name}.context_length")));
        let any = || {
            info.iter()
                .find(|(key, _)| key.ends_with(".context_length"))
                .map(|(_, value)| value)
        };
        named.or_else(any).and_then(Value::as_u64)
    }

    /// A token is hardly ever more than six bytes.
    fn is_too_long(&self, body: &Value, context_length: Option<u64>) -> bool {
        context_length.is_some_and(|length| body.to_string().len() as u64 / 6 > length)
    }

    fn body(&self, request: &ModelRequest, to: &Addressee<'_>) -> Value {
        let mut body = json!({
            "model": to.model,
            "messages": messages(request),
            "stream": true,
            "keep_alive": KEEP_ALIVE,
        });
        let tools: Vec<Value> = offered(request).map(tool).collect();
        if !tools.is_empty() {
            body["tools"] = tools.into();
        }
        let mut options = json!({});
        if let Some(most) = request.max_output_tokens {
            options["num_predict"] = json!(most);
        }
        if let Some(temperature) = request.temperature {
            options["temperature"] = json!(temperature);
        }
        let room = u64::from(request.max_output_tokens.unwrap_or(0)).max(ROOM_TO_ANSWER);
        options["num_ctx"] = json!(context(body.to_string().len() as u64 / 3 + room, to.context_length));
        body["options"] = options;
        body
    }

    fn take(&self, piece: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        answer.named(piece.get("model"));
        let message = piece.get("message").unwrap_or(&Value::Null);
        answer.thought(message.get("thinking"));
        answer.text(message.get("content"))?;
        for call in message
            .get("tool_calls")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let text = |pointer: &str| call.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let arguments = call.pointer("/function/arguments").map(|arguments| match arguments {
                Value::String(written) => written.clone(),
                parsed => parsed.to_string(),
            });
            answer.call(CallPiece {
                // Calls come whole, and older servers give them neither number nor id.
                index: None,
                id: text("/id"),
                name: text("/function/name"),
                arguments: arguments.as_deref().unwrap_or_default(),
            })?;
        }
        if piece.get("done") == Some(&Value::Bool(true)) {
            let count = |key: &str| piece.get(key).and_then(Value::as_u64);
            answer.counted(Usage {
                prompt_tokens: count("prompt_eval_count"),
                completion_tokens: count("eval_count"),
                cached_tokens: None,
                reasoning_tokens: None,
            });
            answer.ends(match piece.get("done_reason").and_then(Value::as_str) {
                Some("length") => FinishReason::Length,
                _ => FinishReason::Stop,
            });
        }
        Ok(())
    }

    fn take_whole(&self, whole: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        self.take(whole, answer)
    }
}

/// Tokens to ask for: enough for what is said, a power of two, and no more than the model can read.
fn context(needed: u64, length: Option<u64>) -> u64 {
    let wanted = needed.next_power_of_two().max(SMALLEST_CONTEXT);
    wanted.min(length.unwrap_or(LARGEST_UNKNOWN))
}

/// The API has no choice of tools: none means offering none, and a named one is the only one.
fn offered(request: &ModelRequest) -> impl Iterator<Item = &OfferedTool> {
    request.tools.iter().filter(|tool| match &request.tool_choice {
        ToolChoice::Auto | ToolChoice::Required => true,
        ToolChoice::None => false,
        ToolChoice::Named(name) => tool.name == *name,
    })
}

fn tool(tool: &OfferedTool) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": without_hints(&tool.input_schema),
        },
    })
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
                let mut message = json!({ "role": "assistant", "content": text });
                if !calls.is_empty() {
                    message["tool_calls"] = calls.iter().map(call).collect();
                }
                messages.push(message);
                for Called { call, result, .. } in calls {
                    messages.push(json!({ "role": "tool", "tool_name": call.name, "content": result }));
                }
            }
        }
    }
    messages
}

fn call(Called { call, .. }: &Called<'_>) -> Value {
    json!({ "function": { "name": call.name, "arguments": object_of(&call.arguments) } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_grows_by_doubling_up_to_what_the_model_reads() {
        for (needed, length, expected) in [
            (10, Some(131_072), 8_192),
            (9_000, Some(131_072), 16_384),
            (9_000, Some(10_000), 10_000),
            (9_000, None, 16_384),
            (90_000, None, 32_768),
            (10, Some(2_048), 2_048),
        ] {
            assert_eq!(context(needed, length), expected, "{needed} {length:?}");
        }
    }

    #[test]
    fn the_length_of_the_context_stands_under_the_architecture() {
        let length = |info: Value| Ollama.context_length(&json!({ "model_info": info }));
        let two = json!({ "clip.context_length": 77, "general.architecture": "qwen3", "qwen3.context_length": 40960 });
        assert_eq!(length(two), Some(40960));
        assert_eq!(length(json!({ "llama.context_length": 4096 })), Some(4096));
        assert_eq!(length(json!({})), None);
    }
}
