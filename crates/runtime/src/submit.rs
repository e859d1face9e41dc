//! Submitting: the one way to make anything happen.

use crate::{feed::FeedItem, feed::TailItem, runtime::Runtime, say::Message};
use std::time::Duration;
use steersman_engine::{Input, audit, input::RefusedCall};
use steersman_protocol::{
    Actor, ApprovalStatus, AuditBody, AuditResult, Command, Event, ExecutionStatus, ExecutionView, Permission, Problem,
    RunId, RunView, ToolCall,
};

/// What a command was taken as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    pub run_id: RunId,
}

/// What came of a run that somebody waited for.
#[derive(Clone, Debug)]
pub enum Waited {
    /// It ended.
    Over(Box<RunView>),
    /// It waits for a person.
    NeedsApproval(Box<RunView>),
    /// It goes on; the time to wait was over.
    StillRunning(Box<RunView>),
}

impl Runtime {
    /// Takes a command. Returns when it is durably recorded; what comes of it is followed by [`Runtime::tail`].
    ///
    /// Errors: `auth.forbidden`, `store.not_found`, those of [`Runtime::say`], of the door for a call by hand, and of the
    /// engine for a decision; `run.already_started` for a run that is there by the same request, `run.started_otherwise`
    /// by another one. A refused attempt is in the audit log.
    pub async fn submit(&self, command: Command) -> Result<Submitted, Problem> {
        match command {
            Command::Say {
                run_id,
                session_id,
                message_id,
                text,
                replaces,
                page,
                actor,
            } => {
                let message = Message {
                    run_id,
                    session_id,
                    message_id,
                    text,
                    replaces,
                    page,
                    actor,
                };
                self.say(message).await
            }
            Command::Execute {
                run_id,
                execution_id,
                target_id,
                tool,
                arguments,
                actor,
            } => {
                let what = format!("Could not call {tool}");
                let target = match self.store().target(actor.organization_id, target_id).await {
                    Ok(target) => target,
                    Err(error) => return self.refuse(&actor, "tool.refused", error.to_problem(&what)).await,
                };
                let title = format!("{tool} on {}", target.name);
                // Kept only where the call is refused; then nothing needs what was secret in it.
                let raw = ToolCall {
                    id: execution_id.to_string(),
                    name: tool.to_string(),
                    arguments: audit::redact(&arguments),
                };
                let call = self.check_call(&tool, arguments, &target, &actor, execution_id);
                let refused = call.as_ref().err().cloned();
                let call = call.map_err(|problem| RefusedCall {
                    execution_id,
                    call: raw,
                    problem,
                });
                let calls = vec![call];
                self.put(run_id, Input::CallByHand { actor, title, calls }, None)
                    .await?;
                refused.map_or(Ok(Submitted { run_id }), Err)
            }
            Command::ExecuteOnEach {
                run_id,
                on,
                tool,
                arguments,
                actor,
            } => self.call_on_each(run_id, &on, tool, arguments, actor).await,
            Command::Decide {
                approval_id,
                approve,
                digest,
                reason,
                actor,
            } => {
                let what = "Could not decide on the approval";
                let approval = match self.store().approval(actor.organization_id, approval_id).await {
                    Ok(approval) => approval,
                    Err(error) => {
                        let mut problem = error.to_problem(what);
                        if problem.code == "store.not_found" {
                            problem.code = "approval.not_found".into();
                        }
                        return self.refuse(&actor, "approval.refused", problem).await;
                    }
                };
                if approval.status != ApprovalStatus::Pending && self.is_over(approval.run_id, &actor).await? {
                    let by = approval
                        .decided_by_name
                        .map_or_else(String::new, |name| format!(" by {name}"));
                    let code = if approval.status == ApprovalStatus::Expired {
                        "approval.expired"
                    } else {
                        "approval.already_decided"
                    };
                    let problem = Problem::new(
                        code,
                        what,
                        format!("it is already {}{by}", approval.status),
                        "Nothing more to do here",
                    );
                    return self.refuse(&actor, "approval.refused", problem).await;
                }
                let run_id = approval.run_id;
                self.put(
                    run_id,
                    Input::Decide {
                        approval_id,
                        approve,
                        digest,
                        reason,
                        actor,
                    },
                    None,
                )
                .await?;
                Ok(Submitted { run_id })
            }
            Command::Cancel { run_id, actor } => {
                let run = self
                    .store()
                    .run(actor.organization_id, run_id)
                    .await
                    .map_err(|error| error.to_problem("Could not stop the run"))?;
                if run.user_id != actor.user_id && !actor.may(Permission::APPROVE) {
                    let problem = Problem::new(
                        "auth.forbidden",
                        "Could not stop the run",
                        "it is somebody else's",
                        "Ask that person or an operator",
                    );
                    return self.refuse(&actor, "run.refused", problem).await;
                }
                let written = self.partial_answer(run_id);
                self.put(run_id, Input::Cancel { actor, written }, None).await?;
                Ok(Submitted { run_id })
            }
        }
    }

