//! The tool *get locks*.

use crate::{
    connection::{Bounds, Reader},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk, TreeNode},
};
use tokio_postgres::Row;

pub(crate) struct GetLocks;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {}

/// Who waits, and who blocks them; blockers that do not wait themselves included.
const SESSIONS: &str = "WITH waiting AS ( \
    SELECT a.pid, pg_catalog.pg_blocking_pids(a.pid) AS blockers FROM pg_catalog.pg_stat_activity a \
     WHERE a.wait_event_type = 'Lock' OR a.pid IN (SELECT l.pid FROM pg_catalog.pg_locks l WHERE NOT l.granted)) \
  SELECT a.pid, coalesce(w.blockers, '{}'::int4[]), a.usename::text, a.application_name, a.state, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::float8, a.query, \
       (SELECT pg_catalog.format('%s on %s', l.mode, coalesce(l.relation::regclass::text, l.locktype)) \
          FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND NOT l.granted LIMIT 1), \
       a.backend_type \
  FROM pg_catalog.pg_stat_activity a LEFT JOIN waiting w ON w.pid = a.pid \
 WHERE w.pid IS NOT NULL OR a.pid IN (SELECT pg_catalog.unnest(blockers) FROM waiting) \
 ORDER BY a.xact_start LIMIT 500";

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
        let rows = read.rows(SESSIONS, &[]).await?;
        read.end().await;
        Ok(answer(cx, &Waits::of(&rows)))
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
    is_client: bool,
}

/// The sessions by process id, and who waits for whom.
struct Waits {
    sessions: BTreeMap<i32, Session>,
    waiters: BTreeMap<i32, Vec<i32>>,
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
            };
            sessions.insert(pid, session);
        }
        Self { sessions, waiters }
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
            let label = if pid == 0 {
                "a prepared transaction".to_owned()
            } else {
                format!("process {pid}")
            };
            return TreeNode {
                label,
                facts: Vec::new(),
                warning: None,
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
    let blocked = waits.blocked_by(root).len();
    let session = waits.sessions.get(&root);
    let who = session.map_or("a prepared transaction".to_owned(), |session| {
        let user = session.user.as_deref().unwrap_or("an unknown user");
        format!(
            "process {root} of \"{user}\" ({})",
            session.state.as_deref().unwrap_or("state hidden")
        )
    });
    let more = if roots.len() > 1 {
        format!("; {} other root blockers", roots.len() - 1)
    } else {
        String::new()
    };
    let mut suggestions = Vec::new();
    if session.is_some_and(|session| session.is_client) {
        // An idle session has no statement to cancel; only ending it frees the locks.
        let is_active = session.and_then(|session| session.state.as_deref()) == Some("active");
        let mode = if is_active { "cancel" } else { "terminate" };
        let because = format!("it blocks {}", show::plural(blocked, "session", "sessions"));
        let arguments = json!({ "pid": root, "mode": mode });
        suggestions.push(show::suggest(cx, "postgres.kill_connection", arguments, because));
    }
    Answer {
        summary: format!("{who} blocks {}{more}", show::plural(blocked, "session", "sessions")),
        blocks: vec![Block::Tree {
            origin: show::origin(cx),
            title: "Who blocks whom".to_owned(),
            roots: roots.iter().map(|pid| waits.node(*pid, 0)).collect(),
        }],
        suggestions,
    }
}
