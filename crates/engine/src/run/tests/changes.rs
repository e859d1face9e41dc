use super::story::*;
use super::world::{Do, Found, Tool, Who, World};
use crate::call::CallState;
use crate::default_rules::default_policy;
use steersman_protocol::{ExecutionStatus, Rule, RuleEffect, RunStatus, Undo, When};

#[test]
fn a_change_is_planned_asked_approved_begun_performed_and_verified() {
    let world = tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Change]), PROPOSED),
            (Do::Planned(0), WAITS),
            (Do::Approve(0, Who::Ben), APPROVED),
            (Do::Begin(0), BEGUN),
            (Do::Performed(0), "performed → verify"),
            (
                Do::Verified(0, Found::Holds),
                "verified:holds, call_ended:completed, turn_began → ask_model:2",
            ),
            (Do::Answers, "model_asked, model_answered, run_ended:completed"),
        ],
    );
    let call = &world.run.calls[0];
    assert_eq!(call.state, CallState::Completed);
    let undo = &call.suggestions[0];
    assert!(undo.is_undo && undo.tool.as_str() == "postgres.drop_index");
    let approval = world.run.approval_view(call).expect("an approval");
    assert_eq!(approval.decided_by_name.as_deref(), Some("Ben"));
    let grant = call.grant.as_ref().expect("a grant");
    assert_eq!(Some(&grant.digest), call.digest.as_ref());
    assert_eq!(grant.answerable, Who::Ben.actor().user_id);
}

#[test]
fn of_several_calls_by_hand_some_may_fail() {
    for (second, end) in [
        (Do::Read(1), "query_answered, run_ended:completed"),
        (Do::ReadFails(1), "query_failed"),
    ] {
        let mut world = World::new();
        let told = world.take(Do::ByHandOnEach(vec![Tool::Read, Tool::ReadOther]));
        assert!(
            told.starts_with("started, proposed") && told.matches("run_query").count() == 2,
            "{told}"
        );
        let told = world.take(Do::ReadFails(0));
        assert!(!told.contains("run_ended"), "{told}");
        let told = world.take(second);
        assert!(told.starts_with(end), "{told}");
        let expected = if end.contains("answered") {
            RunStatus::Completed
        } else {
            RunStatus::Failed
        };
        assert_eq!(world.run.status(), expected);
    }
}

#[test]
fn a_secret_is_left_while_performing_and_counts_unless_the_change_came_to_nothing() {
    let until_begun = || {
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Change]), PROPOSED),
            (Do::LeavesSecret(0), "✗secret.too_late"),
            (Do::Planned(0), WAITS),
            (Do::Approve(0, Who::Ben), APPROVED),
            (Do::LeavesSecret(0), "✗secret.too_late"),
            (Do::Begin(0), BEGUN),
            (Do::LeavesSecret(0), "secret_left"),
            (Do::LeavesSecret(0), "secret_left"),
        ]
    };
    for (found, waiting) in [(Found::Holds, 1), (Found::CannotTell, 1), (Found::Not, 0)] {
        let mut world = tell(World::new(), until_begun());
        world.take(Do::Performed(0));
        assert_eq!(world.take(Do::LeavesSecret(0)), "✗secret.too_late");
        world.take(Do::Verified(0, found));
        let view = world.run.execution_view(&world.run.calls[0]);
        assert_eq!(view.secrets.len(), waiting, "{found:?}");
    }
}

