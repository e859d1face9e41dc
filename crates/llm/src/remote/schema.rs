//! A tool's JSON Schema in the form that a vendor takes. Every call is checked against the whole schema afterwards, so
//! what a form leaves out costs a retry at most.

use serde_json::{Map, Value, json};

/// Nested references are followed this deep; a schema that contains itself ends there.
const DEEPEST: usize = 12;

/// The schema without our own `x-…` keywords, which strict servers refuse. Names of properties stay as they are.
pub(crate) fn without_hints(schema: &Value) -> Value {
    each_schema(schema, &|key| !key.starts_with("x-"))
}

/// The schema with the keywords that are `kept`, at every level.
fn each_schema(schema: &Value, kept: &dyn Fn(&str) -> bool) -> Value {
    match schema {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(key, _)| kept(key))
                .map(|(key, value)| {
                    let value = match (key.as_str(), value) {
                        ("properties" | "$defs", Value::Object(named)) => named
                            .iter()
                            .map(|(name, schema)| (name.clone(), each_schema(schema, kept)))
                            .collect::<Map<_, _>>()
                            .into(),
                        ("enum" | "const" | "default" | "examples" | "required", value) => value.clone(),
                        (_, value) => each_schema(value, kept),
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(|item| each_schema(item, kept)).collect(),
        other => other.clone(),
    }
}

/// The form of OpenAI's strict mode: every property required, no others allowed. `None` where the schema cannot be said
/// so: a property that may be left out but not be null, a map, or a keyword that the mode does not have.
pub(crate) fn strict(schema: &Value) -> Option<Value> {
    const DROPPED: &[&str] = &[
        "$schema",
        "default",
        "examples",
        "minLength",
        "maxLength",
        "uniqueItems",
        "format",
    ];
    let mut schema = each_schema(schema, &|key| !key.starts_with("x-") && !DROPPED.contains(&key));
    close(&mut schema)?;
    Some(schema)
}

fn close(schema: &mut Value) -> Option<()> {
    const KNOWN: &[&str] = &[
        "type",
        "title",
        "description",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
        "anyOf",
        "$ref",
        "$defs",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
    ];
    let object = schema.as_object_mut()?;
    if object.keys().any(|key| !KNOWN.contains(&key.as_str())) {
        return None;
    }
    let is_object = |name: &Value| *name == "object";
    if object
        .get("type")
        .is_some_and(|named| is_object(named) || named.as_array().is_some_and(|t| t.iter().any(is_object)))
        || object.contains_key("properties")
    {
        if object.get("additionalProperties").is_some_and(|more| *more != false) {
            return None;
        }
        let required = object
            .get("required")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let properties = object
            .get("properties")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let may_be_left_out = |(name, _): &(&String, &Value)| !required.contains(&json!(name));
        if properties
            .iter()
            .filter(may_be_left_out)
            .any(|(_, schema)| !takes_null(schema))
        {
            return None;
        }
        object.insert("required".into(), properties.keys().cloned().collect());
        object.insert("properties".into(), properties.into());
        object.insert("additionalProperties".into(), false.into());
    }
    for key in ["properties", "$defs"] {
        for schema in object
            .get_mut(key)
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(|named| named.values_mut())
        {
            close(schema)?;
        }
    }
    if let Some(items) = object.get_mut("items") {
        close(items)?;
    }
    for schema in object
        .get_mut("anyOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        close(schema)?;
    }
    Some(())
}

fn takes_null(schema: &Value) -> bool {
    let is_null = |value: &Value| *value == "null";
    is_null(&schema["type"])
        || schema["type"].as_array().is_some_and(|types| types.iter().any(is_null))
        || schema["anyOf"].as_array().is_some_and(|any| any.iter().any(takes_null))
}

/// The form of Gemini's `Schema` object (ai.google.dev/api/caching#Schema): types in capitals, `nullable`, references
/// resolved, and only the keywords that it has. `None` for an object without properties, which it refuses on top.
pub(crate) fn gemini(schema: &Value) -> Option<Value> {
    let adapted = openapi(schema, schema, 0);
    adapted.get("properties").is_some().then_some(adapted)
}

fn openapi(schema: &Value, root: &Value, depth: usize) -> Value {
    const COPIED: &[&str] = &[
        "description",
        "title",
        "required",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "pattern",
    ];
    let schema = &resolved(schema, root);
    let mut out = Map::new();
    if depth > DEEPEST {
        return json!({ "type": "OBJECT" });
    }
    for key in COPIED {
        if let Some(value) = schema.get(*key) {
            out.insert((*key).to_owned(), value.clone());
        }
    }
    let below = |schema: &Value| openapi(schema, root, depth + 1);
    types(schema, &mut out);
    choices(schema, &below, &mut out);
    if let Some(properties) = schema
        .get("properties")
        .and_then(Value::as_object)
        .filter(|p| !p.is_empty())
    {
        let adapted: Map<_, _> = properties
            .iter()
            .map(|(name, schema)| (name.clone(), below(schema)))
            .collect();
        out.insert("properties".into(), adapted.into());
        out.insert("type".into(), "OBJECT".into());
    }
    if out.get("type") == Some(&json!("ARRAY")) {
        let items = schema.get("items").filter(|items| items.is_object());
        out.insert("items".into(), items.map_or(json!({ "type": "STRING" }), below));
    }
    if !out.contains_key("type") && !out.contains_key("anyOf") {
        out.insert("type".into(), "STRING".into());
    }
    Value::Object(out)
}

/// What a reference points to, with the keywords beside it; a single `allOf` counts as one.
fn resolved(schema: &Value, root: &Value) -> Value {
    let mut schema = schema.clone();
    for _ in 0..DEEPEST {
        let target = match (
            schema.get("$ref").and_then(Value::as_str),
            schema.get("allOf").and_then(Value::as_array),
        ) {
            (Some(path), _) => path
                .strip_prefix('#')
                .and_then(|pointer| root.pointer(pointer))
                .cloned(),
            (None, Some(all)) if all.len() == 1 => all.first().cloned(),
            _ => return schema,
        };
        let Some(object) = schema.as_object_mut() else {
            return schema;
        };
        object.remove("$ref");
        object.remove("allOf");
        for (key, value) in target.as_ref().and_then(Value::as_object).into_iter().flatten() {
            object.entry(key).or_insert(value.clone());
        }
    }
    schema
}

fn types(schema: &Value, out: &mut Map<String, Value>) {
    let named: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if named.contains(&"null") {
        out.insert("nullable".into(), true.into());
    }
    let real: Vec<String> = named
        .iter()
        .filter(|name| **name != "null")
        .map(|name| name.to_uppercase())
        .collect();
    match real.as_slice() {
        [] => {}
        [one] => {
            out.insert("type".into(), one.as_str().into());
        }
        several => {
            let any: Vec<Value> = several.iter().map(|name| json!({ "type": name })).collect();
            out.insert("anyOf".into(), any.into());
        }
    }
}

/// `enum`, `const`, `anyOf` and `oneOf`.
fn choices(schema: &Value, below: &dyn Fn(&Value) -> Value, out: &mut Map<String, Value>) {
    let values = match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
        (Some(values), _) => values.clone(),
        (None, Some(only)) => vec![only.clone()],
        (None, None) => Vec::new(),
    };
    if values.contains(&Value::Null) {
        out.insert("nullable".into(), true.into());
    }
    let words: Vec<Value> = values.into_iter().filter(Value::is_string).collect();
    if !words.is_empty() {
        out.insert("type".into(), "STRING".into());
        out.insert("enum".into(), words.into());
    }
    let any = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))
        .and_then(Value::as_array);
    let (nulls, real): (Vec<&Value>, Vec<&Value>) =
        any.into_iter().flatten().partition(|schema| schema["type"] == "null");
    if !nulls.is_empty() {
        out.insert("nullable".into(), true.into());
    }
    match real.as_slice() {
        [] => {}
        [one] => {
            for (key, value) in below(one).as_object().cloned().unwrap_or_default() {
                out.entry(key).or_insert(value);
            }
        }
        several => {
            let constants: Option<Vec<Value>> = several
                .iter()
                .map(|s| s.get("const").filter(|c| c.is_string()).cloned())
                .collect();
            match constants {
                Some(words) => out.extend([("type".to_owned(), json!("STRING")), ("enum".to_owned(), words.into())]),
                None => out.extend([("anyOf".to_owned(), several.iter().map(|s| below(s)).collect())]),
            }
        }
    }
}

#[cfg(test)]
mod tests;
