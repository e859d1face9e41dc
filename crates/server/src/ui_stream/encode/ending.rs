//! How calls, messages and streams end.

use super::Encoder;
use crate::ui_stream::chunk::{Chunk, FinishReason};
use serde_json::{Value, json};
use steersman_protocol::{ApprovalStatus, ExecutionId, FinishReason as AnswerEnd, Outcome, Problem, RunStatus};
use steersman_runtime::engine::Call;

impl Encoder {
    pub(super) fn finish(&self, status: RunStatus, out: &mut Vec<Chunk>) {
        let finish_reason = match status {
            RunStatus::Completed => match self.run.answers.last().map(|last| last.answer.finish) {
                Some(AnswerEnd::Length) => FinishReason::Length,
                Some(AnswerEnd::ContentFilter) => FinishReason::ContentFilter,
                Some(AnswerEnd::Stop | AnswerEnd::ToolCalls | AnswerEnd::Error) | None => FinishReason::Stop,
            },
            RunStatus::Cancelled => {
                out.push(Chunk::Abort {
                    reason: Some("The run was stopped.".into()),
                });
                FinishReason::Interrupted
            }
            RunStatus::Failed
            | RunStatus::Pending
            | RunStatus::Planning
            | RunStatus::WaitingApproval
            | RunStatus::Executing
            | RunStatus::Verifying => FinishReason::Error,
        };
        out.push(self.last_words(finish_reason));
    }

    fn last_words(&self, finish_reason: FinishReason) -> Chunk {
        Chunk::Finish {
            finish_reason: Some(finish_reason),
            message_metadata: Some(Value::Object(self.metadata.clone())),
        }
    }

    /// Ends a stream whose run waits for a person. The next stream goes on with the same message.
    pub fn park(&self, out: &mut Vec<Chunk>) {
        if self.is_step_open {
            out.push(Chunk::FinishStep);
        }
        out.push(self.last_words(FinishReason::ToolCalls));
    }

    /// Ends a stream whose run goes on without it.
    pub fn interrupt(&self, reason: &str, out: &mut Vec<Chunk>) {
        self.close_text(out);
        if self.is_step_open {
            out.push(Chunk::FinishStep);
        }
        out.push(Chunk::Abort {
            reason: Some(reason.to_owned()),
        });
        out.push(Chunk::Finish {
            finish_reason: Some(FinishReason::Interrupted),
            message_metadata: None,
        });
    }

    /// Ends a stream that cannot go on.
    pub fn fail(&self, problem: &Problem, out: &mut Vec<Chunk>) {
        self.close_text(out);
        out.push(Chunk::Error {
            error_text: problem.to_string(),
        });
    }
}

/// What a client shows of a call that reached its end.
pub(super) fn end_of_call(
    id: ExecutionId,
    call: Option<&Call>,
    outcome: Outcome,
    summary: &str,
    problem: Option<&Problem>,
) -> Chunk {
    let tool_call_id = id.to_string();
    // A client shows a denied call with the answer that denied it; a call that nobody was asked about has none.
    let was_refused = call
        .and_then(|call| call.approval.as_ref())
        .is_some_and(|approval| approval.status != ApprovalStatus::Approved);
    match outcome {
        Outcome::Completed => Chunk::ToolOutputAvailable {
            tool_call_id,
            output: json!({ "outcome": outcome, "summary": summary }),
            preliminary: None,
        },
        Outcome::Rejected | Outcome::Expired | Outcome::Cancelled | Outcome::Denied if was_refused => {
            Chunk::ToolOutputDenied { tool_call_id }
        }
        Outcome::Failed
        | Outcome::Unknown
        | Outcome::Rejected
        | Outcome::Expired
        | Outcome::Cancelled
        | Outcome::Denied => Chunk::ToolOutputError {
            tool_call_id,
            error_text: problem.map_or_else(|| summary.to_owned(), ToString::to_string),
        },
    }
}
