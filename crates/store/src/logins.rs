//! Being signed in, and the links that sign a person in once. Only SHA-256 hashes of their tokens are kept.

use crate::{
    db::{self, values},
    error::Result,
    store::Store,
    users::user,
    writer::Tx,
};
use steersman_protocol::{AuditDraft, LoginId, Timestamp, User, UserId};

impl Store {
    #[expect(clippy::too_many_arguments, reason = "one row with its audit entry")]
    pub async fn create_login(
        &self,
        id: LoginId,
        user_id: UserId,
        token_sha256: String,
        expires_at: Timestamp,
        ip: Option<String>,
        user_agent: Option<String>,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "DELETE FROM login WHERE expires_at <= $1",
                    values![at],
                )
                .await?;
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO login (id, user_id, token_sha256, created_at, expires_at, ip, user_agent)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    values![id, user_id, token_sha256, at, expires_at, ip, user_agent],
                )
                .await?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// `None` when unknown, expired at `now`, or its person is disabled.
    pub async fn login_by_token_hash(&self, token_sha256: &str, now: Timestamp) -> Result<Option<(LoginId, User)>> {
        self.one(
            "SELECT u.*, l.id AS login_id FROM login l JOIN app_user u ON u.id = l.user_id
             WHERE l.token_sha256 = $1 AND l.expires_at > $2 AND u.is_enabled = 1",
            values![token_sha256, now],
        )
        .await?
        .map(|row| Ok((row.parsed("login_id")?, user(&row)?)))
        .transpose()
    }

    /// `NotFound` when it has ended already.
    pub async fn delete_login(&self, id: LoginId, at: Timestamp, audit: AuditDraft) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(&mut tx.connection, "DELETE FROM login WHERE id = $1", values![id]).await?;
                tx.audited(changed, "login", at, &audit).await
            })
        })
        .await
    }

    pub async fn create_login_link(
        &self,
        token_sha256: String,
        user_id: UserId,
        expires_at: Timestamp,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "DELETE FROM login_link WHERE expires_at <= $1",
                    values![at],
                )
                .await?;
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO login_link (token_sha256, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
                    values![token_sha256, user_id, at, expires_at],
                )
                .await?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// Uses the link up; of several takers one gets the person. `None` when unknown, used, expired or disabled.
    pub async fn take_login_link(&self, token_sha256: &str, now: Timestamp) -> Result<Option<User>> {
        let token = token_sha256.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let found = db::row(
                    &mut tx.connection,
                    "SELECT u.* FROM login_link l JOIN app_user u ON u.id = l.user_id
                     WHERE l.token_sha256 = $1 AND l.expires_at > $2 AND u.is_enabled = 1",
                    values![&token, now],
                )
                .await?;
                db::execute(
                    &mut tx.connection,
                    "DELETE FROM login_link WHERE token_sha256 = $1",
                    values![&token],
                )
                .await?;
                found.as_ref().map(user).transpose()
            })
        })
        .await
    }
}

impl Tx {
    pub(crate) async fn end_logins(&mut self, user_id: UserId, but: Option<LoginId>) -> Result<()> {
        db::execute(
            &mut self.connection,
            "DELETE FROM login WHERE user_id = $1 AND id <> $2",
            values![user_id, but.map_or_else(String::new, |id| id.to_string())],
        )
        .await?;
        db::execute(
            &mut self.connection,
            "DELETE FROM login_link WHERE user_id = $1",
            values![user_id],
        )
        .await?;
        Ok(())
    }
}
