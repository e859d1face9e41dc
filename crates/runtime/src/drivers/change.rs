//! Planning, performing, verifying and cleaning up a change.

use super::{Subject, query::GRACE};
use crate::{inbox::Work, recheck::Claim, runtime::Runtime};
use std::{future::Future, sync::Arc, time::Duration};
use steersman_engine::Input;
use steersman_protocol::{ExecutionId, GrantUse, Limits, Plan, Problem, Receipt, Risk, RunId, Verification};
use steersman_toolkit::{CancellationToken, ChangeTool, Cx, Granted, Handles, Tool};

/// Verification may wait this long for a target to come back before the outcome counts as unknown.
const VERIFY_TIME: Duration = Duration::from_secs(90);

/// Everything to act with.
struct Ready {
    subject: Subject,
    tool: Arc<dyn ChangeTool>,
    handles: Handles,
}

impl Runtime {
    pub(super) async fn plan(&self, run_id: RunId, execution_id: ExecutionId) -> Option<Input> {
        let limits = Limits::default();
        let mut floor = Risk::Critical;
        let result = self
            .stoppable(
                execution_id,
                Duration::from_millis(limits.time_ms) + GRACE,
                |cancel| async {
                    let ready = self.ready(run_id, execution_id).await?;
                    floor = ready.tool.spec().floor;
                    let cx = self.cx(&ready.subject, limits, cancel);
                    let what = format!(
                        "Could not plan {} on {}",
                        ready.subject.call.tool, ready.subject.target.name
                    );
                    let draft = ready
                        .tool
                        .plan(&cx, &ready.handles, ready.subject.call.arguments.clone())
                        .await
                        .map_err(|problem| {
                            if problem.what.is_empty() {
                                problem.while_doing(what)
                            } else {
                                problem
                            }
                        })?;
                    Ok(Box::new(draft.into_plan(
                        ready.subject.call.tool.clone(),
                        ready.subject.target.to_ref(),
                    )))
                },
            )
            .await?;
        Some(Input::Planned {
            execution_id,
            floor,
            result,
        })
    }

    /// The grant is there. The intent is recorded by the report of this effect, together with using the grant up.
    pub(super) async fn begin(&self, run_id: RunId, execution_id: ExecutionId) -> Option<Input> {
        match self.subject(run_id, execution_id).await {
            // The store checks target and policy once more in the transaction that records the intent; here it is
            // checked so that a change since the approval ends the call with words and not with a conflict.
            Ok(subject) => Some(match self.still_as_granted(&subject).await {
                Ok(()) => Input::Begin { execution_id },
                Err(problem) => Input::RecheckFailed { execution_id, problem },
            }),
            Err(problem) => Some(Input::RecheckFailed { execution_id, problem }),
        }
    }

    async fn still_as_granted(&self, subject: &Subject) -> Result<(), Problem> {
        let Some(grant) = &subject.call.grant else {
            return Ok(());
        };
        let what = format!("Did not perform {} on {}", subject.call.tool, subject.target.name);
        let next = "Nothing was done. Ask for the change again to get a fresh plan";
        if grant.target_revision != subject.target.revision {
            return Err(Problem::new(
                "grant.changed_target",
                what,
                "the target's settings changed after the approval",
                next,
            ));
        }
        if grant.policy_revision != self.policy(subject.actor.organization_id).await?.revision {
            return Err(Problem::new(
                "grant.changed_policy",
                what,
                "the policy changed after the approval",
                next,
            ));
        }
        Ok(())
    }

    /// Intent is recorded. Checks again, then performs.
    pub(super) async fn act(&self, run_id: RunId, execution_id: ExecutionId) -> Option<Input> {
        let cancel = self.token_for(run_id, Work::Call(execution_id)).await;
        let input = match self.redeemed(run_id, execution_id, cancel.clone()).await {
            Err(problem) => Input::RecheckFailed { execution_id, problem },
            Ok((ready, granted)) => match self.performed(&ready, &granted, cancel).await {
                Ok(receipt) => Input::Performed { execution_id, receipt },
                Err(problem) => Input::PerformFailed { execution_id, problem },
            },
        };
        self.inboxes().end(Work::Call(execution_id));
        Some(input)
    }

    async fn redeemed(
        &self,
        run_id: RunId,
        execution_id: ExecutionId,
        cancel: CancellationToken,
    ) -> Result<(Ready, Granted), Problem> {
        let ready = self.ready(run_id, execution_id).await?;
        let (plan, grant) = granted_plan(&ready.subject)?;
        let cx = self.cx(&ready.subject, Limits::default(), cancel);
        let requester = &ready.subject.actor;
        let claim = Claim {
            requester,
            execution_id,
            grant,
            plan: &plan,
        };
        let look = self.redeem(claim, ready.tool.as_ref(), &cx, &ready.handles);
        let granted = tokio::time::timeout(Duration::from_millis(cx.limits.time_ms) + GRACE, look)
            .await
            .map_err(|_| {
                Problem::new(
                    "recheck.timed_out",
                    format!("Did not perform {} on {}", plan.tool, plan.target.name),
                    "the target did not answer the last check in time",
                    "Nothing was done. Try again when the target answers",
                )
            })??;
        if cx.cancel.is_cancelled() {
            return Err(Problem::new(
                "run.cancelled",
                format!("Did not perform {} on {}", plan.tool, plan.target.name),
                "the run was stopped",
                "Nothing was done",
            ));
        }
        Ok((ready, granted))
    }

