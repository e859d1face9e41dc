//! Finding secrets in free text: SQL, command lines, headers, JSON, addresses, sentences.

use super::{
    REDACTED,
    names::{names_a_password, names_a_secret},
};
use std::ops::Range;

/// Beginnings of tokens whose makers gave them a recognisable shape.
const TOKEN_STARTS: &[&str] = &[
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "sk-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "AKIA",
    "ASIA",
    "hvs.",
    "npg_",
];
/// Shorter ones are words.
const SHORTEST_TOKEN: usize = 16;
/// Words that may stand between a secret's name and its value.
const BETWEEN: &[&str] = &["is", "to", "as", "by", "with", "be", "using", "for", "was"];

/// Byte ranges of secrets, in no order; they may overlap.
pub fn secrets_in(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for word in words(text) {
        by_name(text, word.clone(), &mut found);
        by_shape(text, word, &mut found);
    }
    in_addresses(text, &mut found);
    private_keys(text, &mut found);
    found.retain(|range| !range.is_empty() && text[range.clone()] != *REDACTED);
    found
}

/// Identifiers, options and header names.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (index, letter) in text.char_indices() {
        match (start, is_of_word(letter)) {
            (None, true) => start = Some(index),
            (Some(from), false) => {
                words.push(from..index);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '-'
}

fn by_name(text: &str, word: Range<usize>, found: &mut Vec<Range<usize>>) {
    let name = &text[word.clone()];
    let after = Cursor { text, at: word.end };
    if name.eq_ignore_ascii_case("identified") {
        return identified(after, found);
    }
    if name.eq_ignore_ascii_case("bearer") || name.eq_ignore_ascii_case("basic") {
        let value = after.past_space().bare();
        if looks_made_up(&text[value.clone()], 8) {
            found.push(value);
        }
        return;
    }
    if names_a_secret(name) {
        value_of(name, after, found);
    }
}

/// `IDENTIFIED [WITH plugin] BY | AS | USING value`, where the value may stand without quotes.
fn identified(mut at: Cursor<'_>, found: &mut Vec<Range<usize>>) {
    at = at.past_space();
    if let Some(plugin) = at.past_word("with") {
        at = plugin.past_space();
        at = match at.literal() {
            Some(literal) => Cursor {
                at: literal.end + 1,
                ..at
            },
            None => Cursor {
                at: at.bare().end,
                ..at
            },
        }
        .past_space();
    }
    let Some(value) = ["by", "as", "using"].iter().find_map(|word| at.past_word(word)) else {
        return;
    };
    let value = value.past_space();
    if !literals(value, found) {
        found.push(value.bare());
    }
}

/// The value that belongs to a secret's name, if one follows.
fn value_of(name: &str, after: Cursor<'_>, found: &mut Vec<Range<usize>>) {
    let (at, was_quoted) = after.past_closing_quote();
    let at = at.past_space();
    if at.starts_with("(") {
        // PASSWORD('…'), crypt_password('…')
        return literals_in_parentheses(at, found);
    }
    if at.starts_with(",") || at.starts_with(")") {
        literals_after_values(at, found);
        if !was_quoted || at.starts_with(")") {
            return;
        }
    }
    let (mut at, is_assigned) = at.past_assignment(was_quoted);
    at = at.past_space();
    let mut is_told = false;
    while let Some(next) = BETWEEN.iter().find_map(|word| at.past_word(word)) {
        let is_for_somebody = at.past_word("for").is_some();
        at = next.past_space();
        if is_for_somebody {
            // SET PASSWORD FOR 'bob'@'%' = '…'
            at = at.past_account();
            at = at.past_assignment(false).0.past_space();
        }
        is_told = true;
    }
    if literals(at, found) {
        return;
    }
    let is_header = ["authorization", "cookie"]
        .iter()
        .any(|part| name.to_lowercase().ends_with(part));
    if is_header && is_assigned {
        return found.push(at.to_end_of_header());
    }
    let value = at.bare();
    if is_assigned && at.text[value.end..].starts_with('(') {
        return literals_in_parentheses(Cursor { at: value.end, ..at }, found);
    }
    let is_option = name.starts_with('-');
    let shortest = match (is_told, names_a_password(name)) {
        (_, true) => 4,
        (true, false) => 8,
        (false, false) => SHORTEST_TOKEN,
    };
    let written = &at.text[value.clone()];
    if is_assigned && !is_nothing(written) || is_option && !written.starts_with('-') || looks_made_up(written, shortest)
    {
        found.push(value);
    }
}

fn is_nothing(value: &str) -> bool {
    ["null", "none", "true", "false", "default"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

/// A word that nobody would use in a sentence: letters mixed with digits or signs.
fn looks_made_up(word: &str, shortest: usize) -> bool {
    let has = |is: fn(char) -> bool| word.chars().any(is);
    let has_sign = word.chars().any(|c| !c.is_alphanumeric() && !"-_./'’".contains(c));
    word.chars().count() >= shortest && has(char::is_alphabetic) && (has(|c| c.is_ascii_digit()) || has_sign)
}

fn by_shape(text: &str, word: Range<usize>, found: &mut Vec<Range<usize>>) {
    let written = &text[word.clone()];
    let end = text[word.start..]
        .find(|c: char| !is_of_word(c) && c != '.')
        .map_or(text.len(), |length| word.start + length);
    let whole = &text[word.start..end];
    let is_jwt = written.starts_with("eyJ") && whole.matches('.').count() == 2 && whole.len() > 30;
    let is_token = TOKEN_STARTS.iter().any(|start| whole.starts_with(start)) && whole.len() >= SHORTEST_TOKEN;
    if is_jwt || is_token {
        found.push(word.start..end);
    }
}

/// `scheme://user:password@host`. A user without a password is kept, unless it looks like a token.
fn in_addresses(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        let end = rest
            .find(|c: char| c.is_whitespace() || "\"'<>`".contains(c))
            .unwrap_or(rest.len());
        let place = &rest[..end];
        let authority = &place[..place.find(['/', '?', '#']).unwrap_or(place.len())];
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        // A password may hold an unescaped slash: then the @ comes after it.
        let user_info = match authority.rfind('@') {
            Some(end) => &authority[..end],
            None if authority.contains(':') && !has_port => match place.rfind('@') {
                Some(end) => &place[..end],
                None => continue,
            },
            None => continue,
        };
        match user_info.find(':') {
            Some(colon) => found.push(start + colon + 1..start + user_info.len()),
            None if looks_made_up(user_info, SHORTEST_TOKEN) => found.push(start..start + user_info.len()),
            None => {}
        }
    }
}

fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, label) in text.match_indices("PRIVATE KEY-----") {
        let before = &text[..at];
        let is_begin = before.rfind("-----BEGIN").is_some_and(|begin| begin + 64 > at);
        if is_begin {
            let start = at + label.len();
            let end = text[start..]
                .find("-----END")
                .map_or(text.len(), |length| start + length);
            found.push(start..end);
        }
    }
}

