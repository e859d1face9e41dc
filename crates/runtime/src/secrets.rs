//! Secrets that changes left for a person: shown once to the one who asked or approved, forgotten when nobody comes.

use crate::runtime::Runtime;
use std::time::Duration;
use steersman_engine::audit;
use steersman_protocol::{
    Actor, ApprovalStatus, AuditBody, AuditDraft, AuditResult, ExecutionView, Permission, Problem, RunView,
};
use steersman_store::{Handover, HandoverEnd, HandoverState, StoreError};
use steersman_toolkit::SecretString;

/// After a failed look at the database.
const PATIENCE: Duration = Duration::from_secs(30);

impl Runtime {
    /// Takes out what a call left, with its labels: once, whoever asks, and durably gone before this returns.
    ///
    /// `run` is one that the actor may see. Errors: `secret.not_yours` for anybody but who asked for the change or
    /// approved it, with the right that took; `secret.not_yet` while the call goes on; `secret.none`, `secret.shown`
    /// (with when and to whom), `secret.expired`, `secret.dropped`.
    pub async fn reveal(
        &self,
        actor: &Actor,
        run: &RunView,
        call: &ExecutionView,
    ) -> Result<Vec<(String, SecretString)>, Problem> {
        let what = format!("Could not show what {} on {} left", call.tool, call.target.name);
        if let Err(problem) = self.may_see(actor, run, call, &what).await {
            return self.refuse(actor, "secret.refused", problem).await;
        }
        if !call.status.is_over() {
            return Err(Problem::new(
                "secret.not_yet",
                what,
                "the change has not ended",
                "Wait until it has",
            ));
        }
        let labels: Vec<&str> = call.secrets.iter().map(|secret| secret.label.as_str()).collect();
        let sentence = format!("Was shown, once: {}.", audit::label(&labels.join(", ")));
        let entry = entry_of(
            self.audit_of(actor, "secret.shown", sentence, serde_json::json!({})),
            call,
        );
        let taken = self
            .store()
            .reveal(call.id, actor.name.clone(), self.now(), entry)
            .await
            .map_err(|error| error.to_problem(&what))?;
        if !taken.is_empty() {
            return Ok(taken);
        }
        let left = self
            .store()
            .handovers(call.id)
            .await
            .map_err(|error| error.to_problem(&what))?;
        self.refuse(actor, "secret.refused", gone(what, left.first())).await
    }

    /// The one who asked, with the tool's right, or the one who approved, with the right to.
    async fn may_see(&self, actor: &Actor, run: &RunView, call: &ExecutionView, what: &str) -> Result<(), Problem> {
        let needed = self
            .registry_of(actor.organization_id)
            .spec(&call.tool)
            .map(|spec| spec.permission.clone())
            .unwrap_or_default();
        if run.user_id == actor.user_id && actor.may(&needed) {
            return Ok(());
        }
        if let Some(id) = call.approval_id {
            let approval = self
                .store()
                .approval(actor.organization_id, id)
                .await
                .map_err(|error| error.to_problem(what))?;
            let is_approver = approval.status == ApprovalStatus::Approved && approval.decided_by == Some(actor.user_id);
            if is_approver && actor.may(Permission::APPROVE) {
                return Ok(());
            }
        }
        Err(Problem::new(
            "secret.not_yours",
            what,
            "only who asked for the change or approved it may see it",
            "Ask one of them",
        ))
    }
}

fn gone(what: String, left: Option<&Handover>) -> Problem {
    let next = "Ask for a change that makes a new one";
    match left.map(|left| &left.state) {
        None => Problem::new(
            "secret.none",
            what,
            "it left nothing to show",
            "Nothing more to do here",
        ),
        Some(HandoverState::Waiting) => Problem::new("secret.expired", what, "nobody looked at it in time", next),
        Some(HandoverState::Ended { r#as, at, by }) => match r#as {
            HandoverEnd::Shown => {
                let by = by.as_deref().unwrap_or("somebody");
                Problem::new("secret.shown", what, format!("it was shown to {by} at {at:.0}"), next)
            }
            HandoverEnd::Expired => Problem::new(
                "secret.expired",
                what,
                format!("nobody looked at it in time; it was forgotten at {at:.0}"),
                next,
            ),
            HandoverEnd::Dropped => Problem::new(
                "secret.dropped",
                what,
                "the change came to nothing, so it was forgotten",
                "Ask for the change again",
            ),
        },
    }
}

fn entry_of(draft: AuditDraft, call: &ExecutionView) -> AuditDraft {
    AuditDraft {
        run_id: Some(call.run_id),
        execution_id: Some(call.id),
        risk: call.verdict.as_ref().map(|verdict| verdict.risk),
        body: AuditBody {
            tool: Some(call.tool.to_string()),
            plugin: Some(call.target.plugin.clone()),
            target: Some(call.target.name.clone()),
            ..draft.body
        },
        ..draft
    }
}

/// Forgets what nobody came for, for ever.
pub(crate) async fn run(runtime: Runtime) {
    let stopping = runtime.tasks().stopping();
    loop {
        let wait = async {
            match forget_overdue(&runtime).await {
                Ok(Some(at)) => runtime.clock().sleep_until(at).await,
                Ok(None) => std::future::pending().await,
                Err(error) => {
                    tracing::warn!(%error, "could not forget secrets that nobody looked at; trying again");
                    tokio::time::sleep(PATIENCE).await;
                }
            }
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = runtime.handover_notified() => {}
            () = wait => {}
        }
    }
}

/// When the next one is due.
async fn forget_overdue(runtime: &Runtime) -> Result<Option<steersman_protocol::Timestamp>, StoreError> {
    loop {
        let overdue = runtime.store().overdue_handovers(runtime.now()).await?;
        if overdue.is_empty() {
            return runtime.store().next_handover_expiry().await;
        }
        for one in overdue {
            let call = runtime.store().execution(one.execution_id).await?;
            let body = AuditBody {
                user_name: "steersman".into(),
                sentence: format!("Forgot the {}: nobody looked at it in time.", audit::label(&one.label)),
                ..AuditBody::default()
            };
            let draft = audit::outside_a_run(one.organization_id, "secret.expired", AuditResult::Success, body);
            let forgotten = runtime
                .store()
                .expire_handover(one.execution_id, one.label, runtime.now(), entry_of(draft, &call))
                .await;
            match forgotten {
                // Shown in this very moment.
                Err(StoreError::NotFound { .. }) => {}
                other => other?,
            }
        }
    }
}
