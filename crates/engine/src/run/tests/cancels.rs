use super::story::*;
use super::world::{Do, Found, Tool, Who, World};
use crate::call::CallState;
use steersman_protocol::{ApprovalStatus, RunStatus};

const CANCELLED: &str = "run_ended:cancelled";

#[test]
fn before_anything_is_done_a_stop_drops_the_call() {
    let dropped = "cancel_requested, call_ended:cancelled, run_ended:cancelled";
    for (name, world, expected) in [
        // Planning may be under way on the target.
        ("proposed", until_proposed(), format!("{dropped} stops:work")),
        (
            "waiting",
            until_waiting(),
            format!("cancel_requested, approval_cancelled, call_ended:cancelled, {CANCELLED}"),
        ),
        ("granted", until_granted(), dropped.to_owned()),
    ] {
        let mut world = world;
        assert_eq!(world.take(Do::Cancel(Who::Ana)), expected, "{name}");
        assert_eq!(world.run.status(), RunStatus::Cancelled);
        // What comes later comes too late.
        for late in [Do::Planned(0), Do::Begin(0), Do::ExpiryDue(0), Do::Answers] {
            assert_eq!(world.take(late), "", "{name}");
        }
        assert_eq!(world.run.calls[0].state, CallState::Cancelled);
    }
    let mut world = until_waiting();
    world.take(Do::Cancel(Who::Ana));
    let approval = world.run.approval_view(&world.run.calls[0]).expect("an approval");
    assert_eq!(approval.status, ApprovalStatus::Cancelled);
    assert_eq!(
        world.take(Do::Approve(0, Who::Ben)),
        "attempt_refused:approval.already_decided ✗approval.already_decided"
    );
}

#[test]
fn a_stop_while_the_model_is_asked_stops_the_model_and_the_run() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (
                Do::Cancel(Who::Ana),
                "cancel_requested, run_ended:cancelled stops:model",
            ),
            (Do::Answers, ""),
            (Do::Cancel(Who::Ana), "✗run.already_over"),
        ],
    );
}

#[test]
fn a_stop_while_reading_reaches_the_query_and_its_report_ends_it() {
    let reading = || {
        tell(
            World::new(),
            vec![
                (Do::Say, ASKED),
                (
                    Do::Calls(vec![Tool::Read]),
                    "model_asked, model_answered, proposed, judged:allow, query_started → run_query",
                ),
                (Do::Cancel(Who::Ana), "cancel_requested stops:work"),
            ],
        )
    };
    tell(
        reading(),
        vec![(Do::ReadFails(0), "call_ended:cancelled, run_ended:cancelled")],
    );
    // It was done before the stop reached it.
    tell(reading(), vec![(Do::Read(0), "query_answered, run_ended:cancelled")]);
}

#[test]
fn a_stop_while_running_reaches_the_work_and_the_world_is_still_looked_at() {
    let stopped = || {
        tell(
            until_running(),
            vec![(Do::Cancel(Who::Ana), "cancel_requested stops:work")],
        )
    };
    tell(
        stopped(),
        vec![
            (Do::PerformFails(0), "perform_failed → verify"),
            (
                Do::Verified(0, Found::Not),
                "verified:not, call_ended:failed(postgres.lock_timeout), run_ended:cancelled",
            ),
        ],
    );
    tell(
        stopped(),
        vec![
            (Do::PerformFails(0), "perform_failed → verify"),
            (
                Do::Verified(0, Found::LeftBehind),
                "verified:left_behind → begin_clean_up",
            ),
            (Do::BeginCleanUp(0), "intent_recorded:clean_up → clean_up uses:clean_up"),
            (
                Do::CleanedUp(0),
                "cleaned_up, call_ended:failed(call.undone), run_ended:cancelled",
            ),
        ],
    );
    let world = tell(
        stopped(),
        vec![
            (Do::Interrupted(0), "interrupted → verify"),
            (
                Do::Verified(0, Found::CannotTell),
                "verified:cannot_tell, call_ended:unknown(call.outcome_unknown), \
                 run_ended:cancelled(call.outcome_unknown)",
            ),
        ],
    );
    assert_eq!(world.run.status(), RunStatus::Cancelled);
    tell(
        stopped(),
        vec![(
            Do::RecheckFails(0),
            "recheck_failed, call_ended:failed(recheck.changed), run_ended:cancelled",
        )],
    );
}

#[test]
fn a_second_stop_reaches_the_work_again() {
    tell(
        until_running(),
        vec![
            (Do::Cancel(Who::Ana), "cancel_requested stops:work"),
            (Do::Cancel(Who::Ana), "stops:work"),
        ],
    );
}

#[test]
fn people_of_another_organization_cannot_stop_a_run() {
    tell(until_running(), vec![(Do::Cancel(Who::Eve), "✗run.not_found")]);
}

#[test]
fn a_stop_drops_what_waits_and_lets_what_runs_report() {
    let mut world = World::new();
    world.take(Do::Say);
    world.take(Do::Calls(vec![Tool::Read, Tool::Change]));
    world.take(Do::Planned(1));
    assert_eq!(
        world.take(Do::Cancel(Who::Ben)),
        "cancel_requested, approval_cancelled, call_ended:cancelled stops:work"
    );
    assert_eq!(world.take(Do::Read(0)), "query_answered, run_ended:cancelled");
}
