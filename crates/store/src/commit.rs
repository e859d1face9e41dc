//! One transaction of a run: its events, what they oblige us to do, and the views and audit entries of the same.

use crate::{
    branches::LeafStep,
    db::{self, in_microseconds, json_text, values},
    error::{Conflict, Result, StoreError},
    handovers::NewSecret,
    marks::is_news,
    store::Store,
    writer::Tx,
};
use serde_json::Value;
use steersman_protocol::{
    ApprovalView, AuditDraft, ChatMessage, EffectId, Event, EventRecord, ExecutionId, ExecutionView, Grant, GrantUse,
    OrganizationId, PageAnchor, RunId, RunView, SessionId, TargetId, Timestamp,
};

/// Everything that becomes true at once, or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    pub run_id: RunId,
    pub session_id: Option<SessionId>,
    pub organization_id: OrganizationId,
    /// Number of the run's last event when this was decided; 0 for a new run.
    pub expected_seq: i64,
    pub at: Timestamp,
    pub events: Vec<Event>,
    pub open_effects: Vec<NewEffect>,
    /// Closing what is not open is no error.
    pub close_effects: Vec<EffectId>,
    pub audit: Vec<AuditDraft>,
    pub run: Option<RunView>,
    pub executions: Vec<ExecutionView>,
    pub approvals: Vec<ApprovalView>,
    /// A message with an id that is there already replaces it in its place.
    pub messages: Vec<ChatMessage>,
    /// For a session that has no title yet.
    pub session_title: Option<String>,
    /// For a run that begins in a session: where it goes.
    pub leaf: Option<LeafStep>,
    /// What the person looks at: becomes the session's anchor.
    pub page: Option<PageAnchor>,
    pub use_grant: Option<(Grant, GrantUse)>,
    /// Sealed along with the event that says that it was left.
    pub seal: Option<NewSecret>,
    /// Calls that came to nothing: what they left is forgotten.
    pub forget_secrets_of: Vec<ExecutionId>,
    /// The organization's rules must be at this revision; 0 where none were saved.
    pub expect_policy_revision: Option<i64>,
    pub expect_target_revision: Option<(TargetId, i64)>,
}

/// Work for a driver.
#[derive(Clone, Debug)]
pub struct NewEffect {
    pub id: EffectId,
    pub kind: String,
    pub body: Value,
    pub due_at: Option<Timestamp>,
}

impl Commit {
    /// Without anything in it yet.
    pub fn new(run_id: RunId, organization_id: OrganizationId, expected_seq: i64, at: Timestamp) -> Self {
        Self {
            run_id,
            session_id: None,
            organization_id,
            expected_seq,
            at,
            events: Vec::new(),
            open_effects: Vec::new(),
            close_effects: Vec::new(),
            audit: Vec::new(),
            run: None,
            executions: Vec::new(),
            approvals: Vec::new(),
            messages: Vec::new(),
            session_title: None,
            leaf: None,
            page: None,
            use_grant: None,
            seal: None,
            forget_secrets_of: Vec::new(),
            expect_policy_revision: None,
            expect_target_revision: None,
        }
    }
}

impl Store {
    /// Writes it durably and returns the events with their places.
    ///
    /// Errors: `Conflict` when the run has moved on, the grant was used, or the rules or the target are at another
    /// revision; `Full` without space. Nothing is written then.
    pub async fn commit(&self, commit: Commit) -> Result<Vec<EventRecord>> {
        self.write(move |tx| Box::pin(async move { tx.commit(commit).await }))
            .await
    }
}

impl Tx {
    async fn commit(&mut self, commit: Commit) -> Result<Vec<EventRecord>> {
        self.check_sequence(&commit).await?;
        self.check_policy(&commit).await?;
        self.check_target(&commit).await?;
        self.use_grant(&commit).await?;
        for effect in &commit.close_effects {
            db::execute(
                &mut self.connection,
                "DELETE FROM effect WHERE id = $1",
                values![*effect],
            )
            .await?;
        }
        for effect in &commit.open_effects {
            self.open_effect(commit.run_id, effect, commit.at).await?;
        }
        if let Some(run) = &commit.run {
            self.write_run(run).await?;
        }
        for execution in &commit.executions {
            self.write_execution(commit.organization_id, execution).await?;
        }
        for approval in &commit.approvals {
            self.write_approval(approval).await?;
        }
        if let Some(secret) = &commit.seal {
            self.seal_handover(commit.organization_id, commit.run_id, secret, commit.at)
                .await?;
        }
        for execution_id in &commit.forget_secrets_of {
            self.forget_handovers(*execution_id, commit.at).await?;
        }
        self.write_messages(&commit.messages).await?;
        self.move_leaf(&commit).await?;
        self.touch_session(&commit).await?;
        for draft in &commit.audit {
            self.append_audit(commit.at, draft).await?;
        }
        self.append_events(commit).await
    }

