//! One inbox a run: inputs are decided, committed and announced one after the other.

use crate::{clock::fresh_id, feed::FeedItem, runtime::Runtime, say::Turnstiles};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use steersman_engine::{Circumstances, Decision, Effect, Input, Run, audit, run::DecideError};
use steersman_protocol::{AuditDraft, EffectId, Event, ExecutionId, PageAnchor, Policy, Problem, RunId};
use steersman_store::{Commit, Conflict, LeafStep, NewEffect, NewSecret, StoreError};
use steersman_toolkit::CancellationToken;

/// Characters of a title that is made from a message.
const LONGEST_TITLE: usize = 80;

/// A run in memory, with the effects that are not reported on yet.
pub(crate) struct Slot {
    pub run: Run,
    pub open: HashMap<EffectId, Effect>,
}

/// Runs at work, and the tokens that stop what they have running.
#[derive(Default)]
pub(crate) struct Inboxes {
    slots: Mutex<HashMap<RunId, Arc<tokio::sync::Mutex<Slot>>>>,
    stops: Mutex<HashMap<Work, CancellationToken>>,
    pub turnstiles: Turnstiles,
}

/// Something that a cancel can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    Model(RunId),
    Call(ExecutionId),
}

impl Inboxes {
    /// A token for work that begins now.
    pub fn begin(&self, work: Work) -> CancellationToken {
        let token = CancellationToken::new();
        guard(&self.stops).insert(work, token.clone());
        token
    }

    pub fn end(&self, work: Work) {
        guard(&self.stops).remove(&work);
    }

    fn stop(&self, work: Work) {
        if let Some(token) = guard(&self.stops).get(&work) {
            token.cancel();
        }
    }

    fn slot(&self, run_id: RunId) -> Option<Arc<tokio::sync::Mutex<Slot>>> {
        guard(&self.slots).get(&run_id).cloned()
    }

    pub fn keep(&self, run_id: RunId, slot: Slot) -> Arc<tokio::sync::Mutex<Slot>> {
        guard(&self.slots)
            .entry(run_id)
            .or_insert_with(|| Arc::new(tokio::sync::Mutex::new(slot)))
            .clone()
    }

    fn forget(&self, run_id: RunId) {
        guard(&self.slots).remove(&run_id);
    }
}

impl Runtime {
    /// Puts an input into a run's inbox and returns when it is committed (or refused). `done` is the effect that the
    /// input reports on.
    ///
    /// A refusal by the engine comes back as its problem; the attempt is committed first where it is an event.
    pub(crate) async fn put(&self, run_id: RunId, input: Input, done: Option<EffectId>) -> Result<(), Problem> {
        self.put_along(run_id, input, done, None).await
    }

    /// The same, sealing a secret in the transaction that records the input.
    pub(crate) async fn put_along(
        &self,
        run_id: RunId,
        input: Input,
        done: Option<EffectId>,
        secret: Option<NewSecret>,
    ) -> Result<(), Problem> {
        // Moved into a task of its own: a caller who goes away (a closed browser) must not tear a commit from its
        // announcement and effects.
        let runtime = self.clone();
        self.tasks()
            .apart(async move { runtime.put_now(run_id, input, done, secret).await })
            .await
            .unwrap_or_else(|| Err(bug("the run's inbox stopped unexpectedly")))
    }

    async fn put_now(
        &self,
        run_id: RunId,
        input: Input,
        done: Option<EffectId>,
        secret: Option<NewSecret>,
    ) -> Result<(), Problem> {
        let slot = self.slot_of(run_id).await?;
        let mut slot = slot.lock().await;
        let organization_id = slot.run.organization_id().or_else(|| organization_of(&input));
        let policy = match organization_id {
            Some(id) => self.policy(id).await?,
            None => return Err(bug("the run has no organization")),
        };
        let decision = self.decide(&slot.run, &policy, input)?;
        self.commit(&mut slot, decision, done, secret).await
    }

    /// The run in memory, read from the store when it is not there.
    pub(crate) async fn slot_of(&self, run_id: RunId) -> Result<Arc<tokio::sync::Mutex<Slot>>, Problem> {
        match self.inboxes().slot(run_id) {
            Some(slot) => Ok(slot),
            None => {
                let slot = self.load(run_id).await?;
                Ok(self.inboxes().keep(run_id, slot))
            }
        }
    }

    /// A token for work of a run that begins now; cancelled already when the run was stopped before the work began.
    pub(crate) async fn token_for(&self, run_id: RunId, work: Work) -> CancellationToken {
        let token = self.inboxes().begin(work);
        // A stop is committed and told under this lock: it comes before the look or finds the token.
        if let Ok(slot) = self.slot_of(run_id).await
            && slot.lock().await.run.is_cancelled
        {
            token.cancel();
        }
        token
    }