#[test]
fn a_report_that_comes_twice_or_late_leads_to_nothing() {
    use Do::*;
    let reports = || {
        vec![
            Planned(0),
            PlanFails(0),
            Read(0),
            ReadFails(0),
            Begin(0),
            RecheckFails(0),
            Performed(0),
            PerformFails(0),
            Interrupted(0),
            Verified(0, Found::Holds),
            Verified(0, Found::LeftBehind),
            BeginCleanUp(0),
            CleanedUp(0),
            CleanUpFails(0),
            ExpiryDue(0),
        ]
    };
    // After each state, only these reports mean something.
    type Case = (&'static str, fn() -> World, &'static [&'static str]);
    let cases: &[Case] = &[
        ("proposed", until_proposed, &["Planned(0)", "PlanFails(0)"]),
        ("waiting", until_waiting, &["ExpiryDue(0)"]),
        ("granted", until_granted, &["Begin(0)", "RecheckFails(0)"]),
        (
            "running",
            until_running,
            &["RecheckFails(0)", "Performed(0)", "PerformFails(0)", "Interrupted(0)"],
        ),
        (
            "performed",
            || tell(until_running(), vec![(Do::Performed(0), "performed → verify")]),
            &["Verified(0, Holds)", "Verified(0, LeftBehind)"],
        ),
        (
            "completed",
            || {
                tell(
                    until_running(),
                    vec![
                        (Do::Performed(0), "performed → verify"),
                        (
                            Do::Verified(0, Found::Holds),
                            "verified:holds, call_ended:completed, turn_began → ask_model:2",
                        ),
                    ],
                )
            },
            &[],
        ),
    ];
    for (state, reach, meaningful) in cases {
        for report in reports() {
            let name = format!("{report:?}");
            let told = reach().take(report);
            assert_eq!(
                told.is_empty(),
                !meaningful.contains(&name.as_str()),
                "{name} when {state}: {told}"
            );
        }
    }
}

#[test]
fn a_rule_may_allow_a_change_without_asking_and_answers_for_it_by_name() {
    let mut policy = default_policy();
    policy.rules.push(Rule {
        id: "relax-orders".into(),
        when: When {
            tools: vec!["postgres.create_index".into()],
            ..When::default()
        },
        effect: RuleEffect::Relax,
        reason: "Indexes on orders-db may be made at any time.".into(),
        examples: Vec::new(),
    });
    let world = tell(
        World::with(policy),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Change]), PROPOSED),
            (Do::Planned(0), "planned, judged:allow, granted:relax-orders → begin"),
            (Do::Begin(0), BEGUN),
        ],
    );
    let grant = world.run.calls[0].grant.as_ref().expect("a grant");
    assert_eq!(grant.approval_id, None);
    assert_eq!(grant.answerable, Who::Ana.actor().user_id, "the requester answers");
}

#[test]
fn a_rule_may_deny_a_change_and_says_so_alone() {
    let mut policy = default_policy();
    policy.rules.push(Rule {
        id: "no-indexes".into(),
        when: When {
            tools: vec!["postgres.create_index".into()],
            ..When::default()
        },
        effect: RuleEffect::Deny,
        reason: "Indexes come with migrations.".into(),
        examples: Vec::new(),
    });
    let world = tell(
        World::with(policy),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Change]), PROPOSED),
            (
                Do::Planned(0),
                "planned, judged:deny, call_ended:denied(policy.denied), turn_began → ask_model:2",
            ),
        ],
    );
    assert!(world.run.calls[0].grant.is_none());
    assert_eq!(
        world.run.calls[0].problem.as_ref().expect("a problem").why,
        "a rule denies it (no-indexes): Indexes come with migrations."
    );
}

#[test]
fn a_plan_that_cannot_be_made_or_is_for_something_else_ends_the_call() {
    for (step, code) in [
        (Do::PlanFails(0), "postgres.too_large"),
        (Do::PlannedElsewhere(0), "plan.changed_target"),
    ] {
        tell(
            until_proposed(),
            vec![(step, &*format!("plan_failed, call_ended:failed({code}), {NEXT_TURN}"))],
        );
    }
}

#[test]
fn a_failed_recheck_does_nothing_and_ends_the_call() {
    let expected = format!("recheck_failed, call_ended:failed(recheck.changed), {NEXT_TURN}");
    tell(until_granted(), vec![(Do::RecheckFails(0), &*expected)]);
    tell(until_running(), vec![(Do::RecheckFails(0), &*expected)]);
}

#[test]
fn a_grant_is_not_used_after_its_time_or_under_another_policy() {
    for (change, code) in [(Do::Wait(30), "grant.expired"), (Do::NewPolicy, "grant.changed_policy")] {
        tell(
            until_granted(),
            vec![
                (change, ""),
                (
                    Do::Begin(0),
                    &*format!("recheck_failed, call_ended:failed({code}), {NEXT_TURN}"),
                ),
            ],
        );
    }
    tell(until_granted(), vec![(Do::Wait(29), ""), (Do::Begin(0), BEGUN)]);
}

