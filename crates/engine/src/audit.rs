//! The audit reading of events: which facts a later reader must find, and in which words.

mod secrets;
pub use secrets::{mask, redact};

use crate::call::Call;
use crate::run::Run;
use serde_json::Value;
use steersman_protocol::{
    AuditBody, AuditDraft, AuditResult, Event, ExecutionId, GrantUse, GrantedBy, OrganizationId, Outcome, Problem,
    ToolKind, Verification,
};

/// The entries for one event, given the run after it. Most events have one or none.
pub fn entries(run: &Run, event: &Event) -> Vec<AuditDraft> {
    let Some(entry) = Entry::of(run, event) else {
        return Vec::new();
    };
    let Some(actor) = &run.actor else { return Vec::new() };
    let call = entry.execution_id.and_then(|id| run.call(id));
    // Where a decision came from is not in the event; the requester's address would be a false trace.
    let (ip, user_agent) = match entry.by {
        Some(_) => (None, None),
        None => (actor.ip.clone(), actor.user_agent.clone()),
    };
    let (user_id, user_name) = entry.by.unwrap_or_else(|| (actor.user_id, actor.name.clone()));
    let mut body = AuditBody {
        user_id: Some(user_id),
        user_name,
        session_id: run.session_id,
        sentence: mask(&entry.sentence),
        ip,
        user_agent,
        parameters: entry.parameters,
        ..AuditBody::default()
    };
    if let Some(call) = call {
        describe(&mut body, call);
    }
    let draft = AuditDraft {
        organization_id: actor.organization_id,
        action: entry.action.to_owned(),
        result: entry.result,
        risk: call.and_then(|call| call.verdict.as_ref()).map(|verdict| verdict.risk),
        run_id: Some(run.id),
        execution_id: entry.execution_id,
        body,
    };
    let dropped = call.filter(|call| matches!(event, Event::CallEnded { .. }) && call.came_to_nothing());
    let dropped: Vec<AuditDraft> = dropped
        .iter()
        .flat_map(|call| &call.secrets)
        .map(|secret| {
            let mut dropped = draft.clone();
            dropped.action = "secret.dropped".into();
            dropped.result = AuditResult::Success;
            dropped.body.sentence = format!("Forgot the {}: the change came to nothing.", label(&secret.label));
            dropped
        })
        .collect();
    std::iter::once(draft).chain(dropped).collect()
}

/// The label of a secret as it stands in a sentence. It names a secret and holds none.
pub fn label(label: &str) -> String {
    mask(&cut(label))
}

fn describe(body: &mut AuditBody, call: &Call) {
    body.tool = Some(call.tool.to_string());
    body.plugin = Some(call.target.plugin.clone());
    body.target = Some(call.target.name.clone());
    body.parameters = redact(&call.arguments);
    body.rules = call
        .verdict
        .iter()
        .flat_map(|verdict| verdict.rules.iter().map(|rule| rule.id.clone()))
        .collect();
    body.approver = call
        .approval
        .as_ref()
        .and_then(|approval| approval.decided_by.as_ref())
        .map(|(_, name)| name.clone());
}

struct Entry {
    action: &'static str,
    result: AuditResult,
    execution_id: Option<ExecutionId>,
    by: Option<(steersman_protocol::UserId, String)>,
    sentence: String,
    parameters: Value,
}

impl Entry {
    fn new(action: &'static str, result: AuditResult, sentence: impl Into<String>) -> Self {
        Self {
            action,
            result,
            execution_id: None,
            by: None,
            sentence: sentence.into(),
            parameters: Value::Null,
        }
    }

    fn about(self, execution_id: ExecutionId) -> Self {
        Self {
            execution_id: Some(execution_id),
            ..self
        }
    }

