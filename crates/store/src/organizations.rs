//! Organizations.

use crate::{
    db::{self, values},
    error::Result,
    store::Store,
};
use steersman_protocol::{AuditDraft, OrganizationId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub created_at: Timestamp,
}

impl Store {
    /// Also begins its audit chain. `Conflict` when the name is taken.
    pub async fn create_organization(
        &self,
        id: OrganizationId,
        name: impl Into<String>,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        let name = name.into();
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)",
                    values![id, &name, at],
                )
                .await
                .map_err(|error| error.naming("organization", &name))?;
                tx.begin_chain(id).await?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// The oldest first.
    pub async fn organizations(&self) -> Result<Vec<Organization>> {
        self.many("SELECT * FROM organization ORDER BY created_at, id", values![])
            .await?
            .iter()
            .map(|row| {
                Ok(Organization {
                    id: row.parsed("id")?,
                    name: row.text("name")?,
                    created_at: row.parsed("created_at")?,
                })
            })
            .collect()
    }
}
