//! Requests that are malformed, too large, or not the caller's business.

use crate::stage::{faulty, refused};
use serde_json::json;
use steersman_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_is_a_problem_document_and_an_entry_and_starts_nothing() {
    let app = TestApp::start().await;
    let session = app.open_session("operator").await;
    let path = format!("/api/sessions/{session}/messages");
    let client = app.as_("operator");
    let json_post = |body: Vec<u8>| {
        let request = client
            .request("POST", &path)
            .header("content-type", "application/json")
            .body(body);
        client.send(request)
    };

    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(1 << 20)).into_bytes();
    refused(&json_post(large.clone()).await, 413, "request.too_large");
    let chunked = reqwest::Body::wrap_stream(futures::stream::iter(
        large
            .chunks(65_536)
            .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
            .collect::<Vec<_>>(),
    ));
    let request = client
        .request("POST", &path)
        .header("content-type", "application/json")
        .body(chunked);
    refused(&client.send(request).await, 413, "request.too_large");
    refused(
        &json_post(b"{\"text\":\"\xff\xfe\"}".to_vec()).await,
        400,
        "request.bad_utf8",
    );
    refused(&json_post(b"{\"text\":".to_vec()).await, 400, "request.bad_json");
    refused(&json_post(b"{\"text\":7}".to_vec()).await, 400, "request.bad_json");
    refused(
        &json_post("[".repeat(100_000).into_bytes()).await,
        400,
        "request.bad_json",
    );
    let form = client
        .request("POST", &path)
        .header("content-type", "text/plain")
        .body("{\"text\":\"hello\"}");
    refused(&client.send(form).await, 415, "request.wrong_type");
    refused(
        &client.post(&path, &json!({ "text": "  " })).await,
        400,
        "message.empty",
    );
    refused(
        &client.post(&path, &json!({ "text": "ä".repeat(16_001) })).await,
        400,
        "message.too_long",
    );
    refused(&client.get("/api/runs?limit=many").await, 400, "request.bad_query");
    refused(&client.get("/api/runs?status=asleep").await, 400, "request.bad_query");
    refused(&client.get("/api/runs/no-id").await, 404, "request.not_found");
    refused(&client.get("/api/runs/%ff").await, 404, "request.not_found");
    refused(&client.get("/api/nothing/here").await, 404, "request.not_found");
    refused(
        &client.post("/nothing/here", &json!({})).await,
        405,
        "request.wrong_method",
    );
    refused(&client.delete("/api/me").await, 405, "request.wrong_method");

    let runs = client.get("/api/runs").await.json();
    assert_eq!(runs["items"], json!([]), "nothing was started");
    let entries = app.audit("result=rejected").await;
    let sentences: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.action == "request.refused")
        .map(|entry| entry.body.as_ref().unwrap().sentence.as_str())
        .collect();
    for code in [
        "request.too_large",
        "request.bad_utf8",
        "request.bad_json",
        "request.wrong_type",
        "message.empty",
        "message.too_long",
        "request.not_found",
    ] {
        let is_there = |sentence: &&&str| sentence.ends_with(&format!("({code})"));
        assert!(
            sentences.iter().find(is_there).is_some(),
            "no entry for {code}: {sentences:#?}"
        );
    }
    refused(
        &app.anonymous().post(&path, &json!({ "text": "hello" })).await,
        401,
        "auth.required",
    );
    assert_eq!(
        app.audit("result=rejected").await.len(),
        entries.len(),
        "strangers cannot fill the log"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_use_the_cookie_of_a_signed_in_person() {
    let app = TestApp::start().await;
    let link = app.as_("owner").post("/api/auth/links", &json!({})).await.json();
    let token = link["url"].as_str().unwrap().split_once("login=").unwrap().1.to_owned();
    let entered = app.anonymous().post("/api/auth/link", &json!({ "token": token })).await;
    let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
    let anonymous = app.anonymous();
    let host = app.address().to_string();
    let own = format!("http://{host}");
    for (headers, is_taken) in [
        (vec![("sec-fetch-site", "same-origin")], true),
        (vec![("origin", own.as_str())], true),
        (vec![("sec-fetch-site", "cross-site"), ("origin", own.as_str())], false),
        (vec![("sec-fetch-site", "same-site")], false),
        (vec![("origin", "http://evil.example")], false),
        (vec![("origin", "null")], false),
    ] {
        let mut request = anonymous
            .request("POST", "/api/sessions")
            .header("cookie", &cookie)
            .json(&json!({}));
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let reply = anonymous.send(request).await;
        match is_taken {
            true => assert_eq!(reply.status, 201, "{headers:?}: {}", reply.text),
            false => refused(&reply, 403, "auth.other_site"),
        }
        let reading = anonymous.request("GET", "/api/me").header("cookie", &cookie);
        assert_eq!(anonymous.send(reading).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_another_organization_is_not_there() {
    let (app, fault, target, _) = faulty().await;
    let asked = app.ask("owner", "hello").await;
    let run = app
        .propose("owner", &target, "set_value", json!({ "name": "a", "value": "1" }))
        .await;
    let approval = app.approval_of(&run).await;
    let token = app
        .as_("owner")
        .post("/api/tokens", &json!({ "name": "program" }))
        .await
        .json();
    let model = json!({ "name": "m", "base_url": "http://127.0.0.1:1", "model": "m" });
    let model = app.as_("owner").post("/api/models", &model).await.json();
    let (session, run_id, approval_id) = (asked.session_id, run.id, approval.id);
    let (token, model) = (token["id"].as_str().unwrap(), model["id"].as_str().unwrap());
    let user = app.person("viewer").id;
    let server = target.server_id;
    let place = app.path_of(&target, "");
    let yes = json!({ "digest": approval.digest });
    let stranger = app.as_("stranger");
    let before = app.as_("stranger").get("/api/audit?limit=500").await.json()["items"]
        .as_array()
        .unwrap()
        .len();

    let cases = [
        ("GET", format!("/api/sessions/{session}"), json!({})),
        ("PATCH", format!("/api/sessions/{session}"), json!({ "title": "mine" })),
        ("POST", format!("/api/sessions/{session}/close"), json!({})),
        ("POST", format!("/api/sessions/{session}/reopen"), json!({})),
        ("POST", format!("/api/sessions/{session}/read"), json!({})),
        (
            "POST",
            format!("/api/sessions/{session}/leaf"),
            json!({ "run_id": run_id }),
        ),
        ("DELETE", format!("/api/sessions/{session}"), json!({})),
        ("GET", format!("/api/sessions/{session}/messages"), json!({})),
        (
            "POST",
            format!("/api/sessions/{session}/messages"),
            json!({ "text": "hello" }),
        ),
        ("GET", format!("/api/sessions/{session}/events"), json!({})),
        ("GET", format!("/api/runs/{run_id}"), json!({})),
        ("GET", format!("/api/runs/{run_id}/events"), json!({})),
        ("POST", format!("/api/runs/{run_id}/cancel"), json!({})),
        ("GET", format!("/api/approvals/{approval_id}"), json!({})),
        ("POST", format!("/api/approvals/{approval_id}/approve"), yes),
        ("POST", format!("/api/approvals/{approval_id}/reject"), json!({})),
        ("GET", format!("/api/servers/{server}/plugins"), json!({})),
        (
            "POST",
            format!("/api/servers/{server}/plugins"),
            json!({ "name": "x", "plugin": "fault" }),
        ),
        ("GET", place.clone(), json!({})),
        ("PATCH", place.clone(), json!({ "revision": 1, "name": "mine" })),
        ("DELETE", place.clone(), json!({})),
        ("GET", format!("{place}/health"), json!({})),
        ("GET", format!("{place}/tools"), json!({})),
        ("POST", format!("{place}/execute"), json!({ "tool": "read_values" })),
        ("PATCH", format!("/api/users/{user}"), json!({ "role": "owner" })),
        ("DELETE", format!("/api/tokens/{token}"), json!({})),
        ("DELETE", format!("/api/models/{model}"), json!({})),
        ("POST", format!("/api/models/{model}/test"), json!({})),
        (
            "POST",
            "/api/policy/simulate".into(),
            json!({ "tool": "fault.set_value", "target_id": target.id, "role": "owner" }),
        ),
    ];
    for (method, path, body) in &cases {
        let reply = stranger.send(stranger.request(method, path).json(body)).await;
        assert_eq!(reply.status, 404, "{method} {path}: {}", reply.text);
        assert!(reply.code().ends_with(".not_found"), "{method} {path}: {}", reply.text);
    }
    let after = app.as_("stranger").get("/api/audit?limit=500").await.json()["items"]
        .as_array()
        .unwrap()
        .len();
    assert!(
        after - before >= cases.len(),
        "every attempt is recorded: {before} and {after} entries"
    );

    // And lists hold nothing of it.
    for path in [
        "/api/sessions",
        "/api/runs",
        "/api/approvals",
        "/api/targets",
        "/api/tokens",
    ] {
        let list = stranger.get(path).await.json();
        let expected = if path == "/api/tokens" { 1 } else { 0 };
        assert_eq!(list["items"].as_array().unwrap().len(), expected, "{path}: {list}");
    }
    let users = stranger.get("/api/users").await.json();
    assert_eq!(users["items"].as_array().unwrap().len(), 1);
    let theirs = stranger.get("/api/audit?limit=500").await.text;
    assert!(!theirs.contains("faulty"), "an entry of ours is in theirs");
    assert_eq!(fault.world.performed(), Vec::<String>::new());
    let still = app
        .as_("owner")
        .get(&format!("/api/approvals/{approval_id}"))
        .await
        .json();
    assert_eq!(still["status"], json!("pending"));
}