    fn of(run: &Run, event: &Event) -> Option<Entry> {
        use AuditResult::{Failure, Intended, Rejected, Success, Unknown};
        Some(match event {
            Event::Started {
                message_id: Some(_),
                text,
                ..
            } => Entry {
                parameters: redact(&serde_json::json!({ "text": text })),
                ..Entry::new("ai.asked", Success, "Asked the assistant.")
            },
            Event::Started { message_id: None, .. } => return None,
            Event::ModelAnswered { answer, .. } => Entry {
                parameters: serde_json::json!({
                    "provider": answer.provider,
                    "model": answer.model,
                    "prompt_tokens": answer.usage.prompt_tokens,
                    "completion_tokens": answer.usage.completion_tokens,
                }),
                ..Entry::new(
                    "ai.answered",
                    Success,
                    match answer.tool_calls.len() {
                        1 => format!("{} answered, 1 tool call.", answer.provider),
                        count => format!("{} answered, {count} tool calls.", answer.provider),
                    },
                )
            },
            Event::ModelFailed { problem, .. } => Entry::new("ai.answered", Failure, problem.to_string()),
            Event::CallRefused {
                execution_id,
                call,
                problem,
            } => Entry {
                parameters: serde_json::json!({ "name": cut(&call.name), "arguments": redact(&call.arguments) }),
                ..Entry::new("tool.refused", Rejected, problem.to_string()).about(*execution_id)
            },
            Event::Judged { execution_id, verdict } if verdict.decision == steersman_protocol::Decision::Deny => {
                let denying = verdict.rules.iter().filter(|rule| rule.decision == verdict.decision);
                let reasons: Vec<&str> = denying.map(|rule| rule.reason.as_str()).collect();
                Entry::new("tool.denied", Rejected, reasons.join(" ")).about(*execution_id)
            }
            Event::PlanFailed { execution_id, problem } => {
                Entry::new("tool.planned", Failure, problem.to_string()).about(*execution_id)
            }
            Event::ApprovalRequested { execution_id, .. } => {
                let summary = run
                    .call(*execution_id)
                    .and_then(|call| call.plan.as_ref())
                    .map_or("", |plan| plan.summary.as_str());
                Entry::new("approval.requested", Success, summary).about(*execution_id)
            }
            Event::Decided {
                execution_id,
                approved,
                by,
                by_name,
                reason,
                ..
            } => {
                let (action, result) = if *approved {
                    ("approval.approved", Success)
                } else {
                    ("approval.rejected", Rejected)
                };
                let sentence = reason.clone().unwrap_or_else(|| format!("{by_name} gave no reason."));
                Entry {
                    by: Some((*by, by_name.clone())),
                    ..Entry::new(action, result, sentence).about(*execution_id)
                }
            }
            Event::ApprovalExpired { execution_id, .. } => {
                Entry::new("approval.expired", Rejected, "Nobody decided in time.").about(*execution_id)
            }
            Event::ApprovalCancelled { execution_id, .. } => {
                Entry::new("approval.cancelled", Rejected, "The run was stopped.").about(*execution_id)
            }
            Event::Granted {
                execution_id,
                grant,
                by,
            } => {
                let who = match by {
                    GrantedBy::Person { name, .. } => format!("{name} answers for it"),
                    GrantedBy::Rule { rule_id } => format!("rule {rule_id} allows it"),
                };
                Entry::new("tool.granted", Success, format!("{who}; plan {}.", grant.digest)).about(*execution_id)
            }
            Event::QueryStarted { execution_id } => {
                Entry::new("tool.executing", Intended, "About to read.").about(*execution_id)
            }
            Event::QueryAnswered {
                execution_id, summary, ..
            } => Entry::new("tool.executed", Success, summary.clone()).about(*execution_id),
            Event::QueryFailed { execution_id, problem } => {
                Entry::new("tool.executed", Failure, problem.to_string()).about(*execution_id)
            }
            Event::IntentRecorded {
                execution_id,
                grant_use,
            } => {
                let sentence = match grant_use {
                    GrantUse::Perform => "About to perform the plan.",
                    GrantUse::CleanUp => "About to clean up what was left behind.",
                };
                Entry::new("tool.executing", Intended, sentence).about(*execution_id)
            }
            Event::RecheckFailed { execution_id, problem } => {
                Entry::new("tool.executed", Rejected, problem.to_string()).about(*execution_id)
            }
            Event::SecretLeft {
                execution_id,
                label: of,
                until,
            } => Entry::new(
                "secret.left",
                Success,
                format!("Left the {} to be seen once, until {until:.0}.", label(of)),
            )
            .about(*execution_id),
            Event::Performed { execution_id, receipt } => {
                Entry::new("tool.performed", Success, receipt.sentence.clone()).about(*execution_id)
            }
            Event::PerformFailed { execution_id, problem } => {
                Entry::new("tool.performed", Failure, problem.to_string()).about(*execution_id)
            }
            Event::Interrupted { execution_id } => Entry::new(
                "tool.interrupted",
                Unknown,
                "The report was lost; looking at the target instead of repeating.",
            )
            .about(*execution_id),
            Event::Verified {
                execution_id,
                verification,
            } => {
                let (result, sentence) = match verification {
                    Verification::Holds { sentence, .. } => (Success, sentence),
                    Verification::DoesNotHold { sentence, .. } => (Failure, sentence),
                    Verification::CannotTell { sentence } => (Unknown, sentence),
                };
                Entry::new("tool.verified", result, sentence.clone()).about(*execution_id)
            }
            Event::CleanedUp { execution_id, sentence } => {
                Entry::new("tool.cleaned_up", Success, sentence.clone()).about(*execution_id)
            }
            Event::CleanUpFailed { execution_id, problem } => {
                Entry::new("tool.cleaned_up", Failure, problem.to_string()).about(*execution_id)
            }
            Event::CallEnded {
                execution_id,
                outcome,
                summary,
                ..
            } => return ended(run, *execution_id, *outcome, summary),
            Event::CancelRequested { by, by_name, .. } => Entry {
                by: Some((*by, by_name.clone())),
                ..Entry::new("run.cancelled", Success, "Stopped the run.")
            },
            Event::AttemptRefused {
                by,
                by_name,
                execution_id,
                problem,
            } => Entry {
                by: Some((*by, by_name.clone())),
                execution_id: *execution_id,
                ..Entry::new("approval.refused", Rejected, problem.to_string())
            },
            Event::RunEnded {
                problem: Some(problem), ..
            } if run.calls.is_empty() && run.refused.is_empty() => {
                Entry::new("run.ended", Failure, problem.to_string())
            }
            Event::ModelAsked { .. }
            | Event::TurnBegan { .. }
            | Event::Proposed { .. }
            | Event::Planned { .. }
            | Event::Judged { .. }
            | Event::RunEnded { .. } => return None,
        })
    }
}

