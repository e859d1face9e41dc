//! Reading the event log, and what is still owed.

use crate::{
    db::{Row, values},
    error::Result,
    store::Store,
};
use serde_json::Value;
use steersman_protocol::{EffectId, EventRecord, OrganizationId, RunId, SessionId, Timestamp};

/// Work whose report is not in the log yet.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenEffect {
    pub id: EffectId,
    pub run_id: RunId,
    pub kind: String,
    pub body: Value,
    pub due_at: Option<Timestamp>,
}

impl Store {
    /// All events of a run after `after_seq`, in order.
    pub async fn run_events(&self, run_id: RunId, after_seq: i64) -> Result<Vec<EventRecord>> {
        self.many(
            "SELECT * FROM run_event WHERE run_id = $1 AND seq > $2 ORDER BY seq",
            values![run_id, after_seq],
        )
        .await?
        .iter()
        .map(record)
        .collect()
    }

    /// At most `limit` events of a session after `after_position`, in order.
    pub async fn session_events(
        &self,
        session_id: SessionId,
        after_position: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>> {
        self.many(
            "SELECT * FROM run_event WHERE session_id = $1 AND position > $2 ORDER BY position LIMIT $3",
            values![session_id, after_position, i64::from(limit)],
        )
        .await?
        .iter()
        .map(record)
        .collect()
    }

    /// Position of the session's last event; 0 without any.
    pub async fn last_session_position(&self, session_id: SessionId) -> Result<i64> {
        self.one(
            "SELECT COALESCE(MAX(position), 0) AS position FROM run_event WHERE session_id = $1",
            values![session_id],
        )
        .await?
        .map_or(Ok(0), |row| row.int("position"))
    }

    /// Position of an organization's last event; 0 without any.
    pub async fn last_position(&self, organization_id: OrganizationId) -> Result<i64> {
        self.one(
            "SELECT COALESCE(MAX(position), 0) AS position FROM run_event WHERE organization_id = $1",
            values![organization_id],
        )
        .await?
        .map_or(Ok(0), |row| row.int("position"))
    }

    /// At most `limit` events of an organization after `after_position`, in order.
    pub async fn events_after(
        &self,
        organization_id: OrganizationId,
        after_position: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>> {
        self.many(
            "SELECT * FROM run_event WHERE organization_id = $1 AND position > $2 ORDER BY position LIMIT $3",
            values![organization_id, after_position, i64::from(limit)],
        )
        .await?
        .iter()
        .map(record)
        .collect()
    }

    /// Everything owed, in the order of their ids.
    pub async fn open_effects(&self) -> Result<Vec<OpenEffect>> {
        self.many("SELECT * FROM effect ORDER BY id", values![])
            .await?
            .iter()
            .map(|row| {
                Ok(OpenEffect {
                    id: row.parsed("id")?,
                    run_id: row.parsed("run_id")?,
                    kind: row.text("kind")?,
                    body: row.json("body")?,
                    due_at: row.parsed_if_set("due_at")?,
                })
            })
            .collect()
    }

    /// Runs that are not over, in the order of their ids.
    pub async fn unfinished_runs(&self) -> Result<Vec<RunId>> {
        self.many(
            "SELECT id FROM run WHERE status NOT IN ('completed', 'failed', 'cancelled') ORDER BY id",
            values![],
        )
        .await?
        .iter()
        .map(|row| row.parsed("id"))
        .collect()
    }
}

pub(crate) fn record(row: &Row) -> Result<EventRecord> {
    Ok(EventRecord {
        run_id: row.parsed("run_id")?,
        session_id: row.parsed_if_set("session_id")?,
        seq: row.int("seq")?,
        position: row.int("position")?,
        at: row.parsed("at")?,
        event: row.json("body")?,
    })
}
