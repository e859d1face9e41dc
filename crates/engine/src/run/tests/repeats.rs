use super::story::*;
use super::world::{Do, Found, Tool, Who, World};

const READS: &str = "model_asked, model_answered, proposed, judged:allow, query_started → run_query";

fn refused_and_winding_up(turn: u32) -> String {
    format!("model_asked, model_answered, call_refused:call.repeated, turn_began → ask_model:{turn}:no_tools")
}

/// Reads, then changes something and completes it, in three turns.
fn until_changed() -> World {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Read]), READS),
            (Do::Read(0), "query_answered, turn_began → ask_model:2"),
            (Do::Calls(vec![Tool::Change]), PROPOSED),
            (Do::Planned(1), WAITS),
            (Do::Approve(1, Who::Ben), APPROVED),
            (Do::Begin(1), BEGUN),
            (Do::Performed(1), "performed → verify"),
            (
                Do::Verified(1, Found::Holds),
                "verified:holds, call_ended:completed, turn_began → ask_model:3",
            ),
        ],
    )
}

#[test]
fn a_repeated_query_is_refused_and_the_model_is_asked_for_the_answer_only() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Read]), READS),
            (Do::Read(0), "query_answered, turn_began → ask_model:2"),
            (Do::Calls(vec![Tool::Read]), &*refused_and_winding_up(3)),
            // Other arguments are another call, but now an answer is due.
            (
                Do::Calls(vec![Tool::Unknown]),
                "model_asked, model_answered, call_refused:call.unknown_tool, \
                 run_ended:failed(run.too_many_turns)",
            ),
        ],
    );
}

#[test]
fn a_repeated_call_beside_a_new_one_still_winds_the_run_up_when_the_new_one_ends() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Read]), READS),
            (Do::Read(0), "query_answered, turn_began → ask_model:2"),
            (
                Do::Calls(vec![Tool::Read, Tool::ReadOther]),
                "model_asked, model_answered, call_refused:call.repeated, proposed, judged:allow, query_started → \
                 run_query",
            ),
            (Do::Read(1), "query_answered, turn_began → ask_model:3:no_tools"),
            (Do::Answers, "model_asked, model_answered, run_ended:completed"),
        ],
    );
}

#[test]
fn the_same_call_twice_in_one_answer_is_made_once() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (
                Do::Calls(vec![Tool::Change, Tool::Change]),
                "model_asked, model_answered, proposed, call_refused:call.repeated → plan",
            ),
        ],
    );
}

#[test]
fn a_query_may_be_repeated_after_a_completed_change_and_then_not_again() {
    tell(
        until_changed(),
        vec![
            (Do::Calls(vec![Tool::Read]), READS),
            (Do::Read(2), "query_answered, turn_began → ask_model:4"),
            (Do::Calls(vec![Tool::Read]), &*refused_and_winding_up(5)),
        ],
    );
}

#[test]
fn a_query_asked_beside_the_change_may_be_repeated_once_the_change_is_done() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (
                Do::Calls(vec![Tool::Change, Tool::Read]),
                "model_asked, model_answered, proposed, proposed, judged:allow, query_started → plan, run_query",
            ),
            (Do::Read(1), "query_answered"),
            (Do::Planned(0), WAITS),
            (Do::Approve(0, Who::Ben), APPROVED),
            (Do::Begin(0), BEGUN),
            (Do::Interrupted(0), "interrupted → verify"),
            (
                Do::Verified(0, Found::CannotTell),
                "verified:cannot_tell, call_ended:unknown(call.outcome_unknown), turn_began → ask_model:2",
            ),
            // A change that may have happened counts: looking again is what one should do.
            (Do::Calls(vec![Tool::Read]), READS),
        ],
    );
}

#[test]
fn a_change_that_did_not_happen_is_no_reason_to_ask_again() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::Calls(vec![Tool::Read]), READS),
            (Do::Read(0), "query_answered, turn_began → ask_model:2"),
            (Do::Calls(vec![Tool::Change]), PROPOSED),
            (
                Do::PlanFails(1),
                "plan_failed, call_ended:failed(postgres.too_large), turn_began → ask_model:3",
            ),
            (Do::Calls(vec![Tool::Read]), &*refused_and_winding_up(4)),
        ],
    );
}

#[test]
fn an_identical_change_is_never_repeated_in_a_run_whatever_came_of_it() {
    tell(
        until_changed(),
        vec![(Do::Calls(vec![Tool::Change]), &*refused_and_winding_up(4))],
    );
    tell(
        until_waiting(),
        vec![
            (
                Do::Reject(0, Who::Ben),
                &*format!("decided:no, call_ended:rejected(approval.rejected), {NEXT_TURN}"),
            ),
            (Do::Calls(vec![Tool::Change]), &*refused_and_winding_up(3)),
        ],
    );
    // Another change is another change.
    tell(until_changed(), vec![(Do::Calls(vec![Tool::OtherChange]), PROPOSED)]);
}
