//! Who follows this server, whom it follows, and what is kept for them.
//!
//! Lag is given in bytes and in time, for each alone misleads: a standby that replays slowly reports a small
//! `replay_lag` while megabytes wait, and on a quiet primary the time since the last transaction grows without any lag.

use crate::{connection::Read, version::Version};
use jiff::Timestamp;
use steersman_toolkit::protocol::Problem;
use tokio_postgres::Row;

/// A standby this far behind deserves a look; from the second on something is wrong.
pub(crate) const LAG_BYTES: [i64; 2] = [64 << 20, 1 << 30];
pub(crate) const LAG_SECONDS: [f64; 2] = [60.0, 600.0];
/// An unused slot that keeps this much will fill the disk.
pub(crate) const SLOT_BYTES: i64 = 10 << 30;
/// A receiver that has heard nothing for this long has lost its primary (`wal_receiver_timeout` is 60 s).
pub(crate) const SILENT_SECONDS: f64 = 60.0;

/// The end of the log that this server has: written by itself, or received.
const HERE: &str = "(SELECT CASE WHEN pg_catalog.pg_is_in_recovery() \
     THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()) \
     ELSE pg_catalog.pg_current_wal_lsn() END AS lsn) here";

/// Somebody who receives our log.
pub(crate) struct Follower {
    pub application: String,
    pub address: Option<String>,
    /// `streaming`, `catchup`, …; `None` where our role may not see it.
    pub state: Option<String>,
    pub sync_state: Option<String>,
    /// Not yet sent, written, flushed, replayed.
    pub behind_bytes: [Option<i64>; 4],
    /// Time to write, flush, replay, as the standby last reported it.
    pub lag_seconds: [Option<f64>; 3],
}

impl Follower {
    pub(crate) fn not_replayed(&self) -> i64 {
        self.behind_bytes[3].unwrap_or_default()
    }

    pub(crate) fn replay_seconds(&self) -> f64 {
        self.lag_seconds[2].unwrap_or_default()
    }
}

pub(crate) struct Slot {
    pub name: String,
    pub kind: String,
    pub database: Option<String>,
    pub is_active: bool,
    /// Log that is kept for it; `None` before its first use.
    pub kept_bytes: Option<i64>,
    /// `reserved`, `extended`, `unreserved`, `lost`.
    pub wal_status: Option<String>,
    /// How much more can be written before it is lost; `None` without `max_slot_wal_keep_size`.
    pub safe_bytes: Option<i64>,
    pub invalidation: Option<String>,
    pub inactive_since: Option<Timestamp>,
    /// Transactions since the oldest whose rows it keeps from being cleaned up.
    pub xmin_age: Option<i64>,
}

impl Slot {
    pub(crate) fn is_broken(&self) -> bool {
        self.invalidation.is_some() || matches!(self.wal_status.as_deref(), Some("lost" | "unreserved"))
    }

    /// Keeps log for somebody who does not come for it.
    pub(crate) fn is_abandoned(&self) -> bool {
        !self.is_active && self.kept_bytes.is_some()
    }
}

pub(crate) struct Archiver {
    /// `off`, `on`, `always`.
    pub mode: String,
    pub archived: i64,
    pub last_archived: Option<Timestamp>,
    pub failed: i64,
    pub last_failed_file: Option<String>,
    pub last_failed: Option<Timestamp>,
}

impl Archiver {
    pub(crate) fn is_on(&self) -> bool {
        self.mode != "off"
    }

    /// The last attempt failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.is_on() && self.last_failed.is_some() && self.last_failed >= self.last_archived
    }
}

/// How a standby gets and repeats the log.
pub(crate) struct Receiver {
    pub is_running: bool,
    /// `streaming`, …; `None` where our role may not see it.
    pub status: Option<String>,
    pub sender: Option<String>,
    pub slot: Option<String>,
    pub silent_seconds: Option<f64>,
    /// Received, and not replayed yet.
    pub waiting_bytes: Option<i64>,
    /// The primary has it, and it is not replayed yet, by what the primary last told.
    pub behind_bytes: Option<i64>,
    /// Since the commit that was replayed last; `None` on a standby that has replayed none since its start.
    pub last_replayed_seconds: Option<f64>,
    pub pause_state: String,
    pub conflicts: i64,
    pub feedback: String,
    pub max_delay: String,
    pub apply_delay: String,
}

impl Receiver {
    pub(crate) fn is_paused(&self) -> bool {
        self.pause_state != "not paused"
    }

    /// Receives, and hears from its primary.
    pub(crate) fn is_connected(&self) -> bool {
        self.is_running && self.silent_seconds.is_none_or(|seconds| seconds < SILENT_SECONDS)
    }

    /// How far behind in bytes, by the better of what we know.
    pub(crate) fn bytes(&self) -> Option<i64> {
        self.behind_bytes.max(self.waiting_bytes)
    }

    /// How far behind in time. Where everything that there is has been replayed the lag is nothing, however long ago
    /// the last transaction was; where nothing was replayed or nobody is heard, it is not known.
    pub(crate) fn seconds(&self) -> Option<f64> {
        match self.bytes() {
            Some(0) if self.is_connected() => Some(0.0),
            Some(bytes) if bytes > 0 => self.last_replayed_seconds,
            _ => None,
        }
    }
}

