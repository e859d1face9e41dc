//! The tool *get locks*.

use crate::{
    connection::{Bounds, Reader},
    show,
    version::Version,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk, SuggestedCall, TreeNode},
};
use tokio_postgres::Row;

pub(crate) struct GetLocks;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {}

/// Who waits, and who blocks them; blockers that do not wait themselves included.
fn sessions(version: Version) -> String {
    format!(
        "WITH waiting AS ( \
           SELECT a.pid, pg_catalog.pg_blocking_pids(a.pid) AS blockers FROM pg_catalog.pg_stat_activity a \
            WHERE a.wait_event_type = 'Lock' OR a.pid IN (SELECT l.pid FROM pg_catalog.pg_locks l WHERE NOT l.granted)) \
         SELECT a.pid, coalesce(w.blockers, '{{}}'::int4[]), a.usename::text, a.application_name, a.state, \
              (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::float8, a.query, \
              (SELECT pg_catalog.format('%s on %s', l.mode, coalesce(l.relation::regclass::text, l.locktype)) \
                 FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND NOT l.granted LIMIT 1), \
              a.backend_type, \
              (SELECT EXTRACT(epoch FROM pg_catalog.clock_timestamp() - coalesce({}, a.query_start)) * 1000 \
                 FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND NOT l.granted LIMIT 1)::float8 \
           FROM pg_catalog.pg_stat_activity a LEFT JOIN waiting w ON w.pid = a.pid \
          WHERE w.pid IS NOT NULL OR a.pid IN (SELECT pg_catalog.unnest(blockers) FROM waiting) \
          ORDER BY a.xact_start LIMIT 500",
        version.lock_wait_start()
    )
}

/// Prepared transactions that hold what somebody waits for; they have no process.
const PREPARED: &str = "SELECT DISTINCT p.gid, p.owner::text FROM pg_catalog.pg_prepared_xacts p \
  JOIN pg_catalog.pg_locks t ON t.pid IS NULL AND t.locktype = 'transactionid' AND t.transactionid = p.transaction \
  JOIN pg_catalog.pg_locks h ON h.pid IS NULL AND h.granted AND h.virtualtransaction = t.virtualtransaction \
  JOIN pg_catalog.pg_locks w ON NOT w.granted AND w.locktype = h.locktype \
    AND w.relation IS NOT DISTINCT FROM h.relation AND w.transactionid IS NOT DISTINCT FROM h.transactionid \
 ORDER BY 1 LIMIT 5";

/// What `pg_blocking_pids` calls a prepared transaction.
const PREPARED_PID: i32 = 0;

/// Deep enough for any real chain; a cycle (a deadlock about to be broken) ends here too.
const MAX_DEPTH: usize = 20;

#[async_trait]
impl Query for GetLocks {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.get_locks",
            title: "Show locks",
            description: "Shows who blocks whom: the sessions that wait for a lock as a tree under the session that holds it, \
                          with their statements, and names the root blocker",
            example: "who blocks whom on {target}",
            synonyms: &[
                "who blocks",
                "blocking",
                "blocked queries",
                "locks",
                "lock waits",
                "deadlock",
                "stuck",
                "hanging query",
                "waiting for lock",
                "root blocker",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, _input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "read the locks")).await?;
        let version = Version::of(&mut read).await?;
        let mut waits = Waits::of(&read.rows(&sessions(version), &[]).await?);
        if waits.waiters.contains_key(&PREPARED_PID) {
            let rows = read.rows(PREPARED, &[]).await?;
            waits.prepared = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        }
        read.end().await;
        Ok(answer(cx, &waits))
    }
}

struct Session {
    blockers: Vec<i32>,
    user: Option<String>,
    application: Option<String>,
    state: Option<String>,
    transaction_ms: Option<f64>,
    statement: Option<String>,
    wants: Option<String>,
    waits_ms: Option<f64>,
    is_client: bool,
}

impl Session {
    fn is_hidden(&self) -> bool {
        self.statement.as_deref() == Some("<insufficient privilege>")
    }
}

/// The sessions by process id, and who waits for whom.
struct Waits {
    sessions: BTreeMap<i32, Session>,
    waiters: BTreeMap<i32, Vec<i32>>,
    /// Names and owners of prepared transactions that block somebody.
    prepared: Vec<(String, String)>,
}

impl Waits {
    fn of(rows: &[Row]) -> Self {
        let mut sessions = BTreeMap::new();
        let mut waiters: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        for row in rows {
            let pid: i32 = row.get(0);
            // A parallel worker is reported as often as it blocks; a prepared transaction blocks as process 0.
            let blockers: BTreeSet<i32> = row.get::<_, Vec<i32>>(1).into_iter().collect();
            for blocker in &blockers {
                waiters.entry(*blocker).or_default().push(pid);
            }
            let session = Session {
                blockers: blockers.into_iter().collect(),
                user: row.get(2),
                application: row.get(3),
                state: row.get(4),
                transaction_ms: row.get(5),
                statement: row.get(6),
                wants: row.get(7),
                is_client: row.get::<_, Option<&str>>(8) == Some("client backend"),
                waits_ms: row.get(9),
            };
            sessions.insert(pid, session);
        }
        Self {
            sessions,
            waiters,
            prepared: Vec::new(),
        }
    }

    fn longest_wait_ms(&self) -> Option<f64> {
        let waits = self.sessions.values().filter_map(|session| session.waits_ms);
        waits.max_by(f64::total_cmp)
    }