    async fn performed(&self, ready: &Ready, granted: &Granted, cancel: CancellationToken) -> Result<Receipt, Problem> {
        let limits = granted.plan().limits;
        let cx = Cx {
            handover: self.handover(&ready.subject),
            ..self.cx(&ready.subject, limits, cancel.clone())
        };
        let perform = ready.tool.perform(&cx, &ready.handles, granted);
        match tokio::time::timeout(Duration::from_millis(limits.time_ms) + GRACE, perform).await {
            Ok(result) => result,
            Err(_) => {
                cancel.cancel();
                Err(Problem::new(
                    "call.timed_out",
                    format!(
                        "Did not finish {} on {}",
                        granted.plan().tool,
                        granted.plan().target.name
                    ),
                    format!("it took longer than {} s", limits.time_ms / 1000),
                    "Raise the limit, or do it when the target is quieter",
                ))
            }
        }
    }

    /// Reads the world back. Trouble on the way there is a *cannot tell*, never a guess.
    pub(super) async fn verify(&self, run_id: RunId, execution_id: ExecutionId) -> Option<Input> {
        let result = self
            .stoppable_by_shutdown(execution_id, VERIFY_TIME, |cancel| async {
                let ready = self.ready(run_id, execution_id).await?;
                let (plan, _) = granted_plan(&ready.subject)?;
                let cx = self.cx(&ready.subject, Limits::default(), cancel);
                ready
                    .tool
                    .verify(&cx, &ready.handles, &plan, ready.subject.call.receipt.as_ref())
                    .await
            })
            .await?;
        let verification = result.unwrap_or_else(|problem| Verification::CannotTell { sentence: problem.why });
        Some(Input::Verified {
            execution_id,
            verification,
        })
    }

    pub(super) async fn clean_up(&self, run_id: RunId, execution_id: ExecutionId) -> Option<Input> {
        let result = self
            .stoppable(execution_id, VERIFY_TIME, |cancel| async {
                let ready = self.ready(run_id, execution_id).await?;
                let (plan, grant) = granted_plan(&ready.subject)?;
                let requester = &ready.subject.actor;
                let claim = Claim {
                    requester,
                    execution_id,
                    grant,
                    plan: &plan,
                };
                let granted = self.check_grant(claim, GrantUse::CleanUp).await?;
                let cx = self.cx(&ready.subject, plan.limits, cancel);
                ready.tool.clean_up(&cx, &ready.handles, &granted).await
            })
            .await?;
        Some(match result {
            Ok(sentence) => Input::CleanedUp { execution_id, sentence },
            Err(problem) => Input::CleanUpFailed { execution_id, problem },
        })
    }

    async fn ready(&self, run_id: RunId, execution_id: ExecutionId) -> Result<Ready, Problem> {
        let subject = self.subject(run_id, execution_id).await?;
        let registry = self.registry_of(subject.actor.organization_id);
        let Some(Tool::Change(tool)) = registry.tool(&subject.call.tool) else {
            let what = format!("Could not call {} on {}", subject.call.tool, subject.target.name);
            return Err(Problem::new(
                "call.unknown_tool",
                what,
                "this build has no such change",
                "Use a build with it",
            ));
        };
        let handles = self.handles_of(&subject).await?;
        Ok(Ready {
            tool: tool.clone(),
            handles,
            subject,
        })
    }

    /// Runs work that a person's stop reaches. `None` at shutdown: the next start does it again.
    async fn stoppable<T, F>(
        &self,
        execution_id: ExecutionId,
        limit: Duration,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Option<Result<T, Problem>>
    where
        F: Future<Output = Result<T, Problem>>,
    {
        let cancel = self.inboxes().begin(Work::Call(execution_id));
        let result = self.bounded(limit, cancel.clone(), work(cancel)).await;
        self.inboxes().end(Work::Call(execution_id));
        result
    }

    /// Runs work that a person's stop does not reach, because its result is needed to know what stopping came to.
    async fn stoppable_by_shutdown<T, F>(
        &self,
        _execution_id: ExecutionId,
        limit: Duration,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Option<Result<T, Problem>>
    where
        F: Future<Output = Result<T, Problem>>,
    {
        let cancel = CancellationToken::new();
        self.bounded(limit, cancel.clone(), work(cancel)).await
    }

    async fn bounded<T>(
        &self,
        limit: Duration,
        cancel: CancellationToken,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Option<Result<T, Problem>> {
        let stopping = self.tasks().stopping();
        tokio::select! {
            result = tokio::time::timeout(limit, work) => Some(result.unwrap_or_else(|_| {
                cancel.cancel();
                Err(Problem::new("call.timed_out", "Could not finish the call", format!("the target did not answer within {} s", limit.as_secs()), "Try when the target answers"))
            })),
            () = stopping.cancelled() => {
                cancel.cancel();
                None
            }
        }
    }
}

fn granted_plan(subject: &Subject) -> Result<(Box<Plan>, steersman_protocol::Grant), Problem> {
    match (&subject.call.plan, &subject.call.grant) {
        (Some(plan), Some(grant)) => Ok((plan.clone(), grant.clone())),
        _ => Err(Problem::new(
            "run.no_grant",
            "Did not perform the change",
            "there is no plan and grant for it",
            "Report this as a bug",
        )),
    }
}
