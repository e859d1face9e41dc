//! The rows as they are before, and the statement that brings them back.

use super::table::{Column, Written, list};
use crate::{
    connection::Read,
    guard, identifier, show,
    writing::{self, Added, Kind, Plain, Rows, Statement},
};
use serde_json::json;
use steersman_toolkit::{
    Cx,
    protocol::{Block, Problem, Step, SuggestedCall, Undo},
};

/// More than this is not kept for an undo.
const MOST_ROWS: u64 = 200;
const MOST_BYTES: u64 = 256 * 1024;
/// Longest value shown.
const CELL_CHARS: usize = 2_000;

pub(super) struct Prior {
    /// The rows as they are now.
    pub block: Option<Block>,
    /// A condition that finds the touched rows by their key, also afterwards.
    pub keys: Option<String>,
    pub undo: Undo,
}

/// Reads what can be kept. `rows_seen` and `bytes_seen` are those of the touched rows.
pub(super) async fn keep(
    cx: &Cx,
    read: &mut Read<'_>,
    rows: &Rows,
    written: &Written,
    rows_seen: u64,
    bytes_seen: u64,
) -> Result<Prior, Problem> {
    let mut prior = Prior {
        block: None,
        keys: None,
        undo: Undo::Irreversible { why: String::new() },
    };
    let is_small = rows_seen <= MOST_ROWS && bytes_seen <= MOST_BYTES;
    let is_exact = matches!(rows.kind, Kind::Update | Kind::Delete) || rows.added.is_some();
    if rows_seen == 0 && is_exact {
        prior.undo = Undo::NotNeeded {
            why: "it touches no row as things are".to_owned(),
        };
        return Ok(prior);
    }
    if let Some(plain) = rows.plain.as_ref().filter(|_| is_small) {
        prior.block = Some(rows_now(cx, read, written, plain).await?);
    }
    let back = if !is_small {
        Err(format!(
            "it touches more than is kept for an undo ({MOST_ROWS} rows or {})",
            show::bytes(MOST_BYTES as i64)
        ))
    } else {
        back(read, rows, written, &mut prior.keys).await?
    };
    let entangled = if !written.triggers.is_empty() {
        Some("triggers of the table do more than its rows can tell")
    } else if !written.followers.is_empty() {
        Some("rows of other tables follow")
    } else {
        None
    };
    prior.undo = match (entangled, back) {
        (Some(why), _) => Undo::Irreversible { why: why.to_owned() },
        (None, Err(why)) => Undo::Irreversible { why },
        (None, Ok(statement)) => Undo::Reversible {
            call: call(cx, &statement),
            steps: vec![Step::sql(statement)],
        },
    };
    Ok(prior)
}

async fn rows_now(cx: &Cx, read: &mut Read<'_>, written: &Written, plain: &Plain) -> Result<Block, Problem> {
    let rows = read
        .text(&format!(
            "SELECT {}.* {} LIMIT {MOST_ROWS}",
            plain.alias, plain.from_where
        ))
        .await?;
    let cells = rows
        .into_iter()
        .map(|row| {
            row.into_iter()
                .map(|value| json!(value.map(|text| show::shortened(&text, CELL_CHARS))))
                .collect()
        })
        .collect();
    let headings: Vec<(&str, &str)> = written
        .columns
        .iter()
        .map(|column| (column.name.as_str(), ""))
        .collect();
    Ok(Block::Table {
        origin: show::origin(cx),
        title: Some("The rows as they are now".to_owned()),
        columns: headings
            .iter()
            .map(|(name, _)| steersman_toolkit::protocol::Column::new(*name))
            .collect(),
        rows: cells,
        total_rows: None,
    })
}

/// The statement that undoes it, or why there is none; finds the keys on the way.
async fn back(
    read: &mut Read<'_>,
    rows: &Rows,
    written: &Written,
    keys: &mut Option<String>,
) -> Result<Result<String, String>, Problem> {
    let key = written.key();
    if key.is_empty() {
        return Ok(Err("the table has no primary key to find the rows by".to_owned()));
    }
    match (rows.kind, &rows.plain, &rows.added) {
        (Kind::Insert, _, Some(added)) => added_back(read, written, &key, added, keys).await,
        (Kind::Insert, _, None) => Ok(Err(
            "rows that are there already are changed or left as they are".to_owned()
        )),
        (Kind::Merge, _, _) => Ok(Err("which rows it touches is known only when it runs".to_owned())),
        (_, None, _) => Ok(Err("it looks into other tables, so the rows are not kept".to_owned())),
        (kind, Some(plain), _) => {
            let places: Vec<String> = key.iter().map(|_| "%L".to_owned()).collect();
            *keys = Some(key_condition(&key, &gathered(read, &key, plain, &places, &key).await?));
            if kind == Kind::Delete {
                deleted_back(read, written, &key, plain).await
            } else {
                updated_back(read, rows, written, &key, plain).await
            }
        }
    }
}

/// `(id, part) IN (('1', '2'), …)`.
fn key_condition(key: &[&Column], values: &str) -> String {
    format!("({}) IN ({values})", list(key, ""))
}

