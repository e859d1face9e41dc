//! Where a call's arguments came from: what the person said, or text that a target returned.

use serde_json::Value;
use steersman_protocol::{ChatMessage, MessageRole};

/// Shorter texts prove nothing: they stand everywhere.
const SHORTEST: usize = 3;

/// JSON pointers of string arguments that stand in tool results and in nothing that the person said.
pub fn from_target_text(arguments: &Value, messages: &[ChatMessage]) -> Vec<String> {
    let mut pointers = Vec::new();
    walk(arguments, String::new(), &mut |pointer, text| {
        if text.chars().count() < SHORTEST {
            return;
        }
        let lower = text.to_lowercase();
        let said = |role: MessageRole| {
            messages
                .iter()
                .any(|message| message.role == role && message.content.to_lowercase().contains(&lower))
        };
        if !said(MessageRole::User) && said(MessageRole::Tool) {
            pointers.push(pointer.to_owned());
        }
    });
    pointers
}

fn walk(value: &Value, pointer: String, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(&pointer, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{pointer}/{index}"), visit);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                walk(
                    member,
                    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                    visit,
                );
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
