//! Which version the server is, and what its catalogues call the things that differ between 13 and 18.
//!
//! Everything that depends on the version is here, as an expression or a relation to put into one of our statements.
//! Source: the release notes of 14 to 18, section "System Views" and "Monitoring".

use crate::connection::Read;
use steersman_toolkit::protocol::Problem;

const NUMBER: &str = "SELECT pg_catalog.current_setting('server_version_num')::int4";

/// Transactions between a row and the day that it seems to be of the future: half of the 32-bit circle, less the three
/// million at which every version refuses to go on.
pub(crate) const XIDS: i64 = (1 << 31) - 3_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(i32);

impl Version {
    pub(crate) async fn of(read: &mut Read<'_>) -> Result<Self, Problem> {
        let row = read.row(NUMBER, &[]).await?;
        Ok(Self(row.map_or(0, |row| row.get(0))))
    }

    /// 13 to 18.
    pub(crate) fn major(self) -> i32 {
        self.0 / 10_000
    }

    fn since(self, major: i32, then: &'static str, before: &'static str) -> &'static str {
        if self.major() >= major { then } else { before }
    }

    /// Why a slot `s` of `pg_replication_slots` was given up, as text.
    pub(crate) fn slot_invalidation(self) -> &'static str {
        let before = self.since(
            16,
            "CASE WHEN s.conflicting THEN 'conflict with recovery' END",
            "NULL::text",
        );
        self.since(17, "s.invalidation_reason", before)
    }

    /// Since when a slot `s` has had no consumer.
    pub(crate) fn slot_inactive_since(self) -> &'static str {
        self.since(17, "s.inactive_since", "NULL::timestamptz")
    }

    /// `not paused`, `pause requested` or `paused`.
    pub(crate) fn replay_pause_state(self) -> &'static str {
        self.since(
            14,
            "pg_catalog.pg_get_wal_replay_pause_state()",
            "CASE WHEN pg_catalog.pg_is_wal_replay_paused() THEN 'paused' ELSE 'not paused' END",
        )
    }

    /// Statements that were cancelled on a standby for its replay, from a row `c` of `pg_stat_database_conflicts`.
    pub(crate) fn recovery_conflicts(self) -> &'static str {
        self.since(
            16,
            "c.confl_tablespace + c.confl_lock + c.confl_snapshot + c.confl_bufferpin + c.confl_deadlock \
             + c.confl_active_logicalslot",
            "c.confl_tablespace + c.confl_lock + c.confl_snapshot + c.confl_bufferpin + c.confl_deadlock",
        )
    }

    /// Errors while applying the subscription named by `s.subname`.
    pub(crate) fn subscription_errors(self) -> &'static str {
        self.since(
            15,
            "(SELECT e.apply_error_count + e.sync_error_count FROM pg_catalog.pg_stat_subscription_stats e \
               WHERE e.subname = s.subname)",
            "NULL::int8",
        )
    }

    /// Since when an entry `l` of `pg_locks` has waited; the statement's start is the nearest that 13 knows.
    pub(crate) fn lock_wait_start(self) -> &'static str {
        self.since(14, "l.waitstart", "NULL::timestamptz")
    }

    /// Whether a constraint `k` of `pg_constraint` is checked at all.
    pub(crate) fn constraint_is_enforced(self) -> &'static str {
        self.since(18, "k.conenforced", "true")
    }

    /// Checkpoints by time and by request, and since when they are counted.
    pub(crate) fn checkpoints(self) -> &'static str {
        self.since(
            17,
            "SELECT c.num_timed, c.num_requested, c.stats_reset FROM pg_catalog.pg_stat_checkpointer c",
            "SELECT c.checkpoints_timed, c.checkpoints_req, c.stats_reset FROM pg_catalog.pg_stat_bgwriter c",
        )
    }

    /// How a role is allowed to read every table, as a statement to show.
    pub(crate) fn grant_to_read_data(self) -> &'static str {
        self.since(
            14,
            "GRANT pg_read_all_data TO it",
            "GRANT SELECT ON ALL TABLES IN SCHEMA … and ON ALL SEQUENCES IN SCHEMA … TO it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_version_lacks_is_not_asked_for() {
        for (number, reason, checkpoints) in [
            (130_023, "NULL::text", "pg_stat_bgwriter"),
            (
                160_014,
                "CASE WHEN s.conflicting THEN 'conflict with recovery' END",
                "pg_stat_bgwriter",
            ),
            (180_006, "s.invalidation_reason", "pg_stat_checkpointer"),
        ] {
            let version = Version(number);
            assert_eq!(version.slot_invalidation(), reason);
            assert!(version.checkpoints().contains(checkpoints), "{number}");
        }
    }
}
