//! Runs as lists show them.

use crate::{
    db::{self, Row, json_text, values},
    error::{Result, StoreError},
    page::{PageRequest, cursor},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{OrganizationId, Page, RunId, RunStatus, RunView, SessionId, UserId};

/// What is not set matches everything.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub session: Option<SessionId>,
    pub status: Option<RunStatus>,
    pub user: Option<UserId>,
}

impl Store {
    /// With its executions. `NotFound` in another organization too.
    pub async fn run(&self, organization_id: OrganizationId, id: RunId) -> Result<RunView> {
        let row = self
            .one(
                "SELECT * FROM run WHERE organization_id = $1 AND id = $2",
                values![organization_id, id],
            )
            .await?
            .ok_or(StoreError::not_found("run"))?;
        let mut run = view(&row)?;
        run.executions = self.executions(id).await?;
        Ok(run)
    }

    /// Newest first, without executions.
    pub async fn runs(
        &self,
        organization_id: OrganizationId,
        filter: RunFilter,
        request: PageRequest,
    ) -> Result<Page<RunView>> {
        let (time, id) = request.after()?;
        let rows = self
            .many(
                "SELECT * FROM run
                 WHERE organization_id = $1
                   AND (CAST($2 AS TEXT) IS NULL OR session_id = $2)
                   AND (CAST($3 AS TEXT) IS NULL OR status = $3)
                   AND (CAST($4 AS TEXT) IS NULL OR user_id = $4)
                   AND (CAST($5 AS TEXT) IS NULL OR created_at < $5 OR (created_at = $5 AND id < $6))
                 ORDER BY created_at DESC, id DESC
                 LIMIT $7",
                values![
                    organization_id,
                    filter.session,
                    filter.status.map(RunStatus::as_str),
                    filter.user,
                    time,
                    id,
                    request.rows()
                ],
            )
            .await?;
        request.page(rows, view, |run| cursor(run.created_at, run.id))
    }
}

impl Tx {
    pub(crate) async fn write_run(&mut self, run: &RunView) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO run (id, organization_id, session_id, user_id, title, status, problem, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE
             SET title = excluded.title, status = excluded.status, problem = excluded.problem,
                 updated_at = excluded.updated_at",
            values![
                run.id,
                run.organization_id,
                run.session_id,
                run.user_id,
                &run.title,
                run.status.as_str(),
                run.problem.as_ref().map(json_text).transpose()?,
                run.created_at,
                run.updated_at
            ],
        )
        .await?;
        Ok(())
    }
}

fn view(row: &Row) -> Result<RunView> {
    Ok(RunView {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        session_id: row.parsed_if_set("session_id")?,
        user_id: row.parsed("user_id")?,
        title: row.text("title")?,
        status: row.parsed("status")?,
        problem: row.json_if_set("problem")?,
        created_at: row.parsed("created_at")?,
        updated_at: row.parsed("updated_at")?,
        executions: Vec::new(),
    })
}
