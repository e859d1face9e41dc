//! Who uses a table right now, for plans.

use crate::{connection::Read, show};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Problem},
};
use tokio_postgres::types::Type;

const HOLDERS: &str = "SELECT l.pid, a.usename::text, a.application_name, l.mode, a.state, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::float8, a.query, \
       l.mode = ANY ($2), l.mode = 'RowExclusiveLock' \
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
 WHERE l.locktype = 'relation' AND l.granted AND l.relation = $1 AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() \
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
   AND (l.mode = ANY ($2) OR l.mode = 'RowExclusiveLock') \
 ORDER BY 6 DESC NULLS LAST LIMIT 50";

const OLD_TRANSACTIONS: &str = "SELECT pg_catalog.count(*), \
       pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::float8 \
  FROM pg_catalog.pg_stat_activity a \
 WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.xact_start < pg_catalog.clock_timestamp() - interval '10 seconds' \
   AND a.datname = pg_catalog.current_database()";

/// The locks that a change takes, and so which locks of others it waits for.
#[derive(Clone, Copy)]
pub(crate) enum Lock {
    /// Lets others read and write.
    ShareUpdateExclusive,
    /// Lets others read.
    Share,
    /// Lets nobody in.
    AccessExclusive,
}

/// A change that keeps everybody out does not even try while somebody is in for longer than it would wait.
const IN_FOR_LONG_MS: f64 = 3_000.0;

impl Lock {
    /// PostgreSQL's manual, table "Conflicting Lock Modes".
    fn conflicts(self) -> &'static [&'static str] {
        match self {
            Lock::ShareUpdateExclusive => &[
                "ShareUpdateExclusiveLock",
                "ShareLock",
                "ShareRowExclusiveLock",
                "ExclusiveLock",
                "AccessExclusiveLock",
            ],
            Lock::Share => &[
                "RowExclusiveLock",
                "ShareUpdateExclusiveLock",
                "ShareRowExclusiveLock",
                "ExclusiveLock",
                "AccessExclusiveLock",
            ],
            Lock::AccessExclusive => &[
                "AccessShareLock",
                "RowShareLock",
                "RowExclusiveLock",
                "ShareUpdateExclusiveLock",
                "ShareLock",
                "ShareRowExclusiveLock",
                "ExclusiveLock",
                "AccessExclusiveLock",
            ],
        }
    }

    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Lock::ShareUpdateExclusive => {
                "SHARE UPDATE EXCLUSIVE: others read and write on; schema changes and vacuum wait"
            }
            Lock::Share => "SHARE: others read on; every write waits until it is done",
            Lock::AccessExclusive => "ACCESS EXCLUSIVE: everybody who reads or writes the table waits until it is done",
        }
    }
}

pub(crate) struct Activity {
    /// Sessions whose locks stand in the way.
    pub in_the_way: usize,
    /// How long the oldest of their transactions is open.
    pub in_the_way_ms: Option<f64>,
    /// Sessions that write to the table.
    pub writers: usize,
    /// Transactions open for more than 10 s, anywhere in the database, and how long the oldest is.
    pub old_transactions: usize,
    pub oldest_ms: Option<f64>,
    pub block: Option<Block>,
}

/// Looks at the table of this oid.
pub(crate) async fn on_table(cx: &Cx, read: &mut Read<'_>, table: u32, lock: Lock) -> Result<Activity, Problem> {
    let conflicts = lock.conflicts();
    let rows = read
        .rows(HOLDERS, &[(&table, Type::OID), (&conflicts, Type::TEXT_ARRAY)])
        .await?;
    let old = read.rows(OLD_TRANSACTIONS, &[]).await?;
    let headings = [
        ("pid", ""),
        ("user", ""),
        ("application", ""),
        ("lock", ""),
        ("state", ""),
        ("transaction for", "ms"),
        ("statement", "sql"),
    ];
    Ok(Activity {
        in_the_way: rows.iter().filter(|row| row.get(7)).count(),
        in_the_way_ms: rows
            .iter()
            .filter(|row| row.get(7))
            .filter_map(|row| row.get::<_, Option<f64>>(5))
            .reduce(f64::max),
        writers: rows.iter().filter(|row| row.get(8)).count(),
        old_transactions: old[0].get::<_, i64>(0) as usize,
        oldest_ms: old[0].get(1),
        block: (!rows.is_empty()).then(|| show::table(cx, "Who uses the table now", &headings, &rows)),
    })
}

impl Activity {
    /// Errors: `postgres.in_use` when sessions hold locks that a change which keeps everybody out would wait for in
    /// vain, while everybody else waits behind it.
    pub(crate) fn refuse_if_in_use(&self, what: &str, table: &str) -> Result<(), Problem> {
        match self.in_the_way_ms {
            Some(ms) if ms > IN_FOR_LONG_MS => Err(Problem::new(
                "postgres.in_use",
                what,
                format!(
                    "\"{table}\" is in use by open transactions of {}, the oldest for {}; it would wait for them, and \
                     everybody else behind it",
                    show::plural(self.in_the_way, "session", "sessions"),
                    show::duration(ms)
                ),
                "postgres.get_locks shows who they are; ask again when they are gone, or do it the way that lets others \
                 work on",
            )),
            _ => Ok(()),
        }
    }

    /// What a colleague would say before a change that waits for these locks.
    pub(crate) fn warnings(&self, waits_for_old_transactions: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.in_the_way > 0 {
            warnings.push(format!(
                "{} hold locks now that it has to wait for; if they stay, it gives up",
                show::plural(self.in_the_way, "session", "sessions")
            ));
        }
        if waits_for_old_transactions && self.old_transactions > 0 {
            warnings.push(format!(
                "It waits for {} to end; the oldest is open for {}",
                show::plural(self.old_transactions, "long transaction", "long transactions"),
                show::duration(self.oldest_ms.unwrap_or_default()),
            ));
        }
        warnings
    }
}
