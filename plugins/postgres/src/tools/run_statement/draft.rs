//! Plans one statement: what it touches, how it can be taken back, and what is refused.

use super::{
    Input, bound, count, define, prior,
    prior::Prior,
    refused,
    table::{self, Written},
};
use crate::{
    activity,
    activity::Lock,
    connection::{Bound, Read},
    guard, problem, server,
    server::ServerState,
    show,
    writing::{self, Kind, Rows, Statement},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Block, Fact, Limits, Problem, Resource, Step, Undo},
};

/// More rows are changed in portions, or by hand.
const MOST_ROWS: u64 = 100_000;

/// Errors: `postgres.standby`, `postgres.bad_sql`, `postgres.several_statements`, `postgres.not_rated`,
/// `postgres.other_tool`, `postgres.every_row`, `postgres.too_many`, those of the guard, of [`table::look`] and of
/// [`define::draft`].
pub(super) async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input) -> Result<Draft, Problem> {
    let statement = writing::parse(&input.statement).map_err(|why| refused(read.what(), why))?;
    let server = server::primary(read).await?;
    let rows = match statement {
        Statement::Definition(definition) => return define::draft(cx, read, &server, definition).await,
        Statement::Rows(rows) => rows,
    };
    refuse_every_row(read.what(), &rows, input.all_rows)?;
    judge(read, &rows).await?;
    let written = table::look(read, &rows).await?;
    let seen = match &rows.touched {
        Some(question) => read.text(question).await?.into_iter().next().unwrap_or_default(),
        None => Vec::new(),
    };
    refuse_too_many(read.what(), count(&seen))?;
    let bytes = seen
        .get(2)
        .cloned()
        .flatten()
        .and_then(|bytes| bytes.parse().ok())
        .unwrap_or_default();
    let prior = prior::keep(cx, read, &rows, &written, count(&seen), bytes).await?;
    let activity = activity::on_table(cx, read, written.table.oid, Lock::ShareUpdateExclusive).await?;
    let bound = bound(&rows, &seen);
    let mut observed = vec![before(cx, &server, &written, bound, activity.writers)];
    observed.extend(prior.block.clone());
    observed.extend(activity.block);
    Ok(Draft {
        arguments: json!(Input {
            statement: rows.text.clone(),
            all_rows: input.all_rows,
        }),
        summary: summary(&rows, bound),
        steps: steps(&rows.text, bound),
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "table".to_owned(),
            name: written.table.qualified(),
            how: format!("{} of {}", rows.kind.word(), bound.in_words()),
        }],
        must_hold: must_hold(&server, &written, &seen, prior.keys.as_deref()),
        observed,
        limits: Limits {
            time_ms: 60_000,
            ..Limits::default()
        },
        facts: facts(&server, &rows, &written, bound),
        warnings: warnings(&rows, &written, &prior, bound),
        undo: prior.undo,
    })
}

fn refuse_every_row(what: &str, rows: &Rows, all_rows: bool) -> Result<(), Problem> {
    if !rows.has_condition && !all_rows {
        return Err(Problem::new(
            "postgres.every_row",
            what,
            format!(
                "{} without WHERE is for every row of \"{}\"",
                rows.kind.word(),
                rows.table
            ),
            "Add a condition, or say all_rows = true if every row is meant",
        ));
    }
    Ok(())
}

fn refuse_too_many(what: &str, rows: u64) -> Result<(), Problem> {
    if rows > MOST_ROWS {
        return Err(Problem::new(
            "postgres.too_many",
            what,
            format!("it would change {rows} rows, over the limit of {MOST_ROWS}"),
            "Narrow its condition and do it in portions",
        ));
    }
    Ok(())
}

fn must_hold(
    server: &ServerState,
    written: &Written,
    seen: &[Option<String>],
    keys: Option<&str>,
) -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("server".to_owned(), server.must_hold()),
        (
            "table".to_owned(),
            json!({ "oid": written.table.oid, "name": written.table.qualified() }),
        ),
        ("seen".to_owned(), json!(seen)),
        ("keys".to_owned(), json!(keys)),
        ("triggers".to_owned(), json!(written.triggers)),
        ("followers".to_owned(), json!(written.followers)),
    ])
}

