//! Builds the index, and removes what a failed build leaves behind.

use crate::{
    connection::{Watch, Writer, run_steps},
    show, verify,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx,
    protocol::{Plan, Problem, Receipt},
};

/// "building index: scanning table, 40 %"; the phases are PostgreSQL's own words.
const PROGRESS: Watch = "SELECT pg_catalog.format('building index: %s%s', p.phase, \
    CASE WHEN p.blocks_total > 0 THEN pg_catalog.format(', %s %%', 100 * p.blocks_done / p.blocks_total) \
         WHEN p.tuples_total > 0 THEN pg_catalog.format(', %s %%', 100 * p.tuples_done / p.tuples_total) \
         WHEN p.lockers_total > 0 THEN pg_catalog.format(', %s of %s sessions gone', p.lockers_done, p.lockers_total) \
         ELSE '' END) \
  FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = $1";

/// Whose index it is, and whether it is whole: "16384 false".
const STATE: &str = "SELECT pg_catalog.format('%s %s', x.indrelid, x.indisvalid AND x.indisready) \
  FROM pg_catalog.pg_index x WHERE x.indexrelid = pg_catalog.to_regclass($1)";

pub(super) async fn build(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let done = run_steps(cx, writer, plan, &plan.steps, key, Some(PROGRESS)).await?;
    Ok(Receipt {
        sentence: format!(
            "The server built the index in {}",
            show::duration(done.elapsed_ms as f64)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::from([("backend_pid".to_owned(), json!(done.backend_pid))]),
    })
}

/// Drops the index of the plan, if it is on the plan's table and invalid; a valid one stays.
///
/// Errors: `postgres.not_ours` when the name now belongs to something else, and those of [`run_steps`].
pub(super) async fn clean_up(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<String, Problem> {
    let what = format!("Could not clean up after {} on {}", plan.tool, plan.target.name);
    let name = index_name(plan);
    let Some(state) = writer.look(&what, key, STATE, &name).await? else {
        return Ok(format!("There is no index {name}; nothing was left behind"));
    };
    let table = plan
        .must_hold
        .get("table")
        .and_then(|table| table["oid"].as_u64())
        .unwrap_or_default();
    match state.split_once(' ') {
        Some((oid, "f")) if oid == table.to_string() => {}
        Some((oid, _)) if oid == table.to_string() => {
            return Ok(format!("The index {name} is valid and stays"));
        }
        _ => {
            return Err(Problem::new(
                "postgres.not_ours",
                what,
                format!("{name} now belongs to another table"),
                "Look at it by hand; nothing was dropped",
            ));
        }
    }
    run_steps(&verify::unstoppable(cx), writer, plan, &plan.on_failure, key, None).await?;
    Ok(format!("The invalid index {name} was dropped"))
}

/// `public.orders_customer_id_idx`, quoted where needed.
pub(super) fn index_name(plan: &Plan) -> String {
    let index = plan.must_hold.get("no_such_index").unwrap_or(&Value::Null);
    crate::identifier::qualified(
        index["schema"].as_str().unwrap_or_default(),
        index["name"].as_str().unwrap_or_default(),
    )
}
