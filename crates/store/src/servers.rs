//! Machines with a node on them.

use crate::{
    db::{self, Row, values},
    error::{Result, StoreError},
    store::Store,
};
use steersman_protocol::{AuditDraft, OrganizationId, Server, ServerId, Timestamp};

impl Store {
    pub async fn create_server(&self, server: Server, at: Timestamp, audit: AuditDraft) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO server (id, organization_id, name, is_control_plane, created_at)
                     VALUES ($1, $2, $3, $4, $5)",
                    values![
                        server.id,
                        server.organization_id,
                        &server.name,
                        server.is_control_plane,
                        server.created_at
                    ],
                )
                .await
                .map_err(|error| error.naming("server", &server.name))?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// The control plane's own first, then by name.
    pub async fn servers(&self, organization_id: OrganizationId) -> Result<Vec<Server>> {
        self.many(
            "SELECT * FROM server WHERE organization_id = $1 ORDER BY is_control_plane DESC, name",
            values![organization_id],
        )
        .await?
        .iter()
        .map(server)
        .collect()
    }

    /// `NotFound` in another organization too.
    pub async fn server(&self, organization_id: OrganizationId, id: ServerId) -> Result<Server> {
        let row = self
            .one(
                "SELECT * FROM server WHERE organization_id = $1 AND id = $2",
                values![organization_id, id],
            )
            .await?;
        server(&row.ok_or(StoreError::not_found("server"))?)
    }
}

fn server(row: &Row) -> Result<Server> {
    Ok(Server {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        name: row.text("name")?,
        is_control_plane: row.claim("is_control_plane")?,
        created_at: row.parsed("created_at")?,
    })
}
