//! A run's events, and what its work says on the way, as chunks.
//!
//! A pure projection: the same events give the same message, whether they come live, one by one, or all at once.

mod ending;
mod live;

use super::{
    chunk::Chunk,
    told::{self, Level},
};
use ending::end_of_call;
use serde_json::{Map, Value};
use std::collections::HashMap;
use steersman_protocol::{Event, EventRecord, ExecutionId, Outcome, Problem, RunId};
use steersman_runtime::{
    Lines,
    engine::{CallState, DecideError, Run, run::call_of},
};

/// What became of something that was offered to the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    New,
    /// It is in what was said already.
    Known,
    /// Something before it is missing: read the store again.
    Gap,
}

/// The state of one message. Folds events through the engine, so that it knows nothing of its own about a run.
pub struct Encoder {
    run: Run,
    /// Text of the turn that is being written, as far as it was said.
    writing: Option<String>,
    is_step_open: bool,
    progress: HashMap<ExecutionId, Lines>,
    metadata: Map<String, Value>,
    /// A problem that has a notice needs no second one.
    noticed: Option<Problem>,
}

impl Encoder {
    pub fn new(run_id: RunId) -> Self {
        Self {
            run: Run::new(run_id),
            writing: None,
            is_step_open: false,
            progress: HashMap::new(),
            metadata: Map::new(),
            noticed: None,
        }
    }

    /// Number of the last event taken.
    pub fn seq(&self) -> i64 {
        self.run.seq
    }

    pub fn run(&self) -> &Run {
        &self.run
    }

    pub fn is_over(&self) -> bool {
        self.run.is_over()
    }

    /// A person has to decide, and nothing else is going on: there is nothing to wait for on a connection.
    pub fn is_parked(&self) -> bool {
        let mut open = self.run.calls.iter().filter(|call| !call.state.is_over()).peekable();
        !self.run.is_asking_model && open.peek().is_some() && open.all(|call| call.state == CallState::Waiting)
    }

    /// Calls at work, whose progress somebody who comes in the middle wants to know.
    pub fn at_work(&self) -> impl Iterator<Item = ExecutionId> {
        let open = self.run.calls.iter().filter(|call| !call.state.is_over());
        open.map(|call| call.execution_id)
    }

    /// Adds an event. Fails on one that is no legal step: a log that was tampered with.
    pub fn event(&mut self, record: &EventRecord, out: &mut Vec<Chunk>) -> Result<Taken, DecideError> {
        if record.seq <= self.run.seq {
            return Ok(Taken::Known);
        }
        if record.seq > self.run.seq + 1 {
            return Ok(Taken::Gap);
        }
        self.run.evolve(&record.event, record.at)?;
        if let Some(execution_id) = call_of(&record.event) {
            self.progress.remove(&execution_id);
        }
        let is_first = self.metadata.is_empty();
        let before = std::mem::replace(&mut self.metadata, told::metadata(&self.run));
        if is_first {
            out.push(Chunk::Start {
                message_id: Some(self.run.id.to_string()),
                message_metadata: Some(Value::Object(self.metadata.clone())),
            });
        } else if let Some(message_metadata) = told::news(&before, &self.metadata)
            && !self.run.is_over()
        {
            out.push(Chunk::MessageMetadata { message_metadata });
        }
        self.say(&record.event, out);
        Ok(Taken::New)
    }

