//! What is asked for, as an index specification.

use super::Input;
use crate::{guard, show};
use bson::{Bson, Document, doc};
use steersman_toolkit::protocol::Problem;

/// Kinds of keys that are not an order.
const KINDS: &[&str] = &["hashed", "text", "2dsphere", "2d"];
/// Longest name that every version takes.
const MAX_NAME: usize = 120;

/// The specification as createIndexes takes it.
///
/// Errors: `mongodb.bad_index`, `mongodb.bad_json`, `mongodb.not_read_only`.
pub(super) fn spec(what: &str, input: &Input) -> Result<Document, Problem> {
    let key = key(&input.fields).map_err(|why| bad(what, why))?;
    let name = match input.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => usual_name(&key),
    };
    if name.len() > MAX_NAME || name == "*" || name == "_id_" || name.contains('\0') {
        return Err(bad(
            what,
            format!("an index name has at most {MAX_NAME} bytes and is neither \"*\" nor \"_id_\""),
        ));
    }
    let mut spec = doc! { "key": key, "name": name };
    if input.unique {
        spec.insert("unique", true);
    }
    if input.sparse {
        spec.insert("sparse", true);
    }
    if let Some(seconds) = input.expire_after_seconds {
        if input.fields.len() != 1 || seconds < 0 {
            return Err(bad(
                what,
                "an expiry wants exactly one field, and seconds from 0".to_owned(),
            ));
        }
        spec.insert("expireAfterSeconds", seconds);
    }
    if let Some(text) = &input.condition {
        if input.sparse {
            return Err(bad(what, "an index has either a condition or is sparse".to_owned()));
        }
        let judged = guard::find(Some(text), None, None).map_err(|refusal| refusal.into_problem(what))?;
        if let guard::Judged::Find(parts) = judged
            && !parts.filter.is_empty()
        {
            spec.insert("partialFilterExpression", parts.filter);
        }
    }
    Ok(spec)
}

/// `["a", "-b", "c:hashed"]` as `{a: 1, b: -1, c: "hashed"}`.
fn key(fields: &[String]) -> Result<Document, String> {
    let mut key = Document::new();
    for given in fields {
        let given = given.trim();
        let (field, direction): (&str, Bson) = match (given.strip_prefix('-'), given.rsplit_once(':')) {
            (Some(field), _) => (field, Bson::Int32(-1)),
            (None, Some((field, "1"))) => (field, Bson::Int32(1)),
            (None, Some((field, "-1"))) => (field, Bson::Int32(-1)),
            (None, Some((field, kind))) if KINDS.contains(&kind) => (field, Bson::String(kind.to_owned())),
            (None, Some((_, kind))) => return Err(format!("\"{}\" is no kind of key", show::one_line(kind, 40))),
            (None, None) => (given, Bson::Int32(1)),
        };
        if field.is_empty() || field.starts_with('$') || field.contains('\0') || field.split('.').any(str::is_empty) {
            return Err(format!("\"{}\" cannot be a field's name", show::one_line(given, 80)));
        }
        if key.insert(field, direction).is_some() {
            return Err(format!("the field \"{field}\" is named twice"));
        }
    }
    match key.len() {
        0 => Err("no field is named".to_owned()),
        1..=32 => Ok(key),
        _ => Err("an index has at most 32 fields".to_owned()),
    }
}

/// As MongoDB names one itself: `customer_id_1_placed_at_-1`.
fn usual_name(key: &Document) -> String {
    let parts: Vec<String> = key
        .iter()
        .map(|(field, direction)| match direction {
            Bson::String(kind) => format!("{field}_{kind}"),
            other => format!("{field}_{other}"),
        })
        .collect();
    show::shortened(&parts.join("_"), MAX_NAME - 4)
}

fn bad(what: &str, why: String) -> Problem {
    Problem::new(
        "mongodb.bad_index",
        what,
        why,
        "Name fields as [\"customer_id\", \"-placed_at\"]",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_become_keys() {
        let check = |fields: &[&str], expected: Option<&str>| {
            let input = serde_json::from_value(json!({ "collection": "orders", "fields": fields })).unwrap();
            let found = spec("x", &input).ok().map(|spec| crate::command::to_line(&spec));
            assert_eq!(found.as_deref(), expected, "{fields:?}");
        };
        check(&["a"], Some(r#"{"key":{"a":1},"name":"a_1"}"#));
        check(
            &["a.b", "-c", "d:-1"],
            Some(r#"{"key":{"a.b":1,"c":-1,"d":-1},"name":"a.b_1_c_-1_d_-1"}"#),
        );
        check(
            &["at:2dsphere", "x:hashed"],
            Some(r#"{"key":{"at":"2dsphere","x":"hashed"},"name":"at_2dsphere_x_hashed"}"#),
        );
        for wrong in [&[][..], &["a", "a"], &["$a"], &["a..b"], &["-"], &["a:sideways"], &[""]] {
            check(wrong, None);
        }
    }
}
