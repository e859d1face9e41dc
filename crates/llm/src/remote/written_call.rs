//! Tool calls that small models write into their text instead of making them.

use super::repair::{parsed, repaired};
use serde_json::Value;
use steersman_protocol::{OfferedTool, ToolCall};

#[derive(Debug, PartialEq)]
pub struct WrittenCall {
    pub call: ToolCall,
    /// The text without the call.
    pub rest: String,
}

/// Finds `<tool_call>{…}</tool_call>` or a fenced JSON object of the shape `{"name": …, "arguments": {…}}`, or such an
/// object as the whole text. Only the name of an offered tool counts; anything else stays text.
pub fn written_call(text: &str, offered: &[OfferedTool]) -> Option<WrittenCall> {
    if offered.is_empty() {
        return None;
    }
    let (range, json) = marked(text, "<tool_call>", "</tool_call>")
        .or_else(|| marked(text, "```json", "```"))
        .or_else(|| marked(text, "```", "```"))
        .or_else(|| text.trim().starts_with('{').then(|| (0..text.len(), text.trim())))?;
    let object: Value = serde_json::from_str(json).ok().or_else(|| repaired(json))?;
    let function = object.get("function").filter(|f| f.is_object()).unwrap_or(&object);
    let name = function.get("name").and_then(Value::as_str)?;
    let arguments = ["arguments", "parameters"].iter().find_map(|key| function.get(*key))?;
    if !offered.iter().any(|tool| tool.name == name) {
        return None;
    }
    let arguments = match arguments {
        Value::String(written) => parsed(written.clone(), false),
        parsed => parsed.clone(),
    };
    let rest = format!("{}{}", text[..range.start].trim_end(), text[range.end..].trim_end());
    Some(WrittenCall {
        call: ToolCall {
            id: "written-1".into(),
            name: name.to_owned(),
            arguments,
        },
        rest: rest.trim().to_owned(),
    })
}

/// What stands between two marks, and the range with the marks. A missing end mark is allowed: models forget it.
fn marked<'t>(text: &'t str, open: &str, close: &str) -> Option<(std::ops::Range<usize>, &'t str)> {
    let start = text.find(open)?;
    let begin = start + open.len();
    let (end, after) = match text[begin..].find(close) {
        Some(length) => (begin + length, begin + length + close.len()),
        None => (text.len(), text.len()),
    };
    Some((start..after, text[begin..end].trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use steersman_protocol::{Risk, ToolKind};

    fn offered() -> Vec<OfferedTool> {
        vec![OfferedTool {
            name: "postgres_list_indexes".into(),
            tool: "postgres.list_indexes".parse().unwrap(),
            kind: ToolKind::Query,
            floor: Risk::Low,
            title: "List indexes".into(),
            description: String::new(),
            example: String::new(),
            synonyms: vec![],
            input_schema: json!({}),
            relevance: 0.0,
        }]
    }

    #[test]
    fn a_written_call_of_an_offered_tool_is_recognised() {
        let call = r#"{"name": "postgres_list_indexes", "arguments": {"table": "orders"}}"#;
        for (text, rest) in [
            (format!("Let me look.\n```json\n{call}\n```"), "Let me look."),
            (format!("<tool_call>\n{call}\n</tool_call>"), ""),
            (format!("<tool_call>{call}"), ""),
            (call.to_owned(), ""),
            (
                format!(
                    "```\n{}\n```",
                    r#"{"name": "postgres_list_indexes", "parameters": "{\"table\": \"orders\"}"}"#
                ),
                "",
            ),
        ] {
            let found = written_call(&text, &offered()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (found.call.name.as_str(), &found.call.arguments),
                ("postgres_list_indexes", &json!({"table": "orders"}))
            );
            assert_eq!(found.rest, rest);
        }
    }

    #[test]
    fn other_json_stays_text() {
        for text in [
            r#"{"name": "rm", "arguments": {}}"#,
            r#"```json\n{"table": "orders"}\n```"#,
            "The tool postgres_list_indexes lists indexes.",
            r#"{"name": "postgres_list_indexes"}"#,
        ] {
            assert_eq!(written_call(text, &offered()), None, "{text}");
        }
        assert_eq!(
            written_call(r#"{"name": "postgres_list_indexes", "arguments": {}}"#, &[]),
            None
        );
    }
}
