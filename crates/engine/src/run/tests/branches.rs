//! Where a new run goes in its session's tree, and a request that comes twice.

// The inputs' own type.
#![allow(clippy::result_large_err)]

use super::world::{Who, id, problem};
use crate::default_rules::default_policy;
use crate::input::{Circumstances, Input, ProposedCall, RefusedCall, Replaced};
use crate::run::{Decision, Run};
use serde_json::{Value, json};
use steersman_protocol::*;

fn run(n: u128) -> RunId {
    RunId::from_uuid(id(n))
}

fn session(n: u128) -> SessionId {
    SessionId::from_uuid(id(n))
}

fn page(name: &str) -> PageAnchor {
    PageAnchor {
        resource_type: "target".into(),
        resource_ids: vec![name.into()],
        title: None,
    }
}

fn replaced() -> Replaced {
    Replaced {
        run_id: run(20),
        session_id: Some(session(3)),
        parent_run_id: Some(run(19)),
        is_over: true,
        versions: 1,
    }
}

/// What may differ between two messages.
#[derive(Default)]
struct Words {
    replaces: Option<Replaced>,
    page: Option<PageAnchor>,
    anchor: Option<PageAnchor>,
    text: String,
}

/// A message below run 25.
fn said(words: Words) -> Input {
    Input::Say {
        actor: Who::Ana.actor(),
        session_id: session(3),
        message_id: MessageId::from_uuid(id(4)),
        text: words.text,
        leaf: Some(run(25)),
        replaces: words.replaces,
        page: words.page,
        anchor: words.anchor,
    }
}

fn plain() -> Words {
    Words::default()
}

fn replacing(replaced: Replaced) -> Words {
    Words {
        replaces: Some(replaced),
        ..plain()
    }
}

fn looking(own: Option<&str>, anchor: Option<&str>) -> Words {
    Words {
        page: own.map(page),
        anchor: anchor.map(page),
        ..plain()
    }
}

fn decided(on: &Run, input: Input) -> Decision {
    let mut fresh_id = || id(99);
    let mut circumstances = Circumstances {
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
        policy: &default_policy(),
        fresh_id: &mut fresh_id,
    };
    on.decide(&mut circumstances, input).unwrap()
}

fn started(input: Input) -> (Option<RunId>, Option<RunId>, Option<PageAnchor>) {
    let decision = decided(&Run::new(run(30)), input);
    assert_eq!(decision.refusal, None);
    match &decision.events[..] {
        [
            Event::Started {
                parent_run_id,
                replaces,
                page,
                ..
            },
        ] => (*parent_run_id, *replaces, page.clone()),
        other => panic!("{other:?}"),
    }
}

fn refused(on: &Run, input: Input) -> String {
    let decision = decided(on, input);
    assert_eq!(decision.events, []);
    assert!(decision.effects.is_empty());
    decision.refusal.unwrap().code
}

#[test]
fn a_message_continues_the_leaf_and_a_replacing_one_stands_beside_the_other() {
    assert_eq!(started(said(plain())), (Some(run(25)), None, None));
    let beside = started(said(replacing(replaced())));
    assert_eq!(beside, (Some(run(19)), Some(run(20)), None));
    let first = started(said(replacing(Replaced {
        parent_run_id: None,
        ..replaced()
    })));
    assert_eq!(first, (None, Some(run(20)), None));
}

#[test]
fn only_a_run_of_the_session_that_is_over_is_replaced_and_not_without_end() {
    let fresh = Run::new(run(30));
    let with = |edit: fn(&mut Replaced)| {
        let mut other = replaced();
        edit(&mut other);
        refused(&fresh, said(replacing(other)))
    };
    assert_eq!(with(|it| it.session_id = Some(session(8))), "run.not_in_session");
    assert_eq!(with(|it| it.session_id = None), "run.not_in_session");
    assert_eq!(with(|it| it.is_over = false), "run.still_running");
    assert_eq!(with(|it| it.versions = 100), "run.too_many_versions");
}

#[test]
fn the_page_of_a_message_goes_before_the_page_of_the_session() {
    let page_of = |own, anchor| started(said(looking(own, anchor))).2;
    assert_eq!(page_of(None, Some("a")), Some(page("a")));
    assert_eq!(page_of(Some("b"), Some("a")), Some(page("b")));
}