/// The log may have grown between two readings: less than nothing is nothing.
fn distance(row: &Row, at: usize) -> Option<i64> {
    row.get::<_, Option<i64>>(at).map(|bytes| bytes.max(0))
}

pub(crate) async fn is_standby(read: &mut Read<'_>) -> Result<bool, Problem> {
    let row = read.row("SELECT pg_catalog.pg_is_in_recovery()", &[]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}

/// At most 100, the furthest behind first.
pub(crate) async fn followers(read: &mut Read<'_>) -> Result<Vec<Follower>, Problem> {
    let sql = format!(
        "SELECT coalesce(r.application_name, ''), r.client_addr::text, r.state, r.sync_state, \
             pg_catalog.pg_wal_lsn_diff(here.lsn, r.sent_lsn)::int8, \
             pg_catalog.pg_wal_lsn_diff(here.lsn, r.write_lsn)::int8, \
             pg_catalog.pg_wal_lsn_diff(here.lsn, r.flush_lsn)::int8, \
             pg_catalog.pg_wal_lsn_diff(here.lsn, r.replay_lsn)::int8, \
             EXTRACT(epoch FROM r.write_lag)::float8, EXTRACT(epoch FROM r.flush_lag)::float8, \
             EXTRACT(epoch FROM r.replay_lag)::float8 \
        FROM pg_catalog.pg_stat_replication r, {HERE} ORDER BY 8 DESC NULLS LAST, 1 LIMIT 100"
    );
    let rows = read.rows(&sql, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| Follower {
            application: row.get(0),
            address: row.get(1),
            state: row.get(2),
            sync_state: row.get(3),
            behind_bytes: [4, 5, 6, 7].map(|at| distance(row, at)),
            lag_seconds: [8, 9, 10].map(|at| row.get(at)),
        })
        .collect())
}

/// At most 100, without temporary ones; those that keep most first.
pub(crate) async fn slots(read: &mut Read<'_>, version: Version) -> Result<Vec<Slot>, Problem> {
    let sql = format!(
        "SELECT s.slot_name::text, s.slot_type, s.database::text, s.active, \
             pg_catalog.pg_wal_lsn_diff(here.lsn, s.restart_lsn)::int8, \
             s.wal_status, s.safe_wal_size::int8, {}, {}, \
             greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin))::int8 \
        FROM pg_catalog.pg_replication_slots s, {HERE} WHERE NOT s.temporary ORDER BY 5 DESC NULLS LAST, 1 LIMIT 100",
        version.slot_invalidation(),
        version.slot_inactive_since(),
    );
    let rows = read.rows(&sql, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| Slot {
            name: row.get(0),
            kind: row.get(1),
            database: row.get(2),
            is_active: row.get(3),
            kept_bytes: distance(row, 4),
            wal_status: row.get(5),
            safe_bytes: row.get(6),
            invalidation: row.get(7),
            inactive_since: row.get(8),
            xmin_age: row.get(9),
        })
        .collect())
}

pub(crate) async fn archiver(read: &mut Read<'_>) -> Result<Option<Archiver>, Problem> {
    let sql = "SELECT pg_catalog.current_setting('archive_mode'), a.archived_count, a.last_archived_time, a.failed_count, \
         a.last_failed_wal, a.last_failed_time FROM pg_catalog.pg_stat_archiver a";
    Ok(read.row(sql, &[]).await?.map(|row| Archiver {
        mode: row.get(0),
        archived: row.get(1),
        last_archived: row.get(2),
        failed: row.get(3),
        last_failed_file: row.get(4),
        last_failed: row.get(5),
    }))
}

pub(crate) async fn receiver(read: &mut Read<'_>, version: Version) -> Result<Option<Receiver>, Problem> {
    let sql = format!(
        "SELECT w.pid IS NOT NULL, w.status, w.sender_host || ':' || w.sender_port, w.slot_name::text, \
             EXTRACT(epoch FROM pg_catalog.clock_timestamp() - w.last_msg_receipt_time)::float8, \
             pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), at.replayed)::int8, \
             pg_catalog.pg_wal_lsn_diff(w.latest_end_lsn, at.replayed)::int8, \
             EXTRACT(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::float8, \
             {}, (SELECT coalesce(pg_catalog.sum({}), 0)::int8 FROM pg_catalog.pg_stat_database_conflicts c), \
             pg_catalog.current_setting('hot_standby_feedback'), \
             pg_catalog.current_setting('max_standby_streaming_delay'), \
             pg_catalog.current_setting('recovery_min_apply_delay') \
        FROM (SELECT pg_catalog.pg_last_wal_replay_lsn() AS replayed) at \
        LEFT JOIN pg_catalog.pg_stat_wal_receiver w ON true",
        version.replay_pause_state(),
        version.recovery_conflicts(),
    );
    Ok(read.row(&sql, &[]).await?.map(|row| Receiver {
        is_running: row.get(0),
        status: row.get(1),
        sender: row.get(2),
        slot: row.get(3),
        silent_seconds: row.get(4),
        waiting_bytes: distance(&row, 5),
        behind_bytes: distance(&row, 6),
        last_replayed_seconds: row.get(7),
        pause_state: row.get(8),
        conflicts: row.get(9),
        feedback: row.get(10),
        max_delay: row.get(11),
        apply_delay: row.get(12),
    }))
}
