//! Folding events into the state of a run.

use super::{Answered, Refused, Run};
use crate::call::{Approval, Call, CallState, CallStep, step};
use crate::run::DecideError;
use steersman_protocol::{ApprovalStatus, Event, ExecutionId, LeftSecret, Timestamp, Verification};

impl Run {
    /// Adds one event. Fails on an event that is no legal step from here, and then changes nothing.
    pub fn evolve(&mut self, event: &Event, at: Timestamp) -> Result<(), DecideError> {
        self.check_fits(event).map_err(DecideError)?;
        let seq = self.seq + 1;
        if let Some(execution_id) = call_of(event)
            && let Some(call_step) = CallStep::of(event)
        {
            let call = self
                .call(execution_id)
                .ok_or_else(|| DecideError(format!("no call {execution_id}")))?;
            let next = step(call.state, call_step)
                .ok_or_else(|| DecideError(format!("{call_step:?} is no legal step from {:?}", call.state)))?;
            let call = self.call_mut(execution_id);
            call.state = next;
            call.updated_at = at;
            call.ended_seq = next.is_over().then_some(seq);
        }
        self.absorb(event, at);
        self.seq = seq;
        self.created_at.get_or_insert(at);
        self.updated_at = Some(at);
        Ok(())
    }

    fn call_mut(&mut self, execution_id: ExecutionId) -> &mut Call {
        // Looked up before by `evolve`, which is the only caller.
        self.calls
            .iter_mut()
            .find(|call| call.execution_id == execution_id)
            .expect("the call exists")
    }

    fn absorb(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Started {
                actor,
                session_id,
                message_id,
                text,
                parent_run_id,
                replaces,
                page,
            } => {
                self.actor = Some(actor.clone());
                self.session_id = *session_id;
                self.message_id = *message_id;
                self.text = text.clone();
                self.parent_run_id = *parent_run_id;
                self.replaces = *replaces;
                self.page = page.clone();
                self.turn = u32::from(message_id.is_some());
                self.is_asking_model = message_id.is_some();
            }
            Event::ModelAsked { .. } => {}
            Event::ModelAnswered { message_id, answer, .. } => {
                self.is_asking_model = false;
                self.answers.push(Answered {
                    message_id: *message_id,
                    answer: answer.clone(),
                    at,
                });
            }
            Event::ModelFailed { .. } => self.is_asking_model = false,
            Event::TurnBegan { turn, with_tools } => {
                self.turn = *turn;
                self.is_asking_model = true;
                self.is_winding_up = !with_tools;
            }
            Event::CallRefused {
                execution_id,
                call,
                problem,
            } => self.refused.push(Refused {
                execution_id: *execution_id,
                turn: self.turn,
                call: call.clone(),
                problem: problem.clone(),
                at,
            }),
            Event::Proposed {
                execution_id,
                call_id,
                tool,
                tool_kind,
                target,
                arguments,
                from_target_text,
            } => {
                self.calls.push(Call {
                    execution_id: *execution_id,
                    turn: self.turn,
                    call_id: call_id.clone(),
                    tool: tool.clone(),
                    kind: *tool_kind,
                    target: target.clone(),
                    arguments: arguments.clone(),
                    from_target_text: from_target_text.clone(),
                    state: CallState::Proposed,
                    plan: None,
                    digest: None,
                    verdict: None,
                    approval: None,
                    grant: None,
                    granted_by: None,
                    receipt: None,
                    perform_problem: None,
                    verification: None,
                    summary: String::new(),
                    blocks: Vec::new(),
                    suggestions: Vec::new(),
                    problem: None,
                    secrets: Vec::new(),
                    created_at: at,
                    updated_at: at,
                    proposed_seq: self.seq + 1,
                    ended_seq: None,
                });
            }
            Event::Planned {
                execution_id,
                plan,
                digest,
            } => {
                let call = self.call_mut(*execution_id);
                call.plan = Some(plan.clone());
                call.digest = Some(digest.clone());
            }
            Event::PlanFailed { execution_id, problem }
            | Event::QueryFailed { execution_id, problem }
            | Event::RecheckFailed { execution_id, problem }
            | Event::CleanUpFailed { execution_id, problem } => {
                self.call_mut(*execution_id).problem = Some(problem.clone());
            }
            Event::Judged { execution_id, verdict } => self.call_mut(*execution_id).verdict = Some(verdict.clone()),
            Event::ApprovalRequested {
                execution_id,
                approval_id,
                expires_at,
            } => {
                self.call_mut(*execution_id).approval = Some(Approval {
                    id: *approval_id,
                    created_at: at,
                    expires_at: *expires_at,
                    status: ApprovalStatus::Pending,
                    decided_by: None,
                    decided_at: None,
                    reason: None,
                });
            }
            Event::Decided {
                execution_id,
                approved,
                by,
                by_name,
                reason,
                ..
            } => {
                let status = if *approved {
                    ApprovalStatus::Approved
                } else {
                    ApprovalStatus::Rejected
                };
                self.close_approval(*execution_id, status, at);
                if let Some(approval) = &mut self.call_mut(*execution_id).approval {
                    approval.decided_by = Some((*by, by_name.clone()));
                    approval.reason = reason.clone();
                }
            }
            Event::ApprovalExpired { execution_id, .. } => {
                self.close_approval(*execution_id, ApprovalStatus::Expired, at)
            }
            Event::ApprovalCancelled { execution_id, .. } => {
                self.close_approval(*execution_id, ApprovalStatus::Cancelled, at);
            }
            Event::Granted {
                execution_id,
                grant,
                by,
            } => {
                let call = self.call_mut(*execution_id);
                call.grant = Some(grant.clone());
                call.granted_by = Some(by.clone());
            }
            Event::QueryStarted { .. } | Event::IntentRecorded { .. } | Event::Interrupted { .. } => {}
            Event::QueryAnswered {
                execution_id,
                summary,
                blocks,
                suggestions,
                ..
            } => {
                let call = self.call_mut(*execution_id);
                call.summary = summary.clone();
                call.blocks = blocks.clone();
                call.suggestions = suggestions.clone();
            }
            Event::SecretLeft {
                execution_id,
                label,
                until,
            } => {
                let secrets = &mut self.call_mut(*execution_id).secrets;
                secrets.retain(|secret| secret.label != *label);
                secrets.push(LeftSecret {
                    label: label.clone(),
                    until: *until,
                });
            }
            Event::Performed { execution_id, receipt } => {
                self.call_mut(*execution_id).receipt = Some(receipt.clone());
            }
            Event::PerformFailed { execution_id, problem } => {
                let call = self.call_mut(*execution_id);
                call.perform_problem = Some(problem.clone());
                call.problem = Some(problem.clone());
            }
            Event::Verified {
                execution_id,
                verification,
            } => {
                let call = self.call_mut(*execution_id);
                call.blocks = match verification {
                    Verification::Holds { evidence, .. } | Verification::DoesNotHold { evidence, .. } => {
                        evidence.clone()
                    }
                    Verification::CannotTell { .. } => Vec::new(),
                };
                call.verification = Some(verification.clone());
            }
            Event::CleanedUp { .. } => {}
            Event::CallEnded {
                execution_id,
                summary,
                problem,
                suggestions,
                ..
            } => {
                let call = self.call_mut(*execution_id);
                call.summary = summary.clone();
                call.problem = problem.clone();
                if !suggestions.is_empty() {
                    call.suggestions = suggestions.clone();
                }
                call.updated_at = at;
            }
            Event::CancelRequested { .. } => {
                self.is_cancelled = true;
                self.is_asking_model = false;
            }
            Event::AttemptRefused { .. } => {}
            Event::RunEnded { status, problem } => {
                self.is_asking_model = false;
                self.ended = Some((*status, problem.clone()));
            }
        }
    }

    fn close_approval(&mut self, execution_id: ExecutionId, status: ApprovalStatus, at: Timestamp) {
        if let Some(approval) = &mut self.call_mut(execution_id).approval {
            approval.status = status;
            approval.decided_at = Some(at);
        }
    }
}

