//! Whatever arrives in whatever order: no panic, no illegal event, nothing done without leave, no run stuck.

use super::world::{Do, Found, Seen, Tool, Who, World};
use crate::call::CallState;
use crate::default_rules::default_policy;
use crate::run::{Decision, Run};
use proptest::prelude::*;
use std::collections::BTreeSet;
use steersman_protocol::{
    Actor, Decision as Verdicts, Event, ExecutionId, GrantUse, Permission, Policy, Rule, RuleEffect, When,
};

fn tool() -> impl Strategy<Value = Tool> {
    prop::sample::select(vec![
        Tool::Read,
        Tool::ReadOther,
        Tool::Costly,
        Tool::Change,
        Tool::OtherChange,
        Tool::Critical,
        Tool::Unknown,
    ])
}

fn step() -> impl Strategy<Value = Do> {
    let n = 0usize..4;
    let who = prop::sample::select(vec![Who::Ana, Who::Ben, Who::Dee, Who::Eve]);
    let seen = prop::sample::select(vec![Seen::Right, Seen::Right, Seen::Wrong, Seen::Nothing]);
    let reason = prop::sample::select(vec![None, Some(" "), Some("needed")]);
    let found = prop::sample::select(vec![Found::Holds, Found::Not, Found::LeftBehind, Found::CannotTell]);
    let report = (n.clone(), found, 0u8..14).prop_map(|(n, found, which)| match which {
        0 => Do::Planned(n),
        1 => Do::PlanFails(n),
        2 => Do::Read(n),
        3 => Do::ReadFails(n),
        4 => Do::Begin(n),
        5 => Do::RecheckFails(n),
        6 => Do::Performed(n),
        7 => Do::PerformFails(n),
        8 => Do::Interrupted(n),
        9 => Do::Verified(n, found),
        10 => Do::BeginCleanUp(n),
        11 => Do::CleanedUp(n),
        12 => Do::CleanUpFails(n),
        _ => Do::PlannedElsewhere(n),
    });
    prop_oneof![
        30 => any::<u8>().prop_map(Do::Next),
        8 => report,
        4 => prop::collection::vec(tool(), 0..4).prop_map(Do::Calls),
        1 => Just(Do::Answers),
        1 => (0u32..5).prop_map(Do::AnswersLate),
        1 => Just(Do::ModelFails),
        1 => Just(Do::Say),
        1 => tool().prop_map(Do::ByHand),
        5 => (n.clone(), who.clone(), seen, reason).prop_map(|(n, who, seen, reason)| Do::ApproveWith(n, who, seen, reason)),
        1 => (n.clone(), who.clone()).prop_map(|(n, who)| Do::Reject(n, who)),
        1 => n.prop_map(Do::ExpiryDue),
        2 => (0i64..20).prop_map(Do::Wait),
        1 => Just(Do::NewPolicy),
        1 => who.prop_map(Do::Cancel),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(four_eyes, relaxed, denied)| {
        let rule = |id: &str, tool: &str, effect| Rule {
            id: id.into(),
            when: When {
                tools: vec![tool.into()],
                ..When::default()
            },
            effect,
            reason: "a test".into(),
            examples: Vec::new(),
        };
        let mut policy = default_policy();
        policy.four_eyes = four_eyes;
        if relaxed {
            policy
                .rules
                .push(rule("relax", "postgres.create_index", RuleEffect::Relax));
        }
        if denied {
            policy.rules.push(rule("deny", "postgres.drop_user", RuleEffect::Deny));
        }
        policy
    })
}

/// What has been seen so far, to say what may not happen.
#[derive(Default)]
struct Watch {
    allowed: BTreeSet<ExecutionId>,
    granted: BTreeSet<ExecutionId>,
    intents: BTreeSet<(ExecutionId, bool)>,
    was_over: bool,
}