    fn decide(&self, run: &Run, policy: &Policy, input: Input) -> Result<Decision, Problem> {
        let mut next_id = fresh_id;
        let mut circumstances = Circumstances {
            now: self.now(),
            policy,
            fresh_id: &mut next_id,
        };
        run.decide(&mut circumstances, input)
            .map_err(|DecideError(why)| bug(&why))
    }

    async fn commit(
        &self,
        slot: &mut Slot,
        decision: Decision,
        done: Option<EffectId>,
        secret: Option<NewSecret>,
    ) -> Result<(), Problem> {
        let Decision {
            events,
            effects,
            use_grant,
            refusal,
            stop_work,
            stop_model,
        } = decision;
        let at = self.now();
        let mut after = slot.run.clone();
        let mut audits: Vec<AuditDraft> = Vec::new();
        let mut touched: Vec<ExecutionId> = Vec::new();
        for event in &events {
            after.evolve(event, at).map_err(|DecideError(why)| bug(&why))?;
            audits.extend(audit::entries(&after, event));
            touched.extend(steersman_engine::run::call_of(event));
        }
        touched.sort();
        touched.dedup();
        let opened: Vec<(EffectId, Effect)> = effects
            .into_iter()
            .map(|effect| (EffectId::from_uuid(fresh_id()), effect))
            .collect();
        let closed: Vec<EffectId> = slot
            .open
            .iter()
            .filter(|(id, effect)| Some(**id) == done || !after.wants(effect))
            .map(|(id, _)| *id)
            .collect();
        let is_nothing = events.is_empty() && opened.is_empty() && closed.is_empty();
        if !is_nothing {
            let Some(organization_id) = after.organization_id() else {
                return Err(bug("the run has no organization"));
            };
            let calls = after.calls.iter().filter(|call| touched.contains(&call.execution_id));
            let target_revision = use_grant
                .as_ref()
                .map(|(grant, _)| (grant.target_id, grant.target_revision));
            let title = title_of(&events);
            let commit = Commit {
                run_id: after.id,
                session_id: after.session_id,
                organization_id,
                expected_seq: slot.run.seq,
                at,
                open_effects: opened.iter().map(new_effect).collect::<Result<_, _>>()?,
                close_effects: closed.clone(),
                audit: audits,
                run: after.view(),
                executions: calls.clone().map(|call| after.execution_view(call)).collect(),
                approvals: calls.filter_map(|call| after.approval_view(call)).collect(),
                messages: new_messages(&slot.run, &after),
                session_title: title,
                leaf: leaf_step(&events),
                page: page_of(&events),
                expect_policy_revision: use_grant.as_ref().map(|(grant, _)| grant.policy_revision),
                expect_target_revision: target_revision,
                use_grant,
                seal: secret.filter(|_| refusal.is_none()),
                forget_secrets_of: came_to_nothing(&after, &events),
                events,
            };
            // Followers hear of the events from the store's writer, in the order of their positions.
            self.store()
                .commit(commit)
                .await
                .map_err(|error| self.commit_failed(&after, &error))?;
            for id in closed {
                slot.open.remove(&id);
            }
            slot.run = after;
            for (id, effect) in opened {
                slot.open.insert(id, effect.clone());
                self.carry_out(slot.run.id, id, effect);
            }
        }
        if stop_model {
            self.inboxes().stop(Work::Model(slot.run.id));
        }
        for execution_id in stop_work {
            self.inboxes().stop(Work::Call(execution_id));
        }
        // A run that was refused before its first event is none.
        if slot.run.is_over() || slot.run.seq == 0 {
            self.inboxes().forget(slot.run.id);
        }
        refusal.map_or(Ok(()), Err)
    }

    /// A failed commit changed nothing. A conflict means that our picture of the run is old: it is read anew next time.
    fn commit_failed(&self, run: &Run, error: &StoreError) -> Problem {
        if matches!(error, StoreError::Conflict(_)) {
            self.inboxes().forget(run.id);
        }
        let problem = error.to_problem("Could not record what was about to happen, so nothing was done");
        // A message whose place was taken is placed anew: nobody needs to hear of it.
        if !matches!(error, StoreError::Conflict(Conflict::LeafMoved { .. })) {
            self.feed().tell(FeedItem::Notice {
                session_id: run.session_id,
                run_id: run.id,
                problem: problem.clone(),
            });
        }
        problem
    }

    /// Folds a run from the store.
    pub(crate) async fn load(&self, run_id: RunId) -> Result<Slot, Problem> {
        let what = "Could not read the run";
        let records = self
            .store()
            .run_events(run_id, 0)
            .await
            .map_err(|error| error.to_problem(what))?;
        let mut run = Run::new(run_id);
        for record in &records {
            run.evolve(&record.event, record.at)
                .map_err(|DecideError(why)| bug(&why))?;
        }
        Ok(Slot {
            run,
            open: HashMap::new(),
        })
    }

