//! What a stored event is told as, on each topic.

use super::{hall::Kind, subscription::Topic};
use crate::app::App;
use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};
use steersman_protocol::{
    ApprovalId, Event, EventRecord, ExecutionId, ExecutionStatus, OrganizationId, Outcome, Permission, TargetRef,
    ToolName,
};
use steersman_runtime::store::StoreError;

use crate::access::Caller;

/// The frames of one event on one topic: none, one or two. Nothing when the caller may not see it.
pub async fn frames(
    app: &App,
    caller: &Caller,
    topic: Topic,
    record: &EventRecord,
) -> Result<[Option<Utf8Bytes>; 2], StoreError> {
    let teller = Teller {
        app,
        organization_id: caller.actor.organization_id,
        record,
    };
    match topic {
        Topic::Session(_) => Ok([Some(teller.chat_event()), teller.tool_execution().await?]),
        Topic::Approvals => Ok([teller.approval(caller).await?, None]),
        Topic::Run(_) => Ok([Some(teller.run_event().await?), None]),
        Topic::Runs if teller.is_visible(caller).await? => Ok([Some(teller.run_event().await?), None]),
        Topic::Plugins if teller.is_visible(caller).await? => Ok([teller.tool_executed().await?, None]),
        Topic::Runs | Topic::Plugins | Topic::Audit => Ok([None, None]),
    }
}

struct Teller<'a> {
    app: &'a App,
    organization_id: OrganizationId,
    record: &'a EventRecord,
}

impl Teller<'_> {
    /// As in the list of runs: one's own, or everybody's with `approval:decide`.
    async fn is_visible(&self, caller: &Caller) -> Result<bool, StoreError> {
        if caller.actor.may(Permission::APPROVE) {
            return Ok(true);
        }
        let run_id = self.record.run_id;
        if let Event::Started { actor, .. } = &self.record.event {
            self.app.hall.remember_owner(run_id, actor.user_id);
        }
        let owner = match self.app.hall.owner(run_id) {
            Some(owner) => owner,
            None => {
                let standing = self.app.runtime.store().run_standing(self.organization_id, run_id);
                let Some((owner, _)) = standing.await? else {
                    return Ok(false);
                };
                self.app.hall.remember_owner(run_id, owner);
                owner
            }
        };
        Ok(owner == caller.user.id)
    }

    fn chat_event(&self) -> Utf8Bytes {
        self.kept(Kind::ChatEvent).unwrap_or_else(|| {
            self.keep(
                Kind::ChatEvent,
                json!({
                    "type": "chat:event",
                    "seq": self.record.position,
                    "session_id": self.record.session_id,
                    "run_id": self.record.run_id,
                    "record": self.record,
                }),
            )
        })
    }

    async fn tool_execution(&self) -> Result<Option<Utf8Bytes>, StoreError> {
        let Some((execution_id, status)) = execution_status(&self.record.event) else {
            return Ok(None);
        };
        if let Some(frame) = self.kept(Kind::ToolExecution) {
            return Ok(Some(frame));
        }
        let (tool, target) = self.call(execution_id).await?;
        Ok(Some(self.keep(
            Kind::ToolExecution,
            json!({
                "type": "chat:tool_execution",
                "seq": self.record.position,
                "session_id": self.record.session_id,
                "run_id": self.record.run_id,
                "execution_id": execution_id,
                "tool": tool,
                "target": target,
                "status": status,
                "summary": summary(&self.record.event),
            }),
        )))
    }

    async fn run_event(&self) -> Result<Utf8Bytes, StoreError> {
        if let Some(frame) = self.kept(Kind::RunEvent) {
            return Ok(frame);
        }
        let store = self.app.runtime.store();
        let standing = store.run_standing(self.organization_id, self.record.run_id).await?;
        Ok(self.keep(
            Kind::RunEvent,
            json!({
                "type": "run:event",
                "seq": self.record.position,
                "run_id": self.record.run_id,
                "session_id": self.record.session_id,
                "status": standing.map(|(_, status)| status),
                "record": self.record,
            }),
        ))
    }

    async fn approval(&self, caller: &Caller) -> Result<Option<Utf8Bytes>, StoreError> {
        let Some((kind, approval_id)) = approval_of(&self.record.event) else {
            return Ok(None);
        };
        // As in the list of approvals.
        if !self.is_visible(caller).await? {
            return Ok(None);
        }
        if let Some(frame) = self.kept(Kind::Approval) {
            return Ok(Some(frame));
        }
        let store = self.app.runtime.store();
        let approval = store.approval(self.organization_id, approval_id).await?;
        Ok(Some(self.keep(
            Kind::Approval,
            json!({ "type": kind, "seq": self.record.position, "approval": approval }),
        )))
    }

    async fn tool_executed(&self) -> Result<Option<Utf8Bytes>, StoreError> {
        let Some((execution_id, status)) = execution_status(&self.record.event) else {
            return Ok(None);
        };
        if let Some(frame) = self.kept(Kind::ToolExecuted) {
            return Ok(Some(frame));
        }
        let (tool, target) = self.call(execution_id).await?;
        Ok(Some(self.keep(
            Kind::ToolExecuted,
            json!({
                "type": "plugin:tool_executed",
                "seq": self.record.position,
                "target_id": target.id,
                "run_id": self.record.run_id,
                "execution_id": execution_id,
                "tool": tool,
                "status": status,
            }),
        )))
    }

    /// Tool and target of a call, which only its first event names.
    async fn call(&self, id: ExecutionId) -> Result<(ToolName, TargetRef), StoreError> {
        if let Event::Proposed { tool, target, .. } = &self.record.event {
            self.app.hall.remember_call(id, tool.clone(), target.clone());
            return Ok((tool.clone(), target.clone()));
        }
        if let Some(call) = self.app.hall.call(id) {
            return Ok(call);
        }
        let view = self.app.runtime.store().execution(id).await?;
        self.app.hall.remember_call(id, view.tool.clone(), view.target.clone());
        Ok((view.tool, view.target))
    }

    fn kept(&self, kind: Kind) -> Option<Utf8Bytes> {
        self.app.hall.frame(self.record.position, kind)
    }

    fn keep(&self, kind: Kind, frame: Value) -> Utf8Bytes {
        let frame = text(&frame);
        self.app.hall.keep(self.record.position, kind, frame.clone());
        frame
    }
}

