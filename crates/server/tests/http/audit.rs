//! The record: whole, exportable, erasable, and without secrets.

use crate::stage::{faulty, shop};
use serde_json::json;
use std::collections::BTreeMap;
use steersman_protocol::AuditEntry;
use steersman_testkit::{
    TestApp,
    app::logs,
    model_server::{Scripted, ScriptedModel},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_record_can_be_listed_counted_exported_and_erased_and_stays_whole() {
    let (app, _, target, _) = faulty().await;
    let owner = app.as_("owner");
    let run = app
        .propose(
            "developer",
            &target,
            "set_value",
            json!({ "name": "=1+1", "value": "a,\"b\"\nc" }),
        )
        .await;
    let approval = app.approval_of(&run).await;
    app.approve("operator", &approval, Some("=HYPERLINK(\"http://evil.example\")"))
        .await;
    app.over("developer", run.id).await;
    for _ in 0..600 {
        app.store()
            .append_audit(
                app.runtime().now(),
                vec![
                    app.runtime()
                        .audit_of(&app.person("owner").actor(), "test.noted", "Noted.", json!({})),
                ],
            )
            .await
            .unwrap();
    }

    // Every entry once, however it is asked for.
    let mut listed: Vec<AuditEntry> = Vec::new();
    let mut cursor = None;
    loop {
        let after = cursor.map_or(String::new(), |cursor: String| format!("&cursor={cursor}"));
        let page = owner.get(&format!("/api/audit?limit=100{after}")).await.json();
        listed.extend(serde_json::from_value::<Vec<AuditEntry>>(page["items"].clone()).unwrap());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    let numbers: Vec<i64> = listed.iter().rev().map(|entry| entry.number).collect();
    assert_eq!(
        numbers,
        (1..=listed.len() as i64).collect::<Vec<_>>(),
        "counted from 1 without gaps"
    );
    let stats = owner.get("/api/audit/stats").await.json();
    assert_eq!(stats["entries"], json!(listed.len()));

    let lines = owner.get("/api/audit/export?format=jsonl").await;
    let exported: Vec<AuditEntry> = lines
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(exported, listed);
    let csv = owner.get("/api/audit/export?format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let rows = rows_of(&csv.text);
    assert_eq!(rows.len(), listed.len() + 1);
    assert!(
        rows.iter().all(|row| row.len() == rows[0].len()),
        "every row is as wide as the head"
    );
    assert!(
        rows.iter().flatten().all(|field| !field.starts_with(['=', '+', '@'])),
        "no field is a formula"
    );
    let only = owner
        .get(&format!("/api/audit/export?format=jsonl&run={}", run.id))
        .await;
    assert!(only.text.lines().count() < listed.len() && only.text.contains("approval.approved"));
    assert_eq!(
        owner.get("/api/audit/export?format=xml").await.told(),
        (400, "request.bad_format".into())
    );

    // Filters.
    for (query, fits) in [
        (
            "tool=fault.set_value",
            Box::new(|entry: &AuditEntry| entry.body.as_ref().unwrap().tool.is_some())
                as Box<dyn Fn(&AuditEntry) -> bool>,
        ),
        (
            "result=intended",
            Box::new(|entry: &AuditEntry| entry.action == "tool.executing"),
        ),
        (
            "q=HYPERLINK",
            Box::new(|entry: &AuditEntry| entry.action == "approval.approved"),
        ),
    ] {
        let found = app.audit(query).await;
        assert!(!found.is_empty() && found.iter().all(fits), "{query}: {found:#?}");
    }

    // Erasing takes the words and leaves the chain.
    assert_eq!(
        owner.post("/api/audit/erase", &json!({})).await.told(),
        (400, "request.no_condition".into())
    );
    let erased = owner.post("/api/audit/erase", &json!({ "run": run.id })).await;
    assert!(erased.json()["entries"].as_i64().unwrap() > 3, "{}", erased.text);
    assert!(
        app.audit(&format!("run={}", run.id))
            .await
            .iter()
            .all(|entry| entry.body.is_none())
    );
    let verified = owner.get("/api/audit/verify").await.json();
    assert_eq!(
        (verified["is_intact"].clone(), verified["erased_bodies"].clone()),
        (json!(true), erased.json()["entries"].clone())
    );
    assert!(
        !owner
            .get("/api/audit/export?format=jsonl")
            .await
            .text
            .contains("HYPERLINK")
    );
}

/// RFC 4180.
fn rows_of(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, is_quoted) {
            ('"', true) if chars.peek() == Some(&'"') => field.extend(chars.next()),
            ('"', _) => is_quoted = !is_quoted,
            (',', false) => row.push(std::mem::take(&mut field)),
            ('\n', false) => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (other, _) => field.push(other),
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_nowhere_to_be_found() {
    let app = TestApp::start().await;
    let (database, _) = shop(&app).await;
    let owner = app.as_("owner");
    let mut secrets: BTreeMap<&str, String> = BTreeMap::new();

    // A role of its own, so that its password is a word that nothing else says.
    secrets.insert("target password", "planted-target-password-7431".into());
    database.sql("CREATE ROLE planted LOGIN PASSWORD 'planted-target-password-7431'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO planted").await.unwrap();
    let url = database.url_as("planted", &secrets["target password"]);
    let target = app.add_postgres_at("planted-db", &url).await;
    secrets.insert("second target password", "planted-target-password-9952".into());
    let edit = json!({ "revision": target.revision, "settings": { "database": database.name, "user": "planted", "password": secrets["second target password"] } });
    assert_eq!(owner.patch(&app.path_of(&target, ""), &edit).await.status, 200);

    secrets.insert("model key", "sk-planted-model-key-5567".into());
    let model = ScriptedModel::start(vec![
        Scripted::error(401, "invalid_api_key"),
        Scripted::text(&["Hello."]),
    ])
    .await;
    app.use_model_at(&model.base_url(), &secrets["model key"]).await;
    let asked = app.ask("operator", "hello").await;
    app.ask_in("operator", asked.session_id, "and again").await;
    assert_eq!(
        model.recorded()[0].key.as_deref(),
        Some(secrets["model key"].as_str()),
        "it is used"
    );

    secrets.insert("password", "planted user password 1187".into());
    let made = owner
        .post(
            "/api/users",
            &json!({ "name": "planted", "role": "viewer", "password": secrets["password"] }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let entered = app
        .anonymous()
        .post(
            "/api/auth/login",
            &json!({ "name": "planted", "password": secrets["password"] }),
        )
        .await;
    assert_eq!(entered.status, 200);
    let cookie = entered
        .header("set-cookie")
        .split(['=', ';'])
        .nth(1)
        .unwrap()
        .to_owned();
    secrets.insert("cookie", cookie);
    secrets.insert("wrong password", "planted wrong password 4415".into());
    app.anonymous()
        .post(
            "/api/auth/login",
            &json!({ "name": "planted", "password": secrets["wrong password"] }),
        )
        .await;

    let link = owner.post("/api/auth/links", &json!({})).await.json();
    secrets.insert(
        "link",
        link["url"].as_str().unwrap().split_once("login=").unwrap().1.to_owned(),
    );
    secrets.insert("token", app.person("operator").token.clone());

    // Failures are where secrets slip out: no server at the address, a refused login, a malformed request.
    let broken = json!({ "name": "broken-db", "plugin": "postgres", "settings": { "host": "127.0.0.1", "port": 1, "database": "x", "user": "planted", "password": secrets["target password"], "colour": "red" } });
    assert_eq!(
        owner
            .post(&format!("/api/servers/{}/plugins", app.server_id()), &broken)
            .await
            .status,
        422
    );
    let view = owner.get(&app.path_of(&target, "")).await.json();
    let target = serde_json::from_value(view).unwrap();
    let failing = app.execute("operator", &target, "list_tables", json!({})).await;
    assert_eq!(failing.json()["status"], json!("failed"), "the password is wrong now");
    let secret_query = json!({ "sql": "SELECT 1", "password": secrets["target password"] });
    assert_eq!(
        app.execute("operator", &target, "run_query", secret_query).await.status,
        422
    );

    let frames = follow_all(&app).await;
    let places = [
        ("events", frames),
        ("audit export", owner.get("/api/audit/export?format=jsonl").await.text),
        (
            "messages",
            owner
                .get(&format!("/api/sessions/{}/messages", asked.session_id))
                .await
                .text,
        ),
        ("runs", owner.get("/api/runs").await.text),
        ("targets", owner.get("/api/targets").await.text),
        ("models", owner.get("/api/models").await.text),
        ("users", owner.get("/api/users").await.text),
        ("log", logs::text()),
        ("database", database_bytes(&app).await),
    ];
    for (place, text) in &places {
        assert!(text.len() > 40, "{place} is empty");
        for (what, secret) in &secrets {
            assert!(!text.contains(secret.as_str()), "the {what} is in the {place}");
        }
    }
}

/// Everything that a follower of the organization sees.
pub async fn follow_all(app: &TestApp) -> String {
    let last = app.store().last_position(app.organization_id()).await.unwrap();
    let mut stream = app.as_("owner").follow("/api/events?after=0").await;
    let frames = stream.until(|frame| frame.position() == last).await;
    frames
        .iter()
        .map(|frame| frame.data.to_string())
        .collect::<Vec<String>>()
        .join("\n")
}

/// The database file and its log, byte by byte.
pub async fn database_bytes(app: &TestApp) -> String {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(app.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("steersman.db"))
        {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
