//! Reads back what a statement did: from the rows by their keys where they are known, else from the server's count.

use super::{count, define, seen, statement_of};
use crate::{
    connection::{Read, Reader},
    identifier, show, verify,
    writing::{Kind, Rows, Statement},
};
use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Plan, Problem, Receipt, Verification},
};

pub(super) async fn verify(cx: &Cx, reader: &Reader, plan: &Plan, receipt: Option<&Receipt>) -> Verification {
    let mut read = match verify::settled(cx, reader, plan).await {
        Ok(read) => read,
        Err(cannot_tell) => return cannot_tell,
    };
    let found = match statement_of(plan) {
        Ok(Statement::Rows(rows)) => look(cx, &mut read, plan, &rows, receipt).await,
        Ok(Statement::Definition(definition)) => define::outcome(&mut read, plan, &definition).await,
        Err((_, why)) => Ok(Verification::CannotTell { sentence: why }),
    };
    match found {
        Ok(verification) => {
            read.end().await;
            verification
        }
        Err(problem) => verify::cannot_tell(&problem),
    }
}

/// What the rows of the plan are like now.
enum Now {
    /// As a committed statement leaves them.
    Done,
    /// Exactly as they were before.
    Untouched,
    /// Something else, or not to be found again.
    Unclear,
}

async fn look(
    cx: &Cx,
    read: &mut Read<'_>,
    plan: &Plan,
    rows: &Rows,
    receipt: Option<&Receipt>,
) -> Result<Verification, Problem> {
    let (now, evidence) = now(cx, read, plan, rows).await?;
    let committed = receipt.and_then(|receipt| receipt.facts.get("rows")?.as_u64());
    let holds = |sentence: String| Verification::Holds {
        sentence,
        evidence: evidence.clone(),
    };
    // Another session may have written again since; a commit that the server confirmed stays one.
    Ok(match (now, committed) {
        (Now::Untouched, Some(_)) if rows.kind != Kind::Update && count(&seen(plan)) > 0 => Verification::DoesNotHold {
            sentence: "The server confirmed it, but the rows are as they were before".to_owned(),
            evidence,
            left_behind: false,
        },
        (_, Some(rows)) => holds(format!(
            "The server committed it; {} changed",
            show::plural(rows as usize, "row", "rows")
        )),
        (Now::Done, None) => holds("The rows are as the statement leaves them".to_owned()),
        (Now::Untouched, None) => Verification::DoesNotHold {
            sentence: "The rows are as they were before".to_owned(),
            evidence,
            left_behind: false,
        },
        (Now::Unclear, None) => Verification::CannotTell {
            sentence: "The server's report was lost, and from the rows it cannot be told whether the statement was \
                       committed. Look at them before asking again"
                .to_owned(),
        },
    })
}

async fn now(cx: &Cx, read: &mut Read<'_>, plan: &Plan, rows: &Rows) -> Result<(Now, Vec<Block>), Problem> {
    let before = seen(plan);
    let Some(keys) = plan.must_hold.get("keys").and_then(Value::as_str) else {
        return Ok((without_keys(read, rows, &before).await?, Vec::new()));
    };
    let table = verify::name_of(plan, "table");
    let found = one(read
        .text(&format!("SELECT pg_catalog.count(*) FROM {table} WHERE {keys}"))
        .await?);
    let (found, planned) = (found.parse::<u64>().unwrap_or_default(), count(&before));
    let block = show::record(
        cx,
        "After",
        vec![
            ("rows planned", json!(planned)),
            ("rows with those keys now", json!(found)),
        ],
    );
    let now = match rows.kind {
        Kind::Delete if found == 0 => Now::Done,
        Kind::Insert if found == planned => Now::Done,
        Kind::Insert if found == 0 => Now::Untouched,
        Kind::Delete | Kind::Update if is_as_before(read, table, keys, &before).await? => Now::Untouched,
        Kind::Update if found == planned && holds_constants(read, table, keys, rows, planned).await? => Now::Done,
        Kind::Insert | Kind::Update | Kind::Delete | Kind::Merge => Now::Unclear,
    };
    Ok((now, vec![block]))
}

/// The same question as in the plan, with the same answer: nothing happened. Any other answer tells nothing.
async fn without_keys(read: &mut Read<'_>, rows: &Rows, before: &[Option<String>]) -> Result<Now, Problem> {
    let question = rows
        .touched
        .as_ref()
        .filter(|_| rows.kind != Kind::Insert && count(before) > 0);
    let Some(question) = question else {
        return Ok(Now::Unclear);
    };
    let answer = read.text(question).await?.into_iter().next().unwrap_or_default();
    Ok(if answer == before { Now::Untouched } else { Now::Unclear })
}

/// Count and fingerprint of the rows with these keys are those of the plan.
async fn is_as_before(
    read: &mut Read<'_>,
    table: &str,
    keys: &str,
    before: &[Option<String>],
) -> Result<bool, Problem> {
    let sql = format!(
        "SELECT pg_catalog.count(*)::text, \
         coalesce(pg_catalog.sum(pg_catalog.hashtextextended((kept.*)::text, 0)::numeric), 0)::text \
         FROM (SELECT * FROM {table} WHERE {keys}) AS kept"
    );
    let now = read.text(&sql).await?.into_iter().next().unwrap_or_default();
    Ok(before.get(..2) == Some(&now[..]))
}

/// Every column is set to a constant, and every row has them all.
async fn holds_constants(
    read: &mut Read<'_>,
    table: &str,
    keys: &str,
    rows: &Rows,
    planned: u64,
) -> Result<bool, Problem> {
    let mut conditions = Vec::new();
    for (column, constant) in &rows.set {
        let Some(constant) = constant else { return Ok(false) };
        conditions.push(format!(
            "{} IS NOT DISTINCT FROM ({constant})",
            identifier::plain(column)
        ));
    }
    let sql = format!(
        "SELECT pg_catalog.count(*) FROM {table} WHERE {keys} AND {}",
        conditions.join(" AND ")
    );
    Ok(one(read.text(&sql).await?) == planned.to_string())
}

fn one(rows: Vec<Vec<Option<String>>>) -> String {
    let mut values = rows.into_iter().flatten().flatten();
    values.next().unwrap_or_default()
}