/// One text of all rows: each as `(places)`, in the order of their keys. PostgreSQL itself writes the literals.
async fn gathered(
    read: &mut Read<'_>,
    columns: &[&Column],
    plain: &Plain,
    places: &[String],
    key: &[&Column],
) -> Result<String, Problem> {
    let prefix = format!("{}.", plain.alias);
    let sql = format!(
        "SELECT pg_catalog.string_agg(pg_catalog.format({}, {}), ', ' ORDER BY {}) {}",
        identifier::literal(&format!("({})", places.join(", "))),
        list(columns, &prefix),
        list(key, &prefix),
        plain.from_where
    );
    Ok(one(read.text(&sql).await?))
}

fn one(rows: Vec<Vec<Option<String>>>) -> String {
    let mut values = rows.into_iter().flatten().flatten();
    values.next().unwrap_or_default()
}

async fn deleted_back(
    read: &mut Read<'_>,
    written: &Written,
    key: &[&Column],
    plain: &Plain,
) -> Result<Result<String, String>, Problem> {
    let columns: Vec<&Column> = written.columns.iter().filter(|column| !column.is_generated).collect();
    let places: Vec<String> = columns.iter().map(|_| "%L".to_owned()).collect();
    let values = gathered(read, &columns, plain, &places, key).await?;
    let overriding = if columns.iter().any(|column| column.is_always_identity) {
        " OVERRIDING SYSTEM VALUE"
    } else {
        ""
    };
    Ok(Ok(format!(
        "INSERT INTO {} ({}){overriding} VALUES {values}",
        written.table.qualified(),
        list(&columns, "")
    )))
}

async fn updated_back(
    read: &mut Read<'_>,
    rows: &Rows,
    written: &Written,
    key: &[&Column],
    plain: &Plain,
) -> Result<Result<String, String>, Problem> {
    let set: Vec<&Column> = written
        .columns
        .iter()
        .filter(|column| rows.set.iter().any(|(name, _)| *name == column.name))
        .collect();
    if set.iter().any(|column| column.key.is_some()) {
        return Ok(Err(
            "it changes the primary key, by which the rows would be found".to_owned()
        ));
    }
    let columns: Vec<&Column> = key.iter().chain(&set).copied().collect();
    // A type's name is part of a format: its own per cent signs are doubled.
    let places: Vec<String> = columns
        .iter()
        .map(|column| format!("%L::{}", column.kind.replace('%', "%%")))
        .collect();
    let values = gathered(read, &columns, plain, &places, key).await?;
    let quoted = |column: &&Column| identifier::plain(&column.name);
    let assignments: Vec<String> = set
        .iter()
        .map(|column| format!("{0} = before.{0}", quoted(column)))
        .collect();
    let found: Vec<String> = key
        .iter()
        .map(|column| format!("target.{0} = before.{0}", quoted(column)))
        .collect();
    Ok(Ok(format!(
        "UPDATE {} AS target SET {} FROM (VALUES {values}) AS before ({}) WHERE {}",
        written.table.qualified(),
        assignments.join(", "),
        list(&columns, ""),
        found.join(" AND ")
    )))
}

async fn added_back(
    read: &mut Read<'_>,
    written: &Written,
    key: &[&Column],
    added: &Added,
    keys: &mut Option<String>,
) -> Result<Result<String, String>, Problem> {
    let names: Vec<&str> = if added.columns.is_empty() {
        written.columns.iter().map(|column| column.name.as_str()).collect()
    } else {
        added.columns.iter().map(String::as_str).collect()
    };
    let is_given = |column: &&Column| {
        let place = names.iter().position(|name| *name == column.name);
        place.is_some_and(|place| !added.defaulted.contains(&place))
    };
    if !key.iter().all(is_given) {
        return Ok(Err("the server makes the keys of the new rows while it runs".to_owned()));
    }
    // Fewer values than columns are allowed; the rest is for defaults.
    let width = width(read, added).await?;
    let names: Vec<String> = names.iter().take(width).map(|name| identifier::plain(name)).collect();
    let places: Vec<&str> = key.iter().map(|_| "%L").collect();
    let sql = format!(
        "SELECT pg_catalog.string_agg(pg_catalog.format({}, {}), ', ') FROM ({}) AS added ({})",
        identifier::literal(&format!("({})", places.join(", "))),
        list(key, "added."),
        added.query,
        names.join(", ")
    );
    let condition = key_condition(key, &one(read.text(&sql).await?));
    let statement = format!("DELETE FROM {} WHERE {condition}", written.table.qualified());
    *keys = Some(condition);
    Ok(Ok(statement))
}

async fn width(read: &mut Read<'_>, added: &Added) -> Result<usize, Problem> {
    let sql = format!("SELECT * FROM ({}) AS added LIMIT 1", added.query);
    Ok(read.text(&sql).await?.first().map_or(0, Vec::len))
}

/// The undo through the funnel, where this tool would take it.
fn call(cx: &Cx, statement: &str) -> Option<SuggestedCall> {
    let Ok(Statement::Rows(rows)) = writing::parse(statement) else {
        return None;
    };
    guard::parse_read_only(&rows.judged).ok()?;
    Some(SuggestedCall {
        is_undo: true,
        ..show::suggest(
            cx,
            "postgres.run_statement",
            json!({ "statement": statement }),
            "it brings back the rows as they were",
        )
    })
}
