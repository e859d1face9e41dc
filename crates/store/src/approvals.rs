//! Questions to people, pending and decided.

use crate::{
    db::{self, json_text, values},
    error::{Result, StoreError},
    page::{PageRequest, cursor},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{ApprovalId, ApprovalStatus, ApprovalView, OrganizationId, Page, RunId, SessionId, UserId};

/// What is not set matches everything.
#[derive(Clone, Debug, Default)]
pub struct ApprovalFilter {
    pub status: Option<ApprovalStatus>,
    pub session: Option<SessionId>,
    pub run: Option<RunId>,
    /// Whose request it was.
    pub requested_by: Option<UserId>,
}

impl Store {
    /// `NotFound` in another organization too.
    pub async fn approval(&self, organization_id: OrganizationId, id: ApprovalId) -> Result<ApprovalView> {
        self.one(
            "SELECT body FROM approval WHERE organization_id = $1 AND id = $2",
            values![organization_id, id],
        )
        .await?
        .ok_or(StoreError::not_found("approval"))?
        .json("body")
    }

    /// Newest first.
    pub async fn approvals(
        &self,
        organization_id: OrganizationId,
        filter: ApprovalFilter,
        request: PageRequest,
    ) -> Result<Page<ApprovalView>> {
        let (time, id) = request.after()?;
        let rows = self
            .many(
                "SELECT body FROM approval
                 WHERE organization_id = $1
                   AND (CAST($2 AS TEXT) IS NULL OR status = $2)
                   AND (CAST($3 AS TEXT) IS NULL OR session_id = $3)
                   AND (CAST($4 AS TEXT) IS NULL OR run_id = $4)
                   AND (CAST($5 AS TEXT) IS NULL
                        OR EXISTS (SELECT 1 FROM run WHERE run.id = approval.run_id AND run.user_id = $5))
                   AND (CAST($6 AS TEXT) IS NULL OR created_at < $6 OR (created_at = $6 AND id < $7))
                 ORDER BY created_at DESC, id DESC
                 LIMIT $8",
                values![
                    organization_id,
                    filter.status.map(ApprovalStatus::as_str),
                    filter.session,
                    filter.run,
                    filter.requested_by,
                    time,
                    id,
                    request.rows()
                ],
            )
            .await?;
        request.page(
            rows,
            |row| row.json("body"),
            |approval: &ApprovalView| cursor(approval.created_at, approval.id),
        )
    }
}

impl Tx {
    pub(crate) async fn write_approval(&mut self, approval: &ApprovalView) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO approval (id, organization_id, run_id, session_id, status, created_at, body)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body",
            values![
                approval.id,
                approval.organization_id,
                approval.run_id,
                approval.session_id,
                approval.status.as_str(),
                approval.created_at,
                json_text(approval)?
            ],
        )
        .await?;
        Ok(())
    }
}
