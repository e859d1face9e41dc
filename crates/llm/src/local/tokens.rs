//! A message taken apart: words, quoted text, one SQL statement, lists in parentheses.

use super::{
    sql::{Sql, find_bare},
    words::stem,
};

/// Characters of a message that are read; the rest is ignored. Requests are short, pasted dumps are not requests.
const MOST_CHARACTERS: usize = 8_000;
const MOST_TOKENS: usize = 400;

#[derive(Clone, Debug)]
pub struct Token {
    /// As written, without punctuation around it and without a possessive 's.
    pub text: String,
    pub lower: String,
    pub stem: String,
    pub has_comma_before: bool,
    pub is_quoted: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Tokens {
    pub tokens: Vec<Token>,
    pub sql: Option<Sql>,
    /// Quoted text of more than one word, in order.
    pub quoted: Vec<String>,
    /// Lists such as `(customer_id, created_at)` with the number of the token before them.
    pub lists: Vec<(Option<usize>, Vec<String>)>,
    /// What follows "where" in a request for an index: `status = 'open'`.
    pub condition: Option<String>,
}

/// `is_target` recognises names that end a bare statement: `select 1 on orders-db`.
pub fn tokenize(text: &str, is_target: impl Fn(&str) -> bool) -> Tokens {
    let mut text: String = text.chars().take(MOST_CHARACTERS).map(plain_character).collect();
    let mut found = Tokens::default();
    let mut quoted_words = Vec::new();
    take_condition(&mut text, &is_target, &mut found);
    for fence in ["```", "`"] {
        take_quoted(&mut text, fence, Quote::Code, &mut found, &mut quoted_words);
    }
    if found.sql.is_none()
        && let Some((range, sql)) = find_bare(&text, |statement| end_of_statement(statement, &is_target))
    {
        blank(&mut text, range);
        found.sql = Some(sql);
    }
    // After the statement: its literals are part of it.
    for fence in ["\"", "'"] {
        take_quoted(&mut text, fence, Quote::Text, &mut found, &mut quoted_words);
    }
    split(&in_one_word(&text), &quoted_words, &mut found);
    found
}

/// An index asked for with a condition is another index than one without: the condition must not get lost.
fn take_condition(text: &mut String, is_target: &impl Fn(&str) -> bool, found: &mut Tokens) {
    let lower = text.to_ascii_lowercase();
    let asks_for_index = ["create", "add", "make", "build"]
        .iter()
        .any(|verb| lower.contains(verb))
        && lower.contains("index");
    let Some(at) = lower
        .find(" where ")
        .filter(|_| asks_for_index && !lower.contains("select "))
    else {
        return;
    };
    let begin = at + " where ".len();
    let end = begin + end_of_statement(&text[begin..], is_target);
    let condition = text[begin..end].trim_matches(['`', ' ']).to_owned();
    let has_operator = ["=", "<", ">", " is ", " in ", " like ", " between "]
        .iter()
        .any(|operator| condition.to_ascii_lowercase().contains(operator));
    if has_operator {
        blank(text, at..end);
        found.condition = Some(condition);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Quote {
    Code,
    Text,
}

/// Typographic quotes and unbreakable spaces become plain ones, of the same meaning.
fn plain_character(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
        '\u{a0}' => ' ',
        c => c,
    }
}

/// Takes every quoted span out of the text: statements, longer quotes, and single words, which stay but are marked.
fn take_quoted(text: &mut String, fence: &str, kind: Quote, found: &mut Tokens, words: &mut Vec<String>) {
    let mut from = 0;
    while let Some(open) = text[from..].find(fence).map(|at| from + at) {
        let begin = open + fence.len();
        let is_apostrophe = fence == "'" && text[..open].ends_with(char::is_alphanumeric);
        let Some(length) = (if is_apostrophe {
            None
        } else {
            end_of_quote(&text[begin..], fence)
        }) else {
            from = begin;
            continue;
        };
        let end = begin + length;
        let content = text[begin..end].trim().to_owned();
        let content = match (fence, content.split_once('\n')) {
            // The first line of a fence may name its language.
            ("```", Some((language, rest))) if !language.trim().contains(' ') && Sql::parse(language).is_none() => {
                rest.trim().to_owned()
            }
            _ => content,
        };
        let word_count = content.split_whitespace().count();
        let sql = match kind {
            Quote::Code if word_count > 1 => Sql::parse(&content),
            _ => find_bare(&content, str::len)
                .filter(|(range, _)| range.start == 0)
                .map(|(_, sql)| sql),
        };
        if let (Some(sql), None) = (sql, &found.sql) {
            found.sql = Some(sql);
            blank(text, open..end + fence.len());
        } else if word_count <= 1 {
            words.push(content);
            blank(text, open..begin);
            blank(text, end..end + fence.len());
        } else if kind == Quote::Code {
            blank(text, open..begin);
            blank(text, end..end + fence.len());
        } else {
            found.quoted.push(content);
            blank(text, open..end + fence.len());
        }
        from = end + fence.len();
    }
}

/// An apostrophe within a word ends no quote.
fn end_of_quote(rest: &str, fence: &str) -> Option<usize> {
    rest.match_indices(fence)
        .find(|(at, _)| fence != "'" || !rest[at + 1..].starts_with(char::is_alphanumeric))
        .map(|(at, _)| at)
}

/// Spaces of the same length, so that byte positions stay.
fn blank(text: &mut String, range: std::ops::Range<usize>) {
    let spaces = " ".repeat(range.len());
    text.replace_range(range, &spaces);
}

/// Cuts " on orders-db" and courtesies off the end of a bare statement.
fn end_of_statement(statement: &str, is_target: &impl Fn(&str) -> bool) -> usize {
    let rest = without_courtesies(statement);
    let Some((before, last)) = rest.rsplit_once(char::is_whitespace) else {
        return rest.len();
    };
    if !is_target(last) {
        return rest.len();
    }
    let before = before.trim_end();
    let before = before.strip_suffix(" the").unwrap_or(before).trim_end();
    [" on", " in", " at", " against", " for", " using"]
        .iter()
        .find_map(|word| before.strip_suffix(word))
        .map_or(rest.len(), |statement| without_courtesies(statement).len())
}

/// Without "please" at the end, and without the "slow" of "why is select … slow".
fn without_courtesies(statement: &str) -> &str {
    let mut rest = statement.trim_end_matches([' ', '?', '.', '!', ';', '\n']);
    for courtesy in [" please", " thanks", " pls", " slow", " so"] {
        rest = rest
            .strip_suffix(courtesy)
            .unwrap_or(rest)
            .trim_end_matches([',', ' ', ';']);
    }
    rest
}

/// Verbs of several words and their one-word form. Statements and quotes are out of the text by now.
const PHRASES: &[(&str, &str)] = &[
    ("get rid of", "remove"),
    ("shut down", "shutdown"),
    ("set up", "create"),
    ("roll back", "rollback"),
    ("roll it back", "rollback it"),
    ("take down", "stop"),
    ("clean up", "clean"),
    ("bring up", "start"),
    ("update the statistics", "analyze"),
    ("update statistics", "analyze"),
    ("update the stats", "analyze"),
    ("refresh the statistics", "analyze"),
    ("refresh statistics", "analyze"),
    ("collect statistics", "analyze"),
];

fn in_one_word(text: &str) -> String {
    let mut text = text.to_owned();
    for (phrase, word) in PHRASES {
        // ASCII lower-casing keeps byte positions.
        while let Some(at) = text.to_ascii_lowercase().find(phrase) {
            let end = at + phrase.len();
            let is_whole =
                !text[..at].ends_with(char::is_alphanumeric) && !text[end..].starts_with(char::is_alphanumeric);
            if !is_whole {
                break;
            }
            text.replace_range(at..end, word);
        }
    }
    text
}

fn split(text: &str, quoted_words: &[String], found: &mut Tokens) {
    let mut at = 0;
    let mut has_comma_before = false;
    while at < text.len() && found.tokens.len() < MOST_TOKENS {
        let rest = &text[at..];
        let next = rest.chars().next().unwrap_or(' ');
        if next == '('
            && let Some((items, length)) = list(rest)
        {
            found.lists.push((found.tokens.len().checked_sub(1), items));
            at += length;
        } else if is_separator(next) {
            has_comma_before |= next == ',';
            at += next.len_utf8();
        } else {
            let length = rest.find(is_separator).unwrap_or(rest.len());
            if let Some(token) = token(&rest[..length], has_comma_before, quoted_words) {
                found.tokens.push(token);
                has_comma_before = false;
            }
            at += length;
        }
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || ",;()[]{}\"!?<>=|`".contains(c)
}

fn token(piece: &str, has_comma_before: bool, quoted_words: &[String]) -> Option<Token> {
    let text = piece
        .trim_end_matches(['.', ':', '\''])
        .trim_start_matches(['#', '\'', '.']);
    let text = text.strip_suffix("'s").unwrap_or(text);
    if text.is_empty() || text.chars().all(|c| "-:&+*".contains(c)) {
        return None;
    }
    let lower = text.to_lowercase();
    Some(Token {
        is_quoted: quoted_words.iter().any(|word| word == text),
        stem: stem(&lower),
        lower,
        text: text.to_owned(),
        has_comma_before,
    })
}

/// `(a, lower(b), c desc)` at the beginning of `rest`: its items and its length. `None` for a remark in parentheses.
fn list(rest: &str) -> Option<(Vec<String>, usize)> {
    let mut depth = 0;
    let mut items = vec![String::new()];
    for (at, c) in rest.char_indices().take(500) {
        match c {
            '(' if depth == 0 => depth = 1,
            ')' if depth == 1 => {
                let items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).collect();
                return items.iter().all(|item| is_item(item)).then_some((items, at + 1));
            }
            ',' if depth == 1 => items.push(String::new()),
            c => {
                depth += i32::from(c == '(') - i32::from(c == ')');
                items.last_mut()?.push(c);
            }
        }
    }
    None
}

fn is_item(item: &str) -> bool {
    let mut words = item.split_whitespace();
    let is_name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"');
    words.next().is_some_and(is_name)
        && (item.contains('(')
            || words.all(|word| {
                matches!(
                    word.to_ascii_lowercase().as_str(),
                    "asc" | "desc" | "nulls" | "first" | "last"
                )
            }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokenize(text, |_| false).tokens.into_iter().map(|t| t.lower).collect()
    }

    #[test]
    fn words_lose_punctuation_and_keep_what_belongs_to_names() {
        assert_eq!(words("What's orders-db's load?"), ["what", "orders-db", "load"]);
        assert_eq!(words("read /var/log/syslog."), ["read", "/var/log/syslog"]);
        assert_eq!(words("don't `drop` it!"), ["don't", "drop", "it"]);
        assert_eq!(words("on :8080"), ["on", ":8080"]);
    }

    #[test]
    fn a_statement_is_taken_out_and_the_target_after_it_stays() {
        for text in [
            "run `select 1` on orders-db",
            "run select 1 on orders-db",
            "on orders-db: select 1;",
            "```sql\nselect 1;\n``` on orders-db",
            "run \"select 1\" on orders-db",
        ] {
            let tokens = tokenize(text, |word| word == "orders-db");
            assert_eq!(tokens.sql.map(|sql| sql.text).as_deref(), Some("select 1"), "{text}");
            assert!(tokens.tokens.iter().any(|t| t.lower == "orders-db"), "{text}");
        }
    }

    #[test]
    fn lists_are_read_and_remarks_are_not() {
        let tokens = tokenize("index on orders(customer_id, created_at desc) (the big one)", |_| false);
        assert_eq!(
            tokens.lists,
            [(Some(2), vec!["customer_id".to_owned(), "created_at desc".to_owned()])]
        );
        assert!(tokens.tokens.iter().any(|t| t.lower == "big"));
    }

    #[test]
    fn quoted_text_is_kept_as_written() {
        let tokens = tokenize("lines with \"Connection refused\" or 'Timeout' in it", |_| false);
        assert_eq!(tokens.quoted, ["Connection refused"]);
        assert!(tokens.tokens.iter().any(|t| t.text == "Timeout" && t.is_quoted));
    }
}
