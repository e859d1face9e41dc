use super::{entries, outside_a_run, refusal};
use crate::run::tests::{Do, Found, Tool, Who, World};
use serde_json::json;
use steersman_protocol::*;

/// `action:result` of the entries that each step of a story leaves.
fn left_by(world: &mut World, step: Do) -> Vec<String> {
    drafts(world, step)
        .iter()
        .map(|entry| format!("{}:{}", entry.action, entry.result.as_str()))
        .collect()
}

fn drafts(world: &mut World, step: Do) -> Vec<AuditDraft> {
    let mut run = world.run.clone();
    let Some(decision) = world.decide(step) else {
        return Vec::new();
    };
    let mut drafts = Vec::new();
    for event in &decision.events {
        run.evolve(event, world.now).expect("a legal event");
        drafts.extend(entries(&run, event));
    }
    drafts
}

fn tell(world: &mut World, steps: Vec<(Do, &[&str])>) {
    for (step, expected) in steps {
        let shown = format!("{step:?}");
        assert_eq!(left_by(world, step), expected, "{shown}");
    }
}

fn until_running() -> World {
    let mut world = World::new();
    for step in [
        Do::Say,
        Do::Calls(vec![Tool::Change]),
        Do::Planned(0),
        Do::Approve(0, Who::Ben),
        Do::Begin(0),
    ] {
        world.take(step);
    }
    world
}

#[test]
fn a_change_leaves_an_entry_for_every_fact_that_a_later_reader_must_find() {
    tell(
        &mut World::new(),
        vec![
            (Do::Say, &["ai.asked:success"]),
            (Do::Calls(vec![Tool::Change]), &["ai.answered:success"]),
            (Do::Planned(0), &["approval.requested:success"]),
            (Do::Approve(0, Who::Dee), &["approval.refused:rejected"]),
            (
                Do::Approve(0, Who::Ben),
                &["approval.approved:success", "tool.granted:success"],
            ),
            (Do::Begin(0), &["tool.executing:intended"]),
            (Do::Performed(0), &["tool.performed:success"]),
            (
                Do::Verified(0, Found::Holds),
                &["tool.verified:success", "tool.executed:success"],
            ),
            (Do::Answers, &["ai.answered:success"]),
        ],
    );
}

#[test]
fn every_way_a_change_can_go_wrong_is_told() {
    tell(
        &mut until_running(),
        vec![
            (Do::LeavesSecret(0), &["secret.left:success"]),
            (Do::PerformFails(0), &["tool.performed:failure"]),
            (Do::Verified(0, Found::LeftBehind), &["tool.verified:failure"]),
            (Do::BeginCleanUp(0), &["tool.executing:intended"]),
            (Do::Interrupted(0), &["tool.interrupted:unknown"]),
            (
                Do::Verified(0, Found::CannotTell),
                &["tool.verified:unknown", "tool.executed:unknown"],
            ),
        ],
    );
    for (step, expected) in [
        (Do::CleanedUp(0), ["tool.cleaned_up:success", "tool.executed:failure"]),
        (
            Do::CleanUpFails(0),
            ["tool.cleaned_up:failure", "tool.executed:failure"],
        ),
    ] {
        let mut world = until_running();
        for step in [
            Do::PerformFails(0),
            Do::Verified(0, Found::LeftBehind),
            Do::BeginCleanUp(0),
        ] {
            world.take(step);
        }
        assert_eq!(left_by(&mut world, step), expected);
    }
    let mut world = until_running();
    for step in [Do::LeavesSecret(0), Do::Performed(0)] {
        world.take(step);
    }
    let dropped = drafts(&mut world, Do::Verified(0, Found::Not)).pop().unwrap();
    assert_eq!(dropped.action, "secret.dropped");
    assert_eq!(
        dropped.body.sentence,
        "Forgot the password of the role reporting: the change came to nothing."
    );
    tell(
        &mut until_running(),
        vec![(
            Do::RecheckFails(0),
            &["tool.executed:rejected", "tool.executed:failure"],
        )],
    );
    let mut world = World::new();
    tell(
        &mut world,
        vec![
            (Do::Say, &["ai.asked:success"]),
            (
                Do::Calls(vec![Tool::Change, Tool::OtherChange, Tool::Critical, Tool::Unknown]),
                &["ai.answered:success", "tool.refused:rejected"],
            ),
            (Do::PlanFails(0), &["tool.planned:failure", "tool.executed:failure"]),
            (Do::Planned(1), &["approval.requested:success"]),
            (Do::Planned(2), &["approval.requested:success"]),
            (
                Do::Reject(1, Who::Ben),
                &["approval.rejected:rejected", "tool.executed:rejected"],
            ),
            (Do::Wait(30), &[]),
            (
                Do::ExpiryDue(2),
                &["approval.expired:rejected", "tool.executed:rejected"],
            ),
            (Do::ModelFails, &["ai.answered:failure"]),
        ],
    );
}

