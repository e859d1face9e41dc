//! Arguments that are not quite JSON.

use serde_json::Value;

/// Parsed where it is JSON, or can be read in one way only; otherwise what the model wrote, so that the refusal can quote
/// it. Of an answer that was cut off nothing is completed: what is missing may be what matters.
pub fn parsed(written: String, is_cut: bool) -> Value {
    if written.trim().is_empty() {
        return Value::Object(Default::default());
    }
    if let Ok(value) = serde_json::from_str(&written) {
        return value;
    }
    let repaired = if is_cut { None } else { repaired(&written) };
    repaired.unwrap_or(Value::String(written))
}

/// Reads an object with a comma before a closing bracket, single quotes, or closing brackets missing at its end.
/// `None` when that is not all: an open string, a bracket of the other kind, a bare word, text around it.
pub fn repaired(written: &str) -> Option<Value> {
    let written = written.trim();
    let mut json = String::with_capacity(written.len() + 4);
    let mut open: Vec<char> = Vec::new();
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\'' => string(character, &mut characters, &mut json)?,
            '{' | '[' => {
                open.push(if character == '{' { '}' } else { ']' });
                json.push(character);
            }
            '}' | ']' => {
                if open.pop() != Some(character) {
                    return None;
                }
                drop_comma(&mut json);
                json.push(character);
            }
            other => json.push(other),
        }
    }
    drop_comma(&mut json);
    json.extend(open.into_iter().rev());
    serde_json::from_str(&json).ok().filter(Value::is_object)
}

/// Copies a string up to its closing quote, in double quotes. `None` when it does not end.
fn string(quote: char, characters: &mut std::str::Chars<'_>, json: &mut String) -> Option<()> {
    json.push('"');
    loop {
        match characters.next()? {
            '\\' => match characters.next()? {
                '\'' => json.push('\''),
                escaped => json.extend(['\\', escaped]),
            },
            '"' if quote == '\'' => json.push_str("\\\""),
            end if end == quote => break,
            inside => json.push(inside),
        }
    }
    json.push('"');
    Some(())
}

fn drop_comma(json: &mut String) {
    let kept = json.trim_end();
    if let Some(kept) = kept.strip_suffix(',') {
        json.truncate(kept.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_can_be_read_in_one_way_is_read() {
        for (written, expected) in [
            ("", json!({})),
            (r#"{"table": "orders"}"#, json!({"table": "orders"})),
            (r#"{"table": "orders",}"#, json!({"table": "orders"})),
            (r#"{"columns": ["a", "b", ], }"#, json!({"columns": ["a", "b"]})),
            ("{'table': 'orders', 'n': 1}", json!({"table": "orders", "n": 1})),
            (
                r#"{'say': 'he said "no"', "it": "it's"}"#,
                json!({"say": "he said \"no\"", "it": "it's"}),
            ),
            (r"{'it': 'it\'s'}", json!({"it": "it's"})),
            (r#"{"table": "orders""#, json!({"table": "orders"})),
            (r#"{"where": {"ids": [1, 2"#, json!({"where": {"ids": [1, 2]}})),
        ] {
            assert_eq!(parsed(written.into(), false), expected, "{written}");
        }
    }

    #[test]
    fn what_could_mean_several_things_stays_as_written() {
        for written in [
            r#"{"table": orders}"#,
            r#"{"table": "ord"#,
            r#"{"a": [1, 2}"#,
            "{'it': 'it's'}",
            r#"{"table": "orders"}}"#,
            r#"Sure: {"table": "orders",}"#,
            r#"{"table":"#,
            r#""orders"#,
        ] {
            assert_eq!(parsed(written.into(), false), json!(written), "{written}");
        }
        let cut = r#"{"table": "orders""#;
        assert_eq!(parsed(cut.into(), true), json!(cut));
    }
}
