//! The tree of a session's runs, and the path through it that is shown and remembered.
//!
//! A path is walked from its end upwards, one look-up by primary key a run, and only as far as a page reaches: the
//! cost is that of the page, however long the conversation is.

use crate::{
    commit::Commit,
    db::{self, Row, values},
    error::{Conflict, Result, StoreError},
    runs,
    store::Store,
    writer::Tx,
};
use std::collections::HashMap;
use steersman_protocol::{AuditDraft, ChatMessage, OrganizationId, RunId, RunView, SessionId, Timestamp};

/// Runs of one page at most.
const MOST_RUNS: u32 = 100;

/// Where a new run of a session goes. Either way it is the session's leaf then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafStep {
    /// Below the leaf, which must still be this one.
    Continue { from: Option<RunId> },
    /// Beside another run.
    Branch,
}

/// One run of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRun {
    /// Without executions.
    pub run: RunView,
    /// Runs with the same parent, oldest first, itself included.
    pub siblings: Vec<RunId>,
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPage {
    /// Newest first.
    pub runs: Vec<PathRun>,
    /// The `before` of the older part; absent where the path begins.
    pub next: Option<RunId>,
    /// Where the path ends; absent before the first message.
    pub leaf: Option<RunId>,
}

impl Store {
    /// Runs of the path that ends at `leaf` (absent: the session's active one), newest first, with their siblings.
    ///
    /// `before` is the `next` of the part before: only runs above it come. `limit` is brought into 1..=100. `NotFound`
    /// when `leaf` or `before` is no run of this session, or the session is deleted. Not scoped by organization.
    pub async fn path_runs(
        &self,
        session_id: SessionId,
        leaf: Option<RunId>,
        before: Option<RunId>,
        limit: u32,
    ) -> Result<PathPage> {
        let limit = limit.clamp(1, MOST_RUNS);
        let leaf = match leaf {
            Some(leaf) => Some(leaf),
            None => self.leaf(session_id).await?,
        };
        let Some(end) = before.or(leaf) else {
            return Ok(PathPage {
                runs: Vec::new(),
                next: None,
                leaf: None,
            });
        };
        // One more than asked for: whether there is an older part. `before` itself is walked over.
        let steps = i64::from(limit) + 1 + i64::from(before.is_some());
        let mut reader = self.reader().await?;
        reader.begin().await?;
        let rows = reader
            .rows_inside(
                "WITH RECURSIVE path (id, parent_run_id, step) AS (
                     SELECT r.id, r.parent_run_id, 1 FROM run r
                     JOIN chat_session s ON s.id = r.session_id
                     WHERE r.id = $1 AND r.session_id = $2 AND s.deleted_at IS NULL
                     UNION ALL
                     SELECT r.id, r.parent_run_id, p.step + 1 FROM path p
                     JOIN run r ON r.id = p.parent_run_id
                     WHERE p.step < CAST($3 AS BIGINT)
                 )
                 SELECT r.* FROM path p JOIN run r ON r.id = p.id ORDER BY p.step",
                values![end, session_id, steps],
            )
            .await?;
        let sibling_rows = reader
            .rows_inside(
                "WITH RECURSIVE path (id, parent_run_id, step) AS (
                     SELECT r.id, r.parent_run_id, 1 FROM run r WHERE r.id = $1 AND r.session_id = $2
                     UNION ALL
                     SELECT r.id, r.parent_run_id, p.step + 1 FROM path p
                     JOIN run r ON r.id = p.parent_run_id
                     WHERE p.step < CAST($3 AS BIGINT)
                 )
                 SELECT p.id AS of_run, sibling.id AS sibling
                 FROM path p
                 JOIN run sibling ON COALESCE(sibling.parent_run_id, sibling.session_id) = COALESCE(p.parent_run_id, $2)
                 ORDER BY p.step, sibling.ordinal, sibling.id",
                values![end, session_id, steps],
            )
            .await?;
        reader.end().await?;
        if rows.is_empty() {
            return Err(StoreError::not_found("run of this session"));
        }
        let mut siblings: HashMap<RunId, Vec<RunId>> = HashMap::new();
        for row in &sibling_rows {
            siblings
                .entry(row.parsed("of_run")?)
                .or_default()
                .push(row.parsed("sibling")?);
        }
        let above = rows.iter().skip(usize::from(before.is_some()));
        let runs = above.map(runs::view).collect::<Result<Vec<RunView>>>()?;
        let has_more = runs.len() > limit as usize;
        let runs: Vec<PathRun> = runs
            .into_iter()
            .take(limit as usize)
            .map(|run| PathRun {
                siblings: siblings.remove(&run.id).unwrap_or_default(),
                run,
            })
            .collect();
        Ok(PathPage {
            next: runs.last().filter(|_| has_more).map(|last| last.run.id),
            runs,
            leaf,
        })
    }

    /// The last `limit` messages of the path that ends at `leaf`, oldest first; nothing of its siblings. Empty when
    /// the run is none of this session or the session is deleted. Not scoped by organization.
    pub async fn messages_on_path(&self, session_id: SessionId, leaf: RunId, limit: u32) -> Result<Vec<ChatMessage>> {
        // A run has at least one message, so as many runs as messages are enough.
        let mut messages = self
            .many(
                "WITH RECURSIVE path (id, parent_run_id, step) AS (
                     SELECT r.id, r.parent_run_id, 1 FROM run r
                     JOIN chat_session s ON s.id = r.session_id
                     WHERE r.id = $1 AND r.session_id = $2 AND s.deleted_at IS NULL
                     UNION ALL
                     SELECT r.id, r.parent_run_id, p.step + 1 FROM path p
                     JOIN run r ON r.id = p.parent_run_id
                     WHERE p.step < CAST($3 AS BIGINT)
                 )
                 SELECT body FROM chat_message
                 WHERE id IN (
                     SELECT m.id FROM path p JOIN chat_message m ON m.run_id = p.id ORDER BY m.ordinal DESC LIMIT $3
                 )
                 ORDER BY ordinal DESC",
                values![leaf, session_id, i64::from(limit)],
            )
            .await?
            .iter()
            .map(|row| row.json("body"))
            .collect::<Result<Vec<ChatMessage>>>()?;
        messages.reverse();
        Ok(messages)
    }

    /// How many runs have the same parent as this one, itself included.
    pub async fn versions(&self, run: &RunView) -> Result<usize> {
        let rows = self
            .many(
                "SELECT COUNT(*) AS versions FROM run
                 WHERE COALESCE(parent_run_id, session_id) = COALESCE(CAST($1 AS TEXT), CAST($2 AS TEXT))",
                values![run.parent_run_id, run.session_id],
            )
            .await?;
        let count = rows.first().map_or(Ok(0), |row| row.int("versions"))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Makes the newest leaf below a run (or the run itself) the end of the session's active path.
    ///
    /// `NotFound` when the session is gone, another organization's, or has no such run.
    pub async fn show_branch(
        &self,
        organization_id: OrganizationId,
        session_id: SessionId,
        run_id: RunId,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let leaf = tx.newest_leaf_below(session_id, run_id).await?;
                let changed = db::execute(
                    &mut tx.connection,
                    "UPDATE chat_session SET leaf_run_id = $3
                     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                    values![organization_id, session_id, leaf],
                )
                .await?;
                tx.preview_leaf(session_id, leaf).await?;
                tx.audited(changed, "session", at, &audit).await
            })
        })
        .await
    }

    async fn leaf(&self, session_id: SessionId) -> Result<Option<RunId>> {
        self.one(
            "SELECT leaf_run_id FROM chat_session WHERE id = $1 AND deleted_at IS NULL",
            values![session_id],
        )
        .await?
        .ok_or(StoreError::not_found("session"))?
        .parsed_if_set("leaf_run_id")
    }
}

