//! Queries that an organization saved as tools.

use crate::{
    db::{self, Row, json_text, values},
    error::{Conflict, Result, StoreError},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{AuditDraft, CustomTool, CustomToolId, OrganizationId, Timestamp};

/// One of them, with its circumstances.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedTool {
    pub id: CustomToolId,
    pub organization_id: OrganizationId,
    /// Counts from 1 with every change.
    pub revision: i64,
    pub definition: CustomTool,
    /// The name of the person who saved it last.
    pub changed_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Store {
    /// By name.
    pub async fn custom_tools(&self, organization_id: OrganizationId) -> Result<Vec<SavedTool>> {
        self.many(
            "SELECT * FROM custom_tool WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY plugin, name",
            values![organization_id],
        )
        .await?
        .iter()
        .map(saved_tool)
        .collect()
    }

    /// `NotFound` when removed or another organization's.
    pub async fn custom_tool(&self, organization_id: OrganizationId, id: CustomToolId) -> Result<SavedTool> {
        let row = self
            .one(
                "SELECT * FROM custom_tool WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                values![organization_id, id],
            )
            .await?;
        saved_tool(&row.ok_or(StoreError::not_found("saved tool"))?)
    }

    /// Returns it as stored, at revision 1. `Conflict` when the name is taken.
    pub async fn create_custom_tool(
        &self,
        id: CustomToolId,
        organization_id: OrganizationId,
        definition: CustomTool,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<SavedTool> {
        let saved = SavedTool {
            id,
            organization_id,
            revision: 1,
            definition,
            changed_by: audit.body.user_name.clone(),
            created_at: db::in_microseconds(at),
            updated_at: db::in_microseconds(at),
        };
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO custom_tool
                     (id, organization_id, plugin, name, revision, body, changed_by, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
                    values![
                        saved.id,
                        saved.organization_id,
                        &saved.definition.plugin,
                        &saved.definition.name,
                        saved.revision,
                        json_text(&saved.definition)?,
                        &saved.changed_by,
                        at
                    ],
                )
                .await
                .map_err(|error| error.naming("saved tool", &saved.definition.name))?;
                tx.append_audit(at, &audit).await?;
                Ok(saved)
            })
        })
        .await
    }

    /// Returns it as stored, one revision further.
    ///
    /// Errors: `Conflict` when it is not at `expected_revision` or the name is taken; `NotFound`.
    pub async fn change_custom_tool(
        &self,
        organization_id: OrganizationId,
        id: CustomToolId,
        definition: CustomTool,
        expected_revision: i64,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<SavedTool> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut saved = tx.custom_tool_at(organization_id, id, expected_revision).await?;
                saved.revision += 1;
                saved.definition = definition;
                saved.changed_by = audit.body.user_name.clone();
                saved.updated_at = db::in_microseconds(at);
                db::execute(
                    &mut tx.connection,
                    "UPDATE custom_tool SET plugin = $2, name = $3, revision = $4, body = $5, changed_by = $6,
                     updated_at = $7 WHERE id = $1",
                    values![
                        id,
                        &saved.definition.plugin,
                        &saved.definition.name,
                        saved.revision,
                        json_text(&saved.definition)?,
                        &saved.changed_by,
                        at
                    ],
                )
                .await
                .map_err(|error| error.naming("saved tool", &saved.definition.name))?;
                tx.append_audit(at, &audit).await?;
                Ok(saved)
            })
        })
        .await
    }

    /// Its name is free again. `NotFound` when it is gone already.
    pub async fn remove_custom_tool(
        &self,
        organization_id: OrganizationId,
        id: CustomToolId,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE custom_tool SET deleted_at = $3
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, id, at],
                )
                .await?;
                tx.audited(changed, "saved tool", at, &audit).await
            })
        })
        .await
    }
}

impl Tx {
    async fn custom_tool_at(
        &mut self,
        organization_id: OrganizationId,
        id: CustomToolId,
        expected: i64,
    ) -> Result<SavedTool> {
        let row = db::row(
            &mut self.connection,
            "SELECT * FROM custom_tool WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
            values![organization_id, id],
        )
        .await?;
        let saved = saved_tool(&row.ok_or(StoreError::not_found("saved tool"))?)?;
        match saved.revision == expected {
            true => Ok(saved),
            false => Err(StoreError::Conflict(Conflict::ToolRevision {
                expected,
                found: saved.revision,
            })),
        }
    }
}

fn saved_tool(row: &Row) -> Result<SavedTool> {
    Ok(SavedTool {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        revision: row.int("revision")?,
        definition: row.json("body")?,
        changed_by: row.text("changed_by")?,
        created_at: row.parsed("created_at")?,
        updated_at: row.parsed("updated_at")?,
    })
}