/// A change's end is its own entry; a query's end already is one.
fn ended(run: &Run, execution_id: ExecutionId, outcome: Outcome, summary: &str) -> Option<Entry> {
    let call = run.call(execution_id)?;
    let result = match outcome {
        Outcome::Completed => AuditResult::Success,
        Outcome::Failed => AuditResult::Failure,
        Outcome::Denied | Outcome::Rejected | Outcome::Expired | Outcome::Cancelled => AuditResult::Rejected,
        Outcome::Unknown => AuditResult::Unknown,
    };
    let is_told_already = call.kind == ToolKind::Query && matches!(outcome, Outcome::Completed | Outcome::Failed);
    (!is_told_already).then(|| Entry::new("tool.executed", result, summary).about(execution_id))
}

/// An entry for something that happened outside of a run: a login, a target edited, a refused request. Secrets in its
/// sentence and parameters are masked.
pub fn outside_a_run(
    organization_id: OrganizationId,
    action: &str,
    result: AuditResult,
    body: AuditBody,
) -> AuditDraft {
    AuditDraft {
        organization_id,
        action: action.to_owned(),
        result,
        risk: None,
        run_id: None,
        execution_id: None,
        body: AuditBody {
            sentence: mask(&body.sentence),
            parameters: redact(&body.parameters),
            ..body
        },
    }
}

/// The words of a refusal, for the audit of an attempt outside of a run.
pub fn refusal(problem: &Problem) -> String {
    mask(&problem.to_string())
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests;
