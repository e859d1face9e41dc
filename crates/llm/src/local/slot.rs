//! What a tool wants to be told, read from its schema.

use super::words::stem;
use serde_json::Value;

/// One property of a tool's input, the target aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub name: String,
    pub kind: SlotKind,
    pub is_required: bool,
    pub has_default: bool,
    pub description: String,
    /// Stems of the name's words: `min_mean_ms` gives min, mean, ms.
    pub stems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SlotKind {
    /// A thing on the target that people call by name: `table`, `index`, `container`.
    Resource(String),
    Columns,
    Sql,
    Pid,
    Path,
    Port,
    DurationMs,
    DurationSeconds,
    SizeBytes,
    Count,
    Flag,
    /// One of these words, in the schema's order.
    Choice(Vec<String>),
    Text,
    /// Lists and objects that plain words do not fill.
    Other,
}

/// Slots in the schema's order. `target` is no slot: it is chosen by other rules.
pub fn slots_of(schema: &Value) -> Vec<Slot> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    properties
        .iter()
        .filter(|(name, _)| *name != "target")
        .map(|(name, property)| Slot {
            kind: kind_of(name, property),
            is_required: required.contains(&name.as_str()),
            has_default: property.get("default").is_some_and(|default| !default.is_null()),
            description: property
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned(),
            stems: name.split('_').map(stem).collect(),
            name: name.clone(),
        })
        .collect()
}

fn kind_of(name: &str, property: &Value) -> SlotKind {
    let property = without_null(property);
    let hint = property.get("x-slot").and_then(Value::as_str);
    if let Some(choices) = choices(property) {
        return SlotKind::Choice(choices);
    }
    let json_type = json_type(property);
    match hint {
        Some("column_list") => SlotKind::Columns,
        Some("sql") => SlotKind::Sql,
        Some("pid") => SlotKind::Pid,
        Some("path") => SlotKind::Path,
        Some("port") => SlotKind::Port,
        Some("duration_ms") => SlotKind::DurationMs,
        Some("duration_s" | "duration_seconds") => SlotKind::DurationSeconds,
        Some("size_bytes") => SlotKind::SizeBytes,
        Some("count") => SlotKind::Count,
        Some("text") => SlotKind::Text,
        Some(kind) => SlotKind::Resource(kind.to_owned()),
        None => kind_by_name(name, json_type),
    }
}

/// For schemas without hints: foreign tools, older plugins.
fn kind_by_name(name: &str, json_type: &str) -> SlotKind {
    let last = name.rsplit('_').next().unwrap_or(name);
    match (json_type, last) {
        ("boolean", _) => SlotKind::Flag,
        ("array", "columns") => SlotKind::Columns,
        ("integer" | "number", "pid") => SlotKind::Pid,
        ("integer" | "number", "port") => SlotKind::Port,
        ("integer" | "number", "ms") => SlotKind::DurationMs,
        ("integer" | "number", "seconds" | "secs") => SlotKind::DurationSeconds,
        ("integer" | "number", "bytes") => SlotKind::SizeBytes,
        ("integer" | "number", _) => SlotKind::Count,
        ("string", "sql" | "query" | "statement") => SlotKind::Sql,
        ("string", "path" | "file" | "directory") => SlotKind::Path,
        ("string", "table" | "index" | "container" | "collection" | "volume" | "service" | "database") => {
            SlotKind::Resource(last.to_owned())
        }
        ("string", _) => SlotKind::Text,
        _ => SlotKind::Other,
    }
}

/// `anyOf: [x, null]` means x here, but hints stand on the outside. Only the type matters, so the hinted wins.
fn without_null(property: &Value) -> &Value {
    if property.get("x-slot").is_some() && choices(property).is_none() {
        return property;
    }
    ["anyOf", "oneOf"]
        .iter()
        .filter_map(|key| property.get(*key).and_then(Value::as_array))
        .filter(|variants| variants.iter().any(|v| json_type(v) == "null"))
        .find_map(|variants| variants.iter().find(|v| json_type(v) != "null"))
        .unwrap_or(property)
}

fn json_type(property: &Value) -> &str {
    match property.get("type") {
        Some(Value::String(one)) => one,
        Some(Value::Array(several)) => several
            .iter()
            .filter_map(Value::as_str)
            .find(|t| *t != "null")
            .unwrap_or(""),
        _ => "",
    }
}

/// `enum: [..]`, or `oneOf: [{const: ..}, ..]`, which is how documented variants are written.
fn choices(property: &Value) -> Option<Vec<String>> {
    let words = |values: Vec<&Value>| -> Option<Vec<String>> {
        let words: Vec<String> = values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        (!words.is_empty()).then_some(words)
    };
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        return words(values.iter().collect());
    }
    let variants = property.get("oneOf").and_then(Value::as_array)?;
    let mut values = Vec::new();
    for variant in variants {
        match (variant.get("const"), variant.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => values.push(value),
            (None, Some(several)) => values.extend(several),
            (None, None) => return None,
        }
    }
    words(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_come_from_hints_and_otherwise_from_names_and_types() {
        for (name, property, expected) in [
            (
                "tbl",
                json!({"type": "string", "x-slot": "table"}),
                SlotKind::Resource("table".into()),
            ),
            (
                "table",
                json!({"type": ["string", "null"]}),
                SlotKind::Resource("table".into()),
            ),
            (
                "columns",
                json!({"type": "array", "x-slot": "column_list"}),
                SlotKind::Columns,
            ),
            ("columns", json!({"type": "array"}), SlotKind::Columns),
            ("min_mean_ms", json!({"type": "number"}), SlotKind::DurationMs),
            ("unique", json!({"type": "boolean"}), SlotKind::Flag),
            (
                "mode",
                json!({"type": "string", "enum": ["cancel", "terminate"]}),
                SlotKind::Choice(vec!["cancel".into(), "terminate".into()]),
            ),
            (
                "sort_by",
                json!({"oneOf": [{"const": "cpu", "description": "x"}, {"const": "memory"}]}),
                SlotKind::Choice(vec!["cpu".into(), "memory".into()]),
            ),
            (
                "sort_by",
                json!({"anyOf": [{"type": "string", "enum": ["cpu"]}, {"type": "null"}]}),
                SlotKind::Choice(vec!["cpu".into()]),
            ),
            ("name", json!({"type": "string"}), SlotKind::Text),
            ("options", json!({"type": "object"}), SlotKind::Other),
        ] {
            assert_eq!(kind_of(name, &property), expected, "{name} {property}");
        }
    }
}
