//! The funnel up to the grant: a call is proposed, planned, judged, asked about and let through.

use super::Draft;
use crate::call::{Call, CallState};
use crate::effect::Effect;
use crate::input::{Circumstances, ProposedCall};
use crate::policy::{Case, judge};
use crate::run::DecideError;
use steersman_protocol::{
    ApprovalId, Block, Decision, Event, ExecutionId, Grant, GrantId, GrantedBy, Limits, Outcome, Plan, Problem, Risk,
    Step, StepKind, SuggestedCall, Timestamp, ToolKind, Undo, UserId, Verdict,
};

impl Draft {
    pub(super) fn propose(&mut self, c: &mut Circumstances<'_>, call: ProposedCall) -> Result<(), DecideError> {
        let ProposedCall {
            execution_id,
            call_id,
            tool,
            kind,
            floor,
            target,
            arguments,
            from_target_text,
        } = call;
        self.event(
            c,
            Event::Proposed {
                execution_id,
                call_id,
                tool,
                tool_kind: kind,
                target,
                arguments,
                from_target_text,
            },
        )?;
        match kind {
            ToolKind::Query => self.judge_query(c, execution_id, floor),
            ToolKind::Change => {
                self.effect(Effect::Plan { execution_id });
                Ok(())
            }
        }
    }

    /// A query is its own plan: the call, literally. The plan is written out only where a person has to read it.
    fn judge_query(&mut self, c: &mut Circumstances<'_>, id: ExecutionId, floor: Risk) -> Result<(), DecideError> {
        let call = self.existing(id)?;
        let verdict = judge(c.policy, self.case(call, floor, None));
        if verdict.decision == Decision::Ask {
            let plan = Box::new(query_plan(call));
            let digest = plan.digest(c.policy.revision);
            self.event(
                c,
                Event::Planned {
                    execution_id: id,
                    plan,
                    digest,
                },
            )?;
        }
        self.apply_verdict(c, id, verdict)
    }

