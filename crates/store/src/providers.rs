//! Model providers and their sealed keys.

use crate::{
    db::{self, Row, values},
    error::Result,
    store::Store,
};
use secrecy::SecretString;
use steersman_protocol::{AuditDraft, OrganizationId, ProviderId, ProviderKind, Timestamp};

const KEY: &str = "api_key";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelProviderRow {
    pub id: ProviderId,
    pub organization_id: OrganizationId,
    /// Unique in the organization.
    pub name: String,
    /// Which API it speaks.
    pub kind: ProviderKind,
    pub base_url: String,
    pub model: String,
    /// At most one of an organization is.
    pub is_default: bool,
    pub created_at: Timestamp,
}

impl Store {
    /// By name.
    pub async fn providers(&self, organization_id: OrganizationId) -> Result<Vec<ModelProviderRow>> {
        self.many(
            "SELECT * FROM model_provider WHERE organization_id = $1 ORDER BY name",
            values![organization_id],
        )
        .await?
        .iter()
        .map(provider)
        .collect()
    }

    /// A new default takes the place of the old one. `Conflict` when the name is taken.
    pub async fn create_provider(
        &self,
        row: ModelProviderRow,
        api_key: Option<SecretString>,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                if row.is_default {
                    db::execute(
                        &mut tx.connection,
                        "UPDATE model_provider SET is_default = 0 WHERE organization_id = $1",
                        values![row.organization_id],
                    )
                    .await?;
                }
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO model_provider
                     (id, organization_id, name, kind, base_url, model, is_default, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                    values![
                        row.id,
                        row.organization_id,
                        &row.name,
                        row.kind.as_str(),
                        &row.base_url,
                        &row.model,
                        row.is_default,
                        row.created_at
                    ],
                )
                .await
                .map_err(|error| error.naming("model provider", &row.name))?;
                if let Some(key) = &api_key {
                    tx.seal_secret(&row.id.to_string(), KEY, key, at).await?;
                }
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// Writes name, kind, address, model and whether it is the default; a given key takes the place of the old one, and
    /// `removes_key` destroys it. `NotFound`; `Conflict` when the name is taken.
    pub async fn update_provider(
        &self,
        row: ModelProviderRow,
        api_key: Option<SecretString>,
        removes_key: bool,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                if row.is_default {
                    db::execute(
                        &mut tx.connection,
                        "UPDATE model_provider SET is_default = 0 WHERE organization_id = $1",
                        values![row.organization_id],
                    )
                    .await?;
                }
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE model_provider SET name = $3, kind = $4, base_url = $5, model = $6, is_default = $7
                     WHERE organization_id = $1 AND id = $2",
                    values![
                        row.organization_id,
                        row.id,
                        &row.name,
                        row.kind.as_str(),
                        &row.base_url,
                        &row.model,
                        row.is_default
                    ],
                )
                .await
                .map_err(|error| error.naming("model provider", &row.name))?;
                tx.audited(changed, "model provider", at, &audit).await?;
                let owner = row.id.to_string();
                if removes_key || api_key.is_some() {
                    tx.remove_secrets(&owner).await?;
                }
                match &api_key {
                    Some(key) => tx.seal_secret(&owner, KEY, key, at).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Those that have a key.
    pub async fn providers_with_key(&self, organization_id: OrganizationId) -> Result<Vec<ProviderId>> {
        self.many(
            "SELECT id FROM model_provider
             WHERE organization_id = $1 AND EXISTS (SELECT 1 FROM credential WHERE owner_id = model_provider.id)",
            values![organization_id],
        )
        .await?
        .iter()
        .map(|row| row.parsed("id"))
        .collect()
    }

    /// Destroys its key too.
    pub async fn delete_provider(
        &self,
        organization_id: OrganizationId,
        id: ProviderId,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "DELETE FROM model_provider WHERE organization_id = $1 AND id = $2",
                    values![organization_id, id],
                )
                .await?;
                tx.audited(changed, "model provider", at, &audit).await?;
                tx.remove_secrets(&id.to_string()).await
            })
        })
        .await
    }

    /// `None` when it has none. For the gateway: not scoped by organization.
    pub async fn provider_key(&self, id: ProviderId) -> Result<Option<SecretString>> {
        Ok(self.secrets(id.to_string()).await?.remove(KEY))
    }
}

fn provider(row: &Row) -> Result<ModelProviderRow> {
    Ok(ModelProviderRow {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        name: row.text("name")?,
        kind: row.parsed("kind")?,
        base_url: row.text("base_url")?,
        model: row.text("model")?,
        is_default: row.claim("is_default")?,
        created_at: row.parsed("created_at")?,
    })
}
