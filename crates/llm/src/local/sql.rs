//! SQL in a message: fenced, in backticks or quotes, or simply written out.

/// A statement that the person wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// Without EXPLAIN in front and without a semicolon at the end.
    pub text: String,
    pub is_explain: bool,
    pub is_analyze: bool,
    /// It does not begin like a reading statement. Whether it really only reads is for the plugin's parser to say.
    pub is_write: bool,
}

const READING: &[&str] = &["select", "with", "show", "values", "table"];
const WRITING: &[&str] = &[
    "alter", "begin", "call", "comment", "commit", "copy", "create", "delete", "do", "drop", "grant", "insert",
    "merge", "refresh", "revoke", "set", "truncate", "update", "vacuum",
];

impl Sql {
    /// Reads the whole of `text` as a statement. `None` when it does not begin like one, and for statements that are
    /// plain requests at the same time (`create index on orders (status)`).
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().trim_end_matches(';').trim();
        let (mut is_explain, mut is_analyze) = (false, false);
        if first_word(rest) == "explain" {
            is_explain = true;
            rest = rest["explain".len()..].trim_start();
            if let Some(options) = rest.strip_prefix('(') {
                let (options, after) = options.split_once(')')?;
                is_analyze = options.to_ascii_lowercase().contains("analyze");
                rest = after.trim_start();
            }
            while matches!(first_word(rest).as_str(), "analyze" | "analyse" | "verbose") {
                is_analyze |= first_word(rest).starts_with("anal");
                rest = rest[first_word(rest).len()..].trim_start();
            }
        }
        let first = first_word(rest);
        let is_read = READING.contains(&first.as_str());
        let is_write = WRITING.contains(&first.as_str());
        if is_read || (is_write && !is_plain_request(rest)) {
            Some(Self {
                text: rest.to_owned(),
                is_explain,
                is_analyze,
                is_write,
            })
        } else {
            None
        }
    }
}

/// Finds a statement written without quotes: its byte range and itself.
///
/// `ends_before` cuts what no longer belongs to it (" on orders-db"), and returns the new length.
pub fn find_bare(text: &str, ends_before: impl Fn(&str) -> usize) -> Option<(std::ops::Range<usize>, Sql)> {
    for (at, word) in word_starts(text) {
        let is_start = at == 0 || text[..at].trim_end().ends_with([':', ',', ';', '-']) || {
            let before = text[..at]
                .trim_end()
                .rsplit(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or("");
            INTRODUCTIONS.contains(&before.to_ascii_lowercase().as_str())
        };
        let lower = word.to_ascii_lowercase();
        if !is_start || !(lower == "explain" || READING.contains(&lower.as_str()) || WRITING.contains(&lower.as_str()))
        {
            continue;
        }
        let length = ends_before(&text[at..]);
        let statement = text[at..at + length].trim_end_matches(['?', '.', '!', ' ', '\n']);
        if is_surely_sql(statement) {
            let sql = Sql::parse(statement)?;
            return Some((at..at + length, sql));
        }
    }
    None
}

const INTRODUCTIONS: &[&str] = &[
    "run",
    "execute",
    "exec",
    "query",
    "sql",
    "statement",
    "this",
    "explain",
    "please",
    "analyze",
    "for",
    "of",
    "do",
    "why",
    "is",
    "and",
];

/// Bare words can be English ("select the second one", "show slow queries"); these shapes are not.
fn is_surely_sql(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let second = words.get(1).copied().unwrap_or("");
    match words.first().copied().unwrap_or("") {
        "select" => {
            !matches!(second, "" | "the" | "a" | "an" | "all" | "one" | "that" | "this")
                && (words.contains(&"from")
                    || second.starts_with(|c: char| c.is_ascii_digit() || "*'\"(-".contains(c))
                    || second.contains('(')
                    || second.starts_with("current_"))
        }
        "with" => lower.contains(" as (") || lower.contains(" as materialized ("),
        "show" => words.len() == 2 && (second.contains('_') || second == "all"),
        "explain" => {
            let rest = lower["explain".len()..].trim_start();
            rest.starts_with('(')
                || Sql::parse(text)
                    .is_some_and(|sql| is_surely_sql(&sql.text) || sql.is_write && is_surely_write(&sql.text))
        }
        "values" => second.starts_with('('),
        "table" => false,
        _ => is_surely_write(&lower),
    }
}

fn is_surely_write(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let second = words.get(1).copied().unwrap_or("");
    match words.first().copied().unwrap_or("").trim_end_matches(';') {
        "begin" | "commit" => text.contains(';'),
        "insert" | "merge" => second == "into",
        "delete" => second == "from" && (words.contains(&"where") || words.len() == 3),
        "update" => words.get(2) == Some(&"set"),
        "alter" | "truncate" => second == "table",
        "copy" => words.contains(&"to") || words.contains(&"from"),
        "set" => second == "role" || second == "session",
        "grant" | "revoke" => words.contains(&"on") && (words.contains(&"to") || words.contains(&"from")),
        _ => false,
    }
}

/// `create index …`, `drop index …` and the like are served by tools of their own.
fn is_plain_request(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().take(3).map(str::to_ascii_lowercase).collect();
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    matches!((word(0), word(1)), ("create" | "drop", "index") | ("create", "unique")) || word(0) == "vacuum"
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphabetic())
        .collect::<String>()
        .to_ascii_lowercase()
}

fn word_starts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.char_indices()
        .filter(move |(at, c)| is_word(*c) && !text[..*at].ends_with(is_word))
        .map(move |(at, _)| (at, text[at..].split(|c| !is_word(c)).next().unwrap_or("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> Option<String> {
        find_bare(text, str::len).map(|(_, sql)| sql.text)
    }

    #[test]
    fn statements_are_told_from_english() {
        for (text, expected) in [
            ("select * from orders", Some("select * from orders")),
            ("run select count(*) from orders;", Some("select count(*) from orders")),
            ("please run: SELECT 1", Some("SELECT 1")),
            ("explain select 1", Some("select 1")),
            (
                "with x as (select 1) select * from x",
                Some("with x as (select 1) select * from x"),
            ),
            ("show work_mem", Some("show work_mem")),
            (
                "delete from orders where id = 1",
                Some("delete from orders where id = 1"),
            ),
            ("show slow queries", None),
            ("SHOW TABLES", None),
            ("select the second one", None),
            ("explain the slow query", None),
            ("with pleasure", None),
            ("drop index orders_idx", None),
            ("update statistics of orders", None),
        ] {
            assert_eq!(bare(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn explain_is_taken_off_and_remembered() {
        let sql = Sql::parse("EXPLAIN (ANALYZE, BUFFERS) SELECT 1").unwrap();
        assert_eq!(
            (sql.text.as_str(), sql.is_explain, sql.is_analyze),
            ("SELECT 1", true, true)
        );
        let sql = Sql::parse("explain analyze select 1;").unwrap();
        assert_eq!(
            (sql.text.as_str(), sql.is_explain, sql.is_analyze),
            ("select 1", true, true)
        );
        assert!(Sql::parse("DROP TABLE orders").unwrap().is_write);
        assert_eq!(Sql::parse("create index on orders (status)"), None);
    }
}
