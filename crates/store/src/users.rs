//! People who can sign in.

use crate::{
    db::{self, Row, values},
    error::{Result, StoreError},
    store::Store,
};
use steersman_protocol::{AuditDraft, LoginId, OrganizationId, Role, Timestamp, User, UserId};

impl Store {
    /// `password_hash` is a PHC string, or absent for a person who signs in by link only.
    pub async fn create_user(
        &self,
        user: User,
        password_hash: Option<String>,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO app_user (id, organization_id, name, role, is_enabled, password_hash, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    values![
                        user.id,
                        user.organization_id,
                        &user.name,
                        user.role.as_str(),
                        user.is_enabled,
                        password_hash,
                        user.created_at
                    ],
                )
                .await
                .map_err(|error| error.naming("user", &user.name))?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// Enabled or not. For login and runtime: not scoped by organization.
    pub async fn user(&self, id: UserId) -> Result<User> {
        let row = self.one("SELECT * FROM app_user WHERE id = $1", values![id]).await?;
        user(&row.ok_or(StoreError::not_found("user"))?)
    }

    pub async fn user_by_name(&self, organization_id: OrganizationId, name: &str) -> Result<User> {
        let row = self
            .one(
                "SELECT * FROM app_user WHERE organization_id = $1 AND name = $2",
                values![organization_id, name],
            )
            .await?;
        user(&row.ok_or(StoreError::not_found("user"))?)
    }

    /// By name.
    pub async fn users(&self, organization_id: OrganizationId) -> Result<Vec<User>> {
        self.many(
            "SELECT * FROM app_user WHERE organization_id = $1 ORDER BY name",
            values![organization_id],
        )
        .await?
        .iter()
        .map(user)
        .collect()
    }

    /// The PHC string; `None` for a person who has no password.
    pub async fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        self.one("SELECT password_hash FROM app_user WHERE id = $1", values![id])
            .await?
            .ok_or(StoreError::not_found("user"))?
            .text_if_set("password_hash")
    }

    /// Ends the person's logins too, but for the one it is done from: whoever knew the old password is out.
    pub async fn set_password_hash(
        &self,
        id: UserId,
        password_hash: String,
        done_from: Option<LoginId>,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE app_user SET password_hash = $2 WHERE id = $1",
                    values![id, password_hash],
                )
                .await?;
                tx.end_logins(id, done_from).await?;
                tx.audited(changed, "user", at, &audit).await
            })
        })
        .await
    }

    /// Disabling ends the person's logins and open login links; tokens stop working while disabled.
    pub async fn set_user_enabled(
        &self,
        organization_id: OrganizationId,
        id: UserId,
        is_enabled: bool,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE app_user SET is_enabled = $3 WHERE organization_id = $1 AND id = $2",
                    values![organization_id, id, is_enabled],
                )
                .await?;
                tx.audited(changed, "user", at, &audit).await?;
                match is_enabled {
                    true => Ok(()),
                    false => tx.end_logins(id, None).await,
                }
            })
        })
        .await
    }

    pub async fn set_user_role(
        &self,
        organization_id: OrganizationId,
        id: UserId,
        role: Role,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE app_user SET role = $3 WHERE organization_id = $1 AND id = $2",
                    values![organization_id, id, role.as_str()],
                )
                .await?;
                tx.audited(changed, "user", at, &audit).await
            })
        })
        .await
    }
}

pub(crate) fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        name: row.text("name")?,
        role: row.parsed("role")?,
        is_enabled: row.claim("is_enabled")?,
        created_at: row.parsed("created_at")?,
    })
}