    /// Puts a driver's report into the inbox, as often as it takes: what was done must not be forgotten because the
    /// disk is full for a while. Gives up only at shutdown, and then the next start looks at the target.
    pub(crate) async fn report(&self, run_id: RunId, effect_id: EffectId, mut input: Input) {
        let mut wait = Duration::from_millis(50);
        loop {
            match self.put(run_id, input.clone(), Some(effect_id)).await {
                Ok(()) => return,
                Err(problem) if is_passing(&problem) && !self.tasks().is_stopping() => {
                    tracing::warn!(%run_id, %problem, "could not record a report; trying again");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => wait = (wait * 2).min(Duration::from_secs(2)),
                        () = self.tasks().stopping().cancelled_owned() => return,
                    }
                }
                Err(problem) => match outdated(&input, problem) {
                    Ok(instead) => input = instead,
                    Err(problem) => {
                        tracing::error!(%run_id, %problem, "a report was refused");
                        return;
                    }
                },
            }
        }
    }
}

/// Problems that go away by themselves or by reading the run anew.
fn is_passing(problem: &Problem) -> bool {
    matches!(
        problem.code.as_str(),
        "store.disk_full" | "store.unavailable" | "store.broken" | "store.conflict"
    )
}

/// Target, policy or grant changed in the very moment between the check and the record of the intent: nothing was
/// recorded or done, and the call ends with those words.
fn outdated(input: &Input, problem: Problem) -> Result<Input, Problem> {
    match (input, problem.code.as_str()) {
        (
            Input::Begin { execution_id },
            "store.target_changed" | "store.policy_changed" | "store.grant_used" | "store.not_found",
        ) => Ok(Input::RecheckFailed {
            execution_id: *execution_id,
            problem,
        }),
        (
            Input::BeginCleanUp { execution_id },
            "store.target_changed" | "store.policy_changed" | "store.grant_used" | "store.not_found",
        ) => Ok(Input::CleanUpFailed {
            execution_id: *execution_id,
            problem,
        }),
        _ => Err(problem),
    }
}

/// Messages that are new or changed: all from the first that differs.
fn new_messages(before: &Run, after: &Run) -> Vec<steersman_protocol::ChatMessage> {
    let old = before.messages();
    after
        .messages()
        .into_iter()
        .filter(|message| !old.contains(message))
        .collect()
}

/// A title for the session from what was said first.
fn title_of(events: &[Event]) -> Option<String> {
    match events.first() {
        Some(Event::Started {
            message_id: Some(_),
            text,
            ..
        }) => {
            let line = text.lines().next().unwrap_or_default();
            Some(line.chars().take(LONGEST_TITLE).collect())
        }
        _ => None,
    }
}

/// Calls that end now, left secrets, and came to nothing.
fn came_to_nothing(after: &Run, events: &[Event]) -> Vec<ExecutionId> {
    let ended = events.iter().filter(|event| matches!(event, Event::CallEnded { .. }));
    ended
        .filter_map(steersman_engine::run::call_of)
        .filter(|id| {
            after
                .call(*id)
                .is_some_and(|call| call.came_to_nothing() && !call.secrets.is_empty())
        })
        .collect()
}

/// Where a run that begins in a session goes.
fn leaf_step(events: &[Event]) -> Option<LeafStep> {
    match events.first() {
        Some(Event::Started {
            session_id: Some(_),
            parent_run_id,
            replaces,
            ..
        }) => Some(match replaces {
            Some(_) => LeafStep::Branch,
            None => LeafStep::Continue { from: *parent_run_id },
        }),
        _ => None,
    }
}

/// What the person looked at when a run began.
fn page_of(events: &[Event]) -> Option<PageAnchor> {
    match events.first() {
        Some(Event::Started { page, .. }) => page.clone(),
        _ => None,
    }
}

fn new_effect((id, effect): &(EffectId, Effect)) -> Result<NewEffect, Problem> {
    let body = serde_json::to_value(effect).map_err(|error| bug(&error.to_string()))?;
    Ok(NewEffect {
        id: *id,
        kind: effect.kind().to_owned(),
        body,
        due_at: effect.due_at(),
    })
}

fn organization_of(input: &Input) -> Option<steersman_protocol::OrganizationId> {
    match input {
        Input::Say { actor, .. }
        | Input::CallByHand { actor, .. }
        | Input::Decide { actor, .. }
        | Input::Cancel { actor, .. } => Some(actor.organization_id),
        _ => None,
    }
}

fn bug(why: &str) -> Problem {
    Problem::new(
        "runtime.bug",
        "Could not go on with the run",
        why,
        "Report this as a bug, with the run's id",
    )
}

fn guard<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
