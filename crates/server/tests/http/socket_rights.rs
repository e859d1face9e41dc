//! The WebSocket: who may open it, what each may follow, and what ends it.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steersman_testkit::TestApp;
use tokio_tungstenite::tungstenite::Message;

const SOON: Duration = Duration::from_millis(300);

fn code(told: &Value) -> &str {
    assert_eq!(told["ok"], false, "{told}");
    told["problem"]["code"].as_str().unwrap()
}

/// The cookie of somebody who signed in through a link.
async fn cookie(app: &TestApp, user: &str) -> String {
    let person = app.person(user);
    let found = app.store().user(person.id).await.unwrap();
    let link = steersman_server::login_link(app.runtime(), &app.url(), &person.actor(), &found)
        .await
        .unwrap();
    let token = link.split_once("login=").unwrap().1.to_owned();
    let reply = app.anonymous().post("/api/auth/link", &json!({ "token": token })).await;
    assert!(reply.status < 300, "{}", reply.text);
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_people_who_are_signed_in_open_a_socket() {
    let app = TestApp::start().await;
    for headers in [
        &[][..],
        &[("authorization", "Bearer wrong")],
        &[("cookie", "steersman_login=wrong")],
    ] {
        assert_eq!(app.try_socket(headers, None).await.err(), Some(401), "{headers:?}");
    }
    let reply = app.as_("owner").get("/api/ws").await;
    assert_eq!(reply.told(), (400, "request.no_upgrade".to_owned()), "{}", reply.text);
    let mut socket = app.socket("viewer").await;
    socket.must(json!({ "type": "alert:subscribe" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_open_a_socket_with_somebodys_cookie() {
    let app = TestApp::start().await;
    let cookie = cookie(&app, "operator").await;
    let address = app.address().to_string();
    for origin in ["https://evil.example", "null", "http://127.0.0.1", "file://", ""] {
        let refused = app.try_socket(&[("cookie", &cookie), ("origin", origin)], None).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
    }
    for headers in [
        vec![("cookie", cookie.as_str()), ("origin", &format!("http://{address}"))],
        vec![("cookie", cookie.as_str())],
    ] {
        let mut socket = app.try_socket(&headers, None).await.expect("our own page");
        // What is asked over it is a change, and it is taken as our page's.
        let session = app.open_session("operator").await;
        socket
            .must(json!({ "type": "chat:message", "session_id": session, "text": "hello" }))
            .await;
    }
    // A token is not sent by a browser by itself.
    let bearer = format!("Bearer {}", app.person("operator").token);
    let headers = [("authorization", bearer.as_str()), ("origin", "https://tool.example")];
    assert!(app.try_socket(&headers, None).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_follows_what_the_rest_routes_would_not_show_them() {
    let app = TestApp::start().await;
    let asked = app.ask("developer", "hello").await;
    let join = json!({ "type": "chat:join", "session_id": asked.session_id, "after": 0 });
    let run = json!({ "type": "run:subscribe", "run_id": asked.run.id, "after": 0 });
    let speak = json!({ "type": "chat:message", "session_id": asked.session_id, "text": "hello" });
    for name in ["owner", "operator", "viewer", "stranger"] {
        let mut socket = app.socket(name).await;
        assert_eq!(code(&socket.ask(join.clone()).await), "store.not_found", "{name}");
        assert_eq!(code(&socket.ask(speak.clone()).await), "store.not_found", "{name}");
        let decides = matches!(name, "owner" | "operator");
        let told = socket.ask(run.clone()).await;
        match decides {
            true => assert_eq!(told["ok"], true, "{name}"),
            false => assert_eq!(code(&told), "store.not_found", "{name}"),
        }
    }
    for (name, may) in [
        ("owner", true),
        ("operator", true),
        ("developer", false),
        ("viewer", false),
    ] {
        let told = app.socket(name).await.ask(json!({ "type": "audit:subscribe" })).await;
        assert_eq!(told["ok"], may, "{name}: {told}");
    }
    // Refusals are in the audit log, as those over HTTP are.
    let entries = app.as_("owner").get("/api/audit?limit=50").await.text;
    assert!(
        entries.contains(&format!("/api/sessions/{}", asked.session_id)),
        "{entries}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn broadcasts_stay_within_the_organization_and_with_whose_they_are() {
    let app = TestApp::start().await;
    let mut sockets = Vec::new();
    for name in ["developer", "operator", "viewer", "stranger"] {
        let mut socket = app.socket(name).await;
        for topic in ["run", "approval", "plugin"] {
            socket
                .must(json!({ "type": format!("{topic}:subscribe"), "after": 0 }))
                .await;
        }
        sockets.push((name, socket));
    }
    let asked = app.ask("developer", "hello").await;
    let is_end = |frame: &Value| frame["record"]["event"]["type"] == "run_ended";
    for (name, socket) in &mut sockets {
        match *name {
            "developer" | "operator" => {
                let mut frames = socket.until(is_end).await;
                frames.retain(|frame| frame["type"] != "plugin:health");
                assert!(
                    frames.iter().all(|frame| frame["run_id"] == json!(asked.run.id)),
                    "{name}"
                );
            }
            // Everybody who may see targets hears how they are.
            _ => {
                while let Some(frame) = socket.next_within(SOON).await {
                    assert_eq!((*name, &frame["type"]), ("viewer", &json!("plugin:health")), "{frame}");
                }
            }
        }
    }
    // Replayed, it is no other.
    for name in ["developer", "operator", "viewer", "stranger"] {
        let mut socket = app.socket(name).await;
        socket.must(json!({ "type": "run:subscribe", "after": 0 })).await;
        match name {
            "developer" | "operator" => assert!(!socket.until(is_end).await.is_empty()),
            _ => assert_eq!(socket.next_within(SOON).await, None, "{name}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_ends_with_the_login_the_token_or_the_person() {
    let app = TestApp::start().await;
    let cookie = cookie(&app, "operator").await;
    let mut by_cookie = app.try_socket(&[("cookie", &cookie)], None).await.unwrap();
    let mut of_disabled = app.socket("developer").await;
    let mut of_demoted = app.socket("colleague").await;
    let mut stays = app.socket("owner").await;
    let made = app
        .as_("viewer")
        .post("/api/tokens", &json!({ "name": "gone soon" }))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let bearer = format!("Bearer {}", made.json()["token"].as_str().unwrap());
    let mut by_token = app.try_socket(&[("authorization", &bearer)], None).await.unwrap();

    let began = Instant::now();
    let out = app.anonymous();
    let out = out.send(out.request("POST", "/api/auth/logout").header("cookie", &cookie));
    assert!(out.await.status < 300);
    let token_id = made.json()["id"].as_str().unwrap().to_owned();
    let revoked = app.as_("viewer").delete(&format!("/api/tokens/{token_id}")).await;
    assert!(revoked.status < 300, "{}", revoked.text);
    for (name, change) in [
        ("developer", json!({ "is_enabled": false })),
        ("colleague", json!({ "role": "viewer" })),
    ] {
        let path = format!("/api/users/{}", app.person(name).id);
        let changed = app.as_("owner").patch(&path, &change).await;
        assert!(changed.status < 300, "{}", changed.text);
    }
    let ends = futures::join!(
        by_cookie.closed(),
        by_token.closed(),
        of_disabled.closed(),
        of_demoted.closed()
    );
    assert_eq!(ends, (4001, 4001, 4001, 1012));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    stays.must(json!({ "type": "alert:subscribe" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_closes_its_sockets_and_says_so() {
    let mut app = TestApp::start().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(app.socket("operator").await);
    }
    let began = Instant::now();
    app.shut_down().await;
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, 1012);
    }
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_make_no_sense_are_answered_or_end_the_socket_and_nothing_else() {
    let app = TestApp::start().await;
    let mut socket = app.socket("operator").await;
    for (text, expected) in [
        ("", "socket.bad_json"),
        ("{\"type\":", "socket.bad_json"),
        ("[1, 2]", "socket.bad_frame"),
        ("{\"type\": \"chat:dance\"}", "socket.unknown_type"),
        ("{\"type\": \"chat:join\", \"session_id\": 7}", "socket.bad_frame"),
        (
            "{\"type\": \"chat:join\", \"id\": [], \"session_id\": 7}",
            "socket.bad_frame",
        ),
    ] {
        socket.send_text(text).await;
        let told = socket.next().await.unwrap();
        assert_eq!(told["type"], "problem", "{text}");
        assert_eq!(told["problem"]["code"], expected, "{text}");
    }
    let deep = "[".repeat(60_000);
    socket.send_text(&deep).await;
    assert_eq!(socket.next().await.unwrap()["problem"]["code"], "socket.bad_json");
    let session = app.open_session("operator").await;
    for (frame, expected) in [
        (
            json!({ "type": "chat:message", "session_id": session, "text": "" }),
            "message.empty",
        ),
        (
            json!({ "type": "chat:message", "session_id": session, "text": 7 }),
            "request.bad_json",
        ),
        (
            json!({ "type": "chat:message", "session_id": session }),
            "request.no_message",
        ),
        (
            json!({ "type": "chat:message", "session_id": session, "text": "x".repeat(20_000) }),
            "message.too_long",
        ),
        (
            json!({ "type": "chat:message", "session_id": session, "text": "x", "key": "\n" }),
            "request.bad_key",
        ),
    ] {
        assert_eq!(code(&socket.ask(frame.clone()).await), expected, "{frame}");
    }
    for number in 0..64 {
        let run = app.person("operator").id;
        socket
            .send(&json!({ "type": "run:unsubscribe", "run_id": run, "id": number }))
            .await;
    }
    let long = json!({ "type": "chat:message", "session_id": session, "text": "x".repeat(70_000) }).to_string();
    let endings = [
        (Message::text(long), 1009),
        (Message::binary(vec![1, 2, 3]), 1003),
        (Message::Close(None), 0),
    ];
    for (message, expected) in endings {
        let mut socket = app.socket("operator").await;
        socket.send_message(message.clone()).await;
        let ended = socket.closed().await;
        assert!(ended == expected || expected == 0, "{ended} after {expected}");
    }
    let mut flood = app.socket("operator").await;
    for number in 0..1_000 {
        flood.send(&json!({ "type": "alert:subscribe", "id": number })).await;
    }
    assert_eq!(flood.closed().await, 1008);
    assert_eq!(app.anonymous().get("/healthz").await.status, 200);
}
