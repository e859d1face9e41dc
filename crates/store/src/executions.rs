//! Tool calls, each with everything about it.

use crate::{
    db::{self, json_text, values},
    error::{Result, StoreError},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{ExecutionId, ExecutionView, OrganizationId, RunId};

impl Store {
    /// For the runtime: not scoped by organization.
    pub async fn execution(&self, id: ExecutionId) -> Result<ExecutionView> {
        self.one("SELECT body FROM execution WHERE id = $1", values![id])
            .await?
            .ok_or(StoreError::not_found("execution"))?
            .json("body")
    }

    /// In the order in which they were proposed.
    pub(crate) async fn executions(&self, run_id: RunId) -> Result<Vec<ExecutionView>> {
        self.many(
            "SELECT body FROM execution WHERE run_id = $1 ORDER BY created_at, id",
            values![run_id],
        )
        .await?
        .iter()
        .map(|row| row.json("body"))
        .collect()
    }
}

impl Tx {
    pub(crate) async fn write_execution(
        &mut self,
        organization_id: OrganizationId,
        execution: &ExecutionView,
    ) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO execution (id, run_id, organization_id, status, created_at, body, target)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body",
            values![
                execution.id,
                execution.run_id,
                organization_id,
                execution.status.as_str(),
                execution.created_at,
                json_text(execution)?,
                &execution.target.name
            ],
        )
        .await?;
        Ok(())
    }
}
