//! The statements that indexes are sought for: what pg_stat_statements recorded, or what was given.

use super::{Input, trial::is_final};
use crate::{
    connection::Read,
    explain::{self, Accepted},
    recorded::{self, HIDDEN, Order, Recorder},
    statement::{self, Written},
};
use std::collections::BTreeMap;
use steersman_toolkit::protocol::Problem;

/// More are read than planned: maintenance, writes and statements that cannot be planned fall out.
const READ_AHEAD: i64 = 500;
/// A statement that writes more rows than this in a call is a load; an index can be created after it.
const LOAD_ROWS: f64 = 1_000.0;

/// One statement with its weight.
pub(super) struct Statement {
    /// As it was recorded or given.
    pub shown: String,
    /// The query that is planned: for an UPDATE or DELETE, the one that finds its rows.
    pub accepted: Accepted,
    pub calls: f64,
    pub mean_ms: Option<f64>,
}

#[derive(Default)]
pub(super) struct Workload {
    pub statements: Vec<Statement>,
    /// Rows written by recorded statements, loads aside.
    pub written: BTreeMap<Written, f64>,
    /// Statements that the guard refused or that name what is not here.
    pub refused: usize,
}

/// Reads the workload.
///
/// Errors: `postgres.not_recorded`, and for statements that were given those of the guard.
pub(super) async fn read_workload(read: &mut Read<'_>, input: &Input) -> Result<Workload, Problem> {
    if !input.statements.is_empty() {
        return given(read, &input.statements).await;
    }
    let Some(recorder) = Recorder::find(read).await? else {
        return Err(not_recorded(read.what(), false));
    };
    let rows = recorder
        .statements(read, Order::Total, 0.0, READ_AHEAD)
        .await
        .map_err(|problem| match problem.code.as_str() {
            "postgres.not_possible_now" => not_recorded(&problem.what, true),
            _ => problem,
        })?;
    let mut workload = Workload::default();
    for row in &rows {
        let Some(text) = row.get::<_, Option<&str>>(0).filter(|text| *text != HIDDEN) else {
            workload.refused += 1;
            continue;
        };
        let (calls, mean_ms, written) = (row.get::<_, i64>(1) as f64, row.get(2), row.get::<_, i64>(6) as f64);
        if let Some(what) = statement::written(text)
            && written / calls.max(1.0) <= LOAD_ROWS
        {
            *workload.written.entry(what).or_default() += written;
        }
        if workload.statements.len() < input.limit.clamp(1, 50) as usize {
            workload.add(read, text, calls, Some(mean_ms)).await?;
        }
    }
    Ok(workload)
}

async fn given(read: &mut Read<'_>, statements: &[String]) -> Result<Workload, Problem> {
    let mut workload = Workload::default();
    for text in statements {
        let query = statement::finding_its_rows(text).unwrap_or_else(|| text.clone());
        workload.statements.push(Statement {
            shown: text.clone(),
            accepted: explain::accepted(read, &query).await?,
            calls: 1.0,
            mean_ms: None,
        });
    }
    Ok(workload)
}

impl Workload {
    /// Adds a recorded statement, where it works on rows of tables and the guard lets it pass. The same text of another
    /// user counts together with the first.
    async fn add(&mut self, read: &mut Read<'_>, text: &str, calls: f64, mean_ms: Option<f64>) -> Result<(), Problem> {
        if let Some(known) = self.statements.iter_mut().find(|known| known.shown == text) {
            known.calls += calls;
            return Ok(());
        }
        let query = statement::finding_its_rows(text)
            .filter(|query| statement::tree(query).is_some_and(|tree| !super::wanted::relations(&tree).is_empty()));
        let Some(query) = query else { return Ok(()) };
        match explain::accepted(read, &query).await {
            Ok(accepted) => self.statements.push(Statement {
                shown: text.to_owned(),
                accepted,
                calls,
                mean_ms,
            }),
            Err(problem) if is_final(&problem) => return Err(problem),
            Err(_) => self.refused += 1,
        }
        Ok(())
    }

    pub(super) fn calls(&self) -> Vec<f64> {
        self.statements.iter().map(|statement| statement.calls).collect()
    }
}

fn not_recorded(what: &str, is_installed: bool) -> Problem {
    Problem::new(
        "postgres.not_recorded",
        what,
        "the server keeps no record of its statements (pg_stat_statements is missing)",
        format!(
            "Give the statements in question, or have them recorded. {}",
            recorded::how_to_record(is_installed)
                .replace("\n\n", " ")
                .replace('\n', " ")
        ),
    )
}
