//! Tables that the planner knows too little about.

use super::{
    Server,
    finding::{Finding, Verdict, some_of},
};
use crate::{connection::Read, show};
use serde_json::json;
use steersman_toolkit::protocol::Problem;

const CHANGED_PERCENT: i64 = 20;
const WORTH_ROWS: i64 = 1_000;

const STALE: &str = "SELECT s.relid::regclass::text, s.n_live_tup, s.n_mod_since_analyze, \
       s.last_analyze IS NULL AND s.last_autoanalyze IS NULL \
  FROM pg_catalog.pg_stat_user_tables s \
 WHERE s.n_live_tup >= 1000 AND (s.last_analyze IS NULL AND s.last_autoanalyze IS NULL \
       OR s.n_mod_since_analyze > s.n_live_tup / 5) \
 ORDER BY 4 DESC, s.n_mod_since_analyze DESC, 1 LIMIT 100";

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let what = "old statistics";
    if server.is_standby {
        let why = "a standby has its primary's statistics, and does not know when they were taken";
        findings.push(Finding::not_known(what, why, "Ask on the primary."));
        return Ok(());
    }
    let rows = read.rows(STALE, &[]).await?;
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let limit = format!(
        "{CHANGED_PERCENT} % changed since analyze, of {} rows or more",
        show::count(WORTH_ROWS as f64)
    );
    let mut finding = Finding::new(
        what,
        Verdict::warning_if(!rows.is_empty()),
        some_of(&names, names.len()),
        limit,
    )
    .advice("The planner guesses by what once was there, and may choose a bad plan. Analyze them.");
    if let Some(row) = rows.first() {
        let because = if row.get::<_, bool>(3) {
            "it was never analyzed".to_owned()
        } else {
            format!(
                "{} rows changed since the last time",
                show::count(row.get::<_, i64>(2) as f64)
            )
        };
        finding = finding.suggest("postgres.analyze_table", json!({ "table": names[0] }), because);
    }
    findings.push(finding);
    Ok(())
}
