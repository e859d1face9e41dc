//! What an input leads to. Each handler reads the state, never changes it.

mod acts;
mod branches;
mod calls;
mod persons;
mod repeated;
mod turns;

use super::{DecideError, Decision, Run};
use crate::effect::Effect;
use crate::input::{Circumstances, Input};
use branches::Said;
use steersman_protocol::{Event, Problem};

impl Run {
    /// Decides what an input leads to. An input that comes too late or twice leads to nothing or to a refusal;
    /// `DecideError` is a bug.
    pub fn decide(&self, circumstances: &mut Circumstances<'_>, input: Input) -> Result<Decision, DecideError> {
        let mut draft = Draft::new(self);
        match input {
            Input::Say {
                actor,
                session_id,
                message_id,
                text,
                leaf,
                replaces,
                page,
                anchor,
            } => {
                let said = Said {
                    actor,
                    session_id,
                    message_id,
                    text,
                    leaf,
                    replaces,
                    page,
                    anchor,
                };
                draft.say(circumstances, said)?;
            }
            Input::CallByHand { actor, title, calls } => draft.call_by_hand(circumstances, actor, title, calls)?,
            Input::ModelAnswered {
                turn,
                message_id,
                offered,
                answer,
                calls,
            } => {
                draft.model_answered(circumstances, turn, message_id, offered, answer, calls)?;
            }
            Input::ModelFailed { turn, problem, written } => {
                draft.model_failed(circumstances, turn, problem, written)?;
            }
            Input::Planned {
                execution_id,
                floor,
                result,
            } => draft.planned(circumstances, execution_id, floor, result)?,
            Input::QueryAnswered {
                execution_id,
                summary,
                blocks,
                suggestions,
                elapsed_ms,
            } => {
                draft.query_answered(circumstances, execution_id, summary, blocks, suggestions, elapsed_ms)?;
            }
            Input::QueryFailed { execution_id, problem } => draft.query_failed(circumstances, execution_id, problem)?,
            Input::Begin { execution_id } => draft.begin(circumstances, execution_id)?,
            Input::RecheckFailed { execution_id, problem } => {
                draft.recheck_failed(circumstances, execution_id, problem)?
            }
            Input::SecretLeft {
                execution_id,
                label,
                until,
            } => draft.secret_left(circumstances, execution_id, label, until)?,
            Input::Performed { execution_id, receipt } => draft.performed(circumstances, execution_id, receipt)?,
            Input::PerformFailed { execution_id, problem } => {
                draft.perform_failed(circumstances, execution_id, problem)?
            }
            Input::Interrupted { execution_id } => draft.interrupted(circumstances, execution_id)?,
            Input::Verified {
                execution_id,
                verification,
            } => draft.verified(circumstances, execution_id, verification)?,
            Input::BeginCleanUp { execution_id } => draft.begin_clean_up(circumstances, execution_id)?,
            Input::CleanedUp { execution_id, sentence } => draft.cleaned_up(circumstances, execution_id, sentence)?,
            Input::CleanUpFailed { execution_id, problem } => {
                draft.clean_up_failed(circumstances, execution_id, problem)?
            }
            Input::Decide {
                approval_id,
                approve,
                digest,
                reason,
                actor,
            } => {
                draft.decide_approval(circumstances, approval_id, approve, digest, reason, actor)?;
            }
            Input::ExpiryDue { approval_id } => draft.expiry_due(circumstances, approval_id)?,
            Input::Cancel { actor, written } => draft.cancel(circumstances, actor, written)?,
        }
        Ok(draft.decision)
    }
}

/// A decision in the making: the state as it will be after the events so far, so that later parts of one decision see
/// what earlier parts did.
struct Draft {
    run: Run,
    decision: Decision,
}

impl Draft {
    fn new(run: &Run) -> Self {
        Self {
            run: run.clone(),
            decision: Decision::default(),
        }
    }

    fn event(&mut self, circumstances: &Circumstances<'_>, event: Event) -> Result<(), DecideError> {
        self.run.evolve(&event, circumstances.now)?;
        self.decision.events.push(event);
        Ok(())
    }

    fn effect(&mut self, effect: Effect) {
        self.decision.effects.push(effect);
    }

    fn refuse(&mut self, problem: Problem) {
        self.decision.refusal = Some(problem);
    }
}
