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
fn a_schema_is_strict_where_what_may_be_left_out_may_be_null() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "table": { "type": "string", "minLength": 1, "x-slot": "table" },
            "limit": { "type": ["integer", "null"], "default": null, "minimum": 1 },
            "order": { "anyOf": [{ "$ref": "#/$defs/Order" }, { "type": "null" }] },
        },
        "required": ["table"],
        "$defs": { "Order": { "type": "object", "properties": { "by": { "type": "string" } }, "required": ["by"] } },
    });
    let expected = json!({
        "type": "object",
        "properties": {
            "table": { "type": "string" },
            "limit": { "type": ["integer", "null"], "minimum": 1 },
            "order": { "anyOf": [{ "$ref": "#/$defs/Order" }, { "type": "null" }] },
        },
        "required": ["table", "limit", "order"],
        "$defs": { "Order": { "type": "object", "properties": { "by": { "type": "string" } }, "required": ["by"], "additionalProperties": false } },
        "additionalProperties": false,
    });
    assert_eq!(strict(&schema), Some(expected));
}

#[test]
fn a_schema_that_strict_mode_cannot_say_is_not_strict() {
    for properties in [
        json!({ "limit": { "type": "integer" } }),
        json!({ "labels": { "type": ["object", "null"], "properties": {}, "additionalProperties": { "type": "string" } } }),
        json!({ "either": { "oneOf": [{ "type": "string" }, { "type": "null" }] } }),
        json!({ "any": true }),
    ] {
        let schema = json!({ "type": "object", "properties": properties });
        assert_eq!(strict(&schema), None, "{schema}");
    }
}

#[test]
fn gemini_gets_its_own_spelling() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "table": { "type": "string", "x-slot": "table", "description": "A table" },
            "limit": { "type": ["integer", "null"], "format": "uint32", "minimum": 1, "default": null },
            "state": { "description": "Which", "anyOf": [{ "$ref": "#/$defs/State" }, { "type": "null" }] },
            "only": { "const": "this" },
            "columns": { "type": "array", "items": { "$ref": "#/$defs/Column" } },
            "level": { "oneOf": [{ "const": "low", "type": "string" }, { "const": "high", "type": "string" }] },
            "value": { "type": ["string", "integer"] },
            "kept": { "allOf": [{ "$ref": "#/$defs/State" }], "description": "beside" },
        },
        "required": ["table"],
        "$defs": {
            "State": { "type": "string", "enum": ["on", "off"] },
            "Column": { "type": "object", "properties": { "name": { "type": "string" }, "of": { "$ref": "#/$defs/State" } } },
        },
    });
    let state = json!({ "type": "STRING", "enum": ["on", "off"] });
    let expected = json!({
        "type": "OBJECT",
        "properties": {
            "table": { "type": "STRING", "description": "A table" },
            "limit": { "type": "INTEGER", "nullable": true, "minimum": 1 },
            "state": { "type": "STRING", "enum": ["on", "off"], "nullable": true, "description": "Which" },
            "only": { "type": "STRING", "enum": ["this"] },
            "columns": { "type": "ARRAY", "items": { "type": "OBJECT", "properties": { "name": { "type": "STRING" }, "of": state } } },
            "level": { "type": "STRING", "enum": ["low", "high"] },
            "value": { "anyOf": [{ "type": "STRING" }, { "type": "INTEGER" }] },
            "kept": { "type": "STRING", "enum": ["on", "off"], "description": "beside" },
        },
        "required": ["table"],
    });
    assert_eq!(gemini(&schema), Some(expected));
    assert_eq!(gemini(&json!({ "type": "object", "properties": {} })), None);
}

#[test]
fn a_schema_that_contains_itself_ends() {
    let schema = json!({
        "type": "object",
        "properties": { "filter": { "$ref": "#/$defs/Filter" } },
        "$defs": { "Filter": { "type": "object", "properties": { "not": { "$ref": "#/$defs/Filter" } } } },
    });
    let adapted = gemini(&schema).unwrap().to_string();
    assert!(!adapted.contains("$ref") && adapted.len() < 2_000, "{adapted}");
}