/// Masks the literal here, and those that are joined to it; `false` when there is none.
fn literals(mut at: Cursor<'_>, found: &mut Vec<Range<usize>>) -> bool {
    let mut has_any = false;
    while let Some(literal) = at.literal() {
        has_any = true;
        at = at.after_literal(&literal).past_space();
        found.push(literal);
        match ["||", "+"].iter().find(|join| at.starts_with(join)) {
            Some(join) => {
                at = Cursor {
                    at: at.at + join.len(),
                    ..at
                }
                .past_space()
            }
            None => break,
        }
    }
    has_any
}

fn literals_in_parentheses(mut at: Cursor<'_>, found: &mut Vec<Range<usize>>) {
    let mut depth = 0usize;
    while let Some(letter) = at.next_char() {
        if let Some(literal) = at.literal() {
            at = at.after_literal(&literal);
            found.push(literal);
            continue;
        }
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at.at += letter.len_utf8();
        if depth == 0 {
            return;
        }
    }
}

/// `INSERT INTO users (name, password) VALUES (…)`: which literal is the password depends on its place, so all go.
fn literals_after_values(at: Cursor<'_>, found: &mut Vec<Range<usize>>) {
    let is_values = |word: &Range<usize>| at.text[word.clone()].eq_ignore_ascii_case("values");
    let rest = &at.text[at.at..];
    let Some(values) = words(rest)
        .into_iter()
        .map(|w| w.start + at.at..w.end + at.at)
        .find(is_values)
    else {
        return;
    };
    let mut at = Cursor { at: values.end, ..at };
    while let Some(letter) = at.next_char() {
        if let Some(literal) = at.literal() {
            at = at.after_literal(&literal);
            found.push(literal);
        } else if letter == ';' {
            return;
        } else {
            at.at += letter.len_utf8();
        }
    }
}