#[test]
fn the_place_and_the_page_come_back_from_the_log() {
    let mut state = Run::new(run(30));
    let words = Words {
        page: Some(page("a")),
        ..replacing(replaced())
    };
    let decision = decided(&state, said(words));
    let json = serde_json::to_string(&decision.events[0]).unwrap();
    let event: Event = serde_json::from_str(&json).unwrap();
    state.evolve(&event, "2026-11-21T08:00:00Z".parse().unwrap()).unwrap();
    assert_eq!((state.parent_run_id, state.replaces), (Some(run(19)), Some(run(20))));
    assert_eq!(state.page, Some(page("a")));
    assert_eq!(state.view().unwrap().parent_run_id, Some(run(19)));
}

#[test]
fn an_event_from_before_there_were_branches_is_still_read() {
    let decision = decided(&Run::new(run(30)), said(plain()));
    let mut old = serde_json::to_value(&decision.events[0]).unwrap();
    old.as_object_mut().unwrap().retain(|name, _| name != "parent_run_id");
    let event: Event = serde_json::from_value(old).unwrap();
    let mut state = Run::new(run(30));
    state.evolve(&event, "2026-11-21T08:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(state.parent_run_id, None);
}

fn after(input: Input) -> Run {
    let mut state = Run::new(run(30));
    for event in decided(&state, input).events {
        state.evolve(&event, "2026-11-21T08:00:00Z".parse().unwrap()).unwrap();
    }
    state
}

#[test]
fn the_same_message_again_is_told_from_another_one_with_its_id() {
    let first = after(said(looking(Some("a"), None)));
    assert_eq!(
        refused(&first, said(looking(Some("a"), Some("z")))),
        "run.already_started"
    );
    let other_text = Words {
        text: "why not".into(),
        ..looking(Some("a"), None)
    };
    for other in [other_text, looking(Some("b"), None), replacing(replaced())] {
        assert_eq!(refused(&first, said(other)), "run.started_otherwise");
    }
    // The session is about another page by now; the request itself is the same.
    let first = after(said(looking(None, Some("a"))));
    assert_eq!(refused(&first, said(looking(None, Some("b")))), "run.already_started");
}

fn by_hand(call: Result<ProposedCall, RefusedCall>) -> Input {
    Input::CallByHand {
        actor: Who::Ana.actor(),
        title: "by hand".into(),
        calls: vec![call],
    }
}

fn proposed(tool: &str, arguments: Value) -> Result<ProposedCall, RefusedCall> {
    Ok(ProposedCall {
        execution_id: ExecutionId::from_uuid(id(50)),
        call_id: "1".into(),
        tool: tool.parse().unwrap(),
        kind: ToolKind::Query,
        floor: Risk::Low,
        target: super::world::World::new().target,
        arguments,
        from_target_text: vec![],
    })
}

fn turned_away(tool: &str, arguments: &Value) -> Result<ProposedCall, RefusedCall> {
    Err(RefusedCall {
        execution_id: ExecutionId::from_uuid(id(51)),
        call: ToolCall {
            id: "1".into(),
            name: tool.into(),
            arguments: crate::audit::redact(arguments),
        },
        problem: problem("call.bad_arguments"),
    })
}

#[test]
fn the_same_call_again_is_told_from_another_one_with_its_id() {
    let (one, two) = (
        json!({ "table": "orders", "limit": 3 }),
        json!({ "table": "orders", "limit": 4 }),
    );
    let reordered = json!({ "limit": 3, "table": "orders" });
    let taken = after(by_hand(proposed("postgres.list_indexes", one.clone())));
    let told = |on: &Run, call| refused(on, by_hand(call));
    assert_eq!(
        told(&taken, proposed("postgres.list_indexes", reordered)),
        "run.already_started"
    );
    // A right was taken away meanwhile: the same request all the same.
    assert_eq!(
        told(&taken, turned_away("postgres.list_indexes", &one)),
        "run.already_started"
    );
    for other in [
        proposed("postgres.list_indexes", two.clone()),
        proposed("postgres.list_tables", one.clone()),
        turned_away("postgres.list_indexes", &two),
    ] {
        assert_eq!(told(&taken, other), "run.started_otherwise");
    }
    let secret = json!({ "password": "hunter2", "name": 7 });
    let turned = after(by_hand(turned_away("postgres.list_indexes", &secret)));
    assert_eq!(
        told(&turned, turned_away("postgres.list_indexes", &secret)),
        "run.already_started"
    );
    assert_eq!(
        told(&turned, proposed("postgres.list_indexes", secret)),
        "run.already_started"
    );
    assert_eq!(
        told(&turned, turned_away("postgres.list_indexes", &one)),
        "run.started_otherwise"
    );
}
