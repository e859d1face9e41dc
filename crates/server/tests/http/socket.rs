//! The WebSocket: what it tells, and what can be done over it.

use crate::stage::{faulty, shop};
use serde_json::{Value, json};
use std::time::Duration;
use steersman_protocol::{Event, EventRecord, SessionId};
use steersman_testkit::{TestApp, app::Socket};

const SOON: Duration = Duration::from_millis(300);

pub fn of_type<'a>(frames: &'a [Value], kind: &str) -> Vec<&'a Value> {
    frames.iter().filter(|frame| frame["type"] == kind).collect()
}

pub fn seqs(frames: &[Value], kind: &str) -> Vec<i64> {
    of_type(frames, kind)
        .iter()
        .map(|frame| frame["seq"].as_i64().unwrap())
        .collect()
}

pub async fn stored(app: &TestApp, session: SessionId) -> Vec<i64> {
    let records = app.store().session_events(session, 0, 100_000).await.unwrap();
    records.iter().map(|record| record.position).collect()
}

pub fn is_end_of(run_id: &Value) -> impl Fn(&Value) -> bool {
    let run_id = run_id.clone();
    move |frame| frame["run_id"] == run_id && frame["record"]["event"]["type"] == "run_ended"
}

/// Says something over the socket; returns the acknowledgement.
async fn say(socket: &mut Socket, session: SessionId, text: &str) -> Value {
    socket
        .must(json!({ "type": "chat:message", "session_id": session, "text": text }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_told_to_whoever_joined_it_in_order_and_whole() {
    let app = TestApp::start().await;
    let (_database, target) = shop(&app).await;
    let session = app.open_session("operator").await;
    let mut socket = app.socket("operator").await;
    let joined = socket.must(json!({ "type": "chat:join", "session_id": session })).await;
    assert!(joined["position"].is_i64(), "{joined}");
    let taken = say(&mut socket, session, "which tables are on orders-db?").await;
    let frames = socket.until(is_end_of(&taken["run_id"])).await;
    assert_eq!(seqs(&frames, "chat:event"), stored(&app, session).await);
    for frame in of_type(&frames, "chat:event") {
        let record: EventRecord = serde_json::from_value(frame["record"].clone()).unwrap();
        assert_eq!(frame["seq"], record.position);
        assert_eq!(frame["session_id"], json!(session));
        assert_eq!(frame["run_id"], taken["run_id"]);
    }
    let calls = of_type(&frames, "chat:tool_execution");
    let statuses: Vec<&str> = calls.iter().filter_map(|frame| frame["status"].as_str()).collect();
    assert_eq!(statuses, ["pending", "executing", "completed"], "{calls:#?}");
    for call in &calls {
        assert_eq!(call["tool"], "postgres.list_tables");
        assert_eq!(call["target"]["id"], json!(target.id));
    }
    assert!(calls[2]["summary"].as_str().is_some_and(|text| !text.is_empty()));
    // Somebody who comes later is told the same.
    let mut later = app.socket("operator").await;
    let joined = later
        .must(json!({ "type": "chat:join", "session_id": session, "after": 0 }))
        .await;
    assert_eq!(joined["position"], 0);
    let again = later.until(is_end_of(&taken["run_id"])).await;
    assert_eq!(again, frames);
    // And nothing once they left.
    later.must(json!({ "type": "chat:leave", "session_id": session })).await;
    app.ask_in("operator", session, "hello").await;
    assert_eq!(later.next_within(SOON).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_a_key_is_taken_once_however_often_it_is_sent() {
    let app = TestApp::start().await;
    let session = app.open_session("operator").await;
    let frame = json!({ "type": "chat:message", "session_id": session, "text": "hello", "key": "once" });
    let mut socket = app.socket("operator").await;
    let first = socket.must(frame.clone()).await;
    let again = socket.must(frame.clone()).await;
    // The same request over HTTP is the same request.
    let client = app.as_("operator");
    let over_http = client
        .request("POST", &format!("/api/sessions/{session}/messages"))
        .header("idempotency-key", "once")
        .json(&json!({ "text": "hello" }));
    let over_http = client.send(over_http).await.json();
    let mut elsewhere = app.socket("operator").await;
    let reconnected = elsewhere.must(frame).await;
    for other in [&again["run_id"], &over_http["run_id"], &reconnected["run_id"]] {
        assert_eq!(other, &first["run_id"]);
    }
    let without = say(&mut socket, session, "hello").await;
    assert_ne!(without["run_id"], first["run_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_asked_and_answered_over_the_socket() {
    let (app, fault, target, _) = faulty().await;
    let mut asker = app.socket("developer").await;
    let mut decider = app.socket("operator").await;
    let mut other = app.socket("viewer").await;
    for socket in [&mut asker, &mut decider, &mut other] {
        socket.must(json!({ "type": "approval:subscribe" })).await;
    }
    let run = app
        .propose("developer", &target, "set_value", json!({ "name": "a", "value": "1" }))
        .await;
    let stored = app.approval_of(&run).await;
    for socket in [&mut asker, &mut decider] {
        let frame = socket.next().await.unwrap();
        assert_eq!(frame["type"], "approval:request");
        assert_eq!(
            frame["approval"],
            serde_json::to_value(&stored).unwrap(),
            "as REST says it"
        );
    }
    let respond = |digest: &str| {
        json!({ "type": "approval:respond", "approval_id": stored.id, "approve": true,
            "digest": digest, "reason": "needed" })
    };
    let refused = asker.ask(respond(&stored.digest.to_string())).await;
    assert_eq!(
        (&refused["ok"], &refused["problem"]["code"]),
        (&json!(false), &json!("approval.not_allowed")),
        "{refused}"
    );
    let refused = decider.ask(respond(&"0".repeat(64))).await;
    assert_eq!(refused["problem"]["code"], "approval.changed_plan", "{refused}");
    let refused = decider.ask(respond("not a digest")).await;
    assert_eq!(refused["problem"]["code"], "request.bad_digest", "{refused}");
    let yes = decider.must(respond(&stored.digest.to_string())).await;
    assert_eq!(yes["approval"]["status"], "approved", "{yes}");
    for socket in [&mut asker, &mut decider] {
        let frame = socket.next().await.unwrap();
        assert_eq!(frame["type"], "approval:response");
        assert_eq!(frame["approval"]["decided_by_name"], "operator");
    }
    app.settled("developer", run.id).await;
    assert_eq!(fault.world.value("a").as_deref(), Some("1"));
    assert_eq!(other.next_within(SOON).await, None, "it is not the viewer's");
    // A rejection too.
    let run = app
        .propose("developer", &target, "set_value", json!({ "name": "b", "value": "1" }))
        .await;
    let id = app.approval_of(&run).await.id;
    let no = decider
        .must(json!({ "type": "approval:respond", "approval_id": id, "approve": false, "reason": "not now" }))
        .await;
    assert_eq!(no["approval"]["status"], "rejected");
    // Both are replayed to whoever comes back.
    let mut later = app.socket("developer").await;
    later.must(json!({ "type": "approval:subscribe", "after": 0 })).await;
    let mut kinds = Vec::new();
    for _ in 0..4 {
        kinds.push(later.next().await.unwrap()["type"].as_str().unwrap().to_owned());
    }
    let expected = ["approval:request", "approval:response"].repeat(2);
    assert_eq!(kinds, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_and_executed_tools_are_told_with_where_they_stand() {
    let (app, _, target, _) = faulty().await;
    let mut socket = app.socket("operator").await;
    socket.must(json!({ "type": "run:subscribe" })).await;
    socket.must(json!({ "type": "plugin:subscribe" })).await;
    let reply = app.execute("viewer", &target, "read_values", json!({})).await;
    let run = reply.json();
    let is_end = is_end_of(&run["id"]);
    let frames = socket.until(is_end).await;
    let events = of_type(&frames, "run:event");
    assert_eq!(events.last().unwrap()["status"], "completed");
    let records: Vec<EventRecord> = events
        .iter()
        .map(|frame| serde_json::from_value(frame["record"].clone()).unwrap())
        .collect();
    assert!(matches!(records[0].event, Event::Started { .. }));
    let executed = match of_type(&frames, "plugin:tool_executed").as_slice() {
        [only] => (*only).clone(),
        // It belongs to the event before the last.
        _ => socket.next().await.unwrap(),
    };
    assert_eq!(executed["target_id"], json!(target.id));
    assert_eq!(executed["tool"], "fault.read_values");
    assert_eq!(executed["status"], "completed");
    // One run can be followed by itself, from its beginning.
    let mut one = app.socket("viewer").await;
    one.must(json!({ "type": "run:subscribe", "run_id": run["id"], "after": 0 }))
        .await;
    let again = one.until(is_end_of(&run["id"])).await;
    assert_eq!(seqs(&again, "run:event"), seqs(&frames, "run:event"));
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_reaches_the_other_tabs_in_the_session_and_nobody_else() {
    let app = TestApp::start().await;
    let session = app.open_session("operator").await;
    let other_session = app.open_session("operator").await;
    let [mut one, mut two, mut elsewhere] = [
        app.socket("operator").await,
        app.socket("operator").await,
        app.socket("operator").await,
    ];
    for (socket, id) in [
        (&mut one, session),
        (&mut two, session),
        (&mut elsewhere, other_session),
    ] {
        socket.must(json!({ "type": "chat:join", "session_id": id })).await;
    }
    one.must(json!({ "type": "chat:typing", "session_id": session })).await;
    let told = two.next().await.unwrap();
    assert_eq!(
        told,
        json!({ "type": "chat:typing", "session_id": session, "user_name": "operator" })
    );
    // Said again at once, it is passed on once.
    one.must(json!({ "type": "chat:typing", "session_id": session })).await;
    for socket in [&mut one, &mut two, &mut elsewhere] {
        assert_eq!(socket.next_within(SOON).await, None);
    }
    let refused = elsewhere
        .ask(json!({ "type": "chat:typing", "session_id": session }))
        .await;
    assert_eq!(refused["problem"]["code"], "socket.not_joined");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_says_that_it_grew_and_quiet_topics_are_acknowledged() {
    let app = TestApp::start().await;
    let mut socket = app.socket("owner").await;
    for topic in ["workspace", "alert"] {
        for verb in ["subscribe", "unsubscribe"] {
            socket.must(json!({ "type": format!("{topic}:{verb}") })).await;
        }
    }
    socket.must(json!({ "type": "audit:subscribe" })).await;
    app.open_session("developer").await;
    let told = socket.next().await.unwrap();
    assert_eq!(told["type"], "audit:appended");
    let newest = app.as_("owner").get("/api/audit?limit=1").await.json();
    assert_eq!(told["number"], newest["items"][0]["number"]);
    socket.must(json!({ "type": "audit:unsubscribe" })).await;
    app.open_session("developer").await;
    assert_eq!(socket.next_within(Duration::from_millis(900)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_from_another_life_of_the_database_is_taken_as_the_newest() {
    let app = TestApp::start().await;
    let session = app.open_session("operator").await;
    app.ask_in("operator", session, "hello").await;
    let newest = *stored(&app, session).await.last().unwrap();
    let mut socket = app.socket("operator").await;
    let joined = socket
        .must(json!({ "type": "chat:join", "session_id": session, "after": i64::MAX }))
        .await;
    assert_eq!(joined["position"], newest);
    let taken = say(&mut socket, session, "hello again").await;
    let frames = socket.until(is_end_of(&taken["run_id"])).await;
    assert!(seqs(&frames, "chat:event")[0] > newest);
}
