//! The tool *get connection statistics*.

use crate::{
    connection::{Bounds, Reader},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk},
};

pub(crate) struct GetConnectionStats;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {}

/// From this part of max_connections on, new ones may soon be refused.
const NEARLY_FULL: f64 = 0.8;
/// A transaction that is open and idle this long hinders vacuum and may hold locks.
const IDLE_TOO_LONG_SECONDS: f64 = 60.0;

const OVERVIEW: &str = "SELECT pg_catalog.count(*) FILTER (WHERE a.backend_type = 'client backend'), \
       pg_catalog.current_setting('max_connections')::int8, \
       pg_catalog.current_setting('superuser_reserved_connections')::int8, \
       pg_catalog.count(*) FILTER (WHERE a.state LIKE 'idle in transaction%'), \
       pg_catalog.count(*) FILTER (WHERE a.state = 'active' AND a.pid <> pg_catalog.pg_backend_pid()), \
       pg_catalog.count(*) FILTER (WHERE a.wait_event_type = 'Lock'), \
       pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)) \
         FILTER (WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.backend_type = 'client backend')::float8, \
       pg_catalog.count(*) FILTER (WHERE a.query = '<insufficient privilege>') \
  FROM pg_catalog.pg_stat_activity a";

const BY_STATE: &str = "SELECT coalesce(a.state, 'hidden'), pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a \
 WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() GROUP BY 1 ORDER BY 2 DESC";

const BY_USER: &str = "SELECT coalesce(a.usename::text, ''), coalesce(nullif(a.application_name, ''), '(none)'), \
       coalesce(a.datname::text, ''), pg_catalog.count(*), \
       pg_catalog.count(*) FILTER (WHERE a.state = 'active'), \
       pg_catalog.count(*) FILTER (WHERE a.state LIKE 'idle in transaction%') \
  FROM pg_catalog.pg_stat_activity a \
 WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() \
 GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 50";

/// What runs, and what keeps a transaction open.
const RUNNING: &str = "SELECT a.pid, a.usename::text, a.application_name, a.client_addr::text, a.state, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.query_start) * 1000)::float8, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::float8, \
       CASE WHEN a.state = 'active' THEN a.wait_event_type || ': ' || a.wait_event END, a.query \
  FROM pg_catalog.pg_stat_activity a \
 WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() \
   AND (a.state = 'active' OR a.xact_start IS NOT NULL) \
 ORDER BY a.xact_start NULLS LAST LIMIT 30";

#[async_trait]
impl Query for GetConnectionStats {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.get_connection_stats",
            title: "Show connections",
            description: "Shows who is connected and what is running now: connections by state, user and application, how \
                          much of max_connections is used, the longest transaction, and sessions idle in transaction",
            example: "what is running on {target}",
            synonyms: &[
                "connections",
                "who is connected",
                "what is running",
                "running queries",
                "active queries",
                "activity",
                "sessions",
                "clients",
                "max_connections",
                "idle in transaction",
                "longest transaction",
                "pg_stat_activity",
                "processlist",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, _input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "read the connections")).await?;
        let overview = read.rows(OVERVIEW, &[]).await?;
        let by_state = read.rows(BY_STATE, &[]).await?;
        let by_user = read.rows(BY_USER, &[]).await?;
        let running = read.rows(RUNNING, &[]).await?;
        read.end().await;

        let overview = &overview[0];
        let (connected, max, reserved): (i64, i64, i64) = (overview.get(0), overview.get(1), overview.get(2));
        let (idle_in_transaction, active, waiting): (i64, i64, i64) =
            (overview.get(3), overview.get(4), overview.get(5));
        let longest: Option<f64> = overview.get(6);
        let hidden: i64 = overview.get(7);
        let used = connected as f64 / max.max(1) as f64;

        let fields = vec![
            ("connections", json!(connected)),
            ("max_connections", json!(max)),
            ("reserved for superusers", json!(reserved)),
            ("used (%)", json!((used * 1000.0).round() / 10.0)),
            ("running a statement", json!(active)),
            ("waiting for a lock", json!(waiting)),
            ("idle in transaction", json!(idle_in_transaction)),
            (
                "longest transaction",
                json!(longest.map(|seconds| show::duration(seconds * 1000.0))),
            ),
        ];
        let by_user_headings = [
            ("user", ""),
            ("application", ""),
            ("database", ""),
            ("connections", "count"),
            ("active", "count"),
            ("idle in transaction", "count"),
        ];
        let running_headings = [
            ("pid", ""),
            ("user", ""),
            ("application", ""),
            ("from", ""),
            ("state", ""),
            ("statement for", "ms"),
            ("transaction for", "ms"),
            ("waits for", ""),
            ("statement", "sql"),
        ];
        let mut blocks = vec![
            show::record(cx, "Connections", fields),
            show::table(
                cx,
                "Running, or holding a transaction open",
                &running_headings,
                &running,
            ),
            show::table(cx, "By state", &[("state", ""), ("connections", "count")], &by_state),
            show::table(cx, "By user and application", &by_user_headings, &by_user),
        ];
        if hidden > 0 {
            blocks.push(Block::text(format!(
                "The activity of {} is hidden from our role. GRANT pg_monitor to it to see them.",
                show::plural(hidden as usize, "session", "sessions")
            )));
        }
        let mut notes = Vec::new();
        if used >= NEARLY_FULL {
            notes.push("nearly full".to_owned());
        }
        if waiting > 0 {
            notes.push(format!("{waiting} waiting for a lock"));
        }
        if idle_in_transaction > 0 {
            notes.push(format!("{idle_in_transaction} idle in transaction"));
        }
        if let Some(seconds) = longest.filter(|seconds| *seconds >= IDLE_TOO_LONG_SECONDS) {
            notes.push(format!(
                "the longest transaction is open for {}",
                show::duration(seconds * 1000.0)
            ));
        }
        let mut summary = format!("{connected} of {max} connections are used, {active} run a statement");
        if !notes.is_empty() {
            summary = format!("{summary}; {}", notes.join(", "));
        }
        let mut suggestions = Vec::new();
        if waiting > 0 {
            let because = "sessions wait for locks, and it shows who holds them";
            suggestions.push(show::suggest(cx, "postgres.get_locks", json!({}), because));
        }
        Ok(Answer {
            summary,
            blocks,
            suggestions,
        })
    }
}
