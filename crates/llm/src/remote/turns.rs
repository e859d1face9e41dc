//! A conversation as vendors want it: each call directly followed by its result.

use serde_json::Value;
use std::collections::HashMap;
use steersman_protocol::{ModelMessage, ToolCall};

pub(crate) enum Turn<'m> {
    User(&'m str),
    Assistant { text: &'m str, calls: Vec<Called<'m>> },
}

pub(crate) struct Called<'m> {
    pub call: &'m ToolCall,
    pub result: &'m str,
    pub is_error: bool,
}

/// Every vendor refuses a call without a result: one that was stopped half-way gets this.
const STAND_IN: &str = "No result: the run was stopped.";

/// Results without a call are left out; empty texts without calls too.
pub(crate) fn turns(messages: &[ModelMessage]) -> Vec<Turn<'_>> {
    let results: HashMap<&str, (&str, bool)> = messages
        .iter()
        .filter_map(|message| match message {
            ModelMessage::Tool {
                call_id,
                text,
                summary,
                is_error,
                ..
            } => {
                let result = if text.is_empty() { summary } else { text };
                Some((call_id.as_str(), (result.as_str(), *is_error)))
            }
            ModelMessage::User { .. } | ModelMessage::Assistant { .. } => None,
        })
        .collect();
    messages
        .iter()
        .filter_map(|message| match message {
            ModelMessage::User { text } => Some(Turn::User(text)),
            ModelMessage::Assistant { text, tool_calls } if !text.is_empty() || !tool_calls.is_empty() => {
                let calls = tool_calls.iter().map(|call| called(call, &results)).collect();
                Some(Turn::Assistant { text, calls })
            }
            ModelMessage::Assistant { .. } | ModelMessage::Tool { .. } => None,
        })
        .collect()
}

fn called<'m>(call: &'m ToolCall, results: &HashMap<&str, (&'m str, bool)>) -> Called<'m> {
    let (result, is_error) = results.get(call.id.as_str()).copied().unwrap_or((STAND_IN, true));
    Called { call, result, is_error }
}

/// Arguments where the vendor wants an object: what was written instead of one is kept as text in it.
pub(crate) fn object_of(arguments: &Value) -> Value {
    match arguments {
        Value::Object(_) => arguments.clone(),
        Value::Null => Value::Object(Default::default()),
        Value::String(written) => serde_json::json!({ "unreadable": written }),
        other => serde_json::json!({ "unreadable": other.to_string() }),
    }
}

/// Arguments where the vendor wants text.
pub(crate) fn text_of(arguments: &Value) -> String {
    match arguments {
        Value::String(raw) => raw.clone(),
        parsed => parsed.to_string(),
    }
}
