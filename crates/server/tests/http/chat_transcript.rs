//! A conversation page by page.

use crate::chat::{transcript, with_model};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steersman_protocol::{
    Actor, Event, ExecutionId, FinishReason, MessageId, ModelAnswer, RunId, RunStatus, SessionId, ToolCall, Usage,
};
use steersman_runtime::{
    engine::Run,
    store::{Commit, LeafStep},
};
use steersman_testkit::{TestApp, model_server::Scripted};

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_transcript_are_whole_turns_and_together_the_conversation() {
    let app = TestApp::start().await;
    let (_model, session) = with_model(
        &app,
        (0..7).map(|n| Scripted::text(&[&format!("answer {n}")])).collect(),
    )
    .await;
    for number in 0..7 {
        app.ask_in("operator", session, &format!("question {number}")).await;
    }
    let whole = transcript(&app, session, "").await;
    assert_eq!(whole["items"].as_array().unwrap().len(), 14);
    assert_eq!(whole["next_cursor"], Value::Null);
    let texts: Vec<&Value> = whole["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["parts"].as_array().unwrap().last().unwrap())
        .collect();
    assert_eq!(
        (&texts[0]["text"], &texts[13]["text"]),
        (&json!("question 0"), &json!("answer 6"))
    );

    let (mut all, mut query) = (Vec::new(), "?limit=3".to_owned());
    for expected in [6, 6, 2] {
        let page = transcript(&app, session, &query).await;
        assert_eq!(
            (ids(&page).len(), &page["leaf_run_id"]),
            (expected, &whole["leaf_run_id"])
        );
        all.splice(0..0, ids(&page));
        query = format!("?limit=3&before={}", page["next_cursor"].as_str().unwrap_or("none"));
    }
    assert_eq!((all, query.ends_with("none")), (ids(&whole), true));
    let theirs = app
        .as_("colleague")
        .get(&format!("/api/sessions/{session}/transcript"))
        .await;
    assert_eq!(theirs.told(), (404, "store.not_found".into()));
    let nonsense = app
        .as_("operator")
        .get(&format!("/api/sessions/{session}/transcript?before=7"))
        .await;
    assert_eq!(nonsense.told(), (400, "request.bad_query".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_the_same_however_long_the_session_is() {
    let app = TestApp::start().await;
    let (short, long) = (app.open_session("operator").await, app.open_session("operator").await);
    fill(&app, short, 60).await;
    fill(&app, long, 1_000).await;
    let (whole, pages) = walk(&app, long).await;
    assert_eq!((whole, pages.len()), (1_000, 34));
    // Measured in turns, so that a busy machine slows both.
    let (mut of_short, mut of_long) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        of_short.extend(walk(&app, short).await.1);
        let began = Instant::now();
        transcript(&app, long, "?limit=30").await;
        of_long.push(began.elapsed());
    }
    let (short, long) = (middle(of_short), middle(of_long));
    let slowest = pages.iter().max().unwrap();
    println!(
        "30 runs of 60: p50 {short:?}; of 1,000: p50 {long:?}, all pages p50 {:?}, slowest {slowest:?}",
        middle(pages.clone())
    );
    assert!(long < short * 4, "{long:?} of 1,000 runs, {short:?} of 60");
}

fn middle(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

/// How many runs all pages have together, and how long each took.
async fn walk(app: &TestApp, session: SessionId) -> (usize, Vec<Duration>) {
    let (mut took, mut cursor, mut runs) = (Vec::new(), String::new(), 0);
    loop {
        let began = Instant::now();
        let page = transcript(app, session, &format!("?limit=30{cursor}")).await;
        took.push(began.elapsed());
        runs += ids(&page).len() / 2;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&before={next}"),
            None => return (runs, took),
        }
    }
}

/// Runs as a session has them: a question, a query with a table, and an answer.
async fn fill(app: &TestApp, session: SessionId, runs: u32) {
    let person = app.person("operator");
    let at = steersman_protocol::Timestamp::now();
    let mut parent = None;
    for number in 0..runs {
        let run_id = RunId::from_uuid(app.runtime().fresh_id());
        let events = events_of(number, session, parent, person.actor(), app);
        let mut run = Run::new(run_id);
        for event in &events {
            run.evolve(event, at).unwrap();
        }
        let commit = Commit {
            session_id: Some(session),
            events,
            run: run.view(),
            executions: run.calls.iter().map(|call| run.execution_view(call)).collect(),
            messages: run.messages(),
            leaf: Some(LeafStep::Continue { from: parent }),
            ..Commit::new(run_id, person.organization_id, 0, at)
        };
        app.store().commit(commit).await.unwrap();
        parent = Some(run_id);
    }
}

fn events_of(number: u32, session: SessionId, parent: Option<RunId>, actor: Actor, app: &TestApp) -> Vec<Event> {
    let execution_id = ExecutionId::from_uuid(app.runtime().fresh_id());
    let message_id = || MessageId::from_uuid(app.runtime().fresh_id());
    let answer = |text: String, tool_calls: Vec<ToolCall>| ModelAnswer {
        provider: "scripted".into(),
        model: "scripted-1".into(),
        text,
        tool_calls,
        finish: FinishReason::Stop,
        usage: Usage::default(),
        stands_in_for: None,
    };
    let rows: Vec<Value> = (0..20)
        .map(|row| json!([format!("table_{row}"), row * 1_000, "a table of the sample shop"]))
        .collect();
    let table = json!({
        "kind": "table", "origin": { "from": "target", "name": "orders-db" }, "title": "Tables",
        "columns": [{ "name": "table" }, { "name": "rows" }, { "name": "comment" }], "rows": rows,
    });
    let event = |value: Value| serde_json::from_value::<Event>(value).unwrap();
    vec![
        Event::Started {
            actor,
            session_id: Some(session),
            message_id: Some(message_id()),
            text: format!("question {number}"),
            parent_run_id: parent,
            replaces: None,
            page: None,
        },
        Event::ModelAnswered {
            turn: 1,
            message_id: message_id(),
            answer: answer(
                String::new(),
                vec![ToolCall {
                    id: execution_id.to_string(),
                    name: "postgres_list_tables".into(),
                    arguments: json!({}),
                }],
            ),
        },
        event(json!({
            "type": "proposed", "execution_id": execution_id, "call_id": execution_id, "tool": "postgres.list_tables",
            "tool_kind": "query", "arguments": {},
            "target": { "id": app.runtime().fresh_id(), "name": "orders-db", "plugin": "postgres", "environment": "production", "revision": 1 },
        })),
        event(json!({ "type": "judged", "execution_id": execution_id, "verdict": {
            "decision": "allow", "risk": "low", "risk_reasons": [], "rules": [], "reason_required": false,
            "second_person": false, "policy_revision": 1,
        } })),
        event(json!({ "type": "query_started", "execution_id": execution_id })),
        event(
            json!({ "type": "query_answered", "execution_id": execution_id, "summary": "20 tables", "blocks": [table], "elapsed_ms": 3 }),
        ),
        Event::TurnBegan {
            turn: 2,
            with_tools: true,
        },
        Event::ModelAnswered {
            turn: 2,
            message_id: message_id(),
            answer: answer(
                format!("There are 20 tables. {}", "They belong to the shop. ".repeat(30)),
                Vec::new(),
            ),
        },
        Event::RunEnded {
            status: RunStatus::Completed,
            problem: None,
        },
    ]
}
