//! The answer as a stream that any client of the AI SDK reads.

use crate::{
    chat::{last_message, reads, replay, rest, resume, say, sets, transcript, until, with_model},
    stage::{faulty, refused, until as until_so},
};
use serde_json::{Value, json};
use std::time::Duration;
use steersman_protocol::RunStatus;
use steersman_server::ui_stream::chunk::{Chunk, FinishReason};
use steersman_testkit::{
    TestApp,
    model_server::{Answer, Scripted, ScriptedCall},
};

fn slow(pieces: &[&str]) -> Scripted {
    Scripted::Answer(Answer {
        pause: Duration::from_millis(20),
        ..Answer::text(pieces)
    })
}

fn types(chunks: &[Chunk]) -> Vec<String> {
    let names = chunks
        .iter()
        .map(|chunk| serde_json::to_value(chunk).unwrap()["type"].clone());
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn parts(message: &Value) -> Vec<String> {
    let parts = message["parts"].as_array().unwrap();
    parts
        .iter()
        .map(|part| part["type"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_streams_its_own_answer_and_the_transcript_has_the_same() {
    let app = TestApp::start().await;
    let (_model, session) = with_model(&app, vec![slow(&["It ", "is ", "ten ", "past."])]).await;
    let client = app.as_("operator");
    let request = client.request("POST", &format!("/api/sessions/{session}/messages"));
    let reply = client
        .send(
            request
                .json(&json!({ "text": "what time is it?" }))
                .header("accept", "text/event-stream"),
        )
        .await;
    assert_eq!(
        [
            "content-type",
            "cache-control",
            "x-accel-buffering",
            "x-vercel-ai-ui-message-stream"
        ]
        .map(|name| reply.header(name)),
        ["text/event-stream", "no-cache", "no", "v1"]
    );
    assert!(reply.text.ends_with("\n\ndata: [DONE]\n\n"), "{}", reply.text);
    let lines = reply.text.lines().filter(|line| !line.is_empty());
    assert!(lines.clone().all(|line| line.starts_with("data: ")), "{}", reply.text);

    let last = last_message(&app, session).await;
    assert_eq!(parts(&last), ["step-start", "text"]);
    assert_eq!(
        last["parts"][1],
        json!({ "type": "text", "text": "It is ten past.", "state": "done" })
    );
    let metadata = &last["metadata"];
    assert_eq!(
        [
            &metadata["status"],
            &metadata["provider"],
            &metadata["session_id"],
            &metadata["run_id"]
        ],
        [&json!("completed"), &json!("scripted"), &json!(session), &last["id"]]
    );
    assert_eq!(
        metadata["usage"],
        json!({ "prompt_tokens": 21, "completion_tokens": 7, "cached_tokens": 4 })
    );
    assert!(metadata["ended_at"].is_string(), "{metadata}");

    let run = last["id"].as_str().unwrap().parse().unwrap();
    let again = replay(&app, session, run).await;
    assert_eq!(
        (again.message(), again.is_done, again.finish()),
        (last, true, Some(FinishReason::Stop))
    );
    assert_eq!(
        types(&again.chunks),
        [
            "start",
            "start-step",
            "text-start",
            "text-delta",
            "text-end",
            "finish-step",
            "finish"
        ],
        "a replay is compact"
    );
    let said = &transcript(&app, session, "").await["items"][0];
    assert_eq!(
        (&said["role"], &said["parts"]),
        (&json!("user"), &json!([{ "type": "text", "text": "what time is it?" }]))
    );
    assert_eq!(said["metadata"]["siblings"], json!([run]));
    // Nothing goes on, so there is nothing to come back to.
    assert_eq!(client.get(&format!("/api/sessions/{session}/stream")).await.status, 204);
    let empty = app.open_session("operator").await;
    assert_eq!(client.get(&format!("/api/sessions/{empty}/stream")).await.status, 204);
    assert_eq!(transcript(&app, empty, "").await, json!({ "items": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_parks_where_a_person_has_to_decide_and_goes_on_in_the_same_message() {
    let (app, _, target, _) = faulty().await;
    let script = vec![reads(&target), sets(&target, "a", None), Scripted::text(&["Done."])];
    let (_model, session) = with_model(&app, script).await;
    let told = rest(&mut say(&app, session, "set a to 1").await).await;
    assert_eq!(
        (told.finish(), told.is_done),
        (Some(FinishReason::ToolCalls), true),
        "{:#?}",
        told.chunks
    );
    let parked = told.message();
    assert_eq!(
        parts(&parked),
        [
            "step-start",
            "dynamic-tool",
            "data-call",
            "step-start",
            "dynamic-tool",
            "data-call"
        ]
    );
    let tool = &parked["parts"][4];
    assert_eq!(
        (&tool["state"], &tool["toolName"]),
        (&json!("approval-requested"), &json!("fault.set_value"))
    );
    let question = &tool["approval"]["descriptor"];
    let call = &parked["parts"][5]["data"];
    for (asked, known) in [
        (&question["digest"], &call["execution"]["digest"]),
        (&question["plan"], &call["execution"]["plan"]),
        (&question["risk"], &call["approval"]["risk"]),
        (&question["expiresAt"], &call["approval"]["expires_at"]),
        (&question["requestedByName"], &json!("operator")),
        (&call["approval"]["status"], &json!("pending")),
        (&tool["toolCallId"], &call["execution"]["id"]),
    ] {
        assert!(!asked.is_null() && asked == known, "{asked} is not {known}");
    }
    assert_eq!(parked["metadata"]["status"], "waiting_approval");
    assert_eq!(last_message(&app, session).await, parked);
    // Coming back while it waits gives the same, and an end.
    assert_eq!(rest(&mut resume(&app, session).await).await.message(), parked);

    let run = app.run_when("operator", told.run_id(), |_| true).await;
    let approval = app.approval_of(&run).await;
    assert_eq!(app.approve("colleague", &approval, Some("go on")).await.status, 200);
    // The run may be over before anybody comes back, so they say which one they mean.
    let told = replay(&app, session, run.id).await;
    let over = app.over("operator", run.id).await;
    assert_eq!(over.status, RunStatus::Completed);
    let last = last_message(&app, session).await;
    assert_eq!(told.message(), last);
    assert_eq!(parts(&last)[6..], ["step-start", "text"]);
    let tool = &last["parts"][4];
    assert_eq!(
        (&tool["state"], &tool["output"]["outcome"]),
        (&json!("output-available"), &json!("completed"))
    );
    assert_eq!(
        (&tool["approval"]["approved"], &tool["approval"]["reason"]),
        (&json!(true), &json!("go on"))
    );
    let call = &last["parts"][5]["data"];
    assert_eq!(call["approval"]["decided_by_name"], "colleague");
    assert_eq!(
        call["granted_by"],
        json!({ "by": "person", "user_id": app.person("colleague").id, "name": "colleague" })
    );
    assert_eq!(call["verification"]["result"], "holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_followers_and_one_who_comes_later_see_the_same_answer() {
    let app = TestApp::start().await;
    let words: Vec<String> = (0..60).map(|number| format!("word {number} ")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (_model, session) = with_model(&app, vec![slow(&words)]).await;
    let mut first = say(&app, session, "count").await;
    let mut begun = until(&mut first, |chunk| matches!(chunk, Chunk::TextDelta { .. })).await;
    let (mut second, mut third) = (resume(&app, session).await, resume(&app, session).await);
    // The third reads a little and leaves, and comes back.
    until(&mut third, |chunk| matches!(chunk, Chunk::TextDelta { .. })).await;
    drop(third);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut third = resume(&app, session).await;
    let (rest_of_first, second, third) = tokio::join!(rest(&mut first), rest(&mut second), rest(&mut third));
    begun.chunks.extend(rest_of_first.chunks);
    let last = last_message(&app, session).await;
    assert_eq!(last["parts"][1]["text"], words.concat());
    assert_eq!(
        [begun.message(), second.message(), third.message()],
        [last.clone(), last.clone(), last]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_the_stream_as_interrupted() {
    let app = TestApp::start().await;
    let hanging = Answer {
        ending: steersman_testkit::model_server::Ending::Hang,
        ..Answer::text(&["I am ", "thinking"])
    };
    let (_model, session) = with_model(&app, vec![Scripted::Answer(hanging)]).await;
    let mut stream = say(&app, session, "think").await;
    let begun = until(&mut stream, |chunk| matches!(chunk, Chunk::TextDelta { .. })).await;
    let path = format!("/api/runs/{}/cancel", begun.run_id());
    assert_eq!(app.as_("operator").post(&path, &json!({})).await.status, 202);
    let mut told = rest(&mut stream).await;
    assert_eq!((told.finish(), told.is_done), (Some(FinishReason::Interrupted), true));
    assert!(told.chunks.iter().any(|chunk| matches!(chunk, Chunk::Abort { .. })));
    told.chunks.splice(0..0, begun.chunks.clone());
    let last = last_message(&app, session).await;
    assert_eq!(told.message(), last);
    let (kept, begun_text) = (&last["parts"][1]["text"], &begun.message()["parts"][1]["text"]);
    assert!(
        kept.as_str().unwrap().starts_with(begun_text.as_str().unwrap()),
        "{kept}"
    );
    assert_eq!(
        (
            &last["metadata"]["status"],
            replay(&app, session, begun.run_id()).await.message()
        ),
        (&json!("cancelled"), last.clone())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_reader_is_no_longer_signed_in() {
    let app = TestApp::start().await;
    let (_model, session) = with_model(&app, vec![Scripted::Hang]).await;
    let mut stream = say(&app, session, "think").await;
    until(&mut stream, |chunk| matches!(chunk, Chunk::StartStep)).await;
    let mut events = app
        .as_("operator")
        .follow(&format!("/api/sessions/{session}/events"))
        .await;
    let path = format!("/api/users/{}", app.person("operator").id);
    let reply = app.as_("owner").patch(&path, &json!({ "is_enabled": false })).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let told = rest(&mut stream).await;
    assert!(
        matches!(told.chunks.last(), Some(Chunk::Error { error_text }) if error_text.contains("auth.required")),
        "{told:#?}"
    );
    assert!(told.is_done);
    events.rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_that_the_answer_was_interrupted() {
    let mut app = TestApp::start().await;
    let (_model, session) = with_model(&app, vec![Scripted::Hang]).await;
    let mut stream = say(&app, session, "think").await;
    until(&mut stream, |chunk| matches!(chunk, Chunk::StartStep)).await;
    app.shut_down().await;
    let told = rest(&mut stream).await;
    assert_eq!(
        (told.finish(), told.is_done),
        (Some(FinishReason::Interrupted), true),
        "{told:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_clients_can_speak_and_cannot_decide() {
    let (app, _, target, _) = faulty().await;
    let (_model, session) = with_model(&app, vec![sets(&target, "a", None), Scripted::text(&["Again."])]).await;
    let client = app.as_("operator");
    let path = format!("/api/sessions/{session}/messages");
    let message = json!({ "id": "u1", "role": "user", "parts": [{ "type": "text", "text": "set a to 1" }] });
    let body = json!({ "id": "chat", "messages": [message], "trigger": "submit-message" });
    let reply = client.post(&path, &body).await;
    assert_eq!(
        (reply.status, reply.header("x-vercel-ai-ui-message-stream")),
        (200, "v1")
    );
    let mut parked = last_message(&app, session).await;
    assert_eq!(parked["parts"][1]["state"], "approval-requested");

    parked["parts"][1]["state"] = json!("approval-responded");
    parked["parts"][1]["approval"]["approved"] = json!(true);
    let approvals = json!([{ "id": parked["parts"][1]["approval"]["id"], "approved": true }]);
    for body in [
        json!({ "id": "chat", "messages": [message, parked], "trigger": "submit-message" }),
        json!({ "id": "chat", "approvals": approvals }),
        json!({ "text": "yes", "approvals": approvals }),
    ] {
        let reply = client.post(&path, &body).await;
        refused(&reply, 400, "request.not_a_decision");
        assert!(reply.text.contains("/api/approvals/{id}/approve"), "{}", reply.text);
    }
    let run = app
        .run_when("operator", parked["id"].as_str().unwrap().parse().unwrap(), |_| true)
        .await;
    assert_eq!(
        app.approval_of(&run).await.status,
        steersman_protocol::ApprovalStatus::Pending
    );
    refused(
        &client.post(&path, &json!({ "id": "chat" })).await,
        400,
        "request.no_message",
    );
    let strange = client
        .get(&format!("/api/sessions/{session}/stream?run_id={session}"))
        .await;
    refused(&strange, 404, "store.not_found");
    let other = app.open_session("operator").await;
    let elsewhere = client
        .get(&format!("/api/sessions/{other}/stream?run_id={}", run.id))
        .await;
    refused(&elsewhere, 404, "store.not_found");
    let theirs = app
        .as_("colleague")
        .get(&format!("/api/sessions/{session}/stream"))
        .await;
    refused(&theirs, 404, "store.not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_answers_and_strange_text_stay_bounded_and_valid() {
    let (app, _, target, _) = faulty().await;
    let strange = "nul \u{0} bell \u{7} escape \u{1b} lines \u{2028}\u{2029}\r\n\t emoji \u{1F9E8} bidi \u{202E}";
    let calls: Vec<ScriptedCall> = (0..1000)
        .map(|number| {
            ScriptedCall::new(
                &format!("c{number}"),
                "fault_read_values",
                &json!({ "target": target.name, "number": number }).to_string(),
            )
        })
        .collect();
    let huge = Answer {
        text: vec!["x".repeat(64 << 10); 160],
        ..Answer::default()
    };
    let surrogate = r#"{"choices":[{"index":0,"delta":{"content":"half \ud83d of a pair"},"finish_reason":"stop"}]}"#;
    let script = vec![
        Scripted::text(&[strange, strange]),
        Scripted::calls(calls),
        Scripted::text(&["Enough."]),
        Scripted::Answer(huge),
        Scripted::Raw {
            status: 200,
            content_type: "text/event-stream",
            body: format!("data: {surrogate}\n\ndata: [DONE]\n\n"),
        },
    ];
    let (_model, session) = with_model(&app, script).await;
    for (name, expected) in [("strange", "completed"), ("calls", ""), ("huge", ""), ("surrogate", "")] {
        let mut stream = say(&app, session, name).await;
        let told = rest(&mut stream).await;
        assert!(told.is_done && told.finish().is_some(), "{name}");
        let last = last_message(&app, session).await;
        assert_eq!(told.message(), last, "{name}");
        assert!(
            expected.is_empty() || last["metadata"]["status"] == expected,
            "{name}: {last}"
        );
        let size: usize = told
            .chunks
            .iter()
            .map(|chunk| serde_json::to_string(chunk).unwrap().len())
            .sum();
        assert!(size < 2 << 20, "{name}: {size} bytes");
        if name == "strange" {
            assert_eq!(last["parts"][1]["text"], format!("{strange}{strange}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_sleeps_has_the_whole_answer_in_the_end() {
    let app = TestApp::start().await;
    // More pieces than are kept for slow followers (4,096).
    let long = Answer {
        text: (0..6_000).map(|number| format!("{number} ")).collect(),
        ..Answer::default()
    };
    let (_model, session) = with_model(&app, vec![Scripted::Answer(long)]).await;
    let mut sleeper = say(&app, session, "count").await;
    let mut told = until(&mut sleeper, |chunk| matches!(chunk, Chunk::Start { .. })).await;
    let run = told.run_id();
    until_so("the run is over", async || {
        app.store()
            .run(app.organization_id(), run)
            .await
            .unwrap()
            .status
            .is_over()
    })
    .await;
    told.chunks.extend(rest(&mut sleeper).await.chunks);
    assert_eq!(told.message(), last_message(&app, session).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stream_gives_signs_of_life() {
    let app = TestApp::start().await;
    let (_model, session) = with_model(&app, vec![Scripted::Hang]).await;
    let client = app.as_("operator");
    let request = client.request("POST", &format!("/api/sessions/{session}/messages"));
    let request = request
        .json(&json!({ "text": "think" }))
        .header("accept", "text/event-stream");
    let mut response = request.send().await.unwrap();
    let mut text = String::new();
    let heard = async {
        while !text.ends_with(": keep-alive\n\n") {
            text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(25), heard).await.unwrap();
    assert!(text.starts_with("data: {\"type\":\"start\""), "{text}");
}