    /// `the prepared transaction "transfer-7" of "shop"`.
    fn prepared_in_words(&self) -> String {
        match self.prepared.first() {
            Some((gid, owner)) => format!("the prepared transaction \"{gid}\" of \"{owner}\""),
            None => "a prepared transaction".to_owned(),
        }
    }

    /// Those who block others and wait for nobody.
    fn roots(&self) -> Vec<i32> {
        self.waiters
            .keys()
            .copied()
            .filter(|pid| self.sessions.get(pid).is_none_or(|session| session.blockers.is_empty()))
            .collect()
    }

    fn blocked_by(&self, pid: i32) -> BTreeSet<i32> {
        let mut blocked = BTreeSet::new();
        let mut open = vec![pid];
        while let Some(pid) = open.pop() {
            for waiter in self.waiters.get(&pid).into_iter().flatten() {
                if blocked.insert(*waiter) {
                    open.push(*waiter);
                }
            }
        }
        blocked
    }

    fn node(&self, pid: i32, depth: usize) -> TreeNode {
        let Some(session) = self.sessions.get(&pid) else {
            let label = if pid == PREPARED_PID {
                self.prepared_in_words()
            } else {
                format!("process {pid}")
            };
            return TreeNode {
                label,
                facts: Vec::new(),
                warning: (pid == PREPARED_PID)
                    .then(|| "it waits for COMMIT PREPARED or ROLLBACK PREPARED by its owner".to_owned()),
                children: self.children(pid, depth),
            };
        };
        let mut facts = vec![("pid".to_owned(), json!(pid))];
        let mut add = |name: &str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                facts.push((name.to_owned(), value));
            }
        };
        add("user", session.user.as_ref().map(|v| json!(v)));
        add(
            "application",
            session.application.as_ref().filter(|v| !v.is_empty()).map(|v| json!(v)),
        );
        add("state", session.state.as_ref().map(|v| json!(v)));
        add(
            "transaction open for",
            session.transaction_ms.map(|ms| json!(show::duration(ms))),
        );
        add("waits for", session.waits_ms.map(|ms| json!(show::duration(ms))));
        add("wants", session.wants.as_ref().map(|v| json!(v)));
        let statement = session
            .statement
            .as_deref()
            .map(|text| show::one_line(text, 120))
            .unwrap_or_default();
        let is_idle = session
            .state
            .as_deref()
            .is_some_and(|state| state.starts_with("idle in transaction"));
        TreeNode {
            label: format!("{pid}: {statement}"),
            facts,
            warning: (session.blockers.is_empty() && is_idle).then(|| {
                "holds its locks while doing nothing: the application has not ended the transaction".to_owned()
            }),
            children: self.children(pid, depth),
        }
    }

    fn children(&self, pid: i32, depth: usize) -> Vec<TreeNode> {
        if depth >= MAX_DEPTH {
            return Vec::new();
        }
        self.waiters
            .get(&pid)
            .into_iter()
            .flatten()
            .map(|waiter| self.node(*waiter, depth + 1))
            .collect()
    }
}

fn answer(cx: &Cx, waits: &Waits) -> Answer {
    let mut roots = waits.roots();
    roots.sort_by_key(|pid| std::cmp::Reverse(waits.blocked_by(*pid).len()));
    let Some(root) = roots.first().copied() else {
        let summary = if waits.sessions.is_empty() {
            "Nobody waits for a lock".to_owned()
        } else {
            "Sessions wait for each other in a circle; the server will end one of them".to_owned()
        };
        return Answer {
            summary,
            ..Answer::default()
        };
    };
    let mut blocks = vec![Block::Tree {
        origin: show::origin(cx),
        title: "Who blocks whom".to_owned(),
        roots: roots.iter().map(|pid| waits.node(*pid, 0)).collect(),
    }];
    if waits.sessions.values().any(Session::is_hidden) {
        blocks.push(Block::text(
            "What some of these sessions do is hidden from our role. GRANT pg_monitor to it to see it.",
        ));
    }
    Answer {
        summary: summary(waits, root, roots.len() - 1),
        blocks,
        suggestions: kill(cx, waits, root).into_iter().collect(),
    }
}

fn summary(waits: &Waits, root: i32, others: usize) -> String {
    let who = match waits.sessions.get(&root) {
        Some(session) => {
            let user = session.user.as_deref().unwrap_or("an unknown user");
            let state = session.state.as_deref().unwrap_or("state hidden");
            format!("process {root} of \"{user}\" ({state})")
        }
        None => waits.prepared_in_words(),
    };
    let blocked = show::plural(waits.blocked_by(root).len(), "session", "sessions");
    let mut summary = format!("{who} blocks {blocked}");
    if let Some(ms) = waits.longest_wait_ms() {
        summary.push_str(&format!("; the longest wait is {}", show::duration(ms)));
    }
    if others > 0 {
        summary.push_str(&format!("; {others} other root blockers"));
    }
    summary
}

fn kill(cx: &Cx, waits: &Waits, root: i32) -> Option<SuggestedCall> {
    let session = waits.sessions.get(&root).filter(|session| session.is_client)?;
    // An idle session has no statement to cancel; only ending it frees the locks.
    let is_active = session.state.as_deref() == Some("active");
    let mode = if is_active { "cancel" } else { "terminate" };
    let blocked = show::plural(waits.blocked_by(root).len(), "session", "sessions");
    let arguments = json!({ "pid": root, "mode": mode });
    Some(show::suggest(
        cx,
        "postgres.kill_connection",
        arguments,
        format!("it blocks {blocked}"),
    ))
}
