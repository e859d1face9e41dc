//! Our request in the vendor's JSON.

use serde_json::{Map, Value, json};
use std::collections::HashSet;
use steersman_protocol::{ModelMessage, ModelRequest, OfferedTool, ToolCall, ToolChoice};

pub fn body(request: &ModelRequest, model: &str, base: &str) -> Value {
    let mut body = json!({
        "model": model,
        "messages": messages(request),
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        body["tool_choice"] = match &request.tool_choice {
            ToolChoice::Auto => json!("auto"),
            ToolChoice::Required => json!("required"),
            ToolChoice::None => json!("none"),
            ToolChoice::Named(name) => json!({ "type": "function", "function": { "name": name } }),
        };
    }
    if let Some(most) = request.max_output_tokens {
        // OpenAI's newer models refuse the old name, other servers do not know the new one.
        let name = if base.contains("api.openai.com") {
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

/// The schema without our own `x-…` keywords, which strict servers refuse. Names of properties stay as they are.
fn without_hints(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(key, _)| !key.starts_with("x-"))
                .map(|(key, value)| {
                    let value = match (key.as_str(), value) {
                        ("properties" | "$defs", Value::Object(named)) => named
                            .iter()
                            .map(|(name, schema)| (name.clone(), without_hints(schema)))
                            .collect::<Map<_, _>>()
                            .into(),
                        ("enum" | "const" | "default" | "examples", value) => value.clone(),
                        (_, value) => without_hints(value),
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(without_hints).collect(),
        other => other.clone(),
    }
}

fn messages(request: &ModelRequest) -> Vec<Value> {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(json!({ "role": "system", "content": request.system }));
    }
    let answered: HashSet<&str> = request
        .messages
        .iter()
        .filter_map(|message| match message {
            ModelMessage::Tool { call_id, .. } => Some(call_id.as_str()),
            ModelMessage::User { .. } | ModelMessage::Assistant { .. } => None,
        })
        .collect();
    for message in &request.messages {
        match message {
            ModelMessage::User { text } => messages.push(json!({ "role": "user", "content": text })),
            ModelMessage::Assistant { text, tool_calls } => {
                messages.push(assistant(text, tool_calls));
                // A call without a result is refused by the API: one that was stopped half-way gets a stand-in.
                for call in tool_calls.iter().filter(|call| !answered.contains(call.id.as_str())) {
                    messages.push(json!({ "role": "tool", "tool_call_id": call.id, "content": "No result: the run was stopped." }));
                }
            }
            ModelMessage::Tool {
                call_id, text, summary, ..
            } => {
                let content = if text.is_empty() { summary } else { text };
                messages.push(json!({ "role": "tool", "tool_call_id": call_id, "content": content }));
            }
        }
    }
    messages
}

fn assistant(text: &str, tool_calls: &[ToolCall]) -> Value {
    let mut message = json!({ "role": "assistant", "content": text });
    if !tool_calls.is_empty() {
        message["tool_calls"] = tool_calls
            .iter()
            .map(|call| {
                let arguments = match &call.arguments {
                    Value::String(raw) => raw.clone(),
                    parsed => parsed.to_string(),
                };
                json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": arguments } })
            })
            .collect();
        if text.is_empty() {
            message["content"] = Value::Null;
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_stripped_and_property_names_stay() {
        let schema = json!({
            "type": "object",
            "x-slot": "a",
            "properties": {
                "x-api-key": { "type": "string", "x-slot": "text" },
                "list": { "type": "array", "items": { "type": "string", "x-slot": "table" }, "default": { "x-kept": 1 } },
            },
            "required": ["x-api-key"],
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "x-api-key": { "type": "string" },
                "list": { "type": "array", "items": { "type": "string" }, "default": { "x-kept": 1 } },
            },
            "required": ["x-api-key"],
        });
        assert_eq!(without_hints(&schema), expected);
    }

    #[test]
    fn a_call_without_a_result_gets_a_stand_in() {
        let request = ModelRequest {
            model: String::new(),
            system: "be brief".into(),
            messages: vec![
                ModelMessage::User { text: "hi".into() },
                ModelMessage::Assistant {
                    text: String::new(),
                    tool_calls: vec![ToolCall {
                        id: "a".into(),
                        name: "t".into(),
                        arguments: json!({"x": 1}),
                    }],
                },
                ModelMessage::User { text: "and?".into() },
            ],
            tools: vec![],
            tool_choice: ToolChoice::Auto,
            inventory: Default::default(),
            max_output_tokens: Some(5),
            temperature: None,
        };
        let body = body(&request, "m", "http://x/v1");
        let roles: Vec<&str> = body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["system", "user", "assistant", "tool", "user"]);
        assert_eq!(
            body["messages"][2]["tool_calls"][0]["function"]["arguments"],
            "{\"x\":1}"
        );
        assert_eq!(body["max_tokens"], 5);
        assert!(body.get("tools").is_none() && body.get("tool_choice").is_none());
    }
}
