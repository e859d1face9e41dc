//! The tool *analyze table*.

use crate::{
    activity::{self, Lock},
    catalogue::{self, TableKind},
    connection::{Bounds, Read, Reader, Writer, run_steps},
    server, show, verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Block, Limits, Plan, Problem, Receipt, Resource, Risk, Step, Undo, Verification},
};
use tokio_postgres::types::Type;

pub(crate) struct AnalyzeTable;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The table to analyze. Example: `orders` or `sales.orders`.
    #[schemars(extend("x-slot" = "table"))]
    table: String,
}

/// When ANALYZE by hand last finished, in microseconds since the epoch; a partitioned table has that of its partitions.
const LAST_ANALYZE: &str = "SELECT (EXTRACT(epoch FROM s.last_analyze) * 1000000)::int8, s.n_live_tup, s.n_mod_since_analyze, \
       s.last_analyze, s.last_autoanalyze \
  FROM pg_catalog.pg_stat_all_tables s WHERE s.relid = $1";

/// Where the plan keeps what verification compares with.
const BEFORE: &str = "last analyzed (microseconds since 1970)";

/// The counters arrive a little after the fact (up to a second on servers before 15).
const STATISTICS_ARRIVE_WITHIN: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[async_trait]
impl Change for AnalyzeTable {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.analyze_table",
            title: "Analyze a table",
            description: "Takes fresh statistics of one table (ANALYZE), so that the planner's estimates fit its rows; reads \
                          and writes go on",
            example: "analyze the table orders on {target}",
            synonyms: &[
                "update statistics",
                "refresh statistics",
                "statistics out of date",
                "bad estimates",
                "vacuum analyze",
            ],
            category: "database",
            floor: Risk::Medium,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan analyze_table")).await?;
        let draft = draft(cx, &mut read, &input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let plan = granted.plan();
        let done = run_steps(cx, writer, plan, &plan.steps, &granted.idempotency_key(), None).await?;
        Ok(Receipt {
            sentence: format!(
                "The server analyzed the table in {}",
                show::duration(done.elapsed_ms as f64)
            ),
            elapsed_ms: done.elapsed_ms,
            facts: BTreeMap::new(),
        })
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let began = tokio::time::Instant::now();
        loop {
            let mut read = match verify::settled(cx, reader, plan).await {
                Ok(read) => read,
                Err(cannot_tell) => return Ok(cannot_tell),
            };
            match outcome(cx, &mut read, plan).await {
                Ok(Verification::DoesNotHold { .. }) if began.elapsed() < STATISTICS_ARRIVE_WITHIN => read.end().await,
                Ok(verification) => {
                    read.end().await;
                    return Ok(verification);
                }
                Err(problem) => return Ok(verify::cannot_tell(&problem)),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn draft(cx: &Cx, read: &mut Read<'_>, input: &Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let table = catalogue::find_table(read, &input.table).await?;
    if matches!(table.kind, TableKind::View | TableKind::Foreign) {
        return Err(Problem::new(
            "postgres.not_a_table",
            read.what(),
            format!(
                "\"{}\" is a view or a foreign table and has no rows of its own",
                table.shown
            ),
            "Analyze the tables behind it",
        ));
    }
    if !table.is_ours {
        return Err(server::only_the_owner(
            read.what(),
            &format!("the table \"{}\"", table.shown),
            &table.owner,
        ));
    }
    let activity = activity::on_table(cx, read, table.oid, Lock::ShareUpdateExclusive).await?;
    let statistics = read.row(LAST_ANALYZE, &[(&table.oid, Type::OID)]).await?;
    let cell = |at| statistics.as_ref().map_or(Value::Null, |row| show::cell(row, at));
    let fields = vec![
        ("table", json!(table.qualified())),
        ("table size", json!(show::bytes(table.bytes))),
        ("live rows", cell(1)),
        ("rows changed since the last time", cell(2)),
        ("last analyzed by hand", cell(3)),
        ("last analyzed by autovacuum", cell(4)),
        ("lock it takes", json!(Lock::ShareUpdateExclusive.in_words())),
        (BEFORE, cell(0)),
    ];
    let mut observed = vec![show::record(cx, "Before", fields)];
    observed.extend(activity.block.clone());
    Ok(Draft {
        arguments: json!(Input {
            table: table.shown.clone()
        }),
        summary: format!("Analyze table {}", table.shown),
        steps: vec![Step::sql(format!("ANALYZE {}", table.qualified()))],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "table".to_owned(),
            name: table.qualified(),
            how: "a sample is read, its statistics are replaced".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            (
                "table".to_owned(),
                json!({ "oid": table.oid, "name": table.qualified() }),
            ),
        ]),
        observed,
        undo: Undo::NotNeeded {
            why: "statistics only describe the rows; taking them again is always right".to_owned(),
        },
        limits: Limits {
            time_ms: 600_000,
            lock_wait_ms: 10_000,
            ..Limits::default()
        },
        facts: server.facts(),
        warnings: activity.warnings(false),
    })
}

async fn outcome(cx: &Cx, read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let table = plan.must_hold.get("table").unwrap_or(&Value::Null);
    let name = table["name"].as_str().unwrap_or_default();
    let oid = table["oid"]
        .as_u64()
        .and_then(|oid| u32::try_from(oid).ok())
        .unwrap_or_default();
    let Some(row) = read.row(LAST_ANALYZE, &[(&oid, Type::OID)]).await? else {
        return Ok(Verification::DoesNotHold {
            sentence: format!("There is no table {name} any more"),
            evidence: Vec::new(),
            left_behind: false,
        });
    };
    let fields = vec![
        ("table", json!(name)),
        ("live rows", show::cell(&row, 1)),
        ("last analyzed", show::cell(&row, 3)),
    ];
    let evidence = vec![show::record(cx, "After", fields)];
    let (now, before) = (row.get::<_, Option<i64>>(0), last_analyze_before(plan));
    Ok(if now.is_some() && now > before {
        Verification::Holds {
            sentence: format!("The statistics of {name} are fresh"),
            evidence,
        }
    } else {
        Verification::DoesNotHold {
            sentence: format!("The statistics of {name} are still the old ones"),
            evidence,
            left_behind: false,
        }
    })
}

fn last_analyze_before(plan: &Plan) -> Option<i64> {
    plan.observed.iter().find_map(|block| match block {
        Block::Record { fields, .. } => fields.iter().find(|(name, _)| name == BEFORE)?.1.as_i64(),
        _ => None,
    })
}