impl Tx {
    async fn newest_leaf_below(&mut self, session_id: SessionId, run_id: RunId) -> Result<RunId> {
        let row = db::row(
            &mut self.connection,
            "WITH RECURSIVE below (id, ordinal) AS (
                 SELECT id, ordinal FROM run WHERE id = $1 AND session_id = $2
                 UNION ALL
                 SELECT r.id, r.ordinal FROM below b JOIN run r ON COALESCE(r.parent_run_id, r.session_id) = b.id
             )
             SELECT b.id FROM below b
             WHERE NOT EXISTS (SELECT 1 FROM run r WHERE COALESCE(r.parent_run_id, r.session_id) = b.id)
             ORDER BY b.ordinal DESC, b.id DESC LIMIT 1",
            values![run_id, session_id],
        )
        .await?;
        row.as_ref()
            .map(|row: &Row| row.parsed("id"))
            .unwrap_or_else(|| Err(StoreError::not_found("run of this session")))
    }

    /// A run that begins in a session becomes its leaf. Who writes has looked.
    pub(crate) async fn move_leaf(&mut self, commit: &Commit) -> Result<()> {
        let (Some(step), Some(session_id)) = (commit.leaf, commit.session_id) else {
            return Ok(());
        };
        let (is_bound, from) = match step {
            LeafStep::Continue { from } => (true, from),
            LeafStep::Branch => (false, None),
        };
        let position = self.last_position().await?;
        let moved = db::execute(
            &mut self.connection,
            "UPDATE chat_session SET leaf_run_id = $2, read_position = $5
             WHERE id = $1 AND deleted_at IS NULL
               AND ($3 = 0 OR COALESCE(leaf_run_id, '') = COALESCE(CAST($4 AS TEXT), ''))",
            values![session_id, commit.run_id, is_bound, from, position],
        )
        .await?;
        match moved {
            0 => Err(StoreError::Conflict(Conflict::LeafMoved { session_id })),
            _ => Ok(()),
        }
    }
}
