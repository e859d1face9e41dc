//! How much is read from memory.

use super::finding::{Finding, Verdict};
use crate::{connection::Read, show};
use serde_json::json;
use steersman_toolkit::protocol::Problem;

/// Below this part a working set does not fit; reports over cold data do it too, so it is no more than a warning.
const HIT_PERCENT: f64 = 90.0;
/// Fewer blocks than this say nothing.
const ENOUGH_BLOCKS: i64 = 100_000;

const READS: &str = "SELECT d.blks_hit, d.blks_hit + d.blks_read, \
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) \
  FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()";

pub(super) async fn look(read: &mut Read<'_>, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let Some(row) = read.row(READS, &[]).await? else {
        return Ok(());
    };
    let (hit, all, buffers): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    if all < ENOUGH_BLOCKS {
        findings.push(Finding::not_known(
            "cache hits",
            format!(
                "only {} blocks were read since the counters began",
                show::count(all as f64)
            ),
            "Ask again when the database has worked for a while.",
        ));
        return Ok(());
    }
    let percent = hit as f64 * 100.0 / all as f64;
    let finding = Finding::new(
        "cache hits",
        Verdict::warning_if(percent < HIT_PERCENT),
        format!("{percent:.1} % with {} of shared_buffers", show::bytes(buffers)),
        format!("at least {HIT_PERCENT:.0} %"),
    )
    .advice("Queries wait for the disk. Look for full scans that an index would save before buying memory.")
    .suggest(
        "postgres.get_slow_queries",
        json!({}),
        "it shows which statements read most",
    );
    findings.push(finding);
    Ok(())
}
