use crate::stage::Thing;
use serde_json::{Value, json};
use steersman_toolkit::input_schema;

#[test]
fn a_schema_is_whole_closed_and_without_references() {
    let schema = input_schema::<Thing>();
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], json!(["name"]));
    assert_eq!(
        schema["properties"]["name"],
        json!({ "type": "string", "description": "Which thing: \"cup\".", "x-slot": "text" })
    );
    assert_eq!(schema["properties"]["limit"]["x-slot"], "count");
    assert_eq!(schema["properties"]["limit"]["maximum"], 50);
    for absent in ["$schema", "title", "description", "$defs"] {
        assert!(schema.get(absent).is_none(), "{absent}");
    }
    assert!(!schema.to_string().contains("$ref"), "{schema}");
    // What was a reference stands there in full.
    assert!(schema["properties"]["colours"].to_string().contains("dark_blue"));
    assert!(schema["properties"]["place"].to_string().contains("dark_blue"));
}

#[test]
fn a_tool_without_input_still_has_a_closed_object() {
    #[derive(schemars::JsonSchema)]
    struct Nothing {}
    let expected: Value = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    assert_eq!(input_schema::<Nothing>(), expected);
    assert_eq!(input_schema::<()>()["additionalProperties"], false);
}
