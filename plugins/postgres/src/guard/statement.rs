//! First stage: the text alone. PostgreSQL's own grammar says what it is.

use std::panic::catch_unwind;

use serde_json::Value;

use super::names::Names;
use super::refusal::{EMPTY_STATEMENT, Refusal, SEVERAL_STATEMENTS, TOO_COMPLEX, UNKNOWN_SYNTAX};
use super::walk::{kind_of, walk};
use super::{explain, forbidden};

/// Longer texts are refused: a person could not read them, and the parser's work is bounded.
pub const LONGEST_STATEMENT_BYTES: usize = 64 * 1024;

/// What a read-only statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SELECT, VALUES or TABLE.
    Rows,
    /// SHOW.
    Show,
    /// EXPLAIN without ANALYZE: the plan, nothing runs.
    Explain,
    /// EXPLAIN ANALYZE: the statement runs, its rows are thrown away.
    ExplainAnalyze,
}

/// One statement that, by its text, only reads. Whether the functions, views and types that
/// it names only read too is for [`super::check_catalogue`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOnlyStatement {
    text: String,
    kind: Kind,
    names: Names,
}

impl ReadOnlyStatement {
    /// As given, without space around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Every function, operator, type, relation and setting that it names.
    pub fn names(&self) -> &Names {
        &self.names
    }
}

/// Judges a text as one read: SELECT, VALUES, TABLE, SHOW, or EXPLAIN without ANALYZE of one
/// of the first three.
///
/// Refuses with a [`Refusal`] whose code is one of `postgres.not_read_only`,
/// `postgres.several_statements`, `postgres.empty_statement`, `postgres.unknown_syntax`,
/// `postgres.too_complex`. Never panics.
pub fn parse_read_only(sql: &str) -> Result<ReadOnlyStatement, Refusal> {
    let statement = parse(sql)?;
    if statement.kind == Kind::ExplainAnalyze {
        return Err(Refusal::not_read_only(
            "EXPLAIN ANALYZE runs the statement it explains. Ask for that explicitly, or leave ANALYZE out",
        ));
    }
    Ok(statement)
}

/// Judges a text as EXPLAIN ANALYZE of one read: for a caller who means to run it.
pub fn parse_explain_analyze(sql: &str) -> Result<ReadOnlyStatement, Refusal> {
    let statement = parse(sql)?;
    if statement.kind != Kind::ExplainAnalyze {
        return Err(Refusal::not_read_only("only EXPLAIN ANALYZE of a query was expected"));
    }
    Ok(statement)
}

/// Names in an expression of the catalogue (a policy, a check), judged like a statement.
pub(super) fn parse_expression(expression: &str) -> Result<Names, Refusal> {
    Ok(parse(&format!("SELECT ({expression})"))?.names)
}

/// Names in a view's query, judged like a statement.
pub(super) fn parse_view(query: &str) -> Result<Names, Refusal> {
    Ok(parse(query)?.names)
}

fn parse(sql: &str) -> Result<ReadOnlyStatement, Refusal> {
    let node = only_statement(sql)?;
    let (kind, judged) = match kind_of(&node) {
        Some(("SelectStmt", _)) => (Kind::Rows, node),
        Some(("VariableShowStmt", _)) => (Kind::Show, node),
        Some(("ExplainStmt", fields)) => explain::open(fields)?,
        Some((other, _)) => return Err(forbidden::kind(other)),
        None => return Err(empty()),
    };
    let names = walk(&judged)?;
    Ok(ReadOnlyStatement {
        text: sql.trim().to_owned(),
        kind,
        names,
    })
}

fn only_statement(sql: &str) -> Result<Value, Refusal> {
    if sql.len() > LONGEST_STATEMENT_BYTES {
        return Err(Refusal::new(
            TOO_COMPLEX,
            format!(
                "This is not run: the statement has {} bytes, and {LONGEST_STATEMENT_BYTES} are the limit. Make it shorter.",
                sql.len()
            ),
        ));
    }
    // The parser's Rust side indexes without checks in places.
    let parsed = catch_unwind(|| pg_query::parse(sql, 0)).map_err(|_| unreadable("the parser gave up on it"))?;
    let mut statements = parsed.map_err(|error| refused_by_parser(&error))?.protobuf.stmts;
    match statements.len() {
        0 => Err(empty()),
        1 => {
            let node = statements.remove(0).stmt.ok_or_else(empty)?;
            serde_json::to_value(node).map_err(|_| unreadable("its parse tree could not be read"))
        }
        count => Err(Refusal::new(
            SEVERAL_STATEMENTS,
            format!("This is not run as a read: it holds {count} statements. Give exactly one."),
        )),
    }
}

fn refused_by_parser(error: &pg_query::Error) -> Refusal {
    match error {
        pg_query::Error::Conversion(_) => unreadable("it holds a zero byte"),
        pg_query::Error::Decode(_) => too_deep(),
        pg_query::Error::Parse(reason) => {
            let is_too_deep = ["stack depth", "memory exhausted", "nested too deeply"];
            if is_too_deep.iter().any(|words| reason.contains(words)) {
                return too_deep();
            }
            unreadable(&format!("PostgreSQL's grammar says: {}", shortened(reason)))
        }
        _ => unreadable("the parser could not read it"),
    }
}

fn too_deep() -> Refusal {
    Refusal::new(
        TOO_COMPLEX,
        "This is not run: its expressions are nested too deeply to be judged (about 45 levels are possible). Write it flatter.",
    )
}

fn unreadable(why: &str) -> Refusal {
    Refusal::new(
        UNKNOWN_SYNTAX,
        format!("This is not run: {why}. Correct the statement."),
    )
}

fn empty() -> Refusal {
    Refusal::new(
        EMPTY_STATEMENT,
        "There is no statement in this text. Give one SELECT, VALUES, TABLE, SHOW or EXPLAIN.",
    )
}

/// A parse error quotes the statement, which may be long.
fn shortened(reason: &str) -> String {
    const LONGEST: usize = 200;
    match reason.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason.to_owned(),
    }
}
