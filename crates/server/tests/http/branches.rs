//! Branches of a conversation over HTTP: editing, regenerating, going back, and what a model then remembers.

use crate::stage::{faulty, refused};
use serde_json::{Value, json};
use steersman_protocol::{MessageRole, RunId, RunStatus, SessionId};
use steersman_testkit::{
    TestApp,
    app::Asked,
    model_server::{Scripted, ScriptedModel},
};

/// Says something with more than its text.
async fn say(app: &TestApp, session: SessionId, body: Value) -> Asked {
    let path = format!("/api/sessions/{session}/messages");
    let reply = app.as_("operator").post(&path, &body).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    let run_id: RunId = serde_json::from_value(reply.json()["run_id"].clone()).unwrap();
    app.asked("operator", session, run_id).await
}

fn by_person(asked: &Asked) -> Vec<&str> {
    let user = asked
        .messages
        .iter()
        .filter(|message| message.role == MessageRole::User);
    user.map(|message| message.content.as_str()).collect()
}

/// What the model was sent last, without the system prompt.
fn remembered(model: &ScriptedModel) -> Vec<String> {
    let chats = model.chats();
    let messages = chats.last().unwrap()["messages"].as_array().unwrap().clone();
    let told = messages.iter().filter(|message| message["role"] != "system");
    told.map(|message| message["content"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_message_begins_a_branch_and_the_model_remembers_only_that_path() {
    let mut app = TestApp::start().await;
    let texts = ["one", "two", "three", "two again", "four", "five"];
    let model = ScriptedModel::start(texts.iter().map(|text| Scripted::text(&[text])).collect()).await;
    app.use_model(&model).await;
    let session = app.open_session("operator").await;
    let a = say(&app, session, json!({ "text": "a" })).await;
    let b = say(&app, session, json!({ "text": "b" })).await;
    let c = say(&app, session, json!({ "text": "c" })).await;
    assert_eq!(remembered(&model), ["a", "one", "b", "two", "c"]);
    assert_eq!(
        (a.run.parent_run_id, b.run.parent_run_id, c.run.parent_run_id),
        (None, Some(a.run.id), Some(b.run.id))
    );

    let edited = say(&app, session, json!({ "text": "b, better", "replaces": b.run.id })).await;
    assert_eq!(remembered(&model), ["a", "one", "b, better"]);
    assert_eq!(edited.run.parent_run_id, Some(a.run.id));
    assert_eq!(by_person(&edited), ["a", "b, better"]);

    // It is all still so after the process died.
    app.restart().await;
    let look = app
        .as_("operator")
        .get(&format!("/api/sessions/{session}"))
        .await
        .json();
    assert_eq!(look["leaf_run_id"], json!(edited.run.id));
    let d = say(&app, session, json!({ "text": "d" })).await;
    assert_eq!(remembered(&model), ["a", "one", "b, better", "two again", "d"]);
    assert_eq!(d.run.parent_run_id, Some(edited.run.id));

    // Back to the first branch: its newest leaf is shown, and continued.
    let leaf = format!("/api/sessions/{session}/leaf");
    let shown = app.as_("operator").post(&leaf, &json!({ "run_id": b.run.id })).await;
    assert_eq!(
        (shown.status, shown.json()["leaf_run_id"].clone()),
        (200, json!(c.run.id))
    );
    assert_eq!(shown.json()["preview"], json!("three"));
    let e = say(&app, session, json!({ "text": "e" })).await;
    assert_eq!(remembered(&model), ["a", "one", "b", "two", "c", "three", "e"]);
    assert_eq!(by_person(&e), ["a", "b", "c", "e"]);

    let page = app.store().path_runs(session, Some(d.run.id), None, 10).await.unwrap();
    let siblings: Vec<_> = page.runs.iter().map(|part| part.siblings.clone()).collect();
    assert_eq!(
        siblings,
        [vec![d.run.id], vec![b.run.id, edited.run.id], vec![a.run.id]]
    );
    let entries = app.audit("action=session.branch_shown").await;
    assert_eq!(entries.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_replaced_is_refused_with_a_reason_and_starts_nothing() {
    let (app, _fault, _, _) = faulty().await;
    let model = ScriptedModel::start(vec![
        Scripted::call("c1", "fault_set_value", r#"{"target":"faulty","name":"a","value":"1"}"#),
        Scripted::text(&["Fine."]),
        Scripted::text(&["Stopped, then."]),
    ])
    .await;
    app.use_model(&model).await;
    let session = app.open_session("operator").await;
    let waiting = say(&app, session, json!({ "text": "set a to 1 on faulty" })).await;
    assert_eq!(waiting.run.status, RunStatus::WaitingApproval);
    let operator = app.as_("operator");
    let path = format!("/api/sessions/{session}/messages");
    let replace = |path: &str, run_id: RunId| {
        let (path, body) = (path.to_owned(), json!({ "text": "set a to 2", "replaces": run_id }));
        let operator = app.as_("operator");
        async move { operator.post(&path, &body).await }
    };
    let reply = replace(&path, waiting.run.id).await;
    refused(&reply, 409, "run.still_running");
    assert!(reply.text.contains("Stop it first"), "{}", reply.text);

    let other = app.open_session("operator").await;
    let elsewhere = format!("/api/sessions/{other}/messages");
    refused(&replace(&elsewhere, waiting.run.id).await, 409, "run.not_in_session");
    refused(
        &replace(&path, RunId::from_uuid(app.runtime().fresh_id())).await,
        409,
        "run.not_in_session",
    );
    let theirs = app.as_("stranger").post("/api/sessions", &json!({})).await.json();
    let theirs = format!("/api/sessions/{}/messages", theirs["id"].as_str().unwrap());
    let body = json!({ "text": "mine", "replaces": waiting.run.id });
    refused(
        &app.as_("stranger").post(&theirs, &body).await,
        409,
        "run.not_in_session",
    );
    let long = json!({ "text": "x", "page": { "resource_type": "target", "resource_ids": vec!["x"; 51] } });
    refused(&operator.post(&path, &long).await, 400, "message.bad_page");
    let runs = operator.get(&format!("/api/runs?session={session}")).await.json();
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "nothing was started");

    let stop = format!("/api/runs/{}/cancel", waiting.run.id);
    assert_eq!(operator.post(&stop, &json!({})).await.status, 202);
    app.over("operator", waiting.run.id).await;
    let instead = say(
        &app,
        session,
        json!({ "text": "set a to 2", "replaces": waiting.run.id }),
    )
    .await;
    assert_eq!(by_person(&instead), ["set a to 2"]);

    let leaf =
        |session: SessionId, run_id: RunId| (format!("/api/sessions/{session}/leaf"), json!({ "run_id": run_id }));
    let (path, body) = leaf(other, waiting.run.id);
    refused(&operator.post(&path, &body).await, 404, "store.not_found");
    let (path, body) = leaf(session, waiting.run.id);
    for user in ["colleague", "stranger"] {
        refused(&app.as_(user).post(&path, &body).await, 404, "store.not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_sent_at_once_stand_in_one_line() {
    let app = TestApp::start().await;
    let session = app.open_session("operator").await;
    let said = (0..12).map(|number| app.say("operator", session, ["hello", "help"][number % 2]));
    let runs = futures::future::join_all(said).await;
    for run_id in &runs {
        app.over("operator", *run_id).await;
    }
    let page = app.store().path_runs(session, None, None, 100).await.unwrap();
    let mut on_path: Vec<RunId> = page.runs.iter().map(|part| part.run.id).collect();
    assert!(page.runs.iter().all(|part| part.siblings.len() == 1));
    let mut expected = runs.clone();
    on_path.sort();
    expected.sort();
    assert_eq!(on_path, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_again_with_another_body_is_refused() {
    let (app, fault, target, _) = faulty().await;
    let session = app.open_session("operator").await;
    let client = app.as_("operator");
    let keyed = |path: &str, body: Value| {
        let request = client
            .request("POST", path)
            .header("idempotency-key", "one")
            .json(&body);
        client.send(request)
    };
    let path = format!("/api/sessions/{session}/messages");
    let first = keyed(&path, json!({ "text": "hello" })).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let again = keyed(&path, json!({ "text": " hello " })).await;
    assert_eq!((again.status, again.json()), (202, first.json()));
    refused(
        &keyed(&path, json!({ "text": "goodbye" })).await,
        422,
        "request.key_reused",
    );

    let path = app.path_of(&target, "/execute");
    let call = |value: &str| json!({ "tool": "set_value", "arguments": { "name": "a", "value": value } });
    let first = keyed(&path, call("1")).await;
    assert_eq!(first.status, 202, "{}", first.text);
    assert_eq!(keyed(&path, call("1")).await.json()["id"], first.json()["id"]);
    refused(&keyed(&path, call("2")).await, 422, "request.key_reused");
    let other = json!({ "tool": "read_values", "arguments": {} });
    refused(&keyed(&path, other).await, 422, "request.key_reused");
    assert_eq!(fault.world.performed(), Vec::<String>::new());
    let runs = client.get("/api/runs").await.json();
    assert_eq!(runs["items"].as_array().unwrap().len(), 2);
}
