//! Long-lived tokens for programs. Only their SHA-256 hashes are kept.

use crate::{
    db::{self, values},
    error::Result,
    store::Store,
    users::user,
};
use steersman_protocol::{AuditDraft, Timestamp, TokenId, User, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    pub user_id: UserId,
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl Store {
    #[expect(clippy::too_many_arguments, reason = "one row with its audit entry")]
    pub async fn create_token(
        &self,
        id: TokenId,
        user_id: UserId,
        name: String,
        token_sha256: String,
        expires_at: Option<Timestamp>,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO api_token (id, user_id, name, token_sha256, created_at, expires_at)
                     VALUES ($1, $2, $3, $4, $5, $6)",
                    values![id, user_id, name, token_sha256, at, expires_at],
                )
                .await?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// Of one person, the newest first, revoked and expired ones too.
    pub async fn tokens(&self, user_id: UserId) -> Result<Vec<ApiToken>> {
        self.many(
            "SELECT * FROM api_token WHERE user_id = $1 ORDER BY created_at DESC, id DESC",
            values![user_id],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(ApiToken {
                id: row.parsed("id")?,
                user_id: row.parsed("user_id")?,
                name: row.text("name")?,
                created_at: row.parsed("created_at")?,
                expires_at: row.parsed_if_set("expires_at")?,
                revoked_at: row.parsed_if_set("revoked_at")?,
            })
        })
        .collect()
    }

    /// `None` when unknown, revoked, expired at `now`, or its person is disabled.
    pub async fn token_user(&self, token_sha256: &str, now: Timestamp) -> Result<Option<User>> {
        self.one(
            "SELECT u.* FROM api_token t JOIN app_user u ON u.id = t.user_id
             WHERE t.token_sha256 = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
               AND u.is_enabled = 1",
            values![token_sha256, now],
        )
        .await?
        .as_ref()
        .map(user)
        .transpose()
    }

    /// `NotFound` when it is not this person's or revoked already.
    pub async fn revoke_token(&self, user_id: UserId, id: TokenId, at: Timestamp, audit: AuditDraft) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE api_token SET revoked_at = $3 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL",
                    values![user_id, id, at],
                )
                .await?;
                tx.audited(changed, "token", at, &audit).await
            })
        })
        .await
    }
}
