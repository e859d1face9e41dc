use super::story::*;
use super::world::{Do, Seen, Tool, Who, World};
use crate::default_rules::default_policy;
use steersman_protocol::ApprovalStatus;

fn refused(code: &str) -> String {
    format!("attempt_refused:{code} ✗{code}")
}

/// A chat whose model proposed a critical change, with or without four eyes.
fn critical(four_eyes: bool) -> World {
    let mut policy = default_policy();
    policy.four_eyes = four_eyes;
    tell(
        World::with(policy),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Critical]), PROPOSED),
            (Do::Planned(0), WAITS),
        ],
    )
}

#[test]
fn only_the_right_decision_by_the_right_person_grants() {
    let with = |who, seen, reason| Do::ApproveWith(0, who, seen, reason);
    type Case = (fn() -> World, Do, String);
    let cases: Vec<(&str, Case)> = vec![
        (
            "another plan",
            (
                until_waiting,
                with(Who::Ben, Seen::Wrong, None),
                refused("approval.changed_plan"),
            ),
        ),
        (
            "no plan named",
            (
                until_waiting,
                with(Who::Ben, Seen::Nothing, None),
                refused("approval.changed_plan"),
            ),
        ),
        (
            "no right",
            (until_waiting, Do::Approve(0, Who::Dee), refused("approval.not_allowed")),
        ),
        (
            "no right to reject either",
            (until_waiting, Do::Reject(0, Who::Dee), refused("approval.not_allowed")),
        ),
        (
            "another organization",
            (until_waiting, Do::Approve(0, Who::Eve), "✗approval.not_found".into()),
        ),
        (
            "the requester, where one person is enough",
            (
                until_waiting,
                Do::Approve(0, Who::Ana),
                "decided:yes, granted:Ana → begin".into(),
            ),
        ),
        (
            "critical without a reason",
            (
                || critical(false),
                Do::Approve(0, Who::Ben),
                refused("approval.reason_required"),
            ),
        ),
        (
            "critical with blanks for a reason",
            (
                || critical(false),
                with(Who::Ben, Seen::Right, Some("  \n")),
                refused("approval.reason_required"),
            ),
        ),
        (
            "critical with a reason, by the requester",
            (
                || critical(false),
                with(Who::Ana, Seen::Right, Some("he left")),
                "decided:yes, granted:Ana → begin".into(),
            ),
        ),
        (
            "critical by the requester under four eyes",
            (
                || critical(true),
                with(Who::Ana, Seen::Right, Some("he left")),
                refused("approval.needs_second_person"),
            ),
        ),
        (
            "critical by a second person under four eyes",
            (
                || critical(true),
                with(Who::Ben, Seen::Right, Some("he left")),
                APPROVED.into(),
            ),
        ),
        (
            "rejecting needs neither plan nor reason nor a second person",
            (
                || critical(true),
                Do::Reject(0, Who::Ana),
                format!("decided:no, call_ended:rejected(approval.rejected), {NEXT_TURN}"),
            ),
        ),
    ];
    for (name, (reach, step, expected)) in cases {
        let mut world = reach();
        assert_eq!(world.take(step), expected, "{name}");
        if expected.contains('✗') {
            let approval = world.run.approval_view(&world.run.calls[0]).expect("an approval");
            assert_eq!(approval.status, ApprovalStatus::Pending, "{name}");
        }
    }
}

#[test]
fn a_decision_stands() {
    let already = refused("approval.already_decided");
    tell(
        until_granted(),
        vec![
            (Do::Approve(0, Who::Ben), &*already),
            (Do::Reject(0, Who::Ana), &*already),
            (Do::ExpiryDue(0), ""),
        ],
    );
    tell(
        until_waiting(),
        vec![
            (
                Do::Reject(0, Who::Ben),
                &*format!("decided:no, call_ended:rejected(approval.rejected), {NEXT_TURN}"),
            ),
            (Do::Approve(0, Who::Ben), &*already),
        ],
    );
}

#[test]
fn an_attempt_on_a_run_that_is_over_is_kept_and_changes_nothing() {
    let mut world = until_waiting();
    world.take(Do::Cancel(Who::Ana));
    let before = format!("{:?}", world.run.calls);
    assert_eq!(
        world.take(Do::Approve(0, Who::Ben)),
        refused("approval.already_decided")
    );
    assert_eq!(format!("{:?}", world.run.calls), before);
}

#[test]
fn an_approval_expires_when_its_time_is_over_and_not_before() {
    let expires = "approval_expired, call_ended:expired(approval.expired)";
    tell(
        until_waiting(),
        vec![
            (Do::Wait(29), ""),
            // A timer that fires too early is set again.
            (Do::ExpiryDue(0), "→ expire"),
            (Do::Wait(1), ""),
            (Do::ExpiryDue(0), &*format!("{expires}, {NEXT_TURN}")),
            (Do::ExpiryDue(0), ""),
            (Do::Approve(0, Who::Ben), &*refused("approval.expired")),
        ],
    );
    // Nobody's timer fired, and the decision itself comes too late.
    tell(
        until_waiting(),
        vec![
            (Do::Wait(30), ""),
            (
                Do::Approve(0, Who::Ben),
                &*format!("attempt_refused:approval.expired, {expires}, turn_began → ask_model:2 ✗approval.expired"),
            ),
        ],
    );
}

#[test]
fn an_approval_does_not_hold_under_another_policy() {
    tell(
        until_waiting(),
        vec![
            (Do::NewPolicy, ""),
            (Do::Approve(0, Who::Ben), &*refused("approval.changed_policy")),
            (
                Do::Reject(0, Who::Ben),
                &*format!("decided:no, call_ended:rejected(approval.rejected), {NEXT_TURN}"),
            ),
        ],
    );
}

#[test]
fn an_unknown_approval_is_not_found() {
    use crate::input::{Circumstances, Input};
    let world = until_waiting();
    let mut ids = || panic!("no id is needed");
    let mut circumstances = Circumstances {
        now: world.now,
        policy: &world.policy,
        fresh_id: &mut ids,
    };
    let input = Input::Decide {
        approval_id: steersman_protocol::ApprovalId::from_uuid(super::world::id(9)),
        approve: true,
        digest: None,
        reason: None,
        actor: Who::Ben.actor(),
    };
    let decision = world.run.decide(&mut circumstances, input).expect("decided");
    assert_eq!(super::words::told(&decision), "✗approval.not_found");
}

#[test]
fn a_policy_with_an_absurd_time_does_not_break_the_run() {
    let mut policy = default_policy();
    policy.approval_minutes = u32::MAX;
    tell(
        World::with(policy),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Change]), PROPOSED),
            (Do::Planned(0), WAITS),
        ],
    );
}
