//! What the log of a run may say next. The steps of a call are the call machine's table; this is the rest.

use super::{Run, call_of};
use crate::call::{Call, CallState};
use steersman_protocol::{Event, Outcome, ToolKind};

impl Run {
    /// Says why an event cannot come next, apart from the step of its call.
    pub(super) fn check_fits(&self, event: &Event) -> Result<(), String> {
        self.check_fits_run(event)?;
        match event {
            Event::Proposed { execution_id, .. } if self.call(*execution_id).is_some() => {
                Err(format!("call {execution_id} was proposed before"))
            }
            Event::Proposed { .. } | Event::AttemptRefused { .. } => Ok(()),
            _ => match call_of(event) {
                None => Ok(()),
                Some(id) => check_fits_call(self.call(id).ok_or_else(|| format!("no call {id}"))?, event),
            },
        }
    }

    fn check_fits_run(&self, event: &Event) -> Result<(), String> {
        let is_start = matches!(event, Event::Started { .. });
        if is_start != (self.seq == 0) {
            return Err("a run starts once, before anything else".into());
        }
        // That somebody tried is kept even when the run is over; it changes nothing.
        if self.is_over() && !matches!(event, Event::AttemptRefused { .. }) {
            return Err("the run has ended".into());
        }
        let is_good = match event {
            Event::ModelAsked { turn, .. } | Event::ModelAnswered { turn, .. } | Event::ModelFailed { turn, .. } => {
                self.is_asking_model && *turn == self.turn
            }
            Event::TurnBegan { turn, .. } => !self.is_asking_model && !self.is_cancelled && *turn == self.turn + 1,
            Event::Proposed { .. } | Event::CallRefused { .. } => !self.is_asking_model && !self.is_cancelled,
            Event::CancelRequested { .. } => !self.is_cancelled,
            Event::RunEnded { .. } => !self.is_asking_model && self.calls.iter().all(|call| call.state.is_over()),
            _ => true,
        };
        if is_good {
            Ok(())
        } else {
            Err("the run is not at the point where this can happen".into())
        }
    }
}

fn check_fits_call(call: &Call, event: &Event) -> Result<(), String> {
    let is_good = match event {
        Event::QueryStarted { .. } | Event::QueryAnswered { .. } | Event::QueryFailed { .. } => {
            call.kind == ToolKind::Query
        }
        Event::PlanFailed { .. } | Event::IntentRecorded { .. } => call.kind == ToolKind::Change,
        Event::Decided { approval_id, .. } | Event::ApprovalExpired { approval_id, .. } => call
            .approval
            .as_ref()
            .is_some_and(|approval| approval.id == *approval_id),
        // Moves no state by itself: the end of the call, which follows, does.
        Event::ApprovalCancelled { approval_id, .. } => {
            call.state == CallState::Waiting
                && call
                    .approval
                    .as_ref()
                    .is_some_and(|approval| approval.id == *approval_id)
        }
        Event::Granted { grant, .. } => {
            grant.execution_id == call.execution_id
                && call.digest.as_ref() == Some(&grant.digest)
                && grant.approval_id == call.approval.as_ref().map(|approval| approval.id)
        }
        Event::SecretLeft { .. } => call.state == CallState::Running,
        Event::CallEnded { outcome, .. } => ends_as(call.state, *outcome),
        _ => true,
    };
    if is_good {
        Ok(())
    } else {
        Err(format!(
            "call {} ({:?}) is not at the point where this can happen",
            call.execution_id, call.state
        ))
    }
}

/// Whether a call in this state is told to have ended like that. Cancelling is a step of its own.
fn ends_as(state: CallState, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Completed => state == CallState::Completed,
        Outcome::Failed => matches!(state, CallState::Failed | CallState::Undone),
        Outcome::Denied => state == CallState::Denied,
        Outcome::Rejected => state == CallState::Rejected,
        Outcome::Expired => state == CallState::Expired,
        Outcome::Unknown => state == CallState::Unknown,
        Outcome::Cancelled => !state.is_over(),
    }
}
