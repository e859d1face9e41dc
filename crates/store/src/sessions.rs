//! Chat sessions.

use crate::{
    commit::Commit,
    db::{self, Row, json_text, values},
    error::{Result, StoreError},
    page::{PageRequest, cursor},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{AuditDraft, OrganizationId, Page, Session, SessionId, SessionStatus, Timestamp, UserId};

impl Store {
    pub async fn create_session(&self, session: Session, at: Timestamp, audit: AuditDraft) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO chat_session
                     (id, organization_id, user_id, title, status, anchor, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                    values![
                        session.id,
                        session.organization_id,
                        session.user_id,
                        &session.title,
                        session.status.as_str(),
                        json_text(&session.anchor)?,
                        session.created_at,
                        session.updated_at
                    ],
                )
                .await?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }

    /// `NotFound` when deleted or another organization's.
    pub async fn session(&self, organization_id: OrganizationId, id: SessionId) -> Result<Session> {
        let row = self
            .one(
                "SELECT * FROM chat_session WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                values![organization_id, id],
            )
            .await?;
        session(&row.ok_or(StoreError::not_found("session"))?)
    }

    /// A person's sessions, the last used first.
    pub async fn sessions(
        &self,
        organization_id: OrganizationId,
        user_id: UserId,
        status: Option<SessionStatus>,
        request: PageRequest,
    ) -> Result<Page<Session>> {
        let (time, id) = request.after()?;
        let rows = self
            .many(
                "SELECT * FROM chat_session
                 WHERE organization_id = $1 AND user_id = $2 AND deleted_at IS NULL
                   AND (CAST($3 AS TEXT) IS NULL OR status = $3)
                   AND (CAST($4 AS TEXT) IS NULL OR updated_at < $4 OR (updated_at = $4 AND id < $5))
                 ORDER BY updated_at DESC, id DESC
                 LIMIT $6",
                values![
                    organization_id,
                    user_id,
                    status.map(SessionStatus::as_str),
                    time,
                    id,
                    request.rows()
                ],
            )
            .await?;
        request.page(rows, session, |session| cursor(session.updated_at, session.id))
    }

    pub async fn rename_session(
        &self,
        organization_id: OrganizationId,
        id: SessionId,
        title: String,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE chat_session SET title = $3, updated_at = $4
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, id, title, at],
                )
                .await?;
                tx.audited(changed, "session", at, &audit).await
            })
        })
        .await
    }

    pub async fn archive_session(
        &self,
        organization_id: OrganizationId,
        id: SessionId,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE chat_session SET status = 'archived', updated_at = $3
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, id, at],
                )
                .await?;
                tx.audited(changed, "session", at, &audit).await
            })
        })
        .await
    }

    /// Hides the session and its messages for good. Its runs, their events and the audit stay.
    pub async fn delete_session(
        &self,
        organization_id: OrganizationId,
        id: SessionId,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE chat_session SET deleted_at = $3, updated_at = $3
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, id, at],
                )
                .await?;
                tx.audited(changed, "session", at, &audit).await
            })
        })
        .await
    }
}

impl Tx {
    /// The entry for a change of one row; `NotFound`, and no entry, when there was no such row.
    pub(crate) async fn audited(
        &mut self,
        changed: u64,
        what: &'static str,
        at: Timestamp,
        audit: &AuditDraft,
    ) -> Result<()> {
        match changed {
            0 => Err(StoreError::not_found(what)),
            _ => self.append_audit(at, audit).await,
        }
    }

    /// A session that something was said in moves to the top of its list.
    pub(crate) async fn touch_session(&mut self, commit: &Commit) -> Result<()> {
        let Some(id) = commit.session_id else {
            return Ok(());
        };
        if commit.messages.is_empty() && commit.session_title.is_none() {
            return Ok(());
        }
        db::execute(
            &mut self.connection,
            "UPDATE chat_session SET updated_at = $2, title = COALESCE(NULLIF(title, ''), $3, title) WHERE id = $1",
            values![id, commit.at, commit.session_title.as_deref()],
        )
        .await?;
        Ok(())
    }
}

fn session(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        user_id: row.parsed("user_id")?,
        title: row.text("title")?,
        status: row.parsed("status")?,
        anchor: row.json("anchor")?,
        created_at: row.parsed("created_at")?,
        updated_at: row.parsed("updated_at")?,
    })
}
