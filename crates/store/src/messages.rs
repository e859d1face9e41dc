//! What was said in a session.

use crate::{
    db::{self, Row, json_text, values},
    error::Result,
    page::PageRequest,
    store::Store,
    writer::Tx,
};
use steersman_protocol::{ChatMessage, MessageRole, OrganizationId, Page, SessionId};

impl Store {
    /// The last `limit` messages, oldest first. For the runtime: not scoped by organization.
    pub async fn messages(&self, session_id: SessionId, limit: u32) -> Result<Vec<ChatMessage>> {
        let mut messages = self
            .many(
                "SELECT m.body FROM chat_message m JOIN chat_session s ON s.id = m.session_id
                 WHERE m.session_id = $1 AND s.deleted_at IS NULL
                 ORDER BY m.ordinal DESC LIMIT $2",
                values![session_id, i64::from(limit)],
            )
            .await?
            .iter()
            .map(|row| row.json("body"))
            .collect::<Result<Vec<ChatMessage>>>()?;
        messages.reverse();
        Ok(messages)
    }

    /// A page of messages, newest first. `NotFound` when the session is gone or another organization's.
    pub async fn message_page(
        &self,
        organization_id: OrganizationId,
        session_id: SessionId,
        request: PageRequest,
    ) -> Result<Page<ChatMessage>> {
        self.session(organization_id, session_id).await?;
        let rows = self
            .many(
                "SELECT ordinal, body FROM chat_message
                 WHERE session_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR ordinal < $2)
                 ORDER BY ordinal DESC LIMIT $3",
                values![session_id, request.after_number()?, request.rows()],
            )
            .await?;
        let read = |row: &Row| Ok((row.int("ordinal")?, row.json("body")?));
        let page = request.page(rows, read, |(ordinal, _)| ordinal.to_string())?;
        Ok(Page {
            items: page.items.into_iter().map(|(_, message)| message).collect(),
            next_cursor: page.next_cursor,
        })
    }
}

/// Characters of a message that are searched.
const SEARCHED: usize = 4_000;

/// The words of a person or a model as they are searched: small letters.
fn said(message: &ChatMessage) -> Option<String> {
    match message.role {
        MessageRole::User | MessageRole::Assistant if !message.content.is_empty() => Some(
            message
                .content
                .chars()
                .take(SEARCHED)
                .flat_map(char::to_lowercase)
                .collect(),
        ),
        MessageRole::User | MessageRole::Assistant | MessageRole::System | MessageRole::Tool => None,
    }
}

impl Tx {
    /// New ones go to the end of their session; known ones keep their place.
    pub(crate) async fn write_messages(&mut self, messages: &[ChatMessage]) -> Result<()> {
        for message in messages {
            db::execute(
                &mut self.connection,
                "INSERT INTO chat_message (id, session_id, run_id, ordinal, body, said)
                 SELECT $1, $2, $3, COALESCE(MAX(ordinal), 0) + 1, $4, $5 FROM chat_message WHERE session_id = $2
                 ON CONFLICT (id) DO UPDATE SET body = excluded.body, said = excluded.said",
                values![
                    message.id,
                    message.session_id,
                    message.run_id,
                    json_text(message)?,
                    said(message)
                ],
            )
            .await?;
        }
        Ok(())
    }
}
