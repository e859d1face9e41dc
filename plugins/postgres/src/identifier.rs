//! Names of tables, columns and indexes: read from what people write, quoted for what we send.

use steersman_toolkit::protocol::Problem;

/// Longest name in PostgreSQL, in bytes (NAMEDATALEN - 1).
pub(crate) const MAX_BYTES: usize = 63;

/// `orders`, `sales.orders` or `"Odd Name"."x.y"`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub schema: Option<String>,
    pub name: String,
    /// True when the last part was in quotes: then it means exactly that.
    pub is_quoted: bool,
}

impl Name {
    /// Reads a name with at most one dot outside of quotes.
    ///
    /// Errors: `postgres.bad_name`.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let mut parts = parts(text.trim()).ok_or_else(|| bad_name(text))?;
        let (name, is_quoted) = parts.pop().ok_or_else(|| bad_name(text))?;
        let schema = parts.pop().map(|(schema, _)| schema);
        if !parts.is_empty() {
            return Err(bad_name(text));
        }
        Ok(Self {
            schema,
            name,
            is_quoted,
        })
    }
}

/// The parts between dots, and whether each was quoted. `None` for anything that is no name.
fn parts(text: &str) -> Option<Vec<(String, bool)>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, is_quoted, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (part, after) = up_to_closing_quote(quoted)?;
                (part, true, after)
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), false, &rest[end..])
            }
        };
        let is_fine = !part.is_empty()
            && part.len() <= MAX_BYTES
            && !part.chars().any(char::is_control)
            && (is_quoted || !part.contains('"'));
        if !is_fine {
            return None;
        }
        parts.push((part, is_quoted));
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None if after.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

fn up_to_closing_quote(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let at = rest.find('"')?;
        part.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                part.push('"');
                rest = more;
            }
            None => return Some((part, rest)),
        }
    }
}

fn bad_name(text: &str) -> Problem {
    Problem::new(
        "postgres.bad_name",
        "Could not read a name",
        format!(
            "\"{}\" is no name of a table or index",
            text.chars().take(80).collect::<String>()
        ),
        "Write it as orders, sales.orders or \"Odd Name\"",
    )
}

/// A name in quotes, safe inside any statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name as short as it can be written: quotes only where PostgreSQL would need them.
pub(crate) fn plain(name: &str) -> String {
    let is_simple = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_simple && !is_reserved(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// `schema.name`, each quoted where needed.
pub(crate) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", plain(schema), plain(name))
}

/// A text in single quotes, for the few places that take no bound value.
pub(crate) fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// Asks PostgreSQL's own scanner: a keyword of any but the unreserved kind needs quotes.
fn is_reserved(name: &str) -> bool {
    pg_query::scan(name).map_or(true, |result| {
        result.tokens.iter().any(|token| {
            token.keyword_kind != pg_query::protobuf::KeywordKind::NoKeyword as i32
                && token.keyword_kind != pg_query::protobuf::KeywordKind::UnreservedKeyword as i32
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        let name = |schema: Option<&str>, name: &str, is_quoted| {
            Some(Name {
                schema: schema.map(str::to_owned),
                name: name.to_owned(),
                is_quoted,
            })
        };
        for (text, expected) in [
            ("orders", name(None, "orders", false)),
            (" sales.orders ", name(Some("sales"), "orders", false)),
            ("\"Odd Name\"", name(None, "Odd Name", true)),
            ("\"a.b\".\"c\"\"d\"", name(Some("a.b"), "c\"d", true)),
            ("Orders", name(None, "Orders", false)),
            ("", None),
            (".", None),
            ("a.b.c", None),
            ("\"open", None),
            ("a\"b", None),
            ("\"\"", None),
            ("a\nb", None),
        ] {
            assert_eq!(Name::parse(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn names_are_quoted_only_where_needed() {
        for (name, expected) in [
            ("orders", "orders"),
            ("order", "\"order\""),
            ("Orders", "\"Orders\""),
            ("a\"b", "\"a\"\"b\""),
            ("name", "name"),
            ("9lives", "\"9lives\""),
            ("left", "\"left\""),
            ("_x1", "_x1"),
        ] {
            assert_eq!(plain(name), expected);
        }
    }

    #[test]
    fn literals_cannot_be_left() {
        for (text, expected) in [("a", "'a'"), ("a'b", "'a''b'"), ("a\\'b", "E'a\\\\''b'")] {
            assert_eq!(literal(text), expected);
        }
    }
}
