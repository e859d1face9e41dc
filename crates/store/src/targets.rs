//! Targets: configured instances of plugins, with their sealed secrets.

use crate::{
    db::{self, Row, json_text, values},
    error::{Conflict, Result, StoreError},
    store::Store,
    writer::Tx,
};
use secrecy::SecretString;
use std::collections::BTreeMap;
use steersman_protocol::{AuditDraft, OrganizationId, Target, TargetId, Timestamp};

impl Store {
    /// Returns it as stored: revision 1, `secrets_set` from the secrets. `Conflict` when the name is taken.
    pub async fn create_target(
        &self,
        mut target: Target,
        secrets: BTreeMap<String, SecretString>,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<Target> {
        self.write(move |tx| {
            Box::pin(async move {
                target.revision = 1;
                target.secrets_set = secrets.keys().cloned().collect();
                tx.insert_target(&target).await?;
                tx.replace_secrets(&target.id.to_string(), &secrets, at).await?;
                tx.append_audit(at, &audit).await?;
                Ok(target)
            })
        })
        .await
    }

    /// By name, without deleted ones.
    pub async fn targets(&self, organization_id: OrganizationId) -> Result<Vec<Target>> {
        self.many(
            "SELECT * FROM plugin_instance WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY name",
            values![organization_id],
        )
        .await?
        .iter()
        .map(target)
        .collect()
    }

    /// `NotFound` when deleted or another organization's.
    pub async fn target(&self, organization_id: OrganizationId, id: TargetId) -> Result<Target> {
        let row = self
            .one(
                "SELECT * FROM plugin_instance WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                values![organization_id, id],
            )
            .await?;
        target(&row.ok_or(StoreError::not_found("target"))?)
    }

    pub async fn target_by_name(&self, organization_id: OrganizationId, name: &str) -> Result<Target> {
        let row = self
            .one(
                "SELECT * FROM plugin_instance WHERE organization_id = $1 AND name = $2 AND deleted_at IS NULL",
                values![organization_id, name],
            )
            .await?;
        target(&row.ok_or(StoreError::not_found("target"))?)
    }

    /// Writes name, environment, settings and whether it is enabled; returns it as stored, one revision further.
    /// Plugin, server and organization stay. Given secrets take the place of all there were; with `None` they stay.
    ///
    /// Errors: `Conflict` when the revision is not `expected_revision` or the name is taken; `NotFound`.
    pub async fn update_target(
        &self,
        new: Target,
        secrets: Option<BTreeMap<String, SecretString>>,
        expected_revision: i64,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<Target> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut stored = tx.live_target(new.organization_id, new.id).await?;
                expect(&stored, expected_revision)?;
                stored.revision += 1;
                stored.name = new.name;
                stored.environment = new.environment;
                stored.settings = new.settings;
                stored.is_enabled = new.is_enabled;
                if let Some(secrets) = secrets {
                    stored.secrets_set = secrets.keys().cloned().collect();
                    tx.replace_secrets(&stored.id.to_string(), &secrets, at).await?;
                }
                tx.update_target(&stored).await?;
                tx.append_audit(at, &audit).await?;
                Ok(stored)
            })
        })
        .await
    }

    /// Hides it, one revision further, and destroys its secrets. The row stays for what names it; its name is free.
    pub async fn delete_target(
        &self,
        organization_id: OrganizationId,
        id: TargetId,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE plugin_instance SET deleted_at = $3, revision = revision + 1, secrets_set = '[]'
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, id, at],
                )
                .await?;
                tx.audited(changed, "target", at, &audit).await?;
                tx.remove_secrets(&id.to_string()).await
            })
        })
        .await
    }

    /// The opened secrets, for the runtime to hand to the plugin. Not scoped by organization.
    pub async fn target_secrets(&self, id: TargetId) -> Result<BTreeMap<String, SecretString>> {
        self.secrets(id.to_string()).await
    }
}

impl Tx {
    /// The target is there, at that revision.
    pub(crate) async fn expect_target_revision(
        &mut self,
        organization_id: OrganizationId,
        id: TargetId,
        expected: i64,
    ) -> Result<()> {
        match self.live_target(organization_id, id).await {
            Ok(target) => expect(&target, expected),
            Err(StoreError::NotFound { .. }) => Err(StoreError::Conflict(Conflict::TargetRevision {
                target_id: id,
                expected,
                found: None,
            })),
            Err(error) => Err(error),
        }
    }

    async fn live_target(&mut self, organization_id: OrganizationId, id: TargetId) -> Result<Target> {
        let row = db::row(
            &mut self.connection,
            "SELECT * FROM plugin_instance WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
            values![organization_id, id],
        )
        .await?;
        target(&row.ok_or(StoreError::not_found("target"))?)
    }

    async fn insert_target(&mut self, target: &Target) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO plugin_instance
             (id, organization_id, server_id, name, plugin, environment, settings, secrets_set, is_enabled, revision,
              created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            values![
                target.id,
                target.organization_id,
                target.server_id,
                &target.name,
                &target.plugin,
                &target.environment,
                json_text(&target.settings)?,
                json_text(&target.secrets_set)?,
                target.is_enabled,
                target.revision,
                target.created_at
            ],
        )
        .await
        .map_err(|error| error.naming("target", &target.name))?;
        Ok(())
    }

    async fn update_target(&mut self, target: &Target) -> Result<()> {
        db::execute(
            &mut self.connection,
            "UPDATE plugin_instance
             SET name = $2, environment = $3, settings = $4, secrets_set = $5, is_enabled = $6, revision = $7
             WHERE id = $1",
            values![
                target.id,
                &target.name,
                &target.environment,
                json_text(&target.settings)?,
                json_text(&target.secrets_set)?,
                target.is_enabled,
                target.revision
            ],
        )
        .await
        .map_err(|error| error.naming("target", &target.name))?;
        Ok(())
    }
}

fn expect(target: &Target, expected: i64) -> Result<()> {
    match target.revision == expected {
        true => Ok(()),
        false => Err(StoreError::Conflict(Conflict::TargetRevision {
            target_id: target.id,
            expected,
            found: Some(target.revision),
        })),
    }
}

fn target(row: &Row) -> Result<Target> {
    Ok(Target {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        server_id: row.parsed("server_id")?,
        name: row.text("name")?,
        plugin: row.text("plugin")?,
        environment: row.text("environment")?,
        settings: row.json("settings")?,
        secrets_set: row.json("secrets_set")?,
        is_enabled: row.claim("is_enabled")?,
        revision: row.int("revision")?,
        created_at: row.parsed("created_at")?,
    })
}