    /// Submits a call by hand and waits until it ended, needs a person, or the time is over.
    pub async fn execute_and_wait(&self, command: Command, wait: Duration) -> Result<Waited, Problem> {
        let (Command::Execute { run_id, ref actor, .. } | Command::ExecuteOnEach { run_id, ref actor, .. }) = command
        else {
            return Err(Problem::new(
                "runtime.bug",
                "Could not wait for the call",
                "the command is no call",
                "Report this as a bug",
            ));
        };
        let actor = actor.clone();
        let tail = self.tail();
        self.submit(command).await?;
        self.wait_on(tail, &actor, run_id, wait).await
    }

    /// Waits until a run ended, needs a person, or the time is over.
    pub async fn wait_for(&self, actor: &Actor, run_id: RunId, wait: Duration) -> Result<Waited, Problem> {
        self.wait_on(self.tail(), actor, run_id, wait).await
    }

    async fn wait_on(
        &self,
        mut tail: crate::feed::Tail,
        actor: &Actor,
        run_id: RunId,
        wait: Duration,
    ) -> Result<Waited, Problem> {
        let now = self.stand_of(actor, run_id).await?;
        if !matches!(now, Waited::StillRunning(_)) {
            return Ok(now);
        }
        let reached = async {
            loop {
                match tail.next().await {
                    TailItem::Item(item) => match item.as_ref() {
                        FeedItem::Event { record, .. } if record.run_id == run_id => match record.event {
                            Event::RunEnded { .. } | Event::ApprovalRequested { .. } => return,
                            _ => {}
                        },
                        _ => {}
                    },
                    TailItem::Behind | TailItem::Closed => return,
                }
            }
        };
        let _ = tokio::time::timeout(wait, reached).await;
        self.stand_of(actor, run_id).await
    }

    async fn stand_of(&self, actor: &Actor, run_id: RunId) -> Result<Waited, Problem> {
        let run = Box::new(
            self.store()
                .run(actor.organization_id, run_id)
                .await
                .map_err(|error| error.to_problem("Could not read the run"))?,
        );
        let is_waiting =
            |execution: &ExecutionView| execution.status == ExecutionStatus::Pending && execution.approval_id.is_some();
        Ok(if run.status.is_over() {
            Waited::Over(run)
        } else if run.executions.iter().any(is_waiting) {
            Waited::NeedsApproval(run)
        } else {
            Waited::StillRunning(run)
        })
    }

    async fn is_over(&self, run_id: RunId, actor: &Actor) -> Result<bool, Problem> {
        let run = self
            .store()
            .run(actor.organization_id, run_id)
            .await
            .map_err(|error| error.to_problem("Could not read the run"))?;
        Ok(run.status.is_over())
    }

    /// Refuses with an audit entry when the actor lacks a right.
    ///
    /// Errors: `auth.forbidden`.
    pub async fn must_hold(&self, actor: &Actor, permission: &str, what: &str) -> Result<(), Problem> {
        if actor.may(permission) {
            return Ok(());
        }
        let why = format!("your role ({}) lacks the right {permission}", actor.role);
        let problem = Problem::new("auth.forbidden", what, why, "Ask somebody who manages users");
        self.refuse(actor, "access.refused", problem).await
    }

    /// Records a sign-in that failed. The name is what was typed; nobody was recognised.
    pub async fn note_failed_login(
        &self,
        organization_id: steersman_protocol::OrganizationId,
        name: &str,
        ip: Option<String>,
    ) {
        let user_name: String = name.chars().filter(|c| !c.is_control()).take(63).collect();
        let body = AuditBody {
            user_name,
            ip,
            sentence: "Wrong name or password.".into(),
            ..AuditBody::default()
        };
        let draft = audit::outside_a_run(organization_id, "login.failed", AuditResult::Rejected, body);
        if let Err(error) = self.store().append_audit(self.now(), vec![draft]).await {
            tracing::error!(%error, "could not record a failed login");
        }
    }

    /// Records an attempt that led nowhere, and returns its problem.
    pub async fn refuse<T>(&self, actor: &Actor, action: &str, problem: Problem) -> Result<T, Problem> {
        let body = AuditBody {
            sentence: audit::refusal(&problem),
            ..body_of(actor)
        };
        let draft = audit::outside_a_run(actor.organization_id, action, AuditResult::Rejected, body);
        if let Err(error) = self.store().append_audit(self.now(), vec![draft]).await {
            tracing::error!(%error, "could not record a refused attempt");
        }
        Err(problem)
    }

    /// The audit entry of something that a person did outside of a run.
    pub fn audit_of(
        &self,
        actor: &Actor,
        action: &str,
        sentence: impl Into<String>,
        parameters: serde_json::Value,
    ) -> steersman_protocol::AuditDraft {
        let body = AuditBody {
            sentence: sentence.into(),
            parameters: audit::redact(&parameters),
            ..body_of(actor)
        };
        audit::outside_a_run(actor.organization_id, action, AuditResult::Success, body)
    }
}

fn body_of(actor: &Actor) -> AuditBody {
    AuditBody {
        user_id: Some(actor.user_id),
        user_name: actor.name.clone(),
        ip: actor.ip.clone(),
        user_agent: actor.user_agent.clone(),
        ..AuditBody::default()
    }
}
