use super::story::{ASKED, tell};
use super::world::{Do, Tool, World};
use crate::run::MAX_TURNS;
use steersman_protocol::{MessageRole, RunStatus};

#[test]
fn an_answer_without_calls_ends_the_run() {
    let world = tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::Answers, "model_asked, model_answered, run_ended:completed"),
            // Nothing happens after the end.
            (Do::Answers, ""),
            (Do::Say, "✗run.already_started"),
            (Do::ModelFails, ""),
        ],
    );
    assert_eq!(world.run.status(), RunStatus::Completed);
}

#[test]
fn a_query_runs_at_once_and_its_result_goes_back_to_the_model() {
    let world = tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (
                Do::Calls(vec![Tool::Read]),
                "model_asked, model_answered, proposed, judged:allow, query_started → run_query",
            ),
            (Do::Read(0), "query_answered, turn_began → ask_model:2"),
            // Reported twice.
            (Do::Read(0), ""),
            (Do::ReadFails(0), ""),
            (Do::Answers, "model_asked, model_answered, run_ended:completed"),
        ],
    );
    let roles: Vec<MessageRole> = world.run.messages().iter().map(|message| message.role).collect();
    use MessageRole::{Assistant, Tool as Result, User};
    assert_eq!(roles, [User, Assistant, Result, Assistant]);
}

#[test]
fn several_queries_of_a_turn_run_side_by_side_and_the_turn_ends_with_the_last() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (
                Do::Calls(vec![Tool::Read, Tool::ReadOther, Tool::Unknown]),
                "model_asked, model_answered, proposed, judged:allow, query_started, proposed, judged:allow, \
                 query_started, call_refused:call.unknown_tool → run_query, run_query",
            ),
            (Do::Read(1), "query_answered"),
            (
                Do::ReadFails(0),
                "query_failed, call_ended:failed(postgres.gone), turn_began → ask_model:2",
            ),
        ],
    );
}

#[test]
fn a_query_that_needs_an_approval_waits_with_a_plan_of_itself() {
    use super::world::Who;
    let world = tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (
                Do::Calls(vec![Tool::Costly]),
                "model_asked, model_answered, proposed, planned, judged:ask, approval_requested → expire",
            ),
            (Do::Approve(0, Who::Ben), "decided:yes, granted:Ben → begin"),
            (Do::Begin(0), "query_started → run_query uses:perform"),
            (Do::Begin(0), ""),
            (Do::Read(0), "query_answered, turn_began → ask_model:2"),
        ],
    );
    let plan = world.run.calls[0].plan.as_ref().expect("a plan");
    assert_eq!(plan.steps[0].literal, r#"postgres.run_query {"sql":"select 1"}"#);
}

#[test]
fn a_model_that_fails_ends_the_run_with_its_problem() {
    let world = tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::ModelFails, "model_failed, run_ended:failed(model.down)"),
        ],
    );
    let view = world.run.view().expect("a view");
    assert_eq!(view.problem.map(|problem| problem.code), Some("model.down".into()));
}

#[test]
fn an_answer_of_another_turn_is_ignored() {
    tell(
        World::new(),
        vec![
            (Do::Say, ASKED),
            (Do::AnswersLate(0), ""),
            (Do::AnswersLate(2), ""),
            (Do::Answers, "model_asked, model_answered, run_ended:completed"),
        ],
    );
}

#[test]
fn a_model_that_never_answers_is_asked_without_tools_and_then_given_up() {
    let mut world = World::new();
    world.take(Do::Say);
    for turn in 1..MAX_TURNS {
        let last = if turn + 1 == MAX_TURNS { ":no_tools" } else { "" };
        assert_eq!(
            world.take(Do::Calls(vec![Tool::Unknown])),
            format!(
                "model_asked, model_answered, call_refused:call.unknown_tool, turn_began → ask_model:{}{last}",
                turn + 1
            )
        );
    }
    assert_eq!(
        world.take(Do::Calls(vec![Tool::Unknown])),
        "model_asked, model_answered, call_refused:call.unknown_tool, run_ended:failed(run.too_many_turns)"
    );
}

#[test]
fn a_call_by_hand_is_a_run_of_one_call_without_a_model() {
    let world = tell(
        World::new(),
        vec![
            (
                Do::ByHand(Tool::Read),
                "started, proposed, judged:allow, query_started → run_query",
            ),
            (Do::Read(0), "query_answered, run_ended:completed"),
        ],
    );
    assert!(world.run.messages().is_empty());
    tell(
        World::new(),
        vec![
            (
                Do::ByHand(Tool::Read),
                "started, proposed, judged:allow, query_started → run_query",
            ),
            (
                Do::ReadFails(0),
                "query_failed, call_ended:failed(postgres.gone), run_ended:failed(postgres.gone)",
            ),
        ],
    );
    tell(
        World::new(),
        vec![(
            Do::ByHandRefused,
            "started, call_refused:call.unknown_tool, run_ended:failed(call.unknown_tool)",
        )],
    );
}
