//! A secret that a change makes: shown once to a person, and nowhere else.

use crate::{
    audit::{database_bytes, follow_all},
    stage::{faulty, refused, until},
};
use serde_json::{Value, json};
use std::time::Duration;
use steersman_protocol::{ExecutionId, ExecutionStatus, RunView, Target};
use steersman_testkit::{
    TestApp,
    app::{Reply, logs, only_call},
    fault_plugin::PASSWORD,
    model_server::{Scripted, ScriptedModel},
};

/// Proposed by the developer, approved by the operator.
async fn make_account(app: &TestApp, target: &Target, arguments: Value) -> RunView {
    let run = app.propose("developer", target, "make_account", arguments).await;
    let approval = app.approval_of(&run).await;
    assert_eq!(app.approve("operator", &approval, None).await.status, 200);
    run
}

async fn made(app: &TestApp, target: &Target, name: &str) -> ExecutionId {
    let run = make_account(app, target, json!({ "name": name, "value": "" })).await;
    let run = app.over("developer", run.id).await;
    let call = only_call(&run);
    assert_eq!(call.status, ExecutionStatus::Completed, "{run:#?}");
    let labels: Vec<&str> = call.secrets.iter().map(|secret| secret.label.as_str()).collect();
    assert_eq!(labels, [format!("password of the account {name}")]);
    call.id
}

async fn reveal(app: &TestApp, user: &str, id: ExecutionId) -> Reply {
    let path = format!("/api/executions/{id}/secrets/reveal");
    app.as_(user).post(&path, &json!({})).await
}

async fn state(app: &TestApp, id: ExecutionId) -> Value {
    let reply = app.as_("developer").get(&format!("/api/executions/{id}/secrets")).await;
    assert_eq!(
        (reply.status, reply.header("cache-control")),
        (200, "no-store"),
        "{}",
        reply.text
    );
    reply.json()["items"][0].clone()
}

