//! Masking secrets in what is kept: by the name of a value, and in free text by what stands before a literal.
//!
//! Where it is unsure it masks: an audit entry that says `[redacted]` once too often is still an audit entry.

mod names;
mod text;

use names::names_a_secret;
use serde_json::Value;

/// Stands where a secret stood.
const REDACTED: &str = "[redacted]";
/// Characters of one text that are kept.
const LONGEST_TEXT: usize = 2_000;

/// Masks values whose names speak of secrets, at any depth, and secrets inside texts; cuts long texts.
pub fn redact(parameters: &Value) -> Value {
    match parameters {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let value = if names_a_secret(name) && !is_count(name, value) {
                        Value::from(REDACTED)
                    } else {
                        redact(value)
                    };
                    (name.clone(), value)
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(redact).collect(),
        Value::String(text) => Value::from(cut(mask(text))),
        other => other.clone(),
    }
}

/// Masks secrets in a text: literals after words such as *password* or *identified by*, `name=value` pairs with such
/// names, passwords in addresses, private keys and tokens of well-known shapes.
pub fn mask(text: &str) -> String {
    let mut ranges = text::secrets_in(text);
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for range in ranges {
        if done > 0 && range.start <= done {
            // Reaches into what is masked already: whatever is beyond goes as well.
            done = done.max(range.end);
            continue;
        }
        masked.push_str(&text[done..range.start]);
        masked.push_str(REDACTED);
        done = range.end;
    }
    masked.push_str(&text[done..]);
    masked
}

/// `max_tokens: 500` is a number of things, not one of them.
fn is_count(name: &str, value: &Value) -> bool {
    value.is_number() && name.to_lowercase().ends_with("tokens")
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}… [cut]", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
