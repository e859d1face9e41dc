//! The WebSocket under load: replay while things happen, slow readers, many sockets.

use crate::{
    socket::{is_end_of, seqs, stored},
    stage::{faulty, until},
};
use futures::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;
use steersman_protocol::SessionId;
use steersman_testkit::{
    TestApp,
    app::{Socket, logs},
    model_server::{Answer, Scripted, ScriptedModel},
};

/// Reads events of one kind until one with this position.
async fn read_to(socket: &mut Socket, kind: &str, last: i64) -> Vec<i64> {
    let frames = socket
        .until(|frame| frame["type"] == kind && frame["seq"] == last)
        .await;
    seqs(&frames, kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_whole_in_order_and_without_repetition_while_more_happens() {
    let (app, _, target, _) = faulty().await;
    for _ in 0..40 {
        app.execute("operator", &target, "read_values", json!({})).await;
    }
    let organization = app.organization_id();
    let all = app.store().events_after(organization, 0, 100_000).await.unwrap();
    let old: Vec<i64> = all.iter().map(|record| record.position).collect();
    assert!(old.len() > 200, "more than one read: {}", old.len());
    let work = async {
        for _ in 0..15 {
            let calls = (0..4).map(|_| app.execute("operator", &target, "read_values", json!({})));
            assert!(join_all(calls).await.iter().all(|reply| reply.status == 200));
        }
        app.store().last_position(organization).await.unwrap()
    };
    // Sockets that come at other moments, from other places, each joining twice over and leaving in between.
    let follow = |index: usize| {
        let (app, old) = (&app, &old);
        async move {
            tokio::time::sleep(Duration::from_millis(7 * index as u64)).await;
            let after = old[(index * 37) % old.len()];
            let mut socket = app.socket("operator").await;
            let frame = json!({ "type": "run:subscribe", "after": after });
            socket.must(frame.clone()).await;
            let mut seen = Vec::new();
            // In the middle of it the connection is lost, and taken up again from what was seen last.
            while seen.len() < 150 {
                seen.extend(seqs(&[socket.next().await.unwrap()], "run:event"));
            }
            drop(socket);
            let mut socket = app.socket("operator").await;
            socket
                .must(json!({ "type": "run:subscribe", "after": seen.last() }))
                .await;
            (after, seen, socket)
        }
    };
    let (last, followers) = futures::join!(work, join_all((0..12).map(follow)));
    let all = app.store().events_after(organization, 0, 100_000).await.unwrap();
    for (after, mut seen, mut socket) in followers {
        seen.extend(read_to(&mut socket, "run:event", last).await);
        let expected: Vec<i64> = all
            .iter()
            .map(|record| record.position)
            .filter(|at| *at > after)
            .collect();
        assert_eq!(seen, expected, "after {after}");
    }
}

/// Answers of many pieces, and one event with all of the text.
async fn long_answers(app: &TestApp, number: usize, pieces: usize) -> ScriptedModel {
    let long = || {
        Scripted::Answer(Answer {
            text: vec!["x".repeat(400); pieces],
            ..Answer::default()
        })
    };
    let model = ScriptedModel::start((0..number).map(|_| long()).collect()).await;
    app.use_model(&model).await;
    model
}

/// Everything is told twice, on two topics, until that was too much for the queue of four megabytes and what the
/// network holds: until the server says that it closes the slow socket.
async fn tell_too_much(app: &TestApp, session: SessionId) {
    let telling = async {
        for _ in 0..80 {
            app.ask_in("operator", session, "tell me everything").await;
        }
    };
    let closing = async {
        let user = app.person("operator").id.to_string();
        let is_it = |line: &str| line.contains("too slow; join again with after") && line.contains(&user);
        while !logs::text().lines().any(is_it) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = telling => panic!("the bound was never reached"),
        () = closing => {}
    }
}

async fn slow_socket(app: &TestApp, session: SessionId) -> Socket {
    let bearer = format!("Bearer {}", app.person("operator").token);
    let headers = [("authorization", bearer.as_str())];
    let mut slow = app.try_socket(&headers, Some(4096)).await.unwrap();
    slow.must(json!({ "type": "chat:join", "session_id": session })).await;
    slow.must(json!({ "type": "run:subscribe" })).await;
    slow
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_closed_and_catches_up_by_joining_again() {
    let app = TestApp::start().await;
    let _model = long_answers(&app, 80, 400).await;
    let session = app.open_session("operator").await;
    let mut slow = slow_socket(&app, session).await;
    let mut quick = app.socket("operator").await;
    quick.must(json!({ "type": "chat:join", "session_id": session })).await;
    let reading = async {
        let mut seen = Vec::new();
        while let Some(frame) = quick.next_within(Duration::from_secs(15)).await {
            seen.extend(seqs(&[frame], "chat:event"));
        }
        seen
    };
    // By the time the quick one has had so long a quiet, the slow one's time to begin reading is over too.
    let (_, seen) = futures::join!(tell_too_much(&app, session), reading);
    until("nothing is under way", async || {
        app.store().unfinished_runs().await.unwrap().is_empty()
    })
    .await;
    let all = stored(&app, session).await;
    assert_eq!(seen, all, "who reads misses nothing because somebody else does not");
    // What had left the server before it gave up can still be read; then there is an end.
    let mut before = Vec::new();
    while let Some(frame) = slow.next().await {
        before.extend(seqs(&[frame], "chat:event"));
    }
    assert!(
        before.len() < all.len(),
        "the bound was never reached: {}",
        before.len()
    );
    let mut again = app.socket("operator").await;
    let after = before.last().copied().unwrap_or(0);
    again
        .must(json!({ "type": "chat:join", "session_id": session, "after": after }))
        .await;
    before.extend(read_to(&mut again, "chat:event", *all.last().unwrap()).await);
    assert_eq!(before, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_that_begins_to_read_learns_why_it_was_closed() {
    let app = TestApp::start().await;
    let _model = long_answers(&app, 80, 400).await;
    let session = app.open_session("operator").await;
    let mut slow = slow_socket(&app, session).await;
    tell_too_much(&app, session).await;
    assert_eq!(slow.closed().await, 4008);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sockets_are_all_told_everything() {
    let app = TestApp::start().await;
    let session = app.open_session("operator").await;
    let mut sockets = join_all((0..200).map(|_| app.socket("operator"))).await;
    join_all(
        sockets
            .iter_mut()
            .map(|socket| socket.must(json!({ "type": "chat:join", "session_id": session }))),
    )
    .await;
    let mut ends = Vec::new();
    for text in ["hello", "which tables are there?", "thank you"] {
        ends.push(app.ask_in("operator", session, text).await.run.id);
    }
    let all = stored(&app, session).await;
    let last: Value = json!(ends.last());
    for socket in &mut sockets {
        let frames = socket.until(is_end_of(&last)).await;
        assert_eq!(seqs(&frames, "chat:event"), all);
    }
    // They go, and their seats with them.
    drop(sockets);
    until("a socket can be opened", async || {
        let bearer = format!("Bearer {}", app.person("operator").token);
        app.try_socket(&[("authorization", &bearer)], None).await.is_ok()
    })
    .await;
}
