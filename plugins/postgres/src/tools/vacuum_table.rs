//! The tool *vacuum table*.

mod draft;
#[cfg(test)]
mod tests;

use crate::{
    connection::{Bounds, Read, Reader, Watch, Writer, run_steps},
    show, verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Block, Plan, Problem, Receipt, Risk, Verification},
};
use tokio_postgres::types::Type;

pub(crate) struct VacuumTable;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The table to vacuum. Example: `orders` or `sales.orders`.
    #[schemars(extend("x-slot" = "table"))]
    table: String,
    /// Whether fresh statistics are taken too. Example: `true`.
    #[serde(default)]
    analyze: bool,
    /// Whether all old rows are frozen, against transaction id wraparound. Example: `false`.
    #[serde(default)]
    freeze: bool,
    /// Whether the table is written anew to give space back to the disk. Nobody can read or write it meanwhile, and
    /// the disk holds it twice. Example: `false`.
    #[serde(default)]
    full: bool,
    /// Whether dead entries of indexes are removed: `auto` lets the server decide. Example: `auto`.
    #[serde(default)]
    index_cleanup: IndexCleanup,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum IndexCleanup {
    #[default]
    Auto,
    Always,
    Never,
}

/// When VACUUM by hand last finished (microseconds since the epoch; VACUUM FULL leaves no such trace), live and dead
/// rows, both times of the last vacuum, the number of the table's file, and how old its oldest unfrozen row is.
const STATE: &str = "SELECT (EXTRACT(epoch FROM s.last_vacuum) * 1000000)::int8, s.n_live_tup, s.n_dead_tup, \
       s.last_vacuum, s.last_autovacuum, pg_catalog.pg_relation_filenode(c.oid)::int8, pg_catalog.age(c.relfrozenxid), \
       pg_catalog.pg_total_relation_size(c.oid) \
  FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid WHERE c.oid = $1";

/// Where the plan keeps what verification compares with.
const BEFORE: &str = "last vacuumed (microseconds since 1970)";

/// "vacuuming: scanning heap, 40 %"; the phases are PostgreSQL's own words.
const PROGRESS: Watch = "SELECT pg_catalog.format('vacuuming: %s%s', p.phase, \
    CASE WHEN p.heap_blks_total > 0 THEN pg_catalog.format(', %s %%', 100 * p.heap_blks_scanned / p.heap_blks_total) \
         ELSE '' END) FROM (SELECT v.pid, v.phase, v.heap_blks_total, v.heap_blks_scanned \
       FROM pg_catalog.pg_stat_progress_vacuum v UNION ALL \
     SELECT c.pid, c.phase, c.heap_blks_total, c.heap_blks_scanned FROM pg_catalog.pg_stat_progress_cluster c) p \
 WHERE p.pid = $1";

/// The counters arrive a little after the fact (up to a second on servers before 15).
const STATISTICS_ARRIVE_WITHIN: Duration = Duration::from_secs(3);

#[async_trait]
impl Change for VacuumTable {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.vacuum_table",
            title: "Vacuum a table",
            description: "Removes dead rows of one table (VACUUM) so that their space is used again; reads and writes go \
                          on, unless full is asked for, which writes the table anew and keeps everybody out",
            example: "vacuum the table orders on {target}",
            synonyms: &[
                "vacuum",
                "clean up dead rows",
                "dead tuples",
                "bloat",
                "reclaim space",
                "vacuum full",
                "freeze",
                "wraparound",
            ],
            category: "database",
            floor: Risk::Medium,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan vacuum_table")).await?;
        let draft = draft::draft(cx, &mut read, input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        vacuum(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let look: verify::Look = |cx, read, plan| Box::pin(outcome(cx, read, plan));
        Ok(verify::read_back(cx, reader, plan, STATISTICS_ARRIVE_WITHIN, look).await)
    }
}

async fn vacuum(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let done = run_steps(cx, writer, plan, &plan.steps, key, Some(PROGRESS)).await?;
    Ok(Receipt {
        sentence: format!(
            "The server vacuumed the table in {}",
            show::duration(done.elapsed_ms as f64)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

/// FULL gives the table a new file; any other vacuum leaves its time in the statistics.
async fn outcome(cx: &Cx, read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let name = verify::name_of(plan, "table");
    let Some(row) = read.row(STATE, &[(&verify::oid_of(plan, "table"), Type::OID)]).await? else {
        return Ok(Verification::DoesNotHold {
            sentence: format!("There is no table {name} any more"),
            evidence: Vec::new(),
            left_behind: false,
        });
    };
    let fields = vec![
        ("table", json!(name)),
        ("live rows", show::cell(&row, 1)),
        ("dead rows", show::cell(&row, 2)),
        ("last vacuumed by hand", show::cell(&row, 3)),
        ("size with indexes", json!(show::bytes(row.get(7)))),
    ];
    let evidence = vec![show::record(cx, "After", fields)];
    let is_done = match plan.must_hold.get("file").and_then(Value::as_i64) {
        Some(before) => row.get::<_, Option<i64>>(5) != Some(before),
        None => {
            let now = row.get::<_, Option<i64>>(0);
            now.is_some() && now > vacuumed_before(plan)
        }
    };
    let dead = row.get::<_, Option<i64>>(2).unwrap_or_default();
    Ok(if is_done {
        Verification::Holds {
            sentence: format!(
                "The table {name} is vacuumed; {} are left",
                show::plural(dead.max(0) as usize, "dead row", "dead rows")
            ),
            evidence,
        }
    } else {
        Verification::DoesNotHold {
            sentence: format!("The table {name} was not vacuumed"),
            evidence,
            left_behind: false,
        }
    })
}

fn vacuumed_before(plan: &Plan) -> Option<i64> {
    plan.observed.iter().find_map(|block| match block {
        Block::Record { fields, .. } => fields.iter().find(|(name, _)| name == BEFORE)?.1.as_i64(),
        _ => None,
    })
}
