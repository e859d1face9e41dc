//! The tool *get connection statistics*.

use crate::{
    connection::{Bounds, Read, Reader},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk, SuggestedCall},
};
use tokio_postgres::Row;

pub(crate) struct GetConnectionStats;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {}

/// From this part of the connections on, new ones may soon be refused.
const NEARLY_FULL: f64 = 0.8;
/// A transaction that is open and idle this long hinders vacuum and may hold locks.
const IDLE_TOO_LONG_SECONDS: f64 = 60.0;

/// Client sessions other than our own. What a session is, is hidden together with what it does; with a user it is a
/// client's.
const CLIENTS: &str = "(SELECT * FROM pg_catalog.pg_stat_activity \
   WHERE usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend' \
     AND pid <> pg_catalog.pg_backend_pid()) a";

const OVERVIEW: &str = "SELECT pg_catalog.count(*) + 1, \
       pg_catalog.current_setting('max_connections')::int8, \
       pg_catalog.current_setting('superuser_reserved_connections')::int8, \
       coalesce(pg_catalog.current_setting('reserved_connections', true)::int8, 0), \
       pg_catalog.count(*) FILTER (WHERE a.state LIKE 'idle in transaction%'), \
       pg_catalog.count(*) FILTER (WHERE a.state = 'active'), \
       pg_catalog.count(*) FILTER (WHERE a.wait_event_type = 'Lock'), \
       pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start))::float8, \
       pg_catalog.count(*) FILTER (WHERE a.query = '<insufficient privilege>'), \
       pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.backend_start))::float8";

const BY_STATE: &str = "SELECT coalesce(a.state, 'hidden'), pg_catalog.count(*), \
       pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change))::float8";

const BY_USER: &str = "SELECT coalesce(a.usename::text, ''), coalesce(nullif(a.application_name, ''), '(none)'), \
       coalesce(a.datname::text, ''), pg_catalog.count(*), \
       pg_catalog.count(*) FILTER (WHERE a.state = 'active'), \
       pg_catalog.count(*) FILTER (WHERE a.state LIKE 'idle in transaction%'), \
       pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.backend_start))::float8";

/// What runs, and what keeps a transaction open.
const RUNNING: &str = "SELECT a.pid, a.usename::text, a.application_name, a.client_addr::text, a.state, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.query_start) * 1000)::float8, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::float8, \
       CASE WHEN a.state = 'active' THEN a.wait_event_type || ': ' || a.wait_event END, a.query";

/// Databases and roles that have a limit of their own, the fullest first.
const LIMITS: &str = "SELECT q.whose, q.used, q.most, 100.0 * q.used / greatest(q.most, 1)::float8 FROM ( \
    SELECT 'database ' || d.datname::text AS whose, d.datconnlimit::int8 AS most, \
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid) AS used \
      FROM pg_catalog.pg_database d WHERE d.datconnlimit >= 0 \
    UNION ALL SELECT 'user ' || r.rolname::text, r.rolconnlimit, \
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid) \
      FROM pg_catalog.pg_roles r WHERE r.rolconnlimit >= 0 AND r.rolcanlogin) q ORDER BY 4 DESC, 1 LIMIT 50";

const OLDEST_IDLE: &str = "SELECT a.pid, EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::float8";

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
        let rows = read_all(&mut read).await?;
        read.end().await;
        let overview = Overview::of(&rows.overview[0]);
        Ok(Answer {
            summary: overview.sentence(),
            blocks: blocks(cx, &overview, &rows),
            suggestions: suggestions(cx, &overview, rows.oldest_idle.first()),
        })
    }
}

struct Rows {
    overview: Vec<Row>,
    by_state: Vec<Row>,
    by_user: Vec<Row>,
    running: Vec<Row>,
    limits: Vec<Row>,
    oldest_idle: Vec<Row>,
}

async fn read_all(read: &mut Read<'_>) -> Result<Rows, Problem> {
    let of_clients = |select: &str, rest: &str| format!("{select} FROM {CLIENTS} {rest}");
    let is_open = "WHERE a.state = 'active' OR a.xact_start IS NOT NULL ORDER BY a.xact_start NULLS LAST LIMIT 30";
    let is_idle = "WHERE a.state LIKE 'idle in transaction%' ORDER BY 2 DESC NULLS LAST LIMIT 1";
    let most_first = "GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2 LIMIT 50";
    Ok(Rows {
        overview: read.rows(&of_clients(OVERVIEW, ""), &[]).await?,
        by_state: read
            .rows(&of_clients(BY_STATE, "GROUP BY 1 ORDER BY 2 DESC"), &[])
            .await?,
        by_user: read.rows(&of_clients(BY_USER, most_first), &[]).await?,
        running: read.rows(&of_clients(RUNNING, is_open), &[]).await?,
        limits: read.rows(LIMITS, &[]).await?,
        oldest_idle: read.rows(&of_clients(OLDEST_IDLE, is_idle), &[]).await?,
    })
}