    fn say(&mut self, event: &Event, out: &mut Vec<Chunk>) {
        match event {
            Event::Started { message_id, .. } => {
                if message_id.is_some() {
                    self.open_step(out);
                }
            }
            Event::TurnBegan { .. } => {
                self.close_step(out);
                self.open_step(out);
            }
            Event::ModelAsked { .. } => {}
            Event::ModelAnswered { turn, answer, .. } => {
                self.settle(&answer.text, out);
                if let Some(away) = &answer.stands_in_for {
                    let text = format!("{away} is away, so {} answered.", answer.provider);
                    out.push(told::sentence(
                        format!("model-{turn}"),
                        Level::Warning,
                        "model.stood_in",
                        text,
                    ));
                }
            }
            Event::ModelFailed { turn, problem, written } => {
                self.settle(written, out);
                out.push(told::notice(format!("model-{turn}"), Level::Error, problem));
                self.noticed = Some(problem.clone());
            }
            Event::CallRefused {
                execution_id,
                call,
                problem,
            } => {
                out.push(Chunk::ToolInputError {
                    tool_call_id: execution_id.to_string(),
                    tool_name: call.name.clone(),
                    input: call.arguments.clone(),
                    error_text: problem.to_string(),
                    dynamic: true,
                });
                out.push(told::notice(format!("refused-{execution_id}"), Level::Warning, problem));
                self.noticed = Some(problem.clone());
            }
            Event::Proposed {
                execution_id,
                tool,
                arguments,
                ..
            } => {
                out.push(Chunk::ToolInputAvailable {
                    tool_call_id: execution_id.to_string(),
                    tool_name: tool.to_string(),
                    input: arguments.clone(),
                    dynamic: true,
                    title: None,
                });
                self.say_call(*execution_id, out);
            }
            Event::ApprovalRequested {
                execution_id,
                approval_id,
                ..
            } => {
                let view = self
                    .run
                    .call(*execution_id)
                    .and_then(|call| self.run.approval_view(call));
                let reason = view.as_ref().map(|view| why_asked(&view.verdict));
                out.push(Chunk::ToolApprovalRequest {
                    approval_id: approval_id.to_string(),
                    tool_call_id: execution_id.to_string(),
                    reason: reason.filter(|reason| !reason.is_empty()),
                    approval_descriptor: view.as_ref().map(told::question),
                });
                self.say_call(*execution_id, out);
            }
            Event::Decided {
                execution_id,
                approval_id,
                approved,
                reason,
                ..
            } => {
                out.push(Chunk::ToolApprovalResponse {
                    approval_id: approval_id.to_string(),
                    approved: *approved,
                    reason: reason.clone(),
                });
                self.say_call(*execution_id, out);
            }
            Event::ApprovalExpired {
                execution_id,
                approval_id,
            } => {
                out.push(Chunk::ToolApprovalResponse {
                    approval_id: approval_id.to_string(),
                    approved: false,
                    reason: Some("Nobody decided in time.".into()),
                });
                self.say_call(*execution_id, out);
            }
            Event::ApprovalCancelled {
                execution_id,
                approval_id,
            } => {
                out.push(Chunk::ToolApprovalResponse {
                    approval_id: approval_id.to_string(),
                    approved: false,
                    reason: Some("The run was stopped before anybody decided.".into()),
                });
                self.say_call(*execution_id, out);
            }
            Event::CallEnded {
                execution_id,
                outcome,
                summary,
                problem,
                ..
            } => {
                let call = self.run.call(*execution_id);
                out.push(end_of_call(*execution_id, call, *outcome, summary, problem.as_ref()));
                self.say_call(*execution_id, out);
            }
            // The end of a query: nothing is left to verify.
            Event::QueryAnswered {
                execution_id, summary, ..
            } => {
                let call = self.run.call(*execution_id);
                out.push(end_of_call(*execution_id, call, Outcome::Completed, summary, None));
                self.say_call(*execution_id, out);
            }
            Event::Planned { execution_id, .. }
            | Event::PlanFailed { execution_id, .. }
            | Event::Judged { execution_id, .. }
            | Event::Granted { execution_id, .. }
            | Event::QueryStarted { execution_id }
            | Event::QueryFailed { execution_id, .. }
            | Event::IntentRecorded { execution_id, .. }
            | Event::RecheckFailed { execution_id, .. }
            | Event::SecretLeft { execution_id, .. }
            | Event::Performed { execution_id, .. }
            | Event::PerformFailed { execution_id, .. }
            | Event::Interrupted { execution_id }
            | Event::Verified { execution_id, .. }
            | Event::CleanedUp { execution_id, .. }
            | Event::CleanUpFailed { execution_id, .. } => self.say_call(*execution_id, out),
            Event::CancelRequested { by_name, written, .. } => {
                self.settle(written, out);
                let text = format!("Stopped by {by_name}.");
                out.push(told::sentence("stopped".into(), Level::Info, "run.cancelled", text));
            }
            // An attempt by somebody who may not: it is in the audit log, and changed nothing here.
            Event::AttemptRefused { .. } => {}
            Event::RunEnded { status, problem } => {
                self.settle("", out);
                if let Some(problem) = problem
                    && self.noticed.as_ref() != Some(problem)
                {
                    out.push(told::notice("ended".into(), Level::Error, problem));
                }
                self.close_step(out);
                self.finish(*status, out);
            }
        }
    }

    fn open_step(&mut self, out: &mut Vec<Chunk>) {
        self.is_step_open = true;
        out.push(Chunk::StartStep);
    }

    fn close_step(&mut self, out: &mut Vec<Chunk>) {
        if std::mem::take(&mut self.is_step_open) {
            out.push(Chunk::FinishStep);
        }
    }

    fn say_call(&self, execution_id: ExecutionId, out: &mut Vec<Chunk>) {
        if let Some(call) = self.run.call(execution_id) {
            let lines = self.progress.get(&execution_id).map(Lines::texts);
            out.push(told::call(&self.run, call, lines.unwrap_or_default()));
        }
    }
}

fn why_asked(verdict: &steersman_protocol::Verdict) -> String {
    let asking = verdict.rules.iter().filter(|rule| rule.decision == verdict.decision);
    asking.map(|rule| rule.reason.as_str()).collect::<Vec<_>>().join(" ")
}
