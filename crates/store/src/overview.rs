//! Numbers for the first page.

use crate::{
    db::values,
    error::{Result, StoreError},
    runs::view,
    store::Store,
};
use steersman_protocol::{OrganizationId, RunView, Timestamp, UserId};

/// How much there is of what somebody may have to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkCounts {
    pub approvals_pending: i64,
    pub runs_active: i64,
    /// Since the time asked for.
    pub runs_failed: i64,
}

impl Store {
    /// Of one person's runs, or of everybody's.
    pub async fn work_counts(
        &self,
        organization_id: OrganizationId,
        user: Option<UserId>,
        since: Timestamp,
    ) -> Result<WorkCounts> {
        let row = self
            .one(
                "SELECT
                   (SELECT COUNT(*) FROM approval a
                    WHERE a.organization_id = $1 AND a.status = 'pending'
                      AND (CAST($2 AS TEXT) IS NULL
                           OR EXISTS (SELECT 1 FROM run WHERE run.id = a.run_id AND run.user_id = $2))
                   ) AS approvals_pending,
                   (SELECT COUNT(*) FROM run
                    WHERE organization_id = $1 AND status NOT IN ('completed', 'failed', 'cancelled')
                      AND (CAST($2 AS TEXT) IS NULL OR user_id = $2)) AS runs_active,
                   (SELECT COUNT(*) FROM run
                    WHERE organization_id = $1 AND status = 'failed' AND created_at >= $3
                      AND (CAST($2 AS TEXT) IS NULL OR user_id = $2)) AS runs_failed",
                values![organization_id, user, since],
            )
            .await?
            .ok_or_else(|| StoreError::broken("a count has no row"))?;
        Ok(WorkCounts {
            approvals_pending: row.int("approvals_pending")?,
            runs_active: row.int("runs_active")?,
            runs_failed: row.int("runs_failed")?,
        })
    }

    /// The newest runs that failed since then and whose session nobody has looked at since, at most `limit`.
    pub async fn unseen_failures(
        &self,
        organization_id: OrganizationId,
        user: Option<UserId>,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<RunView>> {
        self.many(
            "SELECT * FROM run
             WHERE organization_id = $1 AND status = 'failed' AND created_at >= $3
               AND (CAST($2 AS TEXT) IS NULL OR user_id = $2)
               AND NOT EXISTS (
                   SELECT 1 FROM chat_session s
                   WHERE s.id = run.session_id
                     AND s.read_position >= (SELECT MAX(e.position) FROM run_event e WHERE e.run_id = run.id))
             ORDER BY created_at DESC, id DESC
             LIMIT $4",
            values![organization_id, user, since, i64::from(limit)],
        )
        .await?
        .iter()
        .map(view)
        .collect()
    }
}