/// Everything inside of the statement is judged as a read is.
async fn judge(read: &mut Read<'_>, rows: &Rows) -> Result<(), Problem> {
    let plainly = |mut problem: Problem| {
        problem.why = problem.why.replace("This is not run as a read", "This is not run");
        problem
    };
    let judged =
        guard::parse_read_only(&rows.judged).map_err(|refusal| plainly(problem::refused(read.what(), refusal)))?;
    read.check(&judged).await.map_err(plainly)?;
    Ok(())
}

/// One transaction in one snapshot, so that the rows changed are the rows counted.
pub(super) fn steps(text: &str, bound: Bound) -> Vec<Step> {
    let note = match bound {
        Bound::Uncounted => None,
        Bound::Exactly(_) | Bound::AtMost(_) => {
            Some(format!("only if it changed {}; otherwise ROLLBACK", bound.in_words()))
        }
    };
    vec![
        Step::sql("BEGIN ISOLATION LEVEL REPEATABLE READ"),
        Step::sql(text),
        Step {
            note,
            ..Step::sql("COMMIT")
        },
    ]
}

fn summary(rows: &Rows, bound: Bound) -> String {
    let verb = match rows.kind {
        Kind::Insert => "Insert",
        Kind::Update => "Update",
        Kind::Delete => "Delete",
        Kind::Merge => "Merge",
    };
    format!("{verb} {} in {}", bound.in_words(), rows.table)
}

fn before(cx: &Cx, server: &ServerState, written: &Written, bound: Bound, writers: usize) -> Block {
    let fields = vec![
        ("table", json!(written.table.qualified())),
        ("rows (estimate)", json!(written.table.rows)),
        ("table size", json!(show::bytes(written.table.bytes))),
        ("rows that it changes", json!(bound.in_words())),
        ("triggers that fire", json!(written.triggers)),
        ("what follows", json!(written.followers)),
        (
            "lock it takes",
            json!("ROW EXCLUSIVE, and the rows themselves: others read on, and wait only to write the same rows"),
        ),
        ("sessions writing to the table now", json!(writers)),
        ("replicas", json!(server.replicas_in_words())),
    ];
    show::record(cx, "Before", fields)
}

fn facts(server: &ServerState, rows: &Rows, written: &Written, bound: Bound) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Bound::Exactly(rows) | Bound::AtMost(rows) = bound {
        facts.push(Fact::RowsChanged { rows });
    }
    if rows.kind == Kind::Delete && bound != Bound::Exactly(0) {
        facts.push(Fact::LosesData {
            what: format!("{} of {}", bound.in_words(), written.table.shown),
        });
    }
    let mut unknown = |why: String| facts.push(Fact::EffectUnknown { why });
    if !written.triggers.is_empty() {
        unknown(format!("triggers fire: {}", written.triggers.join(", ")));
    }
    if !written.followers.is_empty() {
        unknown(format!("in other tables, {}", written.followers.join(", ")));
    }
    if let Bound::AtMost(_) = bound {
        unknown("which rows it changes is known only when it runs".to_owned());
    }
    facts.extend(server.facts());
    facts
}

fn warnings(rows: &Rows, written: &Written, prior: &Prior, bound: Bound) -> Vec<String> {
    let mut warnings = Vec::new();
    if bound == Bound::Exactly(0) {
        warnings.push("As things are it changes nothing".to_owned());
    }
    if !rows.has_condition {
        warnings.push("It has no condition: it is for every row".to_owned());
    }
    if let Undo::Irreversible { why } = &prior.undo {
        warnings.push(format!("It cannot be taken back: {why}"));
    }
    if !written.triggers.is_empty() {
        warnings.push(format!(
            "What its triggers do is not known here: {}",
            written.triggers.join(", ")
        ));
    }
    warnings.extend(written.followers.iter().map(|what| format!("In another table, {what}")));
    if rows.kind == Kind::Insert && prior.keys.is_none() {
        warnings
            .push("If the report of the server is lost, nobody can tell from the rows whether it was done".to_owned());
    }
    warnings
}
