//! The tool *suggest indexes*.

mod answer;
mod candidate;
mod choose;
mod table;
mod trial;
mod wanted;
mod workload;

use crate::{
    connection::{Bounds, Read, Reader},
    explain::{self, MissingIndex},
    statement,
};
use candidate::Candidate;
use choose::Search;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Problem, Risk},
};
use table::Table;
use tokio::time::Instant;
use trial::Trial;
use wanted::Wanted;
use workload::Workload;

pub(crate) struct SuggestIndexes;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// At most this many recorded statements, up to 50; those that take most time in all come first. Example: `20`.
    #[serde(default = "usual_limit")]
    #[schemars(range(min = 1, max = 50), extend("x-slot" = "count"))]
    limit: u64,
    /// Only indexes on this table. Example: `orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "table"))]
    table: Option<String>,
    /// These statements instead of the recorded ones, at most 20; placeholders like $1 are fine. Example:
    /// `["SELECT * FROM orders WHERE customer_id = $1"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    statements: Vec<String>,
}

fn usual_limit() -> u64 {
    20
}

/// So many statements may be given.
const MOST_GIVEN: usize = 20;
/// So many indexes are tried.
const MOST_CANDIDATES: usize = 120;
/// This part of the call's time goes into trying; the rest is for reading and answering.
const TRYING: f64 = 0.6;

#[async_trait]
impl Query for SuggestIndexes {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.suggest_indexes",
            title: "Suggest indexes",
            description: "Suggests which indexes would help the whole workload: tries hypothetical indexes (hypopg) on the \
                          recorded or given statements, and shows cost before and after, size and what writes would pay",
            example: "suggest indexes for {target}",
            synonyms: &[
                "index advice",
                "recommend indexes",
                "which indexes are missing",
                "index tuning",
                "what should we index",
                "hypothetical indexes",
                "tune the workload",
                "index advisor",
            ],
            category: "query",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "suggest indexes")).await?;
        let deadline = Instant::now() + Duration::from_millis(cx.limits.time_ms).mul_f64(TRYING);
        if input.statements.len() > MOST_GIVEN {
            return Err(too_many(read.what(), input.statements.len()));
        }
        let only = match &input.table {
            Some(name) => Some(crate::catalogue::find_table(&mut read, name).await?.oid),
            None => None,
        };
        let mut workload = workload::read_workload(&mut read, &input).await?;
        let Some(schema) = trial::find_hypopg(&mut read).await? else {
            let how = trial::how_to_install(&mut read).await?;
            let missing = missing_indexes(&mut read, &workload, only).await?;
            read.end().await;
            return Ok(answer::without_trial(cx, &workload, &missing, &how));
        };
        let (now, unplannable) = trial::plans_now(&mut read, &mut workload.statements).await?;
        workload.refused += unplannable;
        let wants = Wants::of(&mut read, &workload, only).await?;
        let calls = workload.calls();
        let search = wants.search(&workload, &calls, now, deadline);
        let choice = choose::choose(
            &search,
            &mut Trial {
                read: &mut read,
                schema,
                statements: &workload.statements,
                tables: &wants.tables,
            },
        )
        .await?;
        read.end().await;
        Ok(answer::answer(cx, &workload, &wants.tables, &search, &choice))
    }
}

/// What the statements ask of which tables.
struct Wants {
    tables: Vec<Table>,
    /// For each statement.
    by_statement: Vec<Vec<Wanted>>,
    candidates: Vec<Candidate>,
}

impl Wants {
    async fn of(read: &mut Read<'_>, workload: &Workload, only: Option<u32>) -> Result<Self, Problem> {
        let trees: Vec<_> = workload
            .statements
            .iter()
            .map(|one| statement::tree(&one.accepted.text).unwrap_or_default())
            .collect();
        let names: BTreeSet<_> = trees.iter().flat_map(wanted::relations).collect();
        let tables = table::load(read, &names).await?;
        let by_statement: Vec<Vec<Wanted>> = trees.iter().map(|tree| wanted::wanted(tree, &tables)).collect();
        let is_meant = |wanted: &&Wanted| only.is_none_or(|oid| tables[wanted.table].oid == oid);
        let meant: Vec<Wanted> = by_statement.iter().flatten().filter(is_meant).cloned().collect();
        Ok(Self {
            candidates: candidate::candidates(&meant, &tables, MOST_CANDIDATES),
            tables,
            by_statement,
        })
    }

    fn search<'a>(&self, workload: &Workload, weights: &'a [f64], now: Vec<f64>, deadline: Instant) -> Search<'a> {
        let touching = |table: usize| -> Vec<usize> {
            let uses = |at: &usize| self.by_statement[*at].iter().any(|wanted| wanted.table == table);
            (0..self.by_statement.len()).filter(uses).collect()
        };
        Search {
            touches: self
                .candidates
                .iter()
                .map(|candidate| touching(candidate.table))
                .collect(),
            written: self
                .candidates
                .iter()
                .map(|candidate| candidate.entries(&self.tables, &workload.written))
                .collect(),
            candidates: self.candidates.clone(),
            weights,
            now,
            deadline,
        }
    }
}

/// Without hypothetical indexes: what the plans as they are speak for, with the statements that each would help.
async fn missing_indexes(
    read: &mut Read<'_>,
    workload: &Workload,
    only: Option<u32>,
) -> Result<Vec<(MissingIndex, Vec<usize>)>, Problem> {
    let mut found: Vec<(MissingIndex, Vec<usize>)> = Vec::new();
    for (at, one) in workload.statements.iter().enumerate() {
        read.text("SAVEPOINT steersman_look").await?;
        let explained = match explain::explain(read, &one.accepted.text, false).await {
            Ok(explained) => explained,
            Err(problem) if trial::is_final(&problem) => return Err(problem),
            Err(_) => {
                read.text("ROLLBACK TO SAVEPOINT steersman_look").await?;
                continue;
            }
        };
        for index in explained
            .missing
            .into_iter()
            .filter(|index| only.is_none_or(|oid| index.oid == oid))
        {
            match found.iter_mut().find(|(known, _)| *known == index) {
                Some((_, statements)) => statements.push(at),
                None => found.push((index, vec![at])),
            }
        }
    }
    Ok(found)
}

fn too_many(what: &str, given: usize) -> Problem {
    Problem::new(
        "postgres.too_many_statements",
        what,
        format!("{given} statements were given, and {MOST_GIVEN} are the limit"),
        "Give the most important ones",
    )
}
