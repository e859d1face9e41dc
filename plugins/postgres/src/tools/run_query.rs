//! The tool *run query*.

use crate::{
    connection::{Bounds, MARK, Read, Reader},
    guard::{self, Kind, ReadOnlyStatement},
    problem, show, statement,
};
use futures::{StreamExt, pin_mut};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Column, Limits, Problem, Risk},
};
use tokio_postgres::{
    Client,
    types::{ToSql, Type},
};

pub(crate) struct RunQuery;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// One statement that only reads. Example: `SELECT count(*) FROM orders`.
    #[schemars(extend("x-slot" = "sql"))]
    sql: String,
    /// At most this many rows, up to 1000. Example: `20`.
    #[serde(default = "usual_limit")]
    #[schemars(range(min = 1, max = 1000), extend("x-slot" = "count"))]
    limit: u64,
}

fn usual_limit() -> u64 {
    100
}

/// Longer values are cut on the server, so that one row cannot fill our memory.
const CELL_CHARS: usize = 8_000;
/// A wider result has no use for a reader.
const MAX_COLUMNS: usize = 200;

#[async_trait]
impl Query for RunQuery {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.run_query",
            title: "Run a query",
            description: "Runs one SQL statement that only reads (SELECT, VALUES, TABLE, SHOW, EXPLAIN) in a read-only \
                          transaction and returns at most 1000 rows",
            example: "run SELECT count(*) FROM orders on {target}",
            synonyms: &[
                "select",
                "sql",
                "execute query",
                "query the database",
                "count rows",
                "look up rows",
                "show rows",
            ],
            category: "query",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let bounds = Bounds::of(cx, "run the query");
        let judged = guard::parse_read_only(&input.sql).map_err(|refusal| problem::refused(&bounds.what, refusal))?;
        let mut read = reader.begin(bounds).await?;
        let found = carry_out(&mut read, &judged, &input, &cx.limits).await;
        read.end().await;
        Ok(answer(cx, found?))
    }
}

pub(crate) struct Found {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
    cut: Cut,
}

