//! JSON Schema of a tool's input.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// Draft 2020-12 with references inlined, no `$schema`, and no properties beyond those declared: what a model needs to
/// write correct arguments and what the host checks them against.
pub fn input_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(object) = schema.as_object_mut() {
        object.remove("title");
        object.remove("description");
        object.entry("type").or_insert_with(|| Value::from("object"));
        object
            .entry("properties")
            .or_insert_with(|| Value::Object(Default::default()));
        object.insert("additionalProperties".into(), Value::Bool(false));
    }
    schema
}
