//! Column lists, in the ways in which people ask for an index.
//!
//! `orders(customer_id, created_at)`, "index customer_id on orders", "on orders by customer_id and status", "the status
//! column of orders", "columns a, b and c".

use super::{
    reading::{Reading, Use},
    words::is_stop_word,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    pub names: Vec<String>,
    /// A table that only the position shows: `invoices` in `invoices(status)` or "index status on invoices".
    pub table: Option<String>,
    /// Tokens that were used.
    pub tokens: Vec<usize>,
}

/// `needs_table`: no table was recognised by name, so one of the groups may be it.
pub fn columns(reading: &Reading, needs_table: bool) -> Columns {
    if let Some((before, names)) = reading.lists.first() {
        let is_name = |at: &usize| reading.uses[*at] == Use::Free && can_be_column(reading, *at);
        let table = before.filter(|at| needs_table && is_name(at));
        return Columns {
            names: names.clone(),
            table: table.map(|at| reading.tokens[at].text.clone()),
            tokens: table.into_iter().collect(),
        };
    }
    let mut groups = groups(reading);
    let mut found = Columns::default();
    if needs_table
        && groups.len() >= 2
        && let Some(at) = groups
            .iter()
            .rposition(|g| g.tokens.len() == 1 && matches!(g.anchor, "on" | "of" | "in" | "to" | "for"))
    {
        let token = groups.remove(at).tokens[0];
        found.table = Some(reading.tokens[token].text.clone());
        found.tokens.push(token);
    } else if needs_table
        && groups.len() == 1
        && matches!(groups[0].anchor, "on" | "to")
        && groups[0].tokens.len() == 1
        && !looks_like_column(reading.word(groups[0].tokens[0]))
    {
        // "create an index on invoices": more likely the table than a column of an unnamed one.
        let token = groups.remove(0).tokens[0];
        found.table = Some(reading.tokens[token].text.clone());
        found.tokens.push(token);
    }
    if let Some(group) = groups.into_iter().next() {
        found.names = group.tokens.iter().map(|at| reading.tokens[*at].text.clone()).collect();
        found.tokens.extend(group.tokens);
    }
    found
}

/// "create an index on customer_id" leaves the table open.
fn looks_like_column(word: &str) -> bool {
    ["_id", "_at", "_on", "_date", "_time", "_key", "_code", "_name"]
        .iter()
        .any(|end| word.ends_with(end))
}

/// Names in an answer to "which columns?": "customer_id and status".
pub fn bare_columns(reading: &Reading) -> Vec<String> {
    if let Some((_, names)) = reading.lists.first() {
        return names.clone();
    }
    (0..reading.tokens.len())
        .filter(|at| matches!(reading.uses[*at], Use::Free | Use::Resource) && can_be_column(reading, *at))
        .map(|at| reading.tokens[at].text.clone())
        .collect()
}

struct Group<'a> {
    anchor: &'a str,
    tokens: Vec<usize>,
}

const ANCHORS: &[&str] = &[
    "on", "by", "for", "over", "covering", "of", "in", "to", "column", "columns", "index", "using", "with", "field",
    "fields",
];

/// Runs of names after an anchor word, joined by commas, "and" or "plus"; and "the status column".
fn groups(reading: &Reading) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut at = 0;
    while at < reading.tokens.len() {
        let anchor = reading.word_before(at);
        if is_name(reading, at)
            && (ANCHORS.contains(&anchor) || matches!(reading.word(at + 1), "column" | "columns" | "field"))
        {
            let mut tokens = vec![at];
            while let Some(next) = next_in_list(reading, at) {
                tokens.push(next);
                at = next;
            }
            let is_column_said = matches!(reading.word(at + 1), "column" | "columns" | "field");
            groups.push(Group {
                anchor: if is_column_said { "column" } else { anchor },
                tokens,
            });
        }
        at += 1;
    }
    groups
}

fn next_in_list(reading: &Reading, at: usize) -> Option<usize> {
    let is_joint = matches!(reading.word(at + 1), "and" | "plus");
    let next = if is_joint { at + 2 } else { at + 1 };
    (is_name(reading, next) && (is_joint || reading.tokens[next].has_comma_before)).then_some(next)
}

fn is_name(reading: &Reading, at: usize) -> bool {
    reading.uses.get(at) == Some(&Use::Free) && can_be_column(reading, at)
}

const NO_COLUMNS: &[&str] = &[
    "index",
    "indexes",
    "indices",
    "table",
    "tables",
    "column",
    "columns",
    "field",
    "fields",
    "unique",
    "concurrently",
    "query",
    "queries",
    "slow",
    "performance",
    "speed",
    "create",
    "add",
    "make",
    "build",
    "btree",
    "new",
    "better",
    "faster",
    "concurrent",
    "named",
    "called",
];

fn can_be_column(reading: &Reading, at: usize) -> bool {
    let token = &reading.tokens[at];
    token.text.chars().all(|c| c.is_alphanumeric() || c == '_')
        && token.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !is_stop_word(&token.lower)
        && !NO_COLUMNS.contains(&token.lower.as_str())
        && !matches!(reading.word_before(at), "called" | "named")
}
