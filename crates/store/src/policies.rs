//! Rules of an organization, every revision kept.

use crate::{
    db::{self, json_text, values},
    error::{Conflict, Result, StoreError},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{AuditDraft, OrganizationId, Policy, Timestamp};

impl Store {
    /// The newest revision; `None` where none was saved.
    pub async fn policy(&self, organization_id: OrganizationId) -> Result<Option<Policy>> {
        self.one(
            "SELECT body FROM policy WHERE organization_id = $1 ORDER BY revision DESC LIMIT 1",
            values![organization_id],
        )
        .await?
        .map(|row| row.json("body"))
        .transpose()
    }

    /// One old or new revision.
    pub async fn policy_revision(&self, organization_id: OrganizationId, revision: i64) -> Result<Policy> {
        self.one(
            "SELECT body FROM policy WHERE organization_id = $1 AND revision = $2",
            values![organization_id, revision],
        )
        .await?
        .ok_or(StoreError::not_found("policy revision"))?
        .json("body")
    }

    /// Stores it as revision `expected_revision + 1`, whatever its own field says, and returns it as stored.
    ///
    /// `expected_revision` is 0 where none was saved. `Conflict` when somebody saved another in the meantime.
    pub async fn save_policy(
        &self,
        organization_id: OrganizationId,
        mut policy: Policy,
        expected_revision: i64,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<Policy> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.expect_policy_revision(organization_id, expected_revision).await?;
                policy.revision = expected_revision + 1;
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO policy (organization_id, revision, body, created_at) VALUES ($1, $2, $3, $4)",
                    values![organization_id, policy.revision, json_text(&policy)?, at],
                )
                .await?;
                tx.append_audit(at, &audit).await?;
                Ok(policy)
            })
        })
        .await
    }
}

impl Tx {
    pub(crate) async fn expect_policy_revision(
        &mut self,
        organization_id: OrganizationId,
        expected: i64,
    ) -> Result<()> {
        let row = db::row(
            &mut self.connection,
            "SELECT COALESCE(MAX(revision), 0) AS revision FROM policy WHERE organization_id = $1",
            values![organization_id],
        )
        .await?;
        let found = row.map_or(Ok(0), |row| row.int("revision"))?;
        match found == expected {
            true => Ok(()),
            false => Err(StoreError::Conflict(Conflict::PolicyRevision { expected, found })),
        }
    }
}