#[test]
fn whatever_the_report_was_the_world_is_looked_at_and_decides() {
    let ends = |found: Found, is_reported: bool| -> (String, CallState) {
        let code = if is_reported {
            "call.not_verified"
        } else {
            "postgres.lock_timeout"
        };
        match found {
            Found::Holds => ("call_ended:completed".into(), CallState::Completed),
            Found::Not => (format!("call_ended:failed({code})"), CallState::Failed),
            Found::CannotTell => ("call_ended:unknown(call.outcome_unknown)".into(), CallState::Unknown),
            Found::LeftBehind => unreachable!("told in the story about clean-up"),
        }
    };
    for (report, told, is_reported) in [
        (Do::Performed(0), "performed → verify", true),
        (Do::PerformFails(0), "perform_failed → verify", false),
        (Do::Interrupted(0), "interrupted → verify", true),
    ] {
        for (found, word) in [
            (Found::Holds, "holds"),
            (Found::Not, "not"),
            (Found::CannotTell, "cannot_tell"),
        ] {
            let (end, state) = ends(found, is_reported);
            let world = tell(
                until_running(),
                vec![
                    (report.clone(), told),
                    (Do::Verified(0, found), &*format!("verified:{word}, {end}, {NEXT_TURN}")),
                ],
            );
            assert_eq!(world.run.calls[0].state, state);
        }
    }
}

fn until_cleaning_up() -> World {
    tell(
        until_running(),
        vec![
            (Do::PerformFails(0), "perform_failed → verify"),
            (
                Do::Verified(0, Found::LeftBehind),
                "verified:left_behind → begin_clean_up",
            ),
            (Do::BeginCleanUp(0), "intent_recorded:clean_up → clean_up uses:clean_up"),
            (Do::BeginCleanUp(0), ""),
        ],
    )
}

#[test]
fn what_is_left_behind_is_cleaned_up_once() {
    let world = tell(
        until_cleaning_up(),
        vec![(
            Do::CleanedUp(0),
            &*format!("cleaned_up, call_ended:failed(call.undone), {NEXT_TURN}"),
        )],
    );
    let call = &world.run.calls[0];
    assert_eq!(call.state, CallState::Undone);
    assert_eq!(
        call.problem.as_ref().expect("a problem").why,
        "it stopped. Dropped the invalid index."
    );
    let world = tell(
        until_cleaning_up(),
        vec![(
            Do::CleanUpFails(0),
            &*format!("clean_up_failed, call_ended:failed(postgres.gone), {NEXT_TURN}"),
        )],
    );
    let problem = world.run.calls[0].problem.as_ref().expect("a problem");
    assert_eq!(problem.why, "it stopped; cleaning up failed as well: it stopped");
}

#[test]
fn a_lost_clean_up_is_looked_at_and_not_repeated() {
    for (found, word, end, state) in [
        (Found::Holds, "holds", "completed", CallState::Completed),
        (Found::Not, "not", "failed(call.undone)", CallState::Undone),
        (
            Found::LeftBehind,
            "left_behind",
            "failed(call.left_behind)",
            CallState::Failed,
        ),
        (
            Found::CannotTell,
            "cannot_tell",
            "unknown(call.outcome_unknown)",
            CallState::Unknown,
        ),
    ] {
        let world = tell(
            until_cleaning_up(),
            vec![
                (Do::Interrupted(0), "interrupted → verify"),
                (Do::CleanedUp(0), ""),
                (
                    Do::Verified(0, found),
                    &*format!("verified:{word}, call_ended:{end}, {NEXT_TURN}"),
                ),
            ],
        );
        assert_eq!(world.run.calls[0].state, state);
    }
}

#[test]
fn a_change_by_hand_ends_its_run_with_its_own_end() {
    let by_hand = || {
        tell(
            World::new(),
            vec![
                (Do::ByHand(Tool::Change), "started, proposed → plan"),
                (Do::Planned(0), WAITS),
            ],
        )
    };
    let world = tell(
        by_hand(),
        vec![(
            Do::Reject(0, Who::Ben),
            "decided:no, call_ended:rejected(approval.rejected), run_ended:failed(approval.rejected)",
        )],
    );
    assert_eq!(world.run.calls[0].state.status(), ExecutionStatus::Rejected);
    let world = tell(
        by_hand(),
        vec![
            (Do::Approve(0, Who::Ben), APPROVED),
            (Do::Begin(0), BEGUN),
            (Do::Performed(0), "performed → verify"),
            (
                Do::Verified(0, Found::Holds),
                "verified:holds, call_ended:completed, run_ended:completed",
            ),
        ],
    );
    assert_eq!(world.run.status(), RunStatus::Completed);
}

#[test]
fn a_change_without_a_call_that_undoes_it_offers_none() {
    let mut world = until_running();
    if let Some(plan) = &mut world.run.calls[0].plan {
        plan.undo = Undo::Irreversible {
            why: "it is gone".into(),
        };
    }
    world.take(Do::Performed(0));
    world.take(Do::Verified(0, Found::Holds));
    assert_eq!(world.run.calls[0].state, CallState::Completed);
    assert!(world.run.calls[0].suggestions.is_empty());
}
