//! Text to documents, strictly: what is judged is what is sent.

use super::{Refusal, refuse};
use bson::{Bson, Document};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Longer queries are no questions.
const MAX_BYTES: usize = 64 * 1024;

/// Errors: `mongodb.bad_json`.
pub(super) fn object(name: &str, text: &str) -> Result<Document, Refusal> {
    match parse(name, text)? {
        Bson::Document(document) => Ok(document),
        _ => refuse(
            "mongodb.bad_json",
            format!("{name} is the text of a JSON object, such as {{\"status\": \"open\"}}"),
        ),
    }
}

/// Errors: `mongodb.bad_json`.
pub(super) fn array(name: &str, text: &str) -> Result<Vec<Document>, Refusal> {
    let wrong = || {
        refuse(
            "mongodb.bad_json",
            format!("{name} is the text of a JSON array of objects, such as [{{\"$match\": {{}}}}]"),
        )
    };
    let Bson::Array(items) = parse(name, text)? else {
        return wrong();
    };
    let documents: Option<Vec<Document>> = items
        .into_iter()
        .map(|item| match item {
            Bson::Document(document) => Some(document),
            _ => None,
        })
        .collect();
    documents.map_or_else(wrong, Ok)
}

fn parse(name: &str, text: &str) -> Result<Bson, Refusal> {
    if text.len() > MAX_BYTES {
        return refuse(
            "mongodb.bad_json",
            format!("{name} is longer than {MAX_BYTES} bytes. Shorten it"),
        );
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = Strict
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    let value = match parsed {
        Ok(value) => value,
        Err(error) => {
            let why = crate::show::one_line(&error.to_string(), 160);
            return refuse(
                "mongodb.bad_json",
                format!("{name} is not valid JSON ({why}). Field names and texts stand in double quotes"),
            );
        }
    };
    match Bson::try_from(value) {
        Ok(value) => Ok(value),
        Err(_) => refuse(
            "mongodb.bad_json",
            format!(
                "{name} holds a value that looks like extended JSON but is none; write {{\"$oid\": \"…\"}} or {{\"$date\": \"2026-01-01T00:00:00Z\"}}"
            ),
        ),
    }
}

/// JSON in which no object says the same thing twice: of two equal names, one could be judged and the other sent.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is too large"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.contains('\0') {
                return Err(serde::de::Error::custom("a field name holds a zero character"));
            }
            let value = members.next_value_seed(Strict)?;
            if map.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("an object names the same field twice"));
            }
        }
        Ok(Value::Object(map))
    }
}
