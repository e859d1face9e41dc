//! Messages, model turns and the end of a run.

use super::{Draft, branches::Said, repeated};
use crate::call::CallState;
use crate::effect::Effect;
use crate::input::{Circumstances, ProposedCall, RefusedCall};
use crate::run::{DecideError, MAX_TURNS};
use steersman_protocol::{
    Actor, Event, MessageId, ModelAnswer, Problem, RunStatus, ToolCall, ToolKind, canonical_json,
};

/// Code of a call that was refused because it was made before.
const REPEATED: &str = "call.repeated";

impl Draft {
    pub(super) fn say(&mut self, c: &mut Circumstances<'_>, said: Said) -> Result<(), DecideError> {
        if self.run.seq > 0 {
            self.refuse(repeated::message(&self.run, &said));
            return Ok(());
        }
        let parent_run_id = match said.parent() {
            Ok(parent) => parent,
            Err(problem) => {
                self.refuse(problem);
                return Ok(());
            }
        };
        self.event(
            c,
            Event::Started {
                actor: said.actor,
                session_id: Some(said.session_id),
                message_id: Some(said.message_id),
                text: said.text,
                parent_run_id,
                replaces: said.replaces.map(|replaced| replaced.run_id),
                page: said.page.or(said.anchor),
            },
        )?;
        self.effect(Effect::AskModel {
            turn: 1,
            with_tools: true,
        });
        Ok(())
    }

    pub(super) fn call_by_hand(
        &mut self,
        c: &mut Circumstances<'_>,
        actor: Actor,
        title: String,
        calls: Vec<Result<ProposedCall, RefusedCall>>,
    ) -> Result<(), DecideError> {
        if self.run.seq > 0 {
            self.refuse(repeated::calls(&self.run, &calls));
            return Ok(());
        }
        self.event(
            c,
            Event::Started {
                actor,
                session_id: None,
                message_id: None,
                text: title,
                parent_run_id: None,
                replaces: None,
                page: None,
            },
        )?;
        self.take_calls(c, calls)?;
        self.close_turn(c)
    }

    pub(super) fn model_answered(
        &mut self,
        c: &mut Circumstances<'_>,
        turn: u32,
        message_id: MessageId,
        offered: Vec<String>,
        answer: ModelAnswer,
        calls: Vec<Result<ProposedCall, RefusedCall>>,
    ) -> Result<(), DecideError> {
        // A late answer of a turn that was stopped or already answered.
        if !self.run.is_asking_model || turn != self.run.turn || self.run.is_over() {
            return Ok(());
        }
        let provider = answer.provider.clone();
        self.event(
            c,
            Event::ModelAsked {
                turn,
                provider,
                offered,
            },
        )?;
        self.event(
            c,
            Event::ModelAnswered {
                turn,
                message_id,
                answer,
            },
        )?;
        self.take_calls(c, calls)?;
        self.close_turn(c)
    }

    pub(super) fn model_failed(
        &mut self,
        c: &mut Circumstances<'_>,
        turn: u32,
        problem: Problem,
        written: String,
    ) -> Result<(), DecideError> {
        if !self.run.is_asking_model || turn != self.run.turn || self.run.is_over() {
            return Ok(());
        }
        self.event(
            c,
            Event::ModelFailed {
                turn,
                problem: problem.clone(),
                written,
            },
        )?;
        self.event(
            c,
            Event::RunEnded {
                status: RunStatus::Failed,
                problem: Some(problem),
            },
        )
    }

    fn take_calls(
        &mut self,
        c: &mut Circumstances<'_>,
        calls: Vec<Result<ProposedCall, RefusedCall>>,
    ) -> Result<(), DecideError> {
        for call in calls {
            match call {
                Err(RefusedCall {
                    execution_id,
                    call,
                    problem,
                }) => {
                    self.event(
                        c,
                        Event::CallRefused {
                            execution_id,
                            call,
                            problem,
                        },
                    )?;
                }
                Ok(call) if self.is_repeated(&call) => {
                    let (execution_id, problem) = (call.execution_id, made_before(&call));
                    let call = ToolCall {
                        id: call.call_id,
                        name: call.tool.for_model(),
                        arguments: call.arguments,
                    };
                    self.event(
                        c,
                        Event::CallRefused {
                            execution_id,
                            call,
                            problem,
                        },
                    )?;
                }
                Ok(call) => self.propose(c, call)?,
            }
        }
        Ok(())
    }