/// How many entries of the audit log are of this kind, and their sentences.
async fn told(app: &TestApp, action: &str) -> Vec<String> {
    let entries = app.audit(&format!("action={action}")).await;
    entries
        .iter()
        .map(|entry| entry.body.as_ref().unwrap().sentence.clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_left_secret_is_shown_once_to_who_asked_or_approved_and_to_nobody_else() {
    let (app, fault, target, _) = faulty().await;
    let id = made(&app, &target, "reporting").await;
    assert_eq!(state(&app, id).await["state"], json!("waiting"));
    for (user, status, code) in [
        ("viewer", 404, "store.not_found"),
        ("stranger", 404, "store.not_found"),
        ("colleague", 403, "secret.not_yours"),
        ("owner", 403, "secret.not_yours"),
    ] {
        refused(&reveal(&app, user, id).await, status, code);
    }
    // Of twenty at the same time one gets it; the others hear who did.
    let all = (0..20).map(|n| reveal(&app, if n % 2 == 0 { "developer" } else { "operator" }, id));
    let all = futures::future::join_all(all).await;
    let (shown, late): (Vec<&Reply>, Vec<&Reply>) = all.iter().partition(|reply| reply.status == 200);
    assert_eq!((shown.len(), late.len()), (1, 19));
    assert_eq!(shown[0].header("cache-control"), "no-store");
    assert_eq!(
        shown[0].json()["items"],
        json!([{ "label": "password of the account reporting", "value": fault.world.passwords()[0] }])
    );
    for reply in late {
        refused(reply, 410, "secret.shown");
    }
    let state = state(&app, id).await;
    assert_eq!(state["state"], json!("shown"));
    let to = state["shown_to"].as_str().unwrap();
    let again = reveal(&app, "developer", id).await;
    assert!(
        again.json()["why"]
            .as_str()
            .unwrap()
            .contains(&format!("shown to {to} at 20")),
        "{}",
        again.text
    );
    assert_eq!(
        told(&app, "secret.shown").await,
        ["Was shown, once: password of the account reporting."]
    );
    assert_eq!(told(&app, "secret.left").await.len(), 1);
    assert!(told(&app, "secret.refused").await.len() >= 20);

    // A call without one, and one that has not ended.
    let run = app.execute("developer", &target, "read_values", json!({})).await.json();
    let other = run["executions"][0]["id"].as_str().unwrap().parse().unwrap();
    refused(&reveal(&app, "developer", other).await, 404, "secret.none");
    fault.world.left.close();
    let run = make_account(&app, &target, json!({ "name": "slow", "value": "" })).await;
    fault.world.left.reached().await;
    refused(
        &reveal(&app, "developer", only_call(&run).id).await,
        409,
        "secret.not_yet",
    );
    fault.world.left.open();
    app.over("developer", run.id).await;
    assert_eq!(
        reveal(&app, "operator", only_call(&run).id).await.status,
        200,
        "the approver too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_left_secret_survives_a_restart_and_is_forgotten_when_the_change_came_to_nothing() {
    let (mut app, fault, target, _) = faulty().await;
    let id = made(&app, &target, "before").await;
    app.restart().await;
    let shown = reveal(&app, "developer", id).await;
    assert_eq!(
        shown.json()["items"][0]["value"],
        json!(fault.world.passwords()[0]),
        "{}",
        shown.text
    );

    // The process ends between leaving and telling the target; then after the target was told.
    for (name, gate, status, code) in [
        (
            "never",
            &fault.world.left,
            ExecutionStatus::Failed,
            (410, "secret.dropped".to_owned()),
        ),
        (
            "made",
            &fault.world.reporting,
            ExecutionStatus::Completed,
            (200, String::new()),
        ),
    ] {
        gate.close();
        let run = make_account(&app, &target, json!({ "name": name, "value": "" })).await;
        gate.reached().await;
        app.crash().await;
        gate.open();
        app.start_again().await;
        let run = app.over("developer", run.id).await;
        let call = only_call(&run);
        assert_eq!(
            (call.status, call.secrets.is_empty()),
            (status, code.0 == 410),
            "{name}"
        );
        let reply = reveal(&app, "developer", call.id).await;
        assert_eq!((reply.status, reply.code()), code, "{name}: {}", reply.text);
        if code.0 == 200 {
            assert_eq!(
                reply.json()["items"][0]["value"],
                json!(fault.world.passwords().last().unwrap())
            );
        }
    }
    for (mishap, status, code) in [
        ("lies", ExecutionStatus::Failed, "secret.dropped"),
        ("nobody_knows", ExecutionStatus::Unknown, ""),
    ] {
        let run = make_account(&app, &target, json!({ "name": mishap, "value": "", "mishap": mishap })).await;
        let run = app.over("developer", run.id).await;
        assert_eq!(only_call(&run).status, status, "{mishap}");
        let reply = reveal(&app, "developer", only_call(&run).id).await;
        assert_eq!(reply.code(), code, "{mishap}: {}", reply.text);
    }
    assert_eq!(
        told(&app, "secret.dropped").await,
        [
            "Forgot the password of the account lies: the change came to nothing.",
            "Forgot the password of the account never: the change came to nothing."
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_left_secret_that_nobody_comes_for_is_forgotten_after_a_day() {
    let (mut app, _, target, clock) = faulty().await;
    let first = made(&app, &target, "first").await;
    clock.advance(Duration::from_secs(23 * 60 * 60));
    let second = made(&app, &target, "second").await;
    assert_eq!(state(&app, first).await["state"], json!("waiting"));
    clock.advance(Duration::from_secs(60 * 60));
    until("the first is forgotten", async || {
        state(&app, first).await["state"] == json!("expired")
    })
    .await;
    refused(&reveal(&app, "developer", first).await, 410, "secret.expired");
    assert_eq!(state(&app, second).await["state"], json!("waiting"));
    // What came due while nobody was running is forgotten at the start.
    app.crash().await;
    clock.advance(Duration::from_secs(24 * 60 * 60));
    app.start_again().await;
    until("the second is forgotten", async || {
        state(&app, second).await["state"] == json!("expired")
    })
    .await;
    assert_eq!(
        told(&app, "secret.expired").await,
        [
            "Forgot the password of the account second: nobody looked at it in time.",
            "Forgot the password of the account first: nobody looked at it in time."
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_left_secret_is_nowhere_to_be_found() {
    let (app, fault, target, _) = faulty().await;
    let model = ScriptedModel::start(vec![
        Scripted::call("c1", "fault_make_account", r#"{"name":"reporting","value":""}"#),
        Scripted::text(&["Made."]),
    ])
    .await;
    app.use_model(&model).await;
    let asked = app.ask("developer", "make the account reporting on faulty").await;
    let approval = app.approval_of(&asked.run).await;
    assert_eq!(app.approve("operator", &approval, None).await.status, 200);
    app.over("developer", asked.run.id).await;
    let by_hand = made(&app, &target, "by_hand").await;
    let look = async |when: &str| {
        let session = format!("/api/sessions/{}", asked.session_id);
        let developer = app.as_("developer");
        let places = [
            ("events", follow_all(&app).await),
            (
                "audit export",
                app.as_("owner").get("/api/audit/export?format=jsonl").await.text,
            ),
            ("messages", developer.get(&format!("{session}/messages")).await.text),
            ("transcript", developer.get(&format!("{session}/transcript")).await.text),
            ("run", developer.get(&format!("/api/runs/{}", asked.run.id)).await.text),
            (
                "approval",
                developer.get(&format!("/api/approvals/{}", approval.id)).await.text,
            ),
            (
                "model",
                format!(
                    "{:?}",
                    model
                        .recorded()
                        .iter()
                        .map(|one| one.body.to_string())
                        .collect::<Vec<_>>()
                ),
            ),
            ("log", logs::text()),
            ("database", database_bytes(&app).await),
        ];
        for (place, text) in places {
            assert!(
                text.contains("reporting") || place == "log",
                "{place} says nothing of it"
            );
            assert!(!text.contains(PASSWORD), "{when}: the secret is in the {place}");
        }
    };
    look("waiting").await;
    assert_eq!(fault.world.passwords().len(), 2);
    let shown = reveal(&app, "developer", by_hand).await;
    assert!(shown.text.contains(PASSWORD), "{}", shown.text);
    look("shown").await;
}