/// What a reader is shown of the rows.
pub(crate) fn answer(cx: &Cx, found: Found) -> Answer {
    let many = show::plural(found.rows.len(), "row", "rows");
    let summary = match found.cut {
        Cut::None => many,
        Cut::Rows => format!("The first {many}; there are more"),
        Cut::Bytes => format!(
            "The first {many}; more would be over the limit of {} bytes",
            cx.limits.bytes
        ),
    };
    let mut blocks = vec![Block::Table {
        origin: show::origin(cx),
        title: Some("Result".to_owned()),
        columns: found.columns.into_iter().map(Column::new).collect(),
        rows: found.rows,
        total_rows: None,
    }];
    if found.cut != Cut::None {
        blocks.push(Block::text(format!(
            "{summary}. Ask for fewer columns or add a condition to see the rest."
        )));
    }
    Answer {
        summary,
        blocks,
        suggestions: Vec::new(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    None,
    Rows,
    Bytes,
}

/// The usual number of rows of a judged query whose values, all given as text, are bound.
pub(crate) async fn rows_of(
    read: &mut Read<'_>,
    judged: &ReadOnlyStatement,
    values: &[String],
    limits: &Limits,
) -> Result<Found, Problem> {
    let checked = read.check(judged).await?;
    let one = statement::only(checked.text()).unwrap_or_default().to_owned();
    let rows = usual_limit().clamp(1, limits.rows.max(1)) as usize;
    select(read, &one, values, rows, limits.bytes as usize).await
}

async fn carry_out(
    read: &mut Read<'_>,
    judged: &ReadOnlyStatement,
    input: &Input,
    limits: &Limits,
) -> Result<Found, Problem> {
    let checked = read.check(judged).await?;
    let rows = input.limit.clamp(1, limits.rows.max(1)) as usize;
    match judged.kind() {
        Kind::Rows => {
            let one = statement::only(checked.text()).unwrap_or_default().to_owned();
            select(read, &one, &[], rows, limits.bytes as usize).await
        }
        Kind::Show | Kind::Explain | Kind::ExplainAnalyze => report(read, checked.text(), rows).await,
    }
}

/// Runs a query inside of one of our own that turns every value into text, cuts long ones and stops after enough rows:
/// the server does the limiting, whatever the query returns.
async fn select(
    read: &mut Read<'_>,
    sql: &str,
    values: &[String],
    rows: usize,
    bytes: usize,
) -> Result<Found, Problem> {
    let types_of_values = vec![Type::TEXT; values.len()];
    let described = read
        .with(async |client: &Client| client.prepare_typed(sql, &types_of_values).await)
        .await?;
    let names: Vec<String> = described
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let types: Vec<Type> = described
        .columns()
        .iter()
        .map(|column| column.type_().clone())
        .collect();
    if names.is_empty() || names.len() > MAX_COLUMNS {
        return Err(Problem::new(
            "postgres.too_many_columns",
            read.what(),
            format!(
                "the result has {} columns; 1 to {MAX_COLUMNS} can be shown",
                names.len()
            ),
            "Name the columns that you need",
        ));
    }
    let wrapped = wrap(sql, names.len(), rows + 1);
    let (mut found, is_full) = read
        .with(async |client: &Client| {
            let values = values.iter().map(|value| (value as &(dyn ToSql + Sync), Type::TEXT));
            let stream = client.query_typed_raw(&wrapped, values.collect::<Vec<_>>()).await?;
            pin_mut!(stream);
            let (mut found, mut size) = (Vec::new(), 0);
            while let Some(row) = stream.next().await {
                let row = row?;
                let texts: Vec<Option<String>> = (0..row.len()).map(|at| row.get(at)).collect();
                size += texts.iter().flatten().map(String::len).sum::<usize>();
                if size > bytes && !found.is_empty() {
                    return Ok((found, true));
                }
                found.push(
                    texts
                        .into_iter()
                        .zip(&types)
                        .map(|(text, kind)| cell(text, kind))
                        .collect(),
                );
            }
            Ok((found, false))
        })
        .await?;
    let cut = match is_full {
        true => Cut::Bytes,
        false if found.len() > rows => Cut::Rows,
        false => Cut::None,
    };
    if is_full {
        // The server may still be sending; the next statement of this connection would have to read all of it.
        read.give_up();
    }
    found.truncate(rows);
    Ok(Found {
        columns: names,
        rows: found,
        cut,
    })
}

/// The columns are renamed by position: a query may give two the same name.
fn wrap(sql: &str, columns: usize, limit: usize) -> String {
    let names: Vec<String> = (0..columns).map(|at| format!("c{at}")).collect();
    let texts: Vec<String> = names
        .iter()
        .map(|name| format!("pg_catalog.left(q.{name}::text, {CELL_CHARS})"))
        .collect();
    // The line break ends a comment that the query may end with.
    format!(
        "{MARK}SELECT {} FROM (\n{sql}\n) AS q({}) LIMIT {limit}",
        texts.join(", "),
        names.join(", ")
    )
}

/// SHOW and EXPLAIN: a few lines of text.
async fn report(read: &mut Read<'_>, sql: &str, limit: usize) -> Result<Found, Problem> {
    let messages = read
        .with(async |client: &Client| client.simple_query(sql).await)
        .await?;
    let mut found = Found {
        columns: Vec::new(),
        rows: Vec::new(),
        cut: Cut::None,
    };
    for message in &messages {
        match message {
            tokio_postgres::SimpleQueryMessage::RowDescription(columns) => {
                found.columns = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            tokio_postgres::SimpleQueryMessage::Row(row) if found.rows.len() < limit => {
                found.rows.push((0..row.len()).map(|at| json!(row.get(at))).collect());
            }
            tokio_postgres::SimpleQueryMessage::Row(_) => found.cut = Cut::Rows,
            _ => {}
        }
    }
    Ok(found)
}

/// A value from its text: numbers and booleans as such where JSON holds them exactly, one-dimensional arrays of simple
/// values as arrays, everything else (times, JSON, bytes, …) as PostgreSQL writes it.
fn cell(text: Option<String>, kind: &Type) -> Cell {
    let Some(text) = text else {
        return Value::Null;
    };
    match *kind {
        Type::BOOL => json!(text == "true" || text == "t"),
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => number(text),
        Type::INT2_ARRAY
        | Type::INT4_ARRAY
        | Type::INT8_ARRAY
        | Type::TEXT_ARRAY
        | Type::VARCHAR_ARRAY
        | Type::NAME_ARRAY => array(
            &text,
            !matches!(*kind, Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::NAME_ARRAY),
        )
        .unwrap_or(Value::String(text)),
        _ => Value::String(text),
    }
}

/// A JSON number where that loses nothing (at most 15 significant digits), else the text.
fn number(text: String) -> Value {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match serde_json::from_str::<Number>(&text) {
        Ok(number) if digits <= 15 => Value::Number(number),
        _ => Value::String(text),
    }
}

/// `{1,NULL,"a b"}` as an array; `None` for nested ones and for texts that were cut.
fn array(text: &str, is_numeric: bool) -> Option<Value> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if inner.is_empty() {
        return Some(json!([]));
    }
    let mut items = Vec::new();
    let mut rest = inner;
    loop {
        let (item, is_quoted, after) = item(rest)?;
        items.push(match item {
            item if !is_quoted && item == "NULL" => Value::Null,
            item if is_numeric => number(item),
            item => Value::String(item),
        });
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Some(Value::Array(items)),
            None => return None,
        }
    }
}

fn item(text: &str) -> Option<(String, bool, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        return (!text[..end].contains(['{', '"'])).then(|| (text[..end].to_owned(), false, &text[end..]));
    };
    let mut item = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((item, true, &quoted[at + 1..])),
            '\\' => item.push(characters.next()?.1),
            c => item.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_json_without_losing_anything() {
        for (text, kind, expected) in [
            ("true", Type::BOOL, json!(true)),
            ("42", Type::INT4, json!(42)),
            ("9007199254740993", Type::INT8, json!("9007199254740993")),
            ("12.50", Type::NUMERIC, json!(12.5)),
            ("0.1234567890123456789", Type::NUMERIC, json!("0.1234567890123456789")),
            ("NaN", Type::FLOAT8, json!("NaN")),
            (
                "2026-01-02 03:04:05+00",
                Type::TIMESTAMPTZ,
                json!("2026-01-02 03:04:05+00"),
            ),
            ("{\"a\": 1}", Type::JSONB, json!("{\"a\": 1}")),
            ("\\x00ff", Type::BYTEA, json!("\\x00ff")),
            ("{1,NULL,3}", Type::INT4_ARRAY, json!([1, null, 3])),
            (
                "{a,\"b,c\",\"NULL\",\"q\\\"q\"}",
                Type::TEXT_ARRAY,
                json!(["a", "b,c", "NULL", "q\"q"]),
            ),
            ("{{1,2},{3,4}}", Type::INT4_ARRAY, json!("{{1,2},{3,4}}")),
            ("{}", Type::TEXT_ARRAY, json!([])),
        ] {
            assert_eq!(cell(Some(text.to_owned()), &kind), expected, "{text}");
        }
        assert_eq!(cell(None, &Type::INT4), Value::Null);
    }

    #[test]
    fn a_comment_at_the_end_cannot_swallow_our_own_words() {
        let wrapped = wrap("SELECT 1 -- hello", 1, 11);
        assert!(wrapped.ends_with("SELECT 1 -- hello\n) AS q(c0) LIMIT 11"), "{wrapped}");
    }
}
