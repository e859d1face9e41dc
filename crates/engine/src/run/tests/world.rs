//! A run with a clock, ids and a policy of its own, driven by short words.

// The inputs' own type.
#![allow(clippy::result_large_err)]

pub use super::cast::{Found, Seen, Tool, Who, id, plan_for, problem};
use super::words::told;
use crate::default_rules::default_policy;
use crate::effect::Effect;
use crate::input::{Circumstances, Input, ProposedCall, RefusedCall};
use crate::run::{Decision, Run};
use serde_json::json;
use std::time::Duration;
use steersman_protocol::*;

/// One step of a story. Numbers are calls in the order in which they were proposed.
#[derive(Clone, Debug)]
pub enum Do {
    Say,
    ByHand(Tool),
    /// Several calls in one run.
    ByHandOnEach(Vec<Tool>),
    ByHandRefused,
    /// The model calls these tools.
    Calls(Vec<Tool>),
    /// The model answers, calling nothing.
    Answers,
    /// The answer of a turn that is over.
    AnswersLate(u32),
    ModelFails,
    Planned(usize),
    PlannedElsewhere(usize),
    PlanFails(usize),
    Read(usize),
    ReadFails(usize),
    Begin(usize),
    RecheckFails(usize),
    /// Performing leaves a secret for a person.
    LeavesSecret(usize),
    Performed(usize),
    PerformFails(usize),
    Interrupted(usize),
    Verified(usize, Found),
    BeginCleanUp(usize),
    CleanedUp(usize),
    CleanUpFails(usize),
    Approve(usize, Who),
    ApproveWith(usize, Who, Seen, Option<&'static str>),
    Reject(usize, Who),
    ExpiryDue(usize),
    Wait(i64),
    NewPolicy,
    Cancel(Who),
    /// The report on some effect that is open; the number chooses which, and how it went.
    Next(u8),
}

pub struct World {
    pub run: Run,
    pub policy: Policy,
    pub now: Timestamp,
    pub target: TargetRef,
    pub events: Vec<(Event, Timestamp)>,
    pub effects: Vec<Effect>,
    ids: u128,
}

impl World {
    pub fn new() -> Self {
        Self::with(default_policy())
    }

    pub fn with(policy: Policy) -> Self {
        Self {
            run: Run::new(RunId::from_uuid(id(1))),
            policy,
            now: "2026-01-01T00:00:00Z".parse().expect("a time"),
            target: TargetRef {
                id: TargetId::from_uuid(id(2)),
                name: "orders-db".into(),
                plugin: "postgres".into(),
                environment: "production".into(),
                revision: 3,
            },
            events: Vec::new(),
            effects: Vec::new(),
            ids: 1_000,
        }
    }

    /// Takes a step and says in words what it led to.
    pub fn take(&mut self, step: Do) -> String {
        self.decide(step).map_or_else(String::new, |decision| told(&decision))
    }

    /// Takes a step; `None` where it is none for the engine (time passes, a call that is not there).
    pub fn decide(&mut self, step: Do) -> Option<Decision> {
        let input = self.input(step)?;
        let decision = self.decided(input);
        for event in &decision.events {
            self.run
                .evolve(event, self.now)
                .expect("the log accepts what was decided");
            self.events.push((event.clone(), self.now));
        }
        self.effects.extend(decision.effects.iter().cloned());
        self.effects.retain(|effect| self.run.wants(effect));
        Some(decision)
    }

    fn decided(&mut self, input: Input) -> Decision {
        let ids = &mut self.ids;
        let mut fresh_id = || {
            *ids += 1;
            id(*ids)
        };
        let mut circumstances = Circumstances {
            now: self.now,
            policy: &self.policy,
            fresh_id: &mut fresh_id,
        };
        self.run
            .decide(&mut circumstances, input)
            .expect("every input is decided")
    }