#[test]
fn queries_and_stops_are_told() {
    tell(
        &mut World::new(),
        vec![
            (Do::Say, &["ai.asked:success"]),
            (
                Do::Calls(vec![Tool::Read, Tool::ReadOther, Tool::Costly]),
                &[
                    "ai.answered:success",
                    "tool.executing:intended",
                    "tool.executing:intended",
                    "approval.requested:success",
                ],
            ),
            (Do::Read(0), &["tool.executed:success"]),
            (Do::ReadFails(1), &["tool.executed:failure"]),
            (
                Do::Cancel(Who::Ben),
                &[
                    "run.cancelled:success",
                    "approval.cancelled:rejected",
                    "tool.executed:rejected",
                ],
            ),
        ],
    );
    // A run without any call ends with its own entry.
    tell(
        &mut World::new(),
        vec![
            (Do::Say, &["ai.asked:success"]),
            (Do::ModelFails, &["ai.answered:failure", "run.ended:failure"]),
        ],
    );
}

#[test]
fn a_denied_change_names_the_denying_rules_only() {
    let mut policy = crate::default_rules::default_policy();
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
    let mut world = World::with(policy);
    world.take(Do::Say);
    world.take(Do::Calls(vec![Tool::Change]));
    let drafts = drafts(&mut world, Do::Planned(0));
    assert_eq!(drafts[0].action, "tool.denied");
    assert_eq!(drafts[0].body.sentence, "Indexes come with migrations.");
    assert_eq!(drafts[0].body.rules, ["ask-changes", "no-indexes"]);
}

#[test]
fn an_entry_says_who_what_where_and_by_which_rule() {
    let mut world = World::new();
    world.take(Do::Say);
    world.take(Do::Calls(vec![Tool::Change]));
    world.take(Do::Planned(0));
    let drafts = drafts(&mut world, Do::Approve(0, Who::Ben));
    let call = &world.run.calls[0];
    let decided = &drafts[0];
    assert_eq!(decided.organization_id, Who::Ana.actor().organization_id);
    assert_eq!(decided.execution_id, Some(call.execution_id));
    assert_eq!(decided.risk, Some(Risk::Medium));
    let body = &decided.body;
    assert_eq!(
        (body.user_name.as_str(), body.user_id),
        ("Ben", Some(Who::Ben.actor().user_id))
    );
    assert_eq!(body.approver.as_deref(), Some("Ben"));
    assert_eq!(body.tool.as_deref(), Some("postgres.create_index"));
    assert_eq!(body.target.as_deref(), Some("orders-db"));
    assert_eq!(body.rules, ["ask-changes"]);
    assert_eq!(body.parameters, json!({ "table": "orders" }));
    // Ben's address is not in the event, and Ana's would be a false trace.
    assert_eq!((&body.ip, &body.user_agent), (&None, &None));
    let granted = &drafts[1].body;
    assert_eq!(
        (granted.user_name.as_str(), granted.ip.as_deref()),
        ("Ana", Some("192.0.2.1"))
    );
}

#[test]
fn no_entry_holds_a_secret() {
    let mut world = World::new();
    world.take(Do::Say);
    let mut run = world.run.clone();
    let text = "set bob's password to 'hunter2'";
    let secret_problem = Problem::new("x.y", "Could not run ALTER ROLE bob PASSWORD 'hunter2'", "no", "");
    let refused = Event::CallRefused {
        execution_id: ExecutionId::from_uuid(uuid::Uuid::from_u128(5)),
        call: ToolCall {
            id: "1".into(),
            name: "postgres_run_statement".into(),
            arguments: json!({ "sql": "ALTER ROLE bob PASSWORD 'hunter2'", "nested": [{ "password": "hunter2" }] }),
        },
        problem: secret_problem.clone(),
    };
    let started = Event::Started {
        actor: Who::Ana.actor(),
        session_id: None,
        message_id: Some(MessageId::from_uuid(uuid::Uuid::from_u128(6))),
        text: text.into(),
        parent_run_id: None,
        replaces: None,
        page: None,
    };
    let answered = Event::ModelFailed {
        turn: 1,
        problem: secret_problem.clone(),
        written: String::new(),
    };
    run.is_asking_model = false;
    let mut drafts = entries(&run, &started);
    drafts.extend(entries(&run, &refused));
    drafts.extend(entries(&run, &answered));
    drafts.push(outside_a_run(
        Who::Ana.actor().organization_id,
        "target.edited",
        AuditResult::Success,
        AuditBody {
            sentence: text.into(),
            parameters: json!({ "url": "postgres://u:hunter2@db" }),
            ..AuditBody::default()
        },
    ));
    assert_eq!(drafts.len(), 4);
    for draft in &drafts {
        let all = serde_json::to_string(&draft.body).expect("JSON");
        assert!(!all.contains("hunter2") && all.contains("[redacted]"), "{all}");
    }
    assert!(!refusal(&secret_problem).contains("hunter2"));
}