pub fn text(frame: &Value) -> Utf8Bytes {
    frame.to_string().into()
}

/// The approval that an event is about, and what that is told as.
fn approval_of(event: &Event) -> Option<(&'static str, ApprovalId)> {
    match event {
        Event::ApprovalRequested { approval_id, .. } => Some(("approval:request", *approval_id)),
        Event::Decided { approval_id, .. }
        | Event::ApprovalExpired { approval_id, .. }
        | Event::ApprovalCancelled { approval_id, .. } => Some(("approval:response", *approval_id)),
        _ => None,
    }
}

/// Where an event brings a call, when it brings it anywhere that people see.
fn execution_status(event: &Event) -> Option<(ExecutionId, ExecutionStatus)> {
    match event {
        Event::Proposed { execution_id, .. } => Some((*execution_id, ExecutionStatus::Pending)),
        Event::Granted { execution_id, .. } => Some((*execution_id, ExecutionStatus::Approved)),
        Event::QueryStarted { execution_id } | Event::IntentRecorded { execution_id, .. } => {
            Some((*execution_id, ExecutionStatus::Executing))
        }
        // The one end of a call that is told by nothing else.
        Event::QueryAnswered { execution_id, .. } => Some((*execution_id, ExecutionStatus::Completed)),
        Event::CallEnded {
            execution_id, outcome, ..
        } => Some((*execution_id, status_of(*outcome))),
        Event::Started { .. }
        | Event::ModelAsked { .. }
        | Event::ModelAnswered { .. }
        | Event::ModelFailed { .. }
        | Event::TurnBegan { .. }
        | Event::CallRefused { .. }
        | Event::Planned { .. }
        | Event::PlanFailed { .. }
        | Event::Judged { .. }
        | Event::ApprovalRequested { .. }
        | Event::Decided { .. }
        | Event::ApprovalExpired { .. }
        | Event::ApprovalCancelled { .. }
        | Event::QueryFailed { .. }
        | Event::RecheckFailed { .. }
        | Event::SecretLeft { .. }
        | Event::Performed { .. }
        | Event::PerformFailed { .. }
        | Event::Interrupted { .. }
        | Event::Verified { .. }
        | Event::CleanedUp { .. }
        | Event::CleanUpFailed { .. }
        | Event::CancelRequested { .. }
        | Event::AttemptRefused { .. }
        | Event::RunEnded { .. } => None,
    }
}

const fn status_of(outcome: Outcome) -> ExecutionStatus {
    match outcome {
        Outcome::Completed => ExecutionStatus::Completed,
        Outcome::Failed => ExecutionStatus::Failed,
        Outcome::Denied | Outcome::Rejected | Outcome::Expired | Outcome::Cancelled => ExecutionStatus::Rejected,
        Outcome::Unknown => ExecutionStatus::Unknown,
    }
}

fn summary(event: &Event) -> &str {
    match event {
        Event::CallEnded { summary, .. } | Event::QueryAnswered { summary, .. } => summary,
        _ => "",
    }
}