    /// The same tool on the same target with the same arguments, earlier in this run. Small models repeat themselves
    /// after a result. A change is never made twice for one request; a query may be asked again when a change has been
    /// made since, because then its answer is another one.
    fn is_repeated(&self, call: &ProposedCall) -> bool {
        let arguments = canonical_json(&call.arguments);
        let latest = self.run.calls.iter().rfind(|earlier| {
            earlier.tool == call.tool
                && earlier.target.id == call.target.id
                && canonical_json(&earlier.arguments) == arguments
        });
        latest.is_some_and(|earlier| match call.kind {
            ToolKind::Change => true,
            ToolKind::Query => {
                let asked_at = earlier.proposed_seq;
                !self
                    .run
                    .calls
                    .iter()
                    .any(|other| other.has_changed_things_since(asked_at))
            }
        })
    }

    /// True when a call of this turn was refused because it repeats another: the next turn is for the answer.
    fn repeats_itself(&self) -> bool {
        self.run
            .refused
            .iter()
            .any(|refused| refused.turn == self.run.turn && refused.problem.code == REPEATED)
    }

    /// Goes on when every call of the turn has ended: to the next model turn, or to the end of the run.
    pub(super) fn close_turn(&mut self, c: &mut Circumstances<'_>) -> Result<(), DecideError> {
        if self.run.is_over() || self.run.is_asking_model || self.run.calls.iter().any(|call| !call.state.is_over()) {
            return Ok(());
        }
        let unknown = self.run.calls.iter().find(|call| call.state == CallState::Unknown);
        if self.run.is_cancelled {
            let problem = unknown.and_then(|call| call.problem.clone());
            return self.event(
                c,
                Event::RunEnded {
                    status: RunStatus::Cancelled,
                    problem,
                },
            );
        }
        if self.run.message_id.is_none() {
            let problem = self.problem_of_hand_call();
            let status = if problem.is_some() {
                RunStatus::Failed
            } else {
                RunStatus::Completed
            };
            return self.event(c, Event::RunEnded { status, problem });
        }
        let has_calls = self
            .run
            .answers
            .last()
            .is_some_and(|last| !last.answer.tool_calls.is_empty());
        if !has_calls {
            return self.event(
                c,
                Event::RunEnded {
                    status: RunStatus::Completed,
                    problem: None,
                },
            );
        }
        if self.run.is_winding_up {
            // Asked without tools it still calls some: there is no answer to wait for.
            let why = if self.run.turn >= MAX_TURNS {
                format!("the model did not come to an end within {MAX_TURNS} turns")
            } else {
                "the model went on calling tools when it was asked for an answer".to_owned()
            };
            let problem = Problem::new(
                "run.too_many_turns",
                "Could not finish the answer",
                why,
                "Ask for a smaller step, or choose another model",
            );
            return self.event(
                c,
                Event::RunEnded {
                    status: RunStatus::Failed,
                    problem: Some(problem),
                },
            );
        }
        let turn = self.run.turn + 1;
        let with_tools = turn < MAX_TURNS && !self.repeats_itself();
        self.event(c, Event::TurnBegan { turn, with_tools })?;
        self.effect(Effect::AskModel { turn, with_tools });
        Ok(())
    }

    /// Of several calls some may fail: that is a result. Only when none completed the run has failed.
    fn problem_of_hand_call(&self) -> Option<Problem> {
        let is_some_completed = self.run.calls.iter().any(|call| call.state == CallState::Completed);
        if is_some_completed && self.run.calls.len() > 1 {
            return None;
        }
        let refused = self.run.refused.last().map(|refused| refused.problem.clone());
        refused.or_else(|| {
            let call = self.run.calls.last()?;
            (call.state != CallState::Completed).then(|| {
                call.problem.clone().unwrap_or_else(|| {
                    Problem::new(
                        "run.call_not_completed",
                        format!("Did not complete {}", call.tool),
                        call.summary.clone(),
                        "",
                    )
                })
            })
        })
    }
}

fn made_before(call: &ProposedCall) -> Problem {
    Problem::new(
        REPEATED,
        format!("Did not call {} again", call.tool),
        "the same call was already made for this request, and its result stands above",
        "Answer from the result that is there",
    )
}