    fn input(&mut self, step: Do) -> Option<Input> {
        Some(match step {
            Do::Say => Input::Say {
                actor: Who::Ana.actor(),
                session_id: SessionId::from_uuid(id(3)),
                message_id: MessageId::from_uuid(id(4)),
                text: "why is orders slow, and fix it".into(),
                leaf: None,
                replaces: None,
                page: None,
                anchor: None,
            },
            Do::ByHand(tool) => Input::CallByHand {
                actor: Who::Ana.actor(),
                title: "by hand".into(),
                calls: vec![self.proposed(tool)],
            },
            Do::ByHandOnEach(tools) => Input::CallByHand {
                actor: Who::Ana.actor(),
                title: "by hand".into(),
                calls: tools.into_iter().map(|tool| self.proposed(tool)).collect(),
            },
            Do::ByHandRefused => Input::CallByHand {
                actor: Who::Ana.actor(),
                title: "by hand".into(),
                calls: vec![self.proposed(Tool::Unknown)],
            },
            Do::Calls(tools) => self.model_answered(self.run.turn, &tools),
            Do::Answers => self.model_answered(self.run.turn, &[]),
            Do::AnswersLate(turn) => self.model_answered(turn, &[Tool::Change]),
            Do::ModelFails => Input::ModelFailed {
                turn: self.run.turn,
                problem: problem("model.down"),
                written: "I think that".into(),
            },
            Do::Planned(n) => self.planned(n, |_| {})?,
            Do::PlannedElsewhere(n) => self.planned(n, |plan| plan.target.revision += 1)?,
            Do::PlanFails(n) => Input::Planned {
                execution_id: self.call(n)?,
                floor: Risk::Medium,
                result: Err(problem("postgres.too_large")),
            },
            Do::Read(n) => Input::QueryAnswered {
                execution_id: self.call(n)?,
                summary: "3 indexes.".into(),
                blocks: vec![Block::text("a")],
                suggestions: Vec::new(),
                elapsed_ms: 5,
            },
            Do::ReadFails(n) => Input::QueryFailed {
                execution_id: self.call(n)?,
                problem: problem("postgres.gone"),
            },
            Do::Begin(n) => Input::Begin {
                execution_id: self.call(n)?,
            },
            Do::RecheckFails(n) => Input::RecheckFailed {
                execution_id: self.call(n)?,
                problem: problem("recheck.changed"),
            },
            Do::Performed(n) => Input::Performed {
                execution_id: self.call(n)?,
                receipt: Receipt {
                    sentence: "Created.".into(),
                    elapsed_ms: 9,
                    facts: Default::default(),
                },
            },
            Do::PerformFails(n) => Input::PerformFailed {
                execution_id: self.call(n)?,
                problem: problem("postgres.lock_timeout"),
            },
            Do::LeavesSecret(n) => Input::SecretLeft {
                execution_id: self.call(n)?,
                label: "password of the role reporting".into(),
                until: self.now + Duration::from_secs(86_400),
            },
            Do::Interrupted(n) => Input::Interrupted {
                execution_id: self.call(n)?,
            },
            Do::Verified(n, found) => Input::Verified {
                execution_id: self.call(n)?,
                verification: found.verification(),
            },
            Do::BeginCleanUp(n) => Input::BeginCleanUp {
                execution_id: self.call(n)?,
            },
            Do::CleanedUp(n) => Input::CleanedUp {
                execution_id: self.call(n)?,
                sentence: "Dropped the invalid index.".into(),
            },
            Do::CleanUpFails(n) => Input::CleanUpFailed {
                execution_id: self.call(n)?,
                problem: problem("postgres.gone"),
            },
            Do::Approve(n, who) => self.decision(n, who, true, Seen::Right, None)?,
            Do::ApproveWith(n, who, seen, reason) => self.decision(n, who, true, seen, reason)?,
            Do::Reject(n, who) => self.decision(n, who, false, Seen::Nothing, Some("not today"))?,
            Do::ExpiryDue(n) => Input::ExpiryDue {
                approval_id: self.run.calls.get(n)?.approval.as_ref()?.id,
            },
            Do::Wait(minutes) => {
                self.now += Duration::from_secs(60 * u64::try_from(minutes).unwrap_or_default());
                return None;
            }
            Do::NewPolicy => {
                self.policy.revision += 1;
                return None;
            }
            Do::Cancel(who) => Input::Cancel {
                actor: who.actor(),
                written: Some((self.run.turn, "I think".into())),
            },
            Do::Next(choice) => {
                let step = self.next(choice)?;
                return self.input(step);
            }
        })
    }

