//! A command as text that a person reads, and exactly the same command again from that text.

use bson::{Bson, Document};
use serde_json::{Value, json};
use steersman_toolkit::protocol::{Step, StepKind};

/// Stands where a secret goes.
pub(crate) const MASK: &str = "•••••• (made when performed, shown once)";
/// The only field that holds one.
const SECRET_FIELD: &str = "pwd";

/// A step that runs this command: `db.getSiblingDB("shop").runCommand({"createIndexes": …})`.
pub(crate) fn step(database: &str, command: &Document) -> Step {
    Step {
        kind: StepKind::Command,
        literal: literal(database, command),
        note: None,
    }
}

pub(crate) fn literal(database: &str, command: &Document) -> String {
    let command = to_json(&Bson::Document(command.clone()));
    format!("db.getSiblingDB({}).runCommand({command})", json!(database))
}

/// Database and command of a literal; `None` when it is not one of ours.
pub(crate) fn parse(literal: &str) -> Option<(String, Document)> {
    let rest = literal.strip_prefix("db.getSiblingDB(")?;
    let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    let database = texts.next()?.ok()?;
    let command = rest[texts.byte_offset()..]
        .strip_prefix(").runCommand(")?
        .strip_suffix(')')?;
    let command: serde_json::Map<String, Value> = serde_json::from_str(command).ok()?;
    Some((database, Document::try_from(command).ok()?))
}

/// Puts the secret where the mask is.
pub(crate) fn fill_in(command: &mut Document, secret: &str) {
    if command.get_str(SECRET_FIELD).is_ok_and(|text| text == MASK) {
        command.insert(SECRET_FIELD, secret);
    }
}

/// Relaxed extended JSON, except for numbers whose type it would lose.
pub(crate) fn to_json(value: &Bson) -> Value {
    match value {
        Bson::Document(document) => Value::Object(
            document
                .iter()
                .map(|(name, value)| (name.clone(), to_json(value)))
                .collect(),
        ),
        Bson::Array(items) => Value::Array(items.iter().map(to_json).collect()),
        Bson::Int64(number) if i32::try_from(*number).is_ok() => json!({ "$numberLong": number.to_string() }),
        other => other.clone().into_relaxed_extjson(),
    }
}

/// One line of JSON, for texts.
pub(crate) fn to_line(document: &Document) -> String {
    to_json(&Bson::Document(document.clone())).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    #[test]
    fn what_is_shown_is_what_is_sent() {
        for (database, command) in [
            ("shop", doc! { "dropIndexes": "orders", "index": "a_1" }),
            ("a\").runCommand({x", doc! { "drop": "b\").runCommand(\"" }),
            (
                "shop",
                doc! { "a": 1_i64, "b": 1_i32, "c": 1.0, "d": 5_000_000_000_i64, "e": [{ "f": Bson::Null }], "g": 1.5 },
            ),
            (
                "shop",
                doc! { "a": bson::oid::ObjectId::from_bytes([7; 12]), "b": bson::DateTime::from_millis(5), "c": f64::NAN },
            ),
        ] {
            let (place, again) = parse(&literal(database, &command)).unwrap_or_else(|| panic!("{command}"));
            assert_eq!((place.as_str(), again.to_string()), (database, command.to_string()));
        }
        assert_eq!(parse("db.orders.drop()"), None);
    }

    #[test]
    fn only_a_mask_is_filled_in() {
        let mut command = doc! { "createUser": "ana", "pwd": MASK };
        fill_in(&mut command, "hush");
        assert_eq!(command.get_str("pwd").unwrap(), "hush");
        let mut command = doc! { "createUser": "ana", "pwd": "x" };
        fill_in(&mut command, "hush");
        assert_eq!(command.get_str("pwd").unwrap(), "x");
    }
}