    async fn check_sequence(&mut self, commit: &Commit) -> Result<()> {
        let row = db::row(
            &mut self.connection,
            "SELECT COALESCE(MAX(seq), 0) AS seq FROM run_event WHERE run_id = $1",
            values![commit.run_id],
        )
        .await?;
        let found = row.map_or(Ok(0), |row| row.int("seq"))?;
        match found == commit.expected_seq {
            true => Ok(()),
            false => Err(StoreError::Conflict(Conflict::Sequence {
                run_id: commit.run_id,
                expected: commit.expected_seq,
                found,
            })),
        }
    }

    async fn check_policy(&mut self, commit: &Commit) -> Result<()> {
        match commit.expect_policy_revision {
            Some(expected) => self.expect_policy_revision(commit.organization_id, expected).await,
            None => Ok(()),
        }
    }

    async fn check_target(&mut self, commit: &Commit) -> Result<()> {
        match commit.expect_target_revision {
            Some((target_id, expected)) => {
                self.expect_target_revision(commit.organization_id, target_id, expected)
                    .await
            }
            None => Ok(()),
        }
    }

    async fn use_grant(&mut self, commit: &Commit) -> Result<()> {
        let Some((grant, grant_use)) = &commit.use_grant else {
            return Ok(());
        };
        let used = db::execute(
            &mut self.connection,
            "INSERT INTO grant_use (grant_id, use, execution_id, run_id, used_at, body) VALUES ($1, $2, $3, $4, $5, $6)",
            values![
                grant.id,
                use_text(*grant_use),
                grant.execution_id,
                commit.run_id,
                commit.at,
                json_text(grant)?
            ],
        )
        .await;
        match used {
            Err(StoreError::Conflict(Conflict::Exists { .. })) => Err(StoreError::Conflict(Conflict::GrantUsed {
                grant_id: grant.id,
                grant_use: *grant_use,
            })),
            other => other.map(drop),
        }
    }

    async fn open_effect(&mut self, run_id: RunId, effect: &NewEffect, at: Timestamp) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO effect (id, run_id, kind, body, due_at, opened_at) VALUES ($1, $2, $3, $4, $5, $6)",
            values![
                effect.id,
                run_id,
                &effect.kind,
                json_text(&effect.body)?,
                effect.due_at,
                at
            ],
        )
        .await?;
        Ok(())
    }

    /// Last of all: whatever is read after a position has everything that belongs to it.
    async fn append_events(&mut self, commit: Commit) -> Result<Vec<EventRecord>> {
        let at = in_microseconds(commit.at);
        let mut position = self.last_position().await?;
        let mut records = Vec::with_capacity(commit.events.len());
        let mut news = None;
        for (seq, event) in (commit.expected_seq + 1..).zip(commit.events) {
            position += 1;
            db::execute(
                &mut self.connection,
                "INSERT INTO run_event (run_id, seq, position, organization_id, session_id, at, body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                values![
                    commit.run_id,
                    seq,
                    position,
                    commit.organization_id,
                    commit.session_id,
                    at,
                    json_text(&event)?
                ],
            )
            .await?;
            if is_news(&event) {
                news = Some(position);
            }
            records.push(EventRecord {
                run_id: commit.run_id,
                session_id: commit.session_id,
                seq,
                position,
                at,
                event,
            });
        }
        self.pending.last_position = Some(position);
        if let (Some(session_id), Some(news)) = (commit.session_id, news) {
            self.tell_news(session_id, news).await?;
        }
        let announced = records.iter().map(|record| (commit.organization_id, record.clone()));
        self.pending.events.extend(announced);
        Ok(records)
    }

    pub(crate) async fn last_position(&mut self) -> Result<i64> {
        if let Some(position) = self.pending.last_position {
            return Ok(position);
        }
        let row = db::row(
            &mut self.connection,
            "SELECT COALESCE(MAX(position), 0) AS position FROM run_event",
            values![],
        )
        .await?;
        row.map_or(Ok(0), |row| row.int("position"))
    }
}

fn use_text(grant_use: GrantUse) -> &'static str {
    match grant_use {
        GrantUse::Perform => "perform",
        GrantUse::CleanUp => "clean_up",
    }
}