/// A place in a text. All steps go forward and stop at its end.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next_char(self) -> Option<char> {
        self.rest().chars().next()
    }

    fn starts_with(self, start: &str) -> bool {
        self.rest().starts_with(start)
    }

    fn past_space(self) -> Self {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        Self {
            at: self.at + rest.len() - trimmed.len(),
            ..self
        }
    }

    /// Past a word in any case, if it is the next one.
    fn past_word(self, word: &str) -> Option<Self> {
        let rest = self.rest();
        let is_next = rest
            .get(..word.len())
            .is_some_and(|next| next.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(is_of_word);
        is_next.then_some(Self {
            at: self.at + word.len(),
            ..self
        })
    }

    /// Past the quote and bracket that close a quoted name: `"password"`, `\"password\"`, `["password"]`.
    fn past_closing_quote(self) -> (Self, bool) {
        let mut at = self;
        if at.starts_with("\\") {
            at.at += 1;
        }
        if !(at.starts_with("\"") || at.starts_with("'") || at.starts_with("`")) {
            return (self, false);
        }
        at.at += 1;
        if at.starts_with("]") {
            at.at += 1;
        }
        (at, true)
    }

    /// Past `=`, `:`, `:=`, `=>`, `==`; a comma counts after a quoted name.
    fn past_assignment(self, after_quoted: bool) -> (Self, bool) {
        let at = self.past_space();
        for sign in [":=", "=>", "==", "=", ":"] {
            if at.starts_with(sign) && !at.starts_with("://") {
                return (
                    Self {
                        at: at.at + sign.len(),
                        ..at
                    },
                    true,
                );
            }
        }
        if after_quoted && at.starts_with(",") {
            return (Self { at: at.at + 1, ..at }, false);
        }
        (self, false)
    }

    /// Past `bob`, `'bob'` or `'bob'@'%'`.
    fn past_account(self) -> Self {
        let part = |at: Self| match at.literal() {
            Some(literal) => at.after_literal(&literal),
            None => Self {
                at: at.at + at.rest().find(|c: char| !is_of_word(c)).unwrap_or(at.rest().len()),
                ..at
            },
        };
        let user = part(self);
        if user.starts_with("@") {
            part(Self {
                at: user.at + 1,
                ..user
            })
        } else {
            user
        }
    }

    /// The inside of the quoted literal that begins here: `'…'`, `"…"`, `\"…\"`, `E'…'`, `$tag$…$tag$`. Without an end
    /// it reaches to the end of the text.
    fn literal(self) -> Option<Range<usize>> {
        let rest = self.rest();
        if let Some(tag) = dollar_tag(rest) {
            let start = self.at + tag.len();
            let end = self.text[start..]
                .find(tag)
                .map_or(self.text.len(), |length| start + length);
            return Some(start..end);
        }
        let is_prefix = |c: char| "eEnNbBxXrRuU".contains(c);
        let prefix = usize::from(rest.starts_with(is_prefix) && rest[1..].starts_with('\''));
        let opening = &rest[prefix..];
        for quote in ["\\\"", "\\'", "'", "\"", "`"] {
            if opening.starts_with(quote) {
                let start = self.at + prefix + quote.len();
                return Some(start..end_of_literal(self.text, start, quote));
            }
        }
        None
    }

    fn after_literal(self, literal: &Range<usize>) -> Self {
        let rest = &self.text[literal.end..];
        let closing = match rest.chars().next() {
            Some('$') => dollar_tag(rest).map_or(1, str::len),
            Some('\\') => 2.min(rest.len()),
            Some(quote) => quote.len_utf8(),
            None => 0,
        };
        let mut at = literal.end + closing;
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        Self { at, ..self }
    }

    /// A value without quotes, up to white space or a sign that ends it.
    fn bare(self) -> Range<usize> {
        let rest = self.rest();
        if rest.starts_with(REDACTED) {
            return self.at..self.at + REDACTED.len();
        }
        let length = rest
            .find(|c: char| c.is_whitespace() || ",;&)(]}\"'`<>".contains(c))
            .unwrap_or(rest.len());
        // A full stop ends the sentence, not the secret.
        let value = rest[..length].trim_end_matches(['.', '\\']);
        self.at..self.at + value.len()
    }

    /// A header's value: to the end of the line or of the quotes around it.
    fn to_end_of_header(self) -> Range<usize> {
        let rest = self.rest();
        self.at..self.at + rest.find(['\n', '\r', '\'', '"']).unwrap_or(rest.len())
    }
}

fn dollar_tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('$')?;
    let length = inner.find('$')?;
    let is_tag = inner[..length].chars().all(|c| c.is_alphanumeric() || c == '_')
        && !inner[..length].starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| &text[..length + 2])
}

/// Where a literal ends: a doubled quote and one after a backslash belong to it.
fn end_of_literal(text: &str, start: usize, quote: &str) -> usize {
    let mut at = start;
    while let Some(length) = text[at..].find(quote) {
        let end = at + length;
        let backslashes = text[start..end].bytes().rev().take_while(|b| *b == b'\\').count();
        if !quote.starts_with('\\') && backslashes % 2 == 1 {
            at = end + quote.len();
        } else if !quote.starts_with('\\') && text[end + quote.len()..].starts_with(quote) && end > start {
            at = end + 2 * quote.len();
        } else {
            return end;
        }
    }
    text.len()
}