    pub(super) fn planned(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        floor: Risk,
        result: Result<Box<Plan>, Problem>,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Proposed]) {
            return Ok(());
        }
        match result.and_then(|plan| self.for_this_call(id, plan)) {
            Err(problem) => {
                self.event(
                    c,
                    Event::PlanFailed {
                        execution_id: id,
                        problem: problem.clone(),
                    },
                )?;
                self.end(c, id, Outcome::Failed, problem.to_string(), Some(problem))
            }
            Ok(plan) => {
                let digest = plan.digest(c.policy.revision);
                self.event(
                    c,
                    Event::Planned {
                        execution_id: id,
                        plan: plan.clone(),
                        digest,
                    },
                )?;
                let verdict = judge(c.policy, self.case(self.existing(id)?, floor, Some(&plan)));
                self.apply_verdict(c, id, verdict)
            }
        }
    }

    /// A plan is for the call that it was asked for, on the target as it was then, or it is none.
    fn for_this_call(&self, id: ExecutionId, plan: Box<Plan>) -> Result<Box<Plan>, Problem> {
        let Some(call) = self.run.call(id) else { return Ok(plan) };
        let what = format!("Could not plan {} on {}", call.tool, call.target.name);
        if plan.tool != call.tool || plan.target.id != call.target.id {
            return Err(Problem::new(
                "plan.wrong_call",
                what,
                format!("the plan is for {} on {}", plan.tool, plan.target.name),
                "Report this as a bug",
            ));
        }
        if plan.target != call.target {
            return Err(Problem::new(
                "plan.changed_target",
                what,
                "the target's settings changed while it was planned",
                "Ask for it again",
            ));
        }
        Ok(plan)
    }

    fn apply_verdict(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        verdict: Verdict,
    ) -> Result<(), DecideError> {
        let decision = verdict.decision;
        let (rules, reasons): (Vec<String>, Vec<String>) = verdict
            .rules
            .iter()
            .filter(|rule| rule.decision == decision)
            .map(|rule| (rule.id.clone(), rule.reason.clone()))
            .unzip();
        self.event(
            c,
            Event::Judged {
                execution_id: id,
                verdict,
            },
        )?;
        match decision {
            Decision::Deny => {
                let call = self.existing(id)?;
                let problem = Problem::new(
                    "policy.denied",
                    format!("Did not run {} on {}", call.tool, call.target.name),
                    format!("a rule denies it ({}): {}", rules.join(", "), reasons.join(" ")),
                    "Ask somebody who manages the policy, or do it another way",
                );
                self.end(c, id, Outcome::Denied, problem.to_string(), Some(problem))
            }
            Decision::Ask => {
                let approval_id = ApprovalId::from_uuid((c.fresh_id)());
                let expires_at = minutes_after(c.now, c.policy.approval_minutes);
                self.event(
                    c,
                    Event::ApprovalRequested {
                        execution_id: id,
                        approval_id,
                        expires_at,
                    },
                )?;
                self.effect(Effect::Expire {
                    approval_id,
                    at: expires_at,
                });
                Ok(())
            }
            Decision::Allow if self.existing(id)?.kind == ToolKind::Query => {
                self.event(c, Event::QueryStarted { execution_id: id })?;
                self.effect(Effect::RunQuery { execution_id: id });
                Ok(())
            }
            Decision::Allow => {
                let requester = self.requester()?;
                let rule_id = rules.into_iter().next().unwrap_or_default();
                self.grant(c, id, None, requester, GrantedBy::Rule { rule_id })
            }
        }
    }

    /// Turns a yes into a grant, and takes up the work.
    pub(super) fn grant(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        approval_id: Option<ApprovalId>,
        answerable: UserId,
        by: GrantedBy,
    ) -> Result<(), DecideError> {
        let call = self.existing(id)?;
        let digest = call
            .digest
            .clone()
            .ok_or_else(|| DecideError(format!("{id} has no plan to grant")))?;
        let grant = Grant {
            id: GrantId::from_uuid((c.fresh_id)()),
            execution_id: id,
            digest,
            target_id: call.target.id,
            target_revision: call.target.revision,
            policy_revision: c.policy.revision,
            expires_at: minutes_after(c.now, c.policy.approval_minutes),
            approval_id,
            answerable,
        };
        self.event(
            c,
            Event::Granted {
                execution_id: id,
                grant,
                by,
            },
        )?;
        self.effect(Effect::Begin { execution_id: id });
        Ok(())
    }

    pub(super) fn query_answered(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        summary: String,
        blocks: Vec<Block>,
        suggestions: Vec<SuggestedCall>,
        elapsed_ms: u64,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Reading]) {
            return Ok(());
        }
        self.event(
            c,
            Event::QueryAnswered {
                execution_id: id,
                summary,
                blocks,
                suggestions,
                elapsed_ms,
            },
        )?;
        self.close_turn(c)
    }

    pub(super) fn query_failed(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        problem: Problem,
    ) -> Result<(), DecideError> {
        if !self.stands(id, &[CallState::Reading]) {
            return Ok(());
        }
        if self.run.is_cancelled {
            return self.end(c, id, Outcome::Cancelled, "Stopped.".into(), None);
        }
        self.event(
            c,
            Event::QueryFailed {
                execution_id: id,
                problem: problem.clone(),
            },
        )?;
        self.end(c, id, Outcome::Failed, problem.to_string(), Some(problem))
    }

    /// Ends a call and goes on with the run.
    pub(super) fn end(
        &mut self,
        c: &mut Circumstances<'_>,
        id: ExecutionId,
        outcome: Outcome,
        summary: String,
        problem: Option<Problem>,
    ) -> Result<(), DecideError> {
        self.event(
            c,
            Event::CallEnded {
                execution_id: id,
                outcome,
                summary,
                problem,
                suggestions: Vec::new(),
            },
        )?;
        self.close_turn(c)
    }

    pub(super) fn stands(&self, id: ExecutionId, states: &[CallState]) -> bool {
        !self.run.is_over() && self.run.call(id).is_some_and(|call| states.contains(&call.state))
    }

    pub(super) fn existing(&self, id: ExecutionId) -> Result<&Call, DecideError> {
        self.run.call(id).ok_or_else(|| DecideError(format!("no call {id}")))
    }

    fn requester(&self) -> Result<UserId, DecideError> {
        self.run
            .actor
            .as_ref()
            .map(|actor| actor.user_id)
            .ok_or_else(|| DecideError("the run has not started".into()))
    }

    fn case<'a>(&'a self, call: &'a Call, floor: Risk, plan: Option<&'a Plan>) -> Case<'a> {
        let role = self.run.actor.as_ref().map_or("", |actor| actor.role.as_str());
        Case {
            tool: &call.tool,
            kind: call.kind,
            floor,
            target: &call.target,
            role,
            plan,
        }
    }
}

fn minutes_after(now: Timestamp, minutes: u32) -> Timestamp {
    now.checked_add(std::time::Duration::from_secs(u64::from(minutes) * 60))
        .unwrap_or(Timestamp::MAX)
}

fn query_plan(call: &Call) -> Plan {
    let literal = format!("{} {}", call.tool, call.arguments);
    Plan {
        tool: call.tool.clone(),
        target: call.target.clone(),
        arguments: call.arguments.clone(),
        summary: format!("Run the query {} on {}", call.tool, call.target.name),
        steps: vec![Step {
            kind: StepKind::Request,
            literal,
            note: None,
        }],
        on_failure: Vec::new(),
        touches: Vec::new(),
        must_hold: Default::default(),
        observed: Vec::new(),
        undo: Undo::NotNeeded {
            why: "a query changes nothing".into(),
        },
        limits: Limits::default(),
        facts: Vec::new(),
        warnings: Vec::new(),
    }
}
