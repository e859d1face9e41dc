//! How many transactions are left before the server stops to take any.
//!
//! Source: PostgreSQL's manual, "Preventing Transaction ID Wraparound Failures".

use super::{
    super::finding::{Finding, Verdict},
    show,
};
use crate::{connection::Read, version::XIDS};
use serde_json::json;
use steersman_toolkit::protocol::Problem;
use tokio_postgres::Row;

/// The age at which vacuum drops everything else to be in time (`vacuum_failsafe_age`).
const PROBLEM_AGE: i64 = 1_600_000_000;

const TRANSACTIONS: &str = "SELECT d.datname::text, pg_catalog.age(d.datfrozenxid)::int8, \
       pg_catalog.current_setting('autovacuum_freeze_max_age')::int8, d.datname = pg_catalog.current_database() \
  FROM pg_catalog.pg_database d ORDER BY 2 DESC, 1 LIMIT 1";

const MULTIXACTS: &str = "SELECT d.datname::text, pg_catalog.mxid_age(d.datminmxid)::int8, \
       pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::int8, \
       d.datname = pg_catalog.current_database() \
  FROM pg_catalog.pg_database d ORDER BY 2 DESC, 1 LIMIT 1";

/// The table that was frozen longest ago; its TOAST table counts as itself.
const OLDEST: &str = "SELECT c.oid::regclass::text FROM pg_catalog.pg_class c \
  LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid AND c.reltoastrelid <> 0 \
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' \
 ORDER BY greatest(pg_catalog.age(c.relfrozenxid), pg_catalog.age(t.relfrozenxid)) DESC NULLS LAST, c.relpages DESC LIMIT 1";

pub(super) async fn look(read: &mut Read<'_>, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let transactions = read.row(TRANSACTIONS, &[]).await?;
    let multixacts = read.row(MULTIXACTS, &[]).await?;
    let oldest = read.row(OLDEST, &[]).await?.map(|row| row.get::<_, String>(0));
    for (what, row) in [("transaction ids", transactions), ("multixact ids", multixacts)] {
        findings.extend(row.map(|row| about(what, &row, oldest.as_deref())));
    }
    Ok(())
}

/// Autovacuum freezes from its own limit on; twice that means that it does not get through.
fn about(what: &'static str, row: &Row, oldest: Option<&str>) -> Finding {
    let (database, age, freezes_at, is_here): (&str, i64, i64, bool) = (row.get(0), row.get(1), row.get(2), row.get(3));
    let warning_age = freezes_at.saturating_mul(2).min(PROBLEM_AGE * 3 / 4);
    let left = (XIDS - age).max(0);
    let value = format!(
        "{} in use, {} left ({:.1} %), in database \"{database}\"",
        show::count(age as f64),
        show::count(left as f64),
        left as f64 * 100.0 / XIDS as f64
    );
    let limit = format!("{} in use", show::count(warning_age as f64));
    let advice = if is_here {
        "At the end the server takes no more writes. See what holds cleanup back, then vacuum the oldest tables."
    } else {
        "At the end the server takes no more writes. Look into that database: what holds cleanup back there, and which \
         tables are the oldest."
    };
    let finding = Finding::new(what, Verdict::of(age, [warning_age, PROBLEM_AGE]), value, limit).advice(advice);
    match oldest.filter(|_| is_here) {
        Some(table) => finding.suggest(
            "postgres.vacuum_table",
            json!({ "table": table, "freeze": true }),
            "it was frozen longest ago",
        ),
        None => finding,
    }
}
