//! One writing statement, taken apart by PostgreSQL's own grammar.
//!
//! Nothing here allows anything: every expression, function, relation and query inside of the statement is turned into
//! a SELECT, which the guard then judges as it judges any read. A part that has no place in that SELECT is refused.

mod definition;
mod parts;
#[cfg(test)]
mod tests;

pub(crate) use definition::{Definition, DefinitionKind};

use crate::identifier;
use pg_query::{DeparseOptions, NodeEnum, protobuf::RangeVar};
use std::panic::catch_unwind;

/// Longer texts are refused: a person could not read them.
const LONGEST_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Insert,
    Update,
    Delete,
    Merge,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Insert => "INSERT",
            Kind::Update => "UPDATE",
            Kind::Delete => "DELETE",
            Kind::Merge => "MERGE",
        }
    }
}

/// A statement that writes: rows, or the definition of one thing.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Rows(Box<Rows>),
    Definition(Definition),
}

/// INSERT, UPDATE, DELETE or MERGE of one table.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub kind: Kind,
    /// Written anew by the parser: no comment, no second meaning. This is what runs.
    pub text: String,
    /// The table as the statement names it, quoted where needed.
    pub table: String,
    /// A SELECT that holds every expression, query and relation of the statement; for the guard, never run.
    pub judged: String,
    pub has_condition: bool,
    /// UPDATE and DELETE: a question that gives count and fingerprint of the rows that it would touch. INSERT: one that
    /// counts the rows that it would add.
    pub touched: Option<String>,
    /// UPDATE and DELETE of one table by a condition on that table alone.
    pub plain: Option<Plain>,
    /// UPDATE: columns that are set, with the constant where it is one.
    pub set: Vec<(String, Option<String>)>,
    /// INSERT without ON CONFLICT: the rows as a query, and the columns that they are for.
    pub added: Option<Added>,
}

#[derive(Clone, Debug)]
pub(crate) struct Plain {
    /// How the statement calls the table: alias or name, quoted where needed.
    pub alias: String,
    /// `FROM orders AS o WHERE o.id = 3`.
    pub from_where: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Added {
    /// Empty when the statement does not name them.
    pub columns: Vec<String>,
    /// Columns (by position) whose value the server makes (DEFAULT).
    pub defaulted: Vec<usize>,
    /// `VALUES (…)` or a SELECT.
    pub query: String,
}

/// Why it is not run: the reason, and what to do instead.
pub(crate) type Refused = (&'static str, String);

/// Reads a text as one statement that writes.
pub(crate) fn parse(text: &str) -> Result<Statement, Refused> {
    if text.len() > LONGEST_BYTES {
        return Err((
            "postgres.too_complex",
            format!("it is longer than {LONGEST_BYTES} bytes"),
        ));
    }
    let bad = |why: &str| ("postgres.bad_sql", why.to_owned());
    let parsed = catch_unwind(|| pg_query::parse(text, 0)).map_err(|_| bad("it cannot be read"))?;
    let parsed = parsed.map_err(|_| bad("PostgreSQL's grammar cannot read it"))?;
    let mut nodes: Vec<NodeEnum> = parsed
        .protobuf
        .stmts
        .iter()
        .filter_map(|raw| raw.stmt.as_ref()?.node.clone())
        .collect();
    if nodes.len() > 1 {
        return Err((
            "postgres.several_statements",
            format!("it holds {} statements; give exactly one", nodes.len()),
        ));
    }
    let node = nodes.pop().ok_or_else(|| bad("there is no statement in it"))?;
    let written = write(&node)?;
    match &node {
        NodeEnum::InsertStmt(insert) => parts::insert(insert, written),
        NodeEnum::UpdateStmt(update) => parts::update(update, written),
        NodeEnum::DeleteStmt(delete) => parts::delete(delete, written),
        NodeEnum::MergeStmt(merge) => parts::merge(merge, written),
        other => return definition::of(other, written).map(Statement::Definition),
    }
    .map(|rows| Statement::Rows(Box::new(rows)))
}

/// The statement written anew.
fn write(node: &NodeEnum) -> Result<String, Refused> {
    catch_unwind(|| node.deparse(DeparseOptions::default()))
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| not_rated("it cannot be written anew"))
}

fn not_rated(why: impl Into<String>) -> Refused {
    ("postgres.not_rated", why.into())
}

/// `sales.orders`, quoted where needed.
///
/// Refuses the name of another database.
fn named(relation: Option<&RangeVar>) -> Result<String, Refused> {
    let relation = relation.ok_or_else(|| not_rated("it names no table"))?;
    if !relation.catalogname.is_empty() {
        return Err(not_rated("it names a database; a statement runs in the target's own"));
    }
    Ok(if relation.schemaname.is_empty() {
        identifier::plain(&relation.relname)
    } else {
        identifier::qualified(&relation.schemaname, &relation.relname)
    })
}
