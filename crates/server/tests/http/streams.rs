//! Following what happens: nothing lost, nothing twice, wherever one begins.

use crate::stage::{faulty, shop};
use serde_json::json;
use std::time::Duration;
use steersman_protocol::{Event, EventRecord, SessionId};
use steersman_testkit::{
    TestApp,
    app::Frame,
    model_server::{Answer, Scripted, ScriptedModel},
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};

fn positions(frames: &[Frame]) -> Vec<i64> {
    frames
        .iter()
        .filter(|frame| frame.event == "event")
        .map(Frame::position)
        .collect()
}

/// The session's stored positions.
async fn stored(app: &TestApp, session: SessionId) -> Vec<i64> {
    let records = app.store().session_events(session, 0, 10_000).await.unwrap();
    records.iter().map(|record| record.position).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_be_followed_from_any_position_without_loss_or_repetition() {
    let app = TestApp::start().await;
    let (_, target) = shop(&app).await;
    let client = app.as_("operator");
    let session = app.open_session("operator").await;
    let path = format!("/api/sessions/{session}/events");
    let mut live = client.follow(&path).await;
    let asked = app.ask_in("operator", session, "which tables are on orders-db?").await;
    // Something else in between, which is not this session's.
    app.execute("operator", &target, "list_tables", json!({})).await;
    let other = app.ask_in("operator", session, "how big are they?").await;

    let last = |run_id| move |frame: &Frame| frame.kind() == "run_ended" && frame.data["run_id"] == json!(run_id);
    let mut frames = live.until(last(asked.run.id)).await;
    frames.extend(live.until(last(other.run.id)).await);
    let all = stored(&app, session).await;
    assert!(all.len() > 10, "{all:?}");
    assert_eq!(positions(&frames), all);
    let records: Vec<EventRecord> = frames
        .iter()
        .filter(|frame| frame.event == "event")
        .map(|frame| serde_json::from_value(frame.data.clone()).unwrap())
        .collect();
    assert!(matches!(records[0].event, Event::Started { .. }), "{:?}", records[0]);

    for (index, position) in all.iter().enumerate() {
        let expected = &all[index + 1..];
        let mut by_query = client.follow(&format!("{path}?after={position}")).await;
        let mut by_header = client
            .follow_request(
                client
                    .request("GET", &path)
                    .header("last-event-id", position.to_string()),
            )
            .await;
        for stream in [&mut by_query, &mut by_header] {
            let mut seen = Vec::new();
            while seen.len() < expected.len() {
                seen.extend(positions(&[stream.next().await.expect("more")]));
            }
            assert_eq!(seen, expected, "after {position}");
        }
    }
    // After the last there is nothing until something happens.
    let mut idle = client.follow(&format!("{path}?after={}", all.last().unwrap())).await;
    assert_eq!(idle.next_within(Duration::from_millis(200)).await, None);
    let said = app.say("operator", session, "hello").await;
    let frames = idle.until(last(said)).await;
    assert_eq!(positions(&frames)[..], stored(&app, session).await[all.len()..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_runs_at_once_reach_every_follower_in_order() {
    let (app, _, target, _) = faulty().await;
    let mut everything = app.as_("operator").follow("/api/events").await;
    // Followers of everything begin at the newest event; this one makes sure that following has begun.
    let begun = app.execute("operator", &target, "read_values", json!({})).await;
    assert_eq!(begun.status, 200);
    everything.until(|frame| frame.kind() == "run_ended").await;
    let calls = (0..30).map(|_| app.execute("operator", &target, "read_values", json!({})));
    let replies = futures::future::join_all(calls).await;
    assert!(replies.iter().all(|reply| reply.status == 200));

    let mut seen = Vec::new();
    let mut ended = 0;
    while ended < 30 {
        let frame = everything.next().await.expect("more");
        ended += usize::from(frame.kind() == "run_ended");
        seen.extend(positions(&[frame]));
    }
    let organization = app.organization_id();
    let all = app
        .store()
        .events_after(organization, seen[0] - 1, 10_000)
        .await
        .unwrap();
    let all: Vec<i64> = all.iter().map(|record| record.position).collect();
    assert_eq!(seen, all);
    let strangers = app
        .as_("stranger")
        .follow("/api/events?after=0")
        .await
        .next_within(Duration::from_millis(200))
        .await;
    assert_eq!(strangers, None, "another organization's followers hear nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_be_followed_from_its_message_to_its_end() {
    let app = TestApp::start().await;
    let model = ScriptedModel::start(vec![Scripted::Answer(Answer {
        pause: Duration::from_millis(20),
        ..Answer::text(&["It ", "is ", "ten ", "past."])
    })])
    .await;
    app.use_model(&model).await;
    let session = app.open_session("operator").await;
    let client = app.as_("operator");
    let said = app.say("operator", session, "what time is it?").await;
    let mut stream = client.follow(&format!("/api/runs/{said}/events")).await;
    let frames = stream.rest().await;
    assert_eq!(positions(&frames), stored(&app, session).await);
    assert_eq!(frames.last().map(Frame::kind), Some("run_ended"), "{frames:#?}");
    let mut text = String::new();
    for delta in frames.iter().filter(|frame| frame.event == "delta") {
        if delta.data["reset"] == json!(true) {
            text.clear();
        }
        text.push_str(delta.data["text"].as_str().unwrap());
    }
    assert_eq!(text, "It is ten past.");
    // Whoever follows the ended run gets all of it, and an end.
    let run = frames[0].data["run_id"].as_str().unwrap().to_owned();
    let again = client.follow(&format!("/api/runs/{run}/events")).await.rest().await;
    assert_eq!(positions(&again), positions(&frames));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_reads_nothing_for_a_while_catches_up() {
    let app = TestApp::start().await;
    // More pieces than the app keeps for slow followers (4,096), and more bytes than the sockets hold.
    let long = || {
        Scripted::Answer(Answer {
            text: vec!["x".repeat(400); 5_000],
            ..Answer::default()
        })
    };
    let model = ScriptedModel::start((0..3).map(|_| long()).collect()).await;
    app.use_model(&model).await;
    let session = app.open_session("operator").await;

    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(app.address()).await.unwrap();
    let head = format!(
        "GET /api/sessions/{session}/events HTTP/1.1\r\nhost: app\r\nauthorization: Bearer {}\r\n\r\n",
        app.person("operator").token
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..3 {
        let asked = app.ask_in("operator", session, "tell me everything").await;
        assert!(asked.run.status.is_over());
    }
    let all = stored(&app, session).await;
    let mut lines = tokio::io::BufReader::with_capacity(1 << 20, slow).lines();
    let (mut seen, mut deltas) = (Vec::new(), 0);
    while seen.last() != all.last() {
        let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await;
        let line = line.expect("more bytes").unwrap().expect("the stream goes on");
        deltas += usize::from(line == "event: delta");
        seen.extend(line.strip_prefix("id: ").map(|id| id.parse::<i64>().unwrap()));
    }
    assert_eq!(seen, all);
    assert!(deltas < 15_000, "it was never behind: {deltas} pieces");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_streams_and_half_requests_do_not_keep_the_server_from_stopping() {
    let mut app = TestApp::start().await;
    let session = app.open_session("operator").await;
    let mut stream = app
        .as_("operator")
        .follow(&format!("/api/sessions/{session}/events"))
        .await;
    let mut all = app.as_("operator").follow("/api/events").await;
    let mut half = tokio::net::TcpStream::connect(app.address()).await.unwrap();
    half.write_all(b"POST /api/sessions HTTP/1.1\r\nhost: ").await.unwrap();
    let began = std::time::Instant::now();
    app.shut_down().await;
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert_eq!((stream.rest().await.len(), all.rest().await.len()), (0, 0));
}
