//! What persons and the clock do to a run: decide, let expire, cancel.

use super::Draft;
use crate::call::CallState;
use crate::effect::Effect;
use crate::input::Circumstances;
use crate::run::DecideError;
use steersman_protocol::{
    Actor, ApprovalId, ApprovalStatus, Digest, Event, ExecutionId, GrantedBy, Outcome, Permission, Problem, UserId,
};

impl Draft {
    pub(super) fn decide_approval(
        &mut self,
        c: &mut Circumstances<'_>,
        approval_id: ApprovalId,
        approve: bool,
        digest: Option<Digest>,
        reason: Option<String>,
        actor: Actor,
    ) -> Result<(), DecideError> {
        let reason = reason
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty());
        let Some(call) = self.run.call_of_approval(approval_id) else {
            self.refuse(not_found());
            return Ok(());
        };
        let id = call.execution_id;
        if self.run.organization_id() != Some(actor.organization_id) {
            // Not even that it exists is anything to people of another organization.
            self.refuse(not_found());
            return Ok(());
        }
        if call.state == CallState::Waiting
            && call
                .approval
                .as_ref()
                .is_some_and(|approval| c.now >= approval.expires_at)
        {
            self.refuse_attempt(c, &actor, id, expired())?;
            return self.expiry_due(c, approval_id);
        }
        if let Err(problem) = self.may_decide(
            id,
            approve,
            digest.as_ref(),
            reason.as_deref(),
            &actor,
            c.policy.revision,
        ) {
            return self.refuse_attempt(c, &actor, id, problem);
        }
        let (by, by_name) = (actor.user_id, actor.name.clone());
        self.event(
            c,
            Event::Decided {
                execution_id: id,
                approval_id,
                approved: approve,
                by,
                by_name: by_name.clone(),
                reason: reason.clone(),
            },
        )?;
        if approve {
            let person = GrantedBy::Person {
                user_id: by,
                name: by_name,
            };
            return self.grant(c, id, Some(approval_id), by, person);
        }
        let call = self.existing(id)?;
        let said = reason.map_or_else(String::new, |reason| format!(": \"{reason}\""));
        let problem = Problem::new(
            "approval.rejected",
            format!("Did not run {} on {}", call.tool, call.target.name),
            format!("{by_name} rejected it{said}"),
            "Nothing was changed",
        );
        self.end(c, id, Outcome::Rejected, problem.to_string(), Some(problem))
    }

    fn may_decide(
        &self,
        id: ExecutionId,
        approve: bool,
        digest: Option<&Digest>,
        reason: Option<&str>,
        actor: &Actor,
        policy_revision: i64,
    ) -> Result<(), Problem> {
        let call = self.run.call(id).ok_or_else(not_found)?;
        let (Some(approval), Some(verdict)) = (&call.approval, &call.verdict) else {
            return Err(not_found());
        };
        let what = format!("Could not decide on {} on {}", call.tool, call.target.name);
        let refuse = |code: &str, why: String, next: &str| Err(Problem::new(code, what.clone(), why, next));
        match approval.status {
            ApprovalStatus::Pending => {}
            ApprovalStatus::Expired => return Err(expired()),
            ApprovalStatus::Approved | ApprovalStatus::Rejected | ApprovalStatus::Cancelled => {
                let by = approval
                    .decided_by
                    .as_ref()
                    .map_or_else(String::new, |(_, name)| format!(" by {name}"));
                return refuse(
                    "approval.already_decided",
                    format!("it is already {}{by}", approval.status),
                    "Nothing more to do here",
                );
            }
        }
        if !actor.may(Permission::APPROVE) {
            return refuse(
                "approval.not_allowed",
                format!("your role ({}) may not decide approvals", actor.role),
                "Ask an operator or owner",
            );
        }
        if !approve {
            return Ok(());
        }
        if digest.is_none() || digest != call.digest.as_ref() {
            return refuse(
                "approval.changed_plan",
                "the plan you decided on is not the one that waits".into(),
                "Read the plan again and decide on that",
            );
        }
        if verdict.policy_revision != policy_revision {
            return refuse(
                "approval.changed_policy",
                "the policy changed after this plan was judged".into(),
                "Reject it and ask for the change again, so that it is judged by the policy of now",
            );
        }
        let is_own = self
            .run
            .actor
            .as_ref()
            .is_some_and(|requester| requester.user_id == actor.user_id);
        if verdict.second_person && is_own {
            return refuse(
                "approval.needs_second_person",
                "you asked for this change yourself, and your organization wants a second person for it".into(),
                "Ask a colleague who may approve to look at it",
            );
        }
        if verdict.reason_required && reason.is_none() {
            return refuse(
                "approval.reason_required",
                format!("a {} risk change is approved with a written reason", verdict.risk),
                "Write why, and approve again",
            );
        }
        Ok(())
    }

    /// Refuses an attempt, and keeps that it was made.
    fn refuse_attempt(
        &mut self,
        c: &mut Circumstances<'_>,
        actor: &Actor,
        id: ExecutionId,
        problem: Problem,
    ) -> Result<(), DecideError> {
        self.refuse(problem.clone());
        self.event(
            c,
            Event::AttemptRefused {
                by: actor.user_id,
                by_name: actor.name.clone(),
                execution_id: Some(id),
                problem,
            },
        )
    }

    pub(super) fn expiry_due(&mut self, c: &mut Circumstances<'_>, approval_id: ApprovalId) -> Result<(), DecideError> {
        let Some(call) = self.run.call_of_approval(approval_id) else {
            return Ok(());
        };
        let Some(at) = call.approval.as_ref().map(|approval| approval.expires_at) else {
            return Ok(());
        };
        if call.state != CallState::Waiting || self.run.is_over() {
            return Ok(());
        }
        if c.now < at {
            // The clock was set back: without a new timer the question would stay open for good.
            self.effect(Effect::Expire { approval_id, at });
            return Ok(());
        }
        let (id, tool, target) = (call.execution_id, call.tool.clone(), call.target.name.clone());
        self.event(
            c,
            Event::ApprovalExpired {
                execution_id: id,
                approval_id,
            },
        )?;
        let problem = Problem::new(
            "approval.expired",
            format!("Did not run {tool} on {target}"),
            "nobody decided in time",
            "Ask for it again to get a fresh plan",
        );
        self.end(c, id, Outcome::Expired, problem.to_string(), Some(problem))
    }

    pub(super) fn cancel(
        &mut self,
        c: &mut Circumstances<'_>,
        actor: Actor,
        written: Option<(u32, String)>,
    ) -> Result<(), DecideError> {
        if self
            .run
            .organization_id()
            .is_some_and(|own| own != actor.organization_id)
        {
            self.refuse(Problem::new(
                "run.not_found",
                "Could not stop the run",
                "there is none with this id",
                "Look at the list of runs",
            ));
            return Ok(());
        }
        if self.run.is_over() || self.run.seq == 0 {
            self.refuse(Problem::new(
                "run.already_over",
                "Could not stop the run",
                "it has already ended",
                "Nothing to do",
            ));
            return Ok(());
        }
        if self.run.is_cancelled {
            // Pressed again: a first stop may have come just before the work could hear it.
            let open = self.run.calls.iter().filter(|call| !call.state.is_over());
            self.decision.stop_work = open.map(|call| call.execution_id).collect();
            return Ok(());
        }
        self.decision.stop_model = self.run.is_asking_model;
        let (by, by_name): (UserId, String) = (actor.user_id, actor.name);
        let of_now = written.filter(|(turn, _)| self.run.is_asking_model && *turn == self.run.turn);
        self.event(
            c,
            Event::CancelRequested {
                by,
                by_name: by_name.clone(),
                written: of_now.map(|(_, text)| text).unwrap_or_default(),
            },
        )?;
        let open: Vec<(ExecutionId, CallState, Option<ApprovalId>)> = self
            .run
            .calls
            .iter()
            .filter(|call| !call.state.is_over())
            .map(|call| {
                (
                    call.execution_id,
                    call.state,
                    call.approval.as_ref().map(|approval| approval.id),
                )
            })
            .collect();
        for (execution_id, state, approval_id) in open {
            if !state.is_before_action() {
                // Its own report ends it: what was already done is verified, not forgotten.
                self.decision.stop_work.push(execution_id);
                continue;
            }
            if let (CallState::Waiting, Some(approval_id)) = (state, approval_id) {
                self.event(
                    c,
                    Event::ApprovalCancelled {
                        execution_id,
                        approval_id,
                    },
                )?;
            }
            if state == CallState::Proposed {
                // Planning may be under way on the target.
                self.decision.stop_work.push(execution_id);
            }
            let summary = format!("Stopped by {by_name} before anything was done.");
            self.event(
                c,
                Event::CallEnded {
                    execution_id,
                    outcome: Outcome::Cancelled,
                    summary,
                    problem: None,
                    suggestions: Vec::new(),
                },
            )?;
        }
        self.close_turn(c)
    }
}

fn not_found() -> Problem {
    Problem::new(
        "approval.not_found",
        "Could not find the approval",
        "there is none with this id",
        "Look at the list of approvals",
    )
}

fn expired() -> Problem {
    Problem::new(
        "approval.expired",
        "Could not decide on the approval",
        "it expired before it was decided",
        "Ask for the change again to get a fresh plan",
    )
}
