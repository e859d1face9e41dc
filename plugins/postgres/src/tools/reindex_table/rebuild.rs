//! Rebuilds, reads back, and removes the halves that an interrupted rebuild leaves.

use super::{IndexState, indexes};
use crate::{
    connection::{Read, Watch, Writer, run_steps},
    identifier, show, verify,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx,
    protocol::{Plan, Problem, Receipt, Step, Verification},
};

/// "rebuilding: scanning table, 40 %"; the phases are PostgreSQL's own words.
const PROGRESS: Watch = "SELECT pg_catalog.format('rebuilding: %s%s', p.phase, \
    CASE WHEN p.blocks_total > 0 THEN pg_catalog.format(', %s %%', 100 * p.blocks_done / p.blocks_total) \
         WHEN p.tuples_total > 0 THEN pg_catalog.format(', %s %%', 100 * p.tuples_done / p.tuples_total) \
         WHEN p.lockers_total > 0 THEN pg_catalog.format(', %s of %s sessions gone', p.lockers_done, p.lockers_total) \
         ELSE '' END) \
  FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = $1";

/// Whether the index of this name is invalid: "true".
const IS_INVALID: &str = "SELECT (NOT x.indisvalid)::text FROM pg_catalog.pg_index x \
 WHERE x.indexrelid = pg_catalog.to_regclass($1)";

pub(super) async fn rebuild(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let done = run_steps(cx, writer, plan, &plan.steps, key, Some(PROGRESS)).await?;
    Ok(Receipt {
        sentence: format!(
            "The server rebuilt the indexes in {}",
            show::duration(done.elapsed_ms as f64)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

/// Every index has a new file and is valid, and no half is left. A receipt is not needed.
pub(super) async fn outcome(cx: &Cx, read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let now = indexes(read, verify::oid_of(plan, "table")).await?;
    let planned = plan
        .must_hold
        .get("indexes")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let find = |index: &Value| {
        now.iter()
            .find(|now| index["name"] == now.name && index["schema"] == now.schema)
    };
    let is_rebuilt = |index: &Value| {
        find(index).is_some_and(|now| now.is_valid && now.file.is_some() && now.file != index["file"].as_i64())
    };
    let rebuilt = planned.iter().filter(|index| is_rebuilt(index)).count();
    let left: Vec<String> = now
        .iter()
        .filter(|index| is_leftover(index, plan))
        .map(qualified)
        .collect();
    let rows = now
        .iter()
        .map(|index| {
            vec![
                json!(qualified(index)),
                json!(index.is_valid),
                json!(show::bytes(index.bytes)),
            ]
        })
        .collect();
    let headings = [("index", ""), ("valid", ""), ("size", "")];
    let evidence = vec![show::table_of(cx, "Indexes after", &headings, rows)];
    let all = show::plural(planned.len(), "index", "indexes");
    Ok(if !left.is_empty() {
        Verification::DoesNotHold {
            sentence: format!(
                "The rebuild did not finish: {rebuilt} of {all} rebuilt, and invalid ones are left: {}",
                left.join(", ")
            ),
            evidence,
            left_behind: true,
        }
    } else if rebuilt == planned.len() && rebuilt > 0 {
        Verification::Holds {
            sentence: format!("{all} rebuilt and valid, nothing left over"),
            evidence,
        }
    } else {
        Verification::DoesNotHold {
            sentence: format!("{rebuilt} of {all} were rebuilt"),
            evidence,
            left_behind: false,
        }
    })
}

/// An invalid index whose name is one that this plan's rebuild would have given to a half.
fn is_leftover(index: &IndexState, plan: &Plan) -> bool {
    let name = qualified(index);
    !index.is_valid
        && plan
            .on_failure
            .iter()
            .any(|step| dropped_by(step) == Some(name.as_str()))
}

/// The name in `DROP INDEX CONCURRENTLY IF EXISTS name`.
fn dropped_by(step: &Step) -> Option<&str> {
    step.literal.strip_prefix("DROP INDEX CONCURRENTLY IF EXISTS ")
}

fn qualified(index: &IndexState) -> String {
    identifier::qualified(&index.schema, &index.name)
}

/// Drops the halves of the plan that are there and invalid; what is valid stays. None of these names was taken when the
/// plan was made and checked, so they are ours.
pub(super) async fn clean_up(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<String, Problem> {
    let what = format!("Could not clean up after {} on {}", plan.tool, plan.target.name);
    let mut dropped = Vec::new();
    for step in &plan.on_failure {
        let Some(name) = dropped_by(step) else { continue };
        if writer.look(&what, key, IS_INVALID, name).await?.as_deref() != Some("true") {
            continue;
        }
        let cx = verify::unstoppable(cx);
        run_steps(&cx, writer, plan, std::slice::from_ref(step), key, None).await?;
        dropped.push(name);
    }
    Ok(match dropped[..] {
        [] => "Nothing was left behind".to_owned(),
        _ => format!("Invalid leftovers were dropped: {}", dropped.join(", ")),
    })
}