    /// A fitting report for one of the open effects.
    fn next(&self, choice: u8) -> Option<Do> {
        let due: Vec<&Effect> = self.effects.iter().collect();
        let effect = due.get(usize::from(choice) % due.len().max(1))?;
        let way = choice / 16;
        let nth = |wanted: &ExecutionId| self.run.calls.iter().position(|call| call.execution_id == *wanted);
        Some(match effect {
            Effect::AskModel { .. } => match way {
                0..=3 => Do::Calls(vec![Tool::Change]),
                4..=6 => Do::Calls(vec![Tool::Read, Tool::OtherChange]),
                7..=8 => Do::Calls(vec![Tool::Costly, Tool::Critical]),
                9..=12 => Do::Calls(vec![Tool::Read]),
                13 => Do::Calls(vec![Tool::Unknown]),
                14 => Do::Answers,
                _ => Do::ModelFails,
            },
            Effect::Plan { execution_id } if way == 0 => Do::PlanFails(nth(execution_id)?),
            Effect::Plan { execution_id } => Do::Planned(nth(execution_id)?),
            Effect::RunQuery { execution_id } if way == 0 => Do::ReadFails(nth(execution_id)?),
            Effect::RunQuery { execution_id } => Do::Read(nth(execution_id)?),
            Effect::Begin { execution_id } => Do::Begin(nth(execution_id)?),
            Effect::Act { execution_id } => match way {
                0 => Do::RecheckFails(nth(execution_id)?),
                1..=3 => Do::PerformFails(nth(execution_id)?),
                4..=6 => Do::Interrupted(nth(execution_id)?),
                _ => Do::Performed(nth(execution_id)?),
            },
            Effect::Verify { execution_id } => {
                let found = match way {
                    0..=1 => Found::CannotTell,
                    2..=3 => Found::Not,
                    4..=7 => Found::LeftBehind,
                    _ => Found::Holds,
                };
                Do::Verified(nth(execution_id)?, found)
            }
            Effect::BeginCleanUp { execution_id } => Do::BeginCleanUp(nth(execution_id)?),
            Effect::CleanUp { execution_id } => match way {
                0..=3 => Do::CleanUpFails(nth(execution_id)?),
                4..=7 => Do::Interrupted(nth(execution_id)?),
                _ => Do::CleanedUp(nth(execution_id)?),
            },
            Effect::Expire { approval_id, .. } => {
                let n = self.run.calls.iter().position(|call| {
                    call.approval
                        .as_ref()
                        .is_some_and(|approval| approval.id == *approval_id)
                })?;
                match way {
                    0..=1 => Do::ExpiryDue(n),
                    2..=3 => Do::Reject(n, Who::Ben),
                    _ => Do::ApproveWith(n, Who::Ben, Seen::Right, Some("needed")),
                }
            }
        })
    }

    fn call(&self, n: usize) -> Option<ExecutionId> {
        self.run.calls.get(n).map(|call| call.execution_id)
    }

    fn planned(&self, n: usize, edit: impl Fn(&mut Plan)) -> Option<Input> {
        let call = self.run.calls.get(n)?;
        let mut plan = plan_for(call.tool.clone(), call.target.clone(), call.arguments.clone());
        edit(&mut plan);
        let is_critical = call.tool.as_str() == Tool::Critical.name();
        Some(Input::Planned {
            execution_id: call.execution_id,
            floor: if is_critical { Risk::Critical } else { Risk::Medium },
            result: Ok(Box::new(plan)),
        })
    }

    fn decision(&self, n: usize, who: Who, approve: bool, seen: Seen, reason: Option<&str>) -> Option<Input> {
        let call = self.run.calls.get(n)?;
        Some(Input::Decide {
            approval_id: call.approval.as_ref()?.id,
            approve,
            digest: match seen {
                Seen::Right => call.digest.clone(),
                Seen::Wrong => Some(Digest::of(&"another plan")),
                Seen::Nothing => None,
            },
            reason: reason.map(str::to_owned),
            actor: who.actor(),
        })
    }

    fn model_answered(&mut self, turn: u32, tools: &[Tool]) -> Input {
        let calls: Vec<_> = tools.iter().map(|tool| self.proposed(*tool)).collect();
        let tool_calls = calls.iter().map(|call| match call {
            Ok(call) => ToolCall {
                id: call.call_id.clone(),
                name: call.tool.for_model(),
                arguments: call.arguments.clone(),
            },
            Err(refused) => refused.call.clone(),
        });
        self.ids += 1;
        Input::ModelAnswered {
            turn,
            message_id: MessageId::from_uuid(id(self.ids)),
            offered: vec!["postgres_list_indexes".into()],
            answer: ModelAnswer {
                provider: "local".into(),
                model: "local".into(),
                text: if tools.is_empty() {
                    "Done.".into()
                } else {
                    String::new()
                },
                tool_calls: tool_calls.collect(),
                finish: FinishReason::Stop,
                usage: Usage::default(),
                stands_in_for: None,
            },
            calls,
        }
    }

    fn proposed(&mut self, tool: Tool) -> Result<ProposedCall, RefusedCall> {
        self.ids += 1;
        let execution_id = ExecutionId::from_uuid(id(self.ids));
        if tool == Tool::Unknown {
            return Err(RefusedCall {
                execution_id,
                call: ToolCall {
                    id: execution_id.to_string(),
                    name: tool.name().into(),
                    arguments: json!({}),
                },
                problem: problem("call.unknown_tool"),
            });
        }
        Ok(ProposedCall {
            execution_id,
            call_id: execution_id.to_string(),
            tool: tool.name().parse().expect("a tool name"),
            kind: tool.kind(),
            floor: tool.floor(),
            target: self.target.clone(),
            arguments: tool.arguments(),
            from_target_text: Vec::new(),
        })
    }
}