impl Watch {
    fn see(&mut self, before: &Run, decision: &Decision, decider: Option<&Actor>) {
        for event in &decision.events {
            assert!(
                !self.was_over || matches!(event, Event::AttemptRefused { .. }),
                "{event:?} after the end"
            );
            match event {
                Event::Judged { execution_id, verdict } if verdict.decision == Verdicts::Allow => {
                    self.allowed.insert(*execution_id);
                }
                Event::Decided {
                    execution_id,
                    approved: true,
                    by,
                    reason,
                    ..
                } => {
                    let actor = decider.expect("only a person decides");
                    let call = before.call(*execution_id).expect("the call was there");
                    let verdict = call.verdict.as_ref().expect("it was judged");
                    assert_eq!(*by, actor.user_id);
                    assert!(actor.may(Permission::APPROVE));
                    assert_eq!(Some(actor.organization_id), before.organization_id());
                    assert!(!verdict.second_person || before.actor.as_ref().is_some_and(|own| own.user_id != *by));
                    assert!(!verdict.reason_required || reason.as_ref().is_some_and(|text| !text.trim().is_empty()));
                    self.allowed.insert(*execution_id);
                }
                Event::Granted { execution_id, .. } => {
                    assert!(self.allowed.contains(execution_id), "granted without leave");
                    assert!(self.granted.insert(*execution_id), "granted twice");
                }
                Event::IntentRecorded {
                    execution_id,
                    grant_use,
                } => {
                    assert!(self.granted.contains(execution_id), "intent without a grant");
                    let is_first = self.intents.insert((*execution_id, *grant_use == GrantUse::CleanUp));
                    assert!(is_first, "intent recorded twice");
                    let used = decision.use_grant.as_ref().map(|(grant, of)| (grant.execution_id, *of));
                    assert_eq!(
                        used,
                        Some((*execution_id, *grant_use)),
                        "the grant is used up with the intent"
                    );
                }
                Event::QueryStarted { execution_id } => {
                    assert!(self.allowed.contains(execution_id), "read without leave");
                }
                Event::RunEnded { .. } => self.was_over = true,
                _ => {}
            }
        }
    }
}

fn folded(world: &World) -> Run {
    let mut run = Run::new(world.run.id);
    for (event, at) in &world.events {
        // As the store does it.
        let json = serde_json::to_string(event).expect("an event is JSON");
        let event = serde_json::from_str(&json).expect("and back");
        run.evolve(&event, *at).expect("the log folds");
    }
    run
}

fn views(run: &Run) -> String {
    let executions: Vec<_> = run.calls.iter().map(|call| run.execution_view(call)).collect();
    let approvals: Vec<_> = run.calls.iter().filter_map(|call| run.approval_view(call)).collect();
    let all = serde_json::json!([run.view(), executions, approvals, run.messages(), run.status()]);
    all.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_arrives_the_run_keeps_its_promises(
        policy in policy(),
        is_chat in prop::bool::weighted(0.9),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::with(policy);
        let mut watch = Watch::default();
        let first = if is_chat { Do::Say } else { Do::ByHand(Tool::Change) };
        for step in std::iter::once(first).chain(steps) {
            let before = world.run.clone();
            let decider = match &step {
                Do::Approve(_, who) | Do::ApproveWith(_, who, ..) => Some(who.actor()),
                Do::Next(_) => Some(Who::Ben.actor()),
                _ => None,
            };
            let Some(decision) = world.decide(step) else { continue };
            watch.see(&before, &decision, decider.as_ref());
            for effect in &decision.effects {
                prop_assert!(world.run.wants(effect), "{effect:?} is asked for and not wanted");
            }
            // Nothing waits for something that nobody was asked to do.
            prop_assert!(world.run.is_over() || !world.effects.is_empty(), "the run is stuck: {:?}", world.run);
            let open = world.run.calls.iter().filter(|call| !call.state.is_over()).count();
            prop_assert!(open <= world.effects.len(), "a call is stuck: {:?}", world.run.calls);
            prop_assert!(!world.run.is_over() || open == 0, "a call outlives its run");
        }
        let again = folded(&world);
        prop_assert_eq!(views(&again), views(&world.run));
        prop_assert_eq!(format!("{again:?}"), format!("{:?}", world.run));
    }
}

#[test]
fn random_runs_do_get_everywhere() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for _ in 0..400 {
        let steps = prop::collection::vec(step(), 60..61)
            .new_tree(&mut runner)
            .expect("steps");
        let policy = policy().new_tree(&mut runner).expect("a policy").current();
        let mut world = World::with(policy);
        world.take(Do::Say);
        for step in steps.current() {
            world.take(step);
            seen.extend(world.run.calls.iter().map(|call| format!("{:?}", call.state)));
        }
    }
    // Passed through inside of one decision.
    let unseen_between = [
        CallState::Planned,
        CallState::Allowed,
        CallState::MustAsk,
        CallState::Approved,
    ];
    for state in CallState::ALL.iter().filter(|state| !unseen_between.contains(state)) {
        assert!(
            seen.contains(&format!("{state:?}")),
            "{state:?} was never reached: {seen:?}"
        );
    }
}
