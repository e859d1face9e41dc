//! Ollama's own API: one JSON object a line.

use super::{
    request::Recorded,
    script::Answer,
    wire::{Wire, is_name, object, unknown_key},
};
use serde_json::{Value, json};

pub(super) struct Ollama;

const AT: &str = "2026-01-01T00:00:00Z";
const KNOWN: &[&str] = &[
    "model",
    "messages",
    "tools",
    "stream",
    "options",
    "keep_alive",
    "think",
    "format",
];

impl Wire for Ollama {
    fn mistake(&self, request: &Recorded) -> Option<String> {
        let body = &request.body;
        unknown_key(body, KNOWN)
            .or_else(|| messages_mistake(body["messages"].as_array()?))
            .or_else(|| tools_mistake(body))
    }

    /// It streams unless told otherwise.
    fn streams(&self, request: &Recorded) -> bool {
        request.body["stream"] != false
    }

    fn stream_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn error(&self, _status: u16, code: &str, message: &str) -> Value {
        let message = if code == "no_tools" {
            "scripted-1 does not support tools"
        } else {
            message
        };
        json!({ "error": message })
    }

    fn unknown_model(&self) -> &'static str {
        ""
    }

    fn error_piece(&self) -> Value {
        json!({ "error": "an error was encountered while running the model" })
    }

    fn whole(&self, request: &Recorded, answer: &Answer) -> Value {
        let mut message = json!({ "role": "assistant", "content": answer.text.concat() });
        if !answer.calls.is_empty() {
            message["tool_calls"] = calls(answer).into();
        }
        closed(request, answer, message)
    }

    fn pieces(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let thoughts = answer
            .reasoning
            .iter()
            .map(|piece| json!({ "content": "", "thinking": piece }));
        let texts = answer.text.iter().map(|piece| json!({ "content": piece }));
        let calls = calls(answer)
            .into_iter()
            .map(|call| json!({ "content": "", "tool_calls": [call] }));
        let line = |mut message: Value| {
            message["role"] = "assistant".into();
            let line = json!({ "model": request.body["model"], "created_at": AT, "message": message, "done": false });
            self.frame(&line.to_string())
        };
        thoughts.chain(texts).chain(calls).map(line).collect()
    }

    fn closing(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let message = json!({ "role": "assistant", "content": "" });
        vec![self.frame(&closed(request, answer, message).to_string())]
    }

    fn frame(&self, data: &str) -> String {
        format!("{data}\n")
    }
}

fn calls(answer: &Answer) -> Vec<Value> {
    let call =
        |call: &super::ScriptedCall| json!({ "function": { "name": call.name, "arguments": object(&call.arguments) } });
    answer.calls.iter().map(call).collect()
}

fn closed(request: &Recorded, answer: &Answer, message: Value) -> Value {
    let reason = if answer.finish == Some("length") {
        "length"
    } else {
        "stop"
    };
    let mut whole = json!({
        "model": request.body["model"], "created_at": AT, "message": message, "done": true, "done_reason": reason,
        "total_duration": 1, "load_duration": 1, "prompt_eval_duration": 1, "eval_duration": 1,
    });
    if !answer.hides_usage {
        let (prompt, completion, _) = answer.usage.unwrap_or((21, 7, 4));
        whole["prompt_eval_count"] = prompt.into();
        whole["eval_count"] = completion.into();
    }
    whole
}

fn messages_mistake(messages: &[Value]) -> Option<String> {
    messages.iter().enumerate().find_map(|(at, message)| {
        let is_text = message["content"].is_string();
        let calls = message["tool_calls"].as_array();
        let is_call = |call: &Value| call["function"]["name"].is_string() && call["function"]["arguments"].is_object();
        let is_good = match message["role"].as_str().unwrap_or_default() {
            "system" | "user" => is_text,
            "assistant" => {
                (is_text || message.get("content").is_none()) && calls.is_none_or(|calls| calls.iter().all(is_call))
            }
            "tool" => is_text && message["tool_name"].is_string(),
            _ => false,
        };
        (!is_good).then(|| format!("messages[{at}] is not understood"))
    })
}

fn tools_mistake(body: &Value) -> Option<String> {
    let tools = body["tools"].as_array()?;
    tools.iter().enumerate().find_map(|(at, tool)| {
        let function = &tool["function"];
        let is_good = tool["type"] == "function"
            && function["name"].as_str().is_some_and(is_name)
            && function["parameters"]["type"] == "object";
        (!is_good).then(|| format!("tools[{at}] is not understood"))
    })
}
