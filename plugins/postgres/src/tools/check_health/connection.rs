//! Connections, and transactions that stay open.

use super::{
    Server,
    finding::{Finding, Verdict},
};
use crate::{connection::Read, show};
use serde_json::json;
use steersman_toolkit::protocol::Problem;
use tokio_postgres::Row;

const USED_PERCENT: [f64; 2] = [80.0, 95.0];
const IDLE_SECONDS: [f64; 2] = [300.0, 3_600.0];
const LONG_SECONDS: [f64; 2] = [900.0, 21_600.0];
const PREPARED_SECONDS: [f64; 2] = [900.0, 86_400.0];
const WAIT_SECONDS: [f64; 2] = [10.0, 300.0];

/// The kind of a session is hidden together with its activity; a session with a user is a client's then.
const USED: &str = "SELECT pg_catalog.count(*), \
       pg_catalog.current_setting('max_connections')::int8 \
         - pg_catalog.current_setting('superuser_reserved_connections')::int8 \
         - coalesce(pg_catalog.current_setting('reserved_connections', true)::int8, 0) \
  FROM pg_catalog.pg_stat_activity a \
 WHERE a.usesysid IS NOT NULL AND coalesce(a.backend_type, 'client backend') = 'client backend'";

const IDLE: &str = "SELECT a.pid, a.usename::text, \
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::float8 \
  FROM pg_catalog.pg_stat_activity a WHERE a.state LIKE 'idle in transaction%' ORDER BY 3 DESC NULLS LAST LIMIT 1";

const LONG: &str = "SELECT a.pid, a.usename::text, \
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8, a.state = 'active' \
  FROM pg_catalog.pg_stat_activity a \
 WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() AND a.xact_start IS NOT NULL \
 ORDER BY 3 DESC LIMIT 1";

const PREPARED: &str = "SELECT p.gid, p.owner::text, \
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::float8 \
  FROM pg_catalog.pg_prepared_xacts p ORDER BY p.prepared LIMIT 1";

fn waiting(server: Server) -> String {
    format!(
        "SELECT pg_catalog.count(DISTINCT l.pid), pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() \
               - coalesce({}, a.query_start)))::float8 \
           FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted",
        server.version.lock_wait_start()
    )
}

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    findings.extend(read.row(USED, &[]).await?.map(|row| about_used(&row)));
    let prepared = read.row(PREPARED, &[]).await?;
    findings.push(about_prepared(prepared.as_ref()));
    let waiting = read.row(&waiting(server), &[]).await?;
    findings.extend(waiting.map(|row| about_waiting(&row)));
    if !server.sees_activity {
        let why = "the activity of other users is hidden from our role";
        for what in ["idle in transaction", "longest transaction"] {
            findings.push(Finding::not_known(what, why, "GRANT pg_monitor to our role."));
        }
        return Ok(());
    }
    let idle = read.row(IDLE, &[]).await?;
    findings.push(about_idle(idle.as_ref()));
    let long = read.row(LONG, &[]).await?;
    findings.push(about_long(long.as_ref()));
    Ok(())
}

fn about_used(row: &Row) -> Finding {
    let (used, available): (i64, i64) = (row.get(0), row.get(1));
    let percent = used as f64 * 100.0 / available.max(1) as f64;
    Finding::new(
        "connections used",
        Verdict::of(percent, USED_PERCENT),
        format!("{used} of {available} ({percent:.0} %)"),
        format!("{:.0} %", USED_PERCENT[0]),
    )
    .advice("New clients are refused when it is full. Close idle clients, use a pooler, or raise max_connections.")
    .suggest(
        "postgres.get_connection_stats",
        json!({}),
        "it shows who holds the connections",
    )
}

/// A session, its user, and for how long.
fn of_session(row: &Row) -> (i32, String, f64) {
    let user: Option<String> = row.get(1);
    let seconds: Option<f64> = row.get(2);
    (row.get(0), user.unwrap_or_default(), seconds.unwrap_or_default())
}

fn seconds_in_words(seconds: f64) -> String {
    show::duration(seconds * 1_000.0)
}

fn about_idle(row: Option<&Row>) -> Finding {
    let what = "idle in transaction";
    let limit = seconds_in_words(IDLE_SECONDS[0]);
    let Some((pid, user, seconds)) = row.map(of_session) else {
        return Finding::new(what, Verdict::Ok, "none", limit);
    };
    let value = format!("process {pid} of \"{user}\" for {}", seconds_in_words(seconds));
    Finding::new(what, Verdict::of(seconds, IDLE_SECONDS), value, limit)
        .advice(
            "It holds its locks and hinders cleanup while it does nothing. End it; idle_in_transaction_session_timeout \
             does so by itself.",
        )
        .suggest(
            "postgres.kill_connection",
            json!({ "pid": pid, "mode": "terminate" }),
            "it holds a transaction open and does nothing",
        )
}

fn about_long(row: Option<&Row>) -> Finding {
    let what = "longest transaction";
    let limit = seconds_in_words(LONG_SECONDS[0]);
    let Some((pid, user, seconds)) = row.map(of_session) else {
        return Finding::new(what, Verdict::Ok, "none", limit);
    };
    let value = format!("process {pid} of \"{user}\" for {}", seconds_in_words(seconds));
    Finding::new(what, Verdict::of(seconds, LONG_SECONDS), value, limit)
        .advice("While it is open no dead row that it could still see is removed. Find out what it does.")
        .suggest(
            "postgres.get_connection_stats",
            json!({}),
            "it shows what the longest transactions do",
        )
}

fn about_prepared(row: Option<&Row>) -> Finding {
    let what = "prepared transactions";
    let limit = seconds_in_words(PREPARED_SECONDS[0]);
    let Some(row) = row else {
        return Finding::new(what, Verdict::Ok, "none", limit);
    };
    let (gid, owner, seconds): (&str, &str, f64) = (row.get(0), row.get(1), row.get(2));
    let value = format!("\"{gid}\" of \"{owner}\" for {}", seconds_in_words(seconds));
    Finding::new(what, Verdict::of(seconds, PREPARED_SECONDS), value, limit).advice(
        "It keeps its locks and hinders cleanup, also over restarts, until its owner says COMMIT PREPARED or ROLLBACK \
         PREPARED.",
    )
}

fn about_waiting(row: &Row) -> Finding {
    let (sessions, seconds): (i64, Option<f64>) = (row.get(0), row.get(1));
    let limit = seconds_in_words(WAIT_SECONDS[0]);
    let value = match (sessions, seconds) {
        (0, _) => "none".to_owned(),
        (n, Some(seconds)) => format!("{n}, the longest for {}", seconds_in_words(seconds)),
        (n, None) => format!("{n}, for an unknown time"),
    };
    Finding::new(
        "waiting for a lock",
        Verdict::of(seconds.unwrap_or_default(), WAIT_SECONDS),
        value,
        limit,
    )
    .advice("Somebody holds what they want. The root of the chain is the one to talk to.")
    .suggest("postgres.get_locks", json!({}), "it names the root of the chain")
}