/// The call that an event is about, where it is about one that entered the funnel.
pub fn call_of(event: &Event) -> Option<ExecutionId> {
    match event {
        Event::Planned { execution_id, .. }
        | Event::PlanFailed { execution_id, .. }
        | Event::Judged { execution_id, .. }
        | Event::ApprovalRequested { execution_id, .. }
        | Event::Decided { execution_id, .. }
        | Event::ApprovalExpired { execution_id, .. }
        | Event::ApprovalCancelled { execution_id, .. }
        | Event::Granted { execution_id, .. }
        | Event::QueryStarted { execution_id }
        | Event::QueryAnswered { execution_id, .. }
        | Event::QueryFailed { execution_id, .. }
        | Event::IntentRecorded { execution_id, .. }
        | Event::RecheckFailed { execution_id, .. }
        | Event::SecretLeft { execution_id, .. }
        | Event::Performed { execution_id, .. }
        | Event::PerformFailed { execution_id, .. }
        | Event::Interrupted { execution_id }
        | Event::Verified { execution_id, .. }
        | Event::CleanedUp { execution_id, .. }
        | Event::CleanUpFailed { execution_id, .. }
        | Event::Proposed { execution_id, .. }
        | Event::CallEnded { execution_id, .. } => Some(*execution_id),
        Event::AttemptRefused { execution_id, .. } => *execution_id,
        Event::Started { .. }
        | Event::ModelAsked { .. }
        | Event::ModelAnswered { .. }
        | Event::ModelFailed { .. }
        | Event::TurnBegan { .. }
        | Event::CallRefused { .. }
        | Event::CancelRequested { .. }
        | Event::RunEnded { .. } => None,
    }
}
