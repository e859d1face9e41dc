//! The tool *run statement*.

mod define;
mod draft;
mod outcome;
mod prior;
mod table;
#[cfg(test)]
mod tests;

use crate::{
    connection::{Agreement, Bound, Bounds, Reader, Writer, run_agreed},
    show,
    writing::{self, Kind, Refused, Rows, Statement},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};

pub(crate) struct RunStatement;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// One INSERT, UPDATE, DELETE or MERGE, or a simple CREATE TABLE, ALTER TABLE, DROP or TRUNCATE of one thing.
    /// Example: `UPDATE orders SET status = 'sent' WHERE id = 4711`.
    #[schemars(extend("x-slot" = "sql"))]
    statement: String,
    /// Said when an UPDATE or DELETE without WHERE is really meant for every row. Example: `false`.
    #[serde(default)]
    all_rows: bool,
}

/// A MERGE cannot be counted before; more rows than this are rolled back.
const MOST_MERGED: u64 = 1_000;

#[async_trait]
impl Change for RunStatement {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.run_statement",
            title: "Run a statement that writes",
            description: "Runs one writing SQL statement as it is shown: counts and keeps the rows that it touches first, \
                          and commits only if it changes exactly that many; refuses what cannot be rated, and an UPDATE or \
                          DELETE of every row that was not asked for as such",
            example: "run the statement UPDATE orders SET status = 'sent' WHERE id = 4711 on {target}",
            synonyms: &[
                "insert into",
                "update rows",
                "delete rows",
                "delete from",
                "execute statement",
                "write sql",
                "change data",
                "alter table",
                "drop table",
                "truncate table",
                "create table",
            ],
            category: "database",
            floor: Risk::Critical,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan run_statement")).await?;
        let draft = draft::draft(cx, &mut read, input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        run(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        Ok(outcome::verify(cx, reader, plan, receipt).await)
    }
}

/// Looks at the rows, runs the statement and counts, all in one transaction, which counts only if all is as agreed to.
async fn run(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let what = format!("Could not carry out {} on {}", plan.tool, plan.target.name);
    let agreement = match statement_of(plan).map_err(|why| refused(&what, why))? {
        Statement::Rows(rows) => Agreement {
            bound: bound(&rows, &seen(plan)),
            seen: rows.touched.map(|question| (question, seen(plan))),
        },
        Statement::Definition(_) => Agreement {
            seen: None,
            bound: Bound::Uncounted,
        },
    };
    let (rows, elapsed_ms) = run_agreed(cx, writer, plan, key, &agreement).await?;
    let changed = match agreement.bound {
        Bound::Uncounted => String::new(),
        Bound::Exactly(_) | Bound::AtMost(_) => format!(", and {} changed", show::plural(rows as usize, "row", "rows")),
    };
    Ok(Receipt {
        sentence: format!(
            "The server committed the statement in {}{changed}",
            show::duration(elapsed_ms as f64)
        ),
        elapsed_ms,
        facts: BTreeMap::from([("rows".to_owned(), json!(rows))]),
    })
}

/// The plan's own statement, taken apart again.
fn statement_of(plan: &Plan) -> Result<Statement, Refused> {
    writing::parse(plan.arguments["statement"].as_str().unwrap_or_default())
}

/// What the question about the rows gave when the plan was made: count, fingerprint, bytes.
fn seen(plan: &Plan) -> Vec<Option<String>> {
    let values = plan.must_hold.get("seen").and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .map(|value| value.as_str().map(str::to_owned))
        .collect()
}

fn count(seen: &[Option<String>]) -> u64 {
    let count = seen.first().and_then(Option::as_deref);
    count.and_then(|count| count.parse().ok()).unwrap_or_default()
}

fn bound(rows: &Rows, seen: &[Option<String>]) -> Bound {
    match rows.kind {
        Kind::Update | Kind::Delete => Bound::Exactly(count(seen)),
        Kind::Insert if rows.added.is_some() => Bound::Exactly(count(seen)),
        Kind::Insert => Bound::AtMost(count(seen)),
        Kind::Merge => Bound::AtMost(MOST_MERGED),
    }
}

fn refused(what: &str, (code, why): Refused) -> Problem {
    Problem::new(
        code,
        what,
        format!("this statement is not run: {why}"),
        "Write it more simply, use the tool made for it, or have it run by hand",
    )
}
