//! Questions to people, pending and decided.

use crate::{
    db::{self, json_text, values},
    error::{Result, StoreError},
    page::{PageRequest, cursor},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{
    ApprovalId, ApprovalStatus, ApprovalView, OrganizationId, Page, Risk, RunId, SessionId, UserId,
};

/// What is not set matches everything.
#[derive(Clone, Debug, Default)]
pub struct ApprovalFilter {
    /// Any of these; empty matches every status.
    pub statuses: Vec<ApprovalStatus>,
    pub session: Option<SessionId>,
    pub run: Option<RunId>,
    /// Whose request it was.
    pub requested_by: Option<UserId>,
    /// The name of the person whose request it was.
    pub requested_by_name: Option<String>,
    pub risk: Option<Risk>,
    /// A target's name.
    pub target: Option<String>,
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
                   AND (CAST($12 AS TEXT) IS NULL OR $12 LIKE '%,' || status || ',%')
                   AND (CAST($3 AS TEXT) IS NULL OR session_id = $3)
                   AND (CAST($4 AS TEXT) IS NULL OR run_id = $4)
                   AND (CAST($5 AS TEXT) IS NULL
                        OR EXISTS (SELECT 1 FROM run WHERE run.id = approval.run_id AND run.user_id = $5))
                   AND (CAST($9 AS TEXT) IS NULL
                        OR EXISTS (SELECT 1 FROM run JOIN app_user ON app_user.id = run.user_id
                                   WHERE run.id = approval.run_id AND app_user.name = $9))
                   AND (CAST($10 AS TEXT) IS NULL OR risk = $10)
                   AND (CAST($11 AS TEXT) IS NULL OR target = $11)
                   AND (CAST($6 AS TEXT) IS NULL OR created_at < $6 OR (created_at = $6 AND id < $7))
                 ORDER BY created_at DESC, id DESC
                 LIMIT $8",
                values![
                    organization_id,
                    only(&filter.statuses),
                    filter.session,
                    filter.run,
                    filter.requested_by,
                    time,
                    id,
                    request.rows(),
                    filter.requested_by_name,
                    filter.risk.map(Risk::as_str),
                    filter.target,
                    any_of(&filter.statuses)
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

/// The one status that is wanted, so that the index by status can answer.
fn only(statuses: &[ApprovalStatus]) -> Option<&'static str> {
    match statuses {
        [one] => Some(one.as_str()),
        _ => None,
    }
}

/// `,approved,rejected,`: one parameter for a list of any length.
fn any_of(statuses: &[ApprovalStatus]) -> Option<String> {
    let names: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    (!names.is_empty()).then(|| format!(",{},", names.join(",")))
}

impl Tx {
    pub(crate) async fn write_approval(&mut self, approval: &ApprovalView) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO approval (id, organization_id, run_id, session_id, status, created_at, body, risk, target)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body",
            values![
                approval.id,
                approval.organization_id,
                approval.run_id,
                approval.session_id,
                approval.status.as_str(),
                approval.created_at,
                json_text(approval)?,
                approval.risk.as_str(),
                &approval.plan.target.name
            ],
        )
        .await?;
        Ok(())
    }
}
