//! Rules of an organization, every revision kept.

use crate::{
    db::{self, Row, json_text, values},
    error::{Conflict, Result, StoreError},
    page::PageRequest,
    store::Store,
    writer::Tx,
};
use steersman_protocol::{AuditDraft, OrganizationId, Page, Policy, Timestamp};

/// A revision with its circumstances.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyRevision {
    pub policy: Policy,
    pub created_at: Timestamp,
    /// The name of the person who saved it, where that was kept.
    pub changed_by: Option<String>,
    /// The rules before; absent for the first revision.
    pub previous: Option<Policy>,
}

impl Store {
    /// Newest first, each with the rules before it.
    pub async fn policy_revisions(
        &self,
        organization_id: OrganizationId,
        request: PageRequest,
    ) -> Result<Page<PolicyRevision>> {
        let rows = self
            .many(
                "SELECT revision, body, created_at, changed_by FROM policy
                 WHERE organization_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR revision < $2)
                 ORDER BY revision DESC LIMIT $3",
                values![organization_id, request.after_number()?, request.rows()],
            )
            .await?;
        // One row more than the page: the rules before its last revision.
        let policies = rows
            .iter()
            .map(|row| row.json("body"))
            .collect::<Result<Vec<Policy>>>()?;
        let page = request.page(rows, revision, |one| one.policy.revision.to_string())?;
        let items = page.items.into_iter().enumerate().map(|(index, one)| PolicyRevision {
            previous: policies.get(index + 1).cloned(),
            ..one
        });
        Ok(Page {
            items: items.collect(),
            next_cursor: page.next_cursor,
        })
    }

    /// One of them.
    pub async fn policy_revision_with_previous(
        &self,
        organization_id: OrganizationId,
        number: i64,
    ) -> Result<PolicyRevision> {
        let just_after = PageRequest {
            limit: 1,
            cursor: Some(number.saturating_add(1).to_string()),
        };
        let page = self.policy_revisions(organization_id, just_after).await?;
        let found = page.items.into_iter().find(|one| one.policy.revision == number);
        found.ok_or(StoreError::not_found("policy revision"))
    }

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
                    "INSERT INTO policy (organization_id, revision, body, created_at, changed_by)
                     VALUES ($1, $2, $3, $4, $5)",
                    values![
                        organization_id,
                        policy.revision,
                        json_text(&policy)?,
                        at,
                        &audit.body.user_name
                    ],
                )
                .await?;
                tx.append_audit(at, &audit).await?;
                Ok(policy)
            })
        })
        .await
    }
}

fn revision(row: &Row) -> Result<PolicyRevision> {
    Ok(PolicyRevision {
        policy: row.json("body")?,
        created_at: row.parsed("created_at")?,
        changed_by: row.text_if_set("changed_by")?,
        previous: None,
    })
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
