//! Who keeps dead rows from being removed.

use super::{
    super::{
        Server,
        finding::{Finding, Verdict},
    },
    show,
};
use crate::connection::Read;
use serde_json::json;
use steersman_toolkit::protocol::Problem;

/// Every way to hold the horizon, and how many transactions ago.
const OLDEST: &str = "SELECT q.who, q.age, q.pid, pg_catalog.current_setting('autovacuum_freeze_max_age')::int8 FROM ( \
    SELECT pg_catalog.format('process %s of \"%s\"', a.pid, a.usename) AS who, a.pid, \
           greatest(pg_catalog.age(a.backend_xid), pg_catalog.age(a.backend_xmin))::int8 AS age \
      FROM pg_catalog.pg_stat_activity a \
     WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.backend_type = 'client backend' \
    UNION ALL SELECT pg_catalog.format('the slot \"%s\"', s.slot_name), NULL, \
           greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin))::int8 FROM pg_catalog.pg_replication_slots s \
    UNION ALL SELECT pg_catalog.format('the prepared transaction \"%s\"', p.gid), NULL, \
           pg_catalog.age(p.transaction)::int8 FROM pg_catalog.pg_prepared_xacts p \
    UNION ALL SELECT pg_catalog.format('a reader on the standby \"%s\"', r.application_name), NULL, \
           pg_catalog.age(r.backend_xmin)::int8 FROM pg_catalog.pg_stat_replication r) q \
 WHERE q.age IS NOT NULL ORDER BY q.age DESC LIMIT 1";

const USUAL_FREEZE_MAX_AGE: i64 = 200_000_000;

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let what = "holds cleanup back";
    let row = read.row(OLDEST, &[]).await?;
    let freezes_at = row.as_ref().map_or(USUAL_FREEZE_MAX_AGE, |row| row.get(3));
    // A twentieth of the way to a forced vacuum: ten million transactions as PostgreSQL comes.
    let limits = [freezes_at / 20, freezes_at];
    let limit = format!("{} transactions", show::count(limits[0] as f64));
    let age: i64 = row.as_ref().map_or(0, |row| row.get(1));
    let verdict = Verdict::of(age, limits);
    if verdict == Verdict::Ok && !server.sees_activity {
        let why = "the transactions of other users are hidden from our role";
        findings.push(Finding::not_known(what, why, "GRANT pg_monitor to our role."));
        return Ok(());
    }
    let Some(row) = row else {
        findings.push(Finding::new(what, Verdict::Ok, "nobody", limit));
        return Ok(());
    };
    let value = format!(
        "{}, by {}",
        row.get::<_, &str>(0),
        show::plural(age.max(0) as usize, "transaction", "transactions")
    );
    let mut finding = Finding::new(what, verdict, value, limit).advice(
        "No row that died since can be removed, in any table that it could see. End that transaction, or give up that \
         slot; then vacuum.",
    );
    if let Some(pid) = row.get::<_, Option<i32>>(2) {
        let because = "its transaction holds back all cleaning up";
        let arguments = json!({ "pid": pid, "mode": "terminate" });
        finding = finding.suggest("postgres.kill_connection", arguments, because);
    }
    findings.push(finding);
    Ok(())
}
