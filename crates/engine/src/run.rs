//! One run: `decide` turns an input into events and effects, `evolve` folds an event into the state.

mod decide;
mod evolve;
mod legal;
pub use evolve::call_of;
mod views;

use crate::call::{Call, CallState};
use crate::effect::Effect;
use std::fmt;
use steersman_protocol::{
    Actor, ApprovalId, Event, ExecutionId, Grant, GrantUse, MessageId, PageAnchor, Problem, RunId, RunStatus,
    SessionId, Timestamp, ToolCall,
};

/// Model turns in one run; the last one is asked without tools, so that the run ends with an answer.
pub const MAX_TURNS: u32 = 16;

/// The state of a run: nothing but the fold of its events.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: RunId,
    pub actor: Option<Actor>,
    pub session_id: Option<SessionId>,
    pub message_id: Option<MessageId>,
    pub text: String,
    /// The run of the session that this one continues.
    pub parent_run_id: Option<RunId>,
    pub replaces: Option<RunId>,
    /// What the person looked at.
    pub page: Option<PageAnchor>,
    /// The model turn that is asked or being worked on; 0 for a call by hand.
    pub turn: u32,
    pub calls: Vec<Call>,
    pub answers: Vec<Answered>,
    pub refused: Vec<Refused>,
    pub is_asking_model: bool,
    /// The model was asked without tools: it repeated itself or the turns ran out.
    pub is_winding_up: bool,
    pub is_cancelled: bool,
    pub ended: Option<(RunStatus, Option<Problem>)>,
    pub seq: i64,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
}

/// A model's answer in this run.
#[derive(Clone, Debug)]
pub struct Answered {
    pub message_id: MessageId,
    pub answer: steersman_protocol::ModelAnswer,
    pub at: Timestamp,
}

/// A call that did not pass the door.
#[derive(Clone, Debug)]
pub struct Refused {
    pub execution_id: ExecutionId,
    pub turn: u32,
    pub call: ToolCall,
    pub problem: Problem,
    pub at: Timestamp,
}

/// What an input led to.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    pub events: Vec<Event>,
    pub effects: Vec<Effect>,
    /// Must be unused; used up in the same transaction as the events.
    pub use_grant: Option<(Grant, GrantUse)>,
    /// What to tell the sender when the input was refused. The refusal may still be an event.
    pub refusal: Option<Problem>,
    /// Calls whose running work must be stopped now.
    pub stop_work: Vec<ExecutionId>,
    pub stop_model: bool,
}

/// An event that does not fit the state: a bug, or a log that was tampered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecideError(pub String);

impl fmt::Display for DecideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for DecideError {}

impl Run {
    /// A run before its first event.
    pub fn new(id: RunId) -> Self {
        Self {
            id,
            actor: None,
            session_id: None,
            message_id: None,
            text: String::new(),
            parent_run_id: None,
            replaces: None,
            page: None,
            turn: 0,
            calls: Vec::new(),
            answers: Vec::new(),
            refused: Vec::new(),
            is_asking_model: false,
            is_winding_up: false,
            is_cancelled: false,
            ended: None,
            seq: 0,
            created_at: None,
            updated_at: None,
        }
    }

    pub fn call(&self, execution_id: ExecutionId) -> Option<&Call> {
        self.calls.iter().find(|call| call.execution_id == execution_id)
    }

    pub fn call_of_approval(&self, approval_id: ApprovalId) -> Option<&Call> {
        self.calls.iter().find(|call| {
            call.approval
                .as_ref()
                .is_some_and(|approval| approval.id == approval_id)
        })
    }

    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    pub fn status(&self) -> RunStatus {
        if let Some((status, _)) = &self.ended {
            return *status;
        }
        let any = |states: &[CallState]| self.calls.iter().any(|call| states.contains(&call.state));
        if any(&[CallState::Waiting]) {
            RunStatus::WaitingApproval
        } else if any(&[CallState::Performed, CallState::Uncertain, CallState::CleanUpUncertain]) {
            RunStatus::Verifying
        } else if any(&[CallState::Proposed, CallState::Planned]) {
            RunStatus::Planning
        } else if self.seq == 0 {
            RunStatus::Pending
        } else {
            RunStatus::Executing
        }
    }

    /// Whether an effect is still wanted in this state. Effects that are not are closed with the next commit; after a
    /// restart only wanted ones are taken up.
    pub fn wants(&self, effect: &Effect) -> bool {
        if self.is_over() {
            return false;
        }
        let stands =
            |id: &ExecutionId, states: &[CallState]| self.call(*id).is_some_and(|call| states.contains(&call.state));
        match effect {
            Effect::AskModel { turn, .. } => self.is_asking_model && *turn == self.turn,
            Effect::Plan { execution_id } => stands(execution_id, &[CallState::Proposed]),
            Effect::RunQuery { execution_id } => stands(execution_id, &[CallState::Reading]),
            Effect::Begin { execution_id } => stands(execution_id, &[CallState::Granted]),
            Effect::Act { execution_id } => stands(execution_id, &[CallState::Running]),
            Effect::Verify { execution_id } => stands(
                execution_id,
                &[CallState::Performed, CallState::Uncertain, CallState::CleanUpUncertain],
            ),
            Effect::BeginCleanUp { execution_id } => stands(execution_id, &[CallState::Broken]),
            Effect::CleanUp { execution_id } => stands(execution_id, &[CallState::CleaningUp]),
            Effect::Expire { approval_id, .. } => self
                .call_of_approval(*approval_id)
                .is_some_and(|call| call.state == CallState::Waiting),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
