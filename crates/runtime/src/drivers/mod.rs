//! Drivers carry effects out and report back. One file a kind of work.

mod change;
mod handover;
pub(crate) mod model;
mod query;

use crate::{runtime::Runtime, timers::timer_of};
use steersman_engine::{Call, Effect, Input};
use steersman_protocol::{Actor, EffectId, ExecutionId, Limits, Problem, RunId, SessionId, Target};
use steersman_toolkit::{CancellationToken, Cx, Handles, Handover, Progress};

impl Runtime {
    /// Takes an effect up in the background, or sets its timer.
    pub(crate) fn carry_out(&self, run_id: RunId, effect_id: EffectId, effect: Effect) {
        if let Some((at, approval_id)) = timer_of(&effect) {
            self.timers().set(at, run_id, effect_id, approval_id);
            return;
        }
        if self.tasks().is_stopping() {
            // Stays open in the store; the next start takes it up.
            return;
        }
        let runtime = self.clone();
        self.tasks().spawn(async move {
            let worker = runtime.clone();
            let subject = effect.clone();
            let input = runtime
                .tasks()
                .apart(async move { worker.work(run_id, subject).await })
                .await;
            let input = match input {
                Some(Some(input)) => input,
                // Nothing to report: stopped at shutdown, or the state has moved on.
                Some(None) => return,
                None => panicked(&effect),
            };
            runtime.report(run_id, effect_id, input).await;
            runtime.forget_words(run_id, &effect);
        });
    }

    /// Nobody needs what work said on its way once its report is in the log.
    fn forget_words(&self, run_id: RunId, effect: &Effect) {
        match effect {
            Effect::AskModel { turn, .. } => self.feed().forget_partial(run_id, *turn),
            Effect::Plan { execution_id }
            | Effect::RunQuery { execution_id }
            | Effect::Begin { execution_id }
            | Effect::Act { execution_id }
            | Effect::Verify { execution_id }
            | Effect::BeginCleanUp { execution_id }
            | Effect::CleanUp { execution_id } => self.feed().forget_progress(*execution_id),
            Effect::Expire { .. } => {}
        }
    }

    async fn work(&self, run_id: RunId, effect: Effect) -> Option<Input> {
        match effect {
            Effect::AskModel { turn, with_tools } => self.ask_model(run_id, turn, with_tools).await,
            Effect::Plan { execution_id } => self.plan(run_id, execution_id).await,
            Effect::RunQuery { execution_id } => self.run_query(run_id, execution_id).await,
            Effect::Begin { execution_id } => self.begin(run_id, execution_id).await,
            Effect::Act { execution_id } => self.act(run_id, execution_id).await,
            Effect::Verify { execution_id } => self.verify(run_id, execution_id).await,
            Effect::BeginCleanUp { execution_id } => Some(Input::BeginCleanUp { execution_id }),
            Effect::CleanUp { execution_id } => self.clean_up(run_id, execution_id).await,
            Effect::Expire { approval_id, .. } => Some(Input::ExpiryDue { approval_id }),
        }
    }

    /// What a driver needs to know about its call.
    async fn subject(&self, run_id: RunId, execution_id: ExecutionId) -> Result<Subject, Problem> {
        let (actor, session_id, call) = {
            let slot = self.slot_of(run_id).await?;
            let slot = slot.lock().await;
            let call = slot.run.call(execution_id).cloned();
            (slot.run.actor.clone(), slot.run.session_id, call)
        };
        let gone = || {
            Problem::new(
                "run.gone",
                "Could not go on with the call",
                "the run does not know it",
                "Report this as a bug",
            )
        };
        let actor = actor.ok_or_else(gone)?;
        let call = call.ok_or_else(gone)?;
        let target = self
            .store()
            .target(actor.organization_id, call.target.id)
            .await
            .map_err(|error| error.to_problem(&format!("Could not call {} on {}", call.tool, call.target.name)))?;
        Ok(Subject {
            run_id,
            actor,
            session_id,
            call,
            target,
        })
    }

    /// The handles of the subject's target, at the revision that the call was made for.
    async fn handles_of(&self, subject: &Subject) -> Result<Handles, Problem> {
        Ok(self.handles(&subject.target).await?.1)
    }

    fn cx(&self, subject: &Subject, limits: Limits, cancel: CancellationToken) -> Cx {
        let runtime = self.clone();
        let (run_id, session_id, execution_id) = (subject.run_id, subject.session_id, subject.call.execution_id);
        let progress = Progress::new(move |line| {
            runtime.feed().tell(crate::feed::FeedItem::Progress {
                session_id,
                run_id,
                execution_id,
                line: line.to_owned(),
                number: 0,
            });
        });
        Cx {
            target: subject.target.to_ref(),
            now: self.now(),
            limits,
            cancel,
            progress,
            handover: Handover::closed(),
        }
    }
}

struct Subject {
    run_id: RunId,
    actor: Actor,
    session_id: Option<SessionId>,
    call: Call,
    target: Target,
}

/// A panic in a plugin or provider ends that call and nothing else.
fn panicked(effect: &Effect) -> Input {
    let crashed = |what: &str| {
        Problem::new(
            "plugin.crashed",
            what,
            "the code behind it failed unexpectedly",
            "Report this as a bug; the log has the details",
        )
    };
    match effect {
        Effect::AskModel { turn, .. } => Input::ModelFailed {
            turn: *turn,
            problem: crashed("Could not get an answer"),
            written: String::new(),
        },
        Effect::Plan { execution_id } => Input::Planned {
            execution_id: *execution_id,
            floor: steersman_protocol::Risk::Critical,
            result: Err(crashed("Could not plan the change")),
        },
        Effect::RunQuery { execution_id } => Input::QueryFailed {
            execution_id: *execution_id,
            problem: crashed("Could not run the query"),
        },
        Effect::Begin { execution_id } => Input::RecheckFailed {
            execution_id: *execution_id,
            problem: crashed("Could not begin the change"),
        },
        // It may have happened before the crash: verification looks.
        Effect::Act { execution_id } => Input::PerformFailed {
            execution_id: *execution_id,
            problem: crashed("The change stopped in the middle"),
        },
        Effect::Verify { execution_id } => Input::Verified {
            execution_id: *execution_id,
            verification: steersman_protocol::Verification::CannotTell {
                sentence: "the check itself failed unexpectedly".into(),
            },
        },
        Effect::BeginCleanUp { execution_id } | Effect::CleanUp { execution_id } => Input::CleanUpFailed {
            execution_id: *execution_id,
            problem: crashed("Could not clean up"),
        },
        Effect::Expire { approval_id, .. } => Input::ExpiryDue {
            approval_id: *approval_id,
        },
    }
}
