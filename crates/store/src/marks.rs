//! What the list of sessions shows beside a title: whether something new came, and the last words.

use crate::{
    commit::Commit,
    db::{self, json_text, values},
    error::Result,
    store::Store,
    writer::Tx,
};
use steersman_protocol::{Anchor, ChatMessage, Event, MessageRole, OrganizationId, RunId, RunStatus, SessionId};

/// Characters of a preview.
const PREVIEW: usize = 160;

/// An end that nobody asked for by stopping it, and a question to a person. A person's own words are no news to them.
pub(crate) fn is_news(event: &Event) -> bool {
    matches!(
        event,
        Event::ApprovalRequested { .. }
            | Event::RunEnded {
                status: RunStatus::Completed | RunStatus::Failed,
                ..
            }
    )
}

/// One line, cut.
fn preview_of(text: &str) -> String {
    let bare = text.replace("**", "").replace('`', "");
    let words: Vec<&str> = bare.split_whitespace().filter(|word| !is_sign(word)).collect();
    words.join(" ").chars().take(PREVIEW).collect()
}

/// Headings, lists, quotes and the lines of tables: what Markdown puts between words.
fn is_sign(word: &str) -> bool {
    word.chars()
        .all(|c| matches!(c, '#' | '>' | '|' | '-' | ':' | '=' | '*' | '+'))
}

/// The latest words of a person or a model.
fn last_words(messages: &[ChatMessage]) -> Option<String> {
    let is_said = |message: &&ChatMessage| match message.role {
        MessageRole::User | MessageRole::Assistant => !message.content.trim().is_empty(),
        MessageRole::System | MessageRole::Tool => false,
    };
    messages
        .iter()
        .rfind(is_said)
        .map(|message| preview_of(&message.content))
}

impl Store {
    /// Marks a session as looked at, up to an event's position (absent: everything so far). Never goes back.
    pub async fn mark_read(
        &self,
        organization_id: OrganizationId,
        session_id: SessionId,
        up_to: Option<i64>,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let last = tx.last_position().await?;
                let seen = up_to.map_or(last, |position| position.min(last));
                db::execute(
                    &mut tx.connection,
                    "UPDATE chat_session SET read_position = $3
                     WHERE organization_id = $1 AND id = $2 AND read_position < $3",
                    values![organization_id, session_id, seen],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }
}

impl Tx {
    /// A session that something was said in moves to the top of its list.
    pub(crate) async fn touch_session(&mut self, commit: &Commit) -> Result<()> {
        let Some(id) = commit.session_id else {
            return Ok(());
        };
        if let Some(page) = &commit.page {
            let row = db::row(
                &mut self.connection,
                "SELECT anchor FROM chat_session WHERE id = $1",
                values![id],
            )
            .await?;
            let anchor: Anchor = row.map_or_else(|| Ok(Anchor::default()), |row| row.json("anchor"))?;
            let page = (!page.resource_ids.is_empty()).then(|| page.clone());
            db::execute(
                &mut self.connection,
                "UPDATE chat_session SET anchor = $2 WHERE id = $1",
                values![id, json_text(&Anchor { page, ..anchor })?],
            )
            .await?;
        }
        if commit.messages.is_empty() && commit.session_title.is_none() {
            return Ok(());
        }
        let title = commit.session_title.as_deref();
        db::execute(
            &mut self.connection,
            "UPDATE chat_session
             SET updated_at = $2,
                 title = COALESCE(NULLIF(title, ''), $3, title),
                 title_folded = COALESCE(NULLIF(title_folded, ''), $4, title_folded),
                 preview = CASE WHEN leaf_run_id = $5 THEN COALESCE($6, preview) ELSE preview END
             WHERE id = $1",
            values![
                id,
                commit.at,
                title,
                title.map(str::to_lowercase),
                commit.run_id,
                last_words(&commit.messages)
            ],
        )
        .await?;
        Ok(())
    }

    /// Something that the person has not seen.
    pub(crate) async fn tell_news(&mut self, session_id: SessionId, position: i64) -> Result<()> {
        db::execute(
            &mut self.connection,
            "UPDATE chat_session SET news_position = $2 WHERE id = $1",
            values![session_id, position],
        )
        .await?;
        Ok(())
    }

    /// The last words of the path that is shown now.
    pub(crate) async fn preview_leaf(&mut self, session_id: SessionId, leaf: RunId) -> Result<()> {
        let messages = db::rows(
            &mut self.connection,
            "SELECT body FROM chat_message WHERE run_id = $1 AND said IS NOT NULL ORDER BY ordinal DESC LIMIT 1",
            values![leaf],
        )
        .await?
        .iter()
        .map(|row| row.json("body"))
        .collect::<Result<Vec<ChatMessage>>>()?;
        db::execute(
            &mut self.connection,
            "UPDATE chat_session SET preview = $2 WHERE id = $1",
            values![session_id, last_words(&messages).unwrap_or_default()],
        )
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::preview_of;

    #[test]
    fn a_preview_is_words_and_no_markdown() {
        for (text, expected) in [
            (
                "## What I found\n\n| query | calls |\n|---|---:|\n| `SELECT 1` | 3 |",
                "What I found query calls SELECT 1 3",
            ),
            ("**shop-db**: 3 slow queries", "shop-db: 3 slow queries"),
            ("- one\n- two", "one two"),
            ("C# is -1", "C# is -1"),
            ("", ""),
        ] {
            assert_eq!(preview_of(text), expected);
        }
    }
}
