//! Chat sessions.

use crate::{
    db::{self, Row, json_text, values},
    error::{Result, StoreError},
    page::{PageRequest, cursor},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{AuditDraft, OrganizationId, Page, Session, SessionId, SessionStatus, Timestamp, UserId};

/// What is not set matches everything.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    pub status: Option<SessionStatus>,
    /// Words that stand together in the title or in what was said by a person or a model (the first 4,000 characters of
    /// each message), in any case. Only the first 200 characters count.
    pub words: Option<String>,
}

/// Sessions that one page of a search looks at, and messages of each.
const SEARCHED_SESSIONS: i64 = 2_000;
const SEARCHED_MESSAGES: i64 = 1_000;

/// For LIKE; `None` without a word.
fn pattern(words: &str) -> Option<String> {
    let words: String = words.trim().chars().take(200).collect();
    let mut pattern = String::from("%");
    for letter in words.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    (!words.is_empty()).then_some(pattern)
}

impl Store {
    pub async fn create_session(&self, session: Session, at: Timestamp, audit: AuditDraft) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO chat_session
                     (id, organization_id, user_id, title, status, anchor, created_at, updated_at, title_folded)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    values![
                        session.id,
                        session.organization_id,
                        session.user_id,
                        &session.title,
                        session.status.as_str(),
                        json_text(&session.anchor)?,
                        session.created_at,
                        session.updated_at,
                        session.title.to_lowercase()
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
                "SELECT s.*,
                        (SELECT COUNT(*) FROM approval a WHERE a.session_id = s.id AND a.status = 'pending') AS waiting
                 FROM chat_session s WHERE s.organization_id = $1 AND s.id = $2 AND s.deleted_at IS NULL",
                values![organization_id, id],
            )
            .await?;
        session(&row.ok_or(StoreError::not_found("session"))?)
    }

    /// A person's sessions, the last used first.
    ///
    /// A search looks at the next 2,000 sessions and the newest 1,000 messages of each, and no further: its page may be
    /// short, or empty, with a cursor that goes on from there.
    pub async fn sessions(
        &self,
        organization_id: OrganizationId,
        user_id: UserId,
        filter: SessionFilter,
        request: PageRequest,
    ) -> Result<Page<Session>> {
        let (time, id) = request.after()?;
        let pattern = filter.words.as_deref().and_then(pattern);
        let is_search = pattern.is_some();
        let status = filter.status.map(SessionStatus::as_str);
        let rows = self
            .many(
                "SELECT s.*,
                        (SELECT COUNT(*) FROM approval a WHERE a.session_id = s.id AND a.status = 'pending') AS waiting
                 FROM (SELECT * FROM chat_session
                       WHERE organization_id = $1 AND user_id = $2 AND deleted_at IS NULL
                         AND (CAST($3 AS TEXT) IS NULL OR status = $3)
                         AND (CAST($4 AS TEXT) IS NULL OR updated_at < $4 OR (updated_at = $4 AND id < $5))
                       ORDER BY updated_at DESC, id DESC LIMIT $8) s
                 WHERE CAST($7 AS TEXT) IS NULL
                    OR s.title_folded LIKE $7 ESCAPE '!'
                    OR EXISTS (SELECT 1 FROM chat_message m
                               WHERE m.session_id = s.id AND m.said LIKE $7 ESCAPE '!'
                                 AND m.ordinal > (SELECT COALESCE(MAX(n.ordinal), 0) - $9 FROM chat_message n
                                                  WHERE n.session_id = s.id))
                 ORDER BY s.updated_at DESC, s.id DESC
                 LIMIT $6",
                values![
                    organization_id,
                    user_id,
                    status,
                    time.clone(),
                    id.clone(),
                    request.rows(),
                    pattern,
                    SEARCHED_SESSIONS,
                    SEARCHED_MESSAGES
                ],
            )
            .await?;
        let mut page = request.page(rows, session, |session| cursor(session.updated_at, session.id))?;
        if is_search && page.next_cursor.is_none() {
            let last = self
                .one(
                    "SELECT updated_at, id FROM chat_session
                     WHERE organization_id = $1 AND user_id = $2 AND deleted_at IS NULL
                       AND (CAST($3 AS TEXT) IS NULL OR status = $3)
                       AND (CAST($4 AS TEXT) IS NULL OR updated_at < $4 OR (updated_at = $4 AND id < $5))
                     ORDER BY updated_at DESC, id DESC LIMIT 1 OFFSET $6",
                    values![organization_id, user_id, status, time, id, SEARCHED_SESSIONS - 1],
                )
                .await?;
            if let Some(last) = last {
                page.next_cursor = Some(cursor(last.parsed("updated_at")?, last.text("id")?));
            }
        }
        Ok(page)
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
                    "UPDATE chat_session SET title = $3, updated_at = $4, title_folded = $5
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, id, &title, at, title.to_lowercase()],
                )
                .await?;
                tx.audited(changed, "session", at, &audit).await
            })
        })
        .await
    }

    /// An archived session takes messages again.
    pub async fn reopen_session(
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
                    "UPDATE chat_session SET status = 'active', updated_at = $3
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, id, at],
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
        leaf_run_id: row.parsed_if_set("leaf_run_id")?,
        is_unread: row.int("news_position")? > row.int("read_position")?,
        waiting: u32::try_from(row.int("waiting")?).unwrap_or(u32::MAX),
        preview: Some(row.text("preview")?).filter(|preview| !preview.is_empty()),
    })
}