struct Overview {
    connected: i64,
    max: i64,
    /// Kept for superusers, and since 16 for members of `pg_use_reserved_connections`.
    reserved: [i64; 2],
    idle_in_transaction: i64,
    active: i64,
    waiting: i64,
    longest_seconds: Option<f64>,
    hidden: i64,
    oldest_seconds: Option<f64>,
}

impl Overview {
    fn of(row: &Row) -> Self {
        Self {
            connected: row.get(0),
            max: row.get(1),
            reserved: [row.get(2), row.get(3)],
            idle_in_transaction: row.get(4),
            active: row.get(5),
            waiting: row.get(6),
            longest_seconds: row.get(7),
            hidden: row.get(8),
            oldest_seconds: row.get(9),
        }
    }

    /// What everybody may use.
    fn open_to_all(&self) -> i64 {
        (self.max - self.reserved.iter().sum::<i64>()).max(1)
    }

    fn used(&self) -> f64 {
        self.connected as f64 / self.open_to_all() as f64
    }

    fn sentence(&self) -> String {
        let mut notes = Vec::new();
        if self.used() >= NEARLY_FULL {
            notes.push("nearly full".to_owned());
        }
        if self.waiting > 0 {
            notes.push(format!("{} waiting for a lock", self.waiting));
        }
        if self.idle_in_transaction > 0 {
            notes.push(format!("{} idle in transaction", self.idle_in_transaction));
        }
        if let Some(seconds) = self.longest_seconds.filter(|seconds| *seconds >= IDLE_TOO_LONG_SECONDS) {
            notes.push(format!(
                "the longest transaction is open for {}",
                show::duration(seconds * 1000.0)
            ));
        }
        let summary = format!(
            "{} of {} connections are used, {} run a statement",
            self.connected, self.max, self.active
        );
        match notes.is_empty() {
            true => summary,
            false => format!("{summary}; {}", notes.join(", ")),
        }
    }
}

fn blocks(cx: &Cx, overview: &Overview, rows: &Rows) -> Vec<Block> {
    let for_how_long = |seconds: Option<f64>| json!(seconds.map(|seconds| show::duration(seconds * 1000.0)));
    let fields = vec![
        ("connections", json!(overview.connected)),
        ("max_connections", json!(overview.max)),
        ("reserved for superusers", json!(overview.reserved[0])),
        ("reserved for certain roles", json!(overview.reserved[1])),
        ("used (%)", json!((overview.used() * 1000.0).round() / 10.0)),
        ("running a statement", json!(overview.active)),
        ("waiting for a lock", json!(overview.waiting)),
        ("idle in transaction", json!(overview.idle_in_transaction)),
        ("longest transaction", for_how_long(overview.longest_seconds)),
        ("oldest connection", for_how_long(overview.oldest_seconds)),
    ];
    let by_state = [("state", ""), ("connections", "count"), ("longest in it", "seconds")];
    let by_user = [
        ("user", ""),
        ("application", ""),
        ("database", ""),
        ("connections", "count"),
        ("active", "count"),
        ("idle in transaction", "count"),
        ("oldest", "seconds"),
    ];
    let running = [
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
    let limits = [
        ("whose", ""),
        ("connections", "count"),
        ("limit", "count"),
        ("used", "percent"),
    ];
    let mut blocks = vec![
        show::record(cx, "Connections", fields),
        show::table(cx, "Running, or holding a transaction open", &running, &rows.running),
        show::table(cx, "By state", &by_state, &rows.by_state),
        show::table(cx, "By user and application", &by_user, &rows.by_user),
    ];
    if !rows.limits.is_empty() {
        blocks.push(show::table(cx, "Limits of their own", &limits, &rows.limits));
    }
    if overview.hidden > 0 {
        blocks.push(Block::text(format!(
            "The activity of {} is hidden from our role. GRANT pg_monitor to it to see them.",
            show::plural(overview.hidden as usize, "session", "sessions")
        )));
    }
    blocks
}

fn suggestions(cx: &Cx, overview: &Overview, oldest_idle: Option<&Row>) -> Vec<SuggestedCall> {
    let mut suggestions = Vec::new();
    if overview.waiting > 0 {
        let because = "sessions wait for locks, and it shows who holds them";
        suggestions.push(show::suggest(cx, "postgres.get_locks", json!({}), because));
    }
    if let Some(row) = oldest_idle {
        let seconds = row.get::<_, Option<f64>>(1).unwrap_or_default();
        if seconds >= IDLE_TOO_LONG_SECONDS {
            let arguments = json!({ "pid": row.get::<_, i32>(0), "mode": "terminate" });
            let because = format!("it is idle in transaction for {}", show::duration(seconds * 1000.0));
            suggestions.push(show::suggest(cx, "postgres.kill_connection", arguments, because));
        }
    }
    suggestions
}
