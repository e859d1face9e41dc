//! What a form needs: each wrong field named, secrets that stay, and settings tried before they are saved.

use crate::stage::{faulty, refused, shop};
use serde_json::{Value, json};
use steersman_testkit::{
    TestApp,
    app::Reply,
    model_server::{MODEL, Scripted, ScriptedModel},
};

/// `pointer: message` of each wrong field.
fn fields(reply: &Reply) -> Vec<String> {
    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    let told = |error: &Value| {
        let place = error["pointer"].as_str().or(error["parameter"].as_str());
        format!("{}: {}", place.unwrap(), error["message"].as_str().unwrap())
    };
    errors.iter().map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_target_is_named_and_no_value_is_repeated() {
    let app = TestApp::start().await;
    let owner = app.as_("owner");
    let path = format!("/api/servers/{}/plugins", app.server_id());
    let settings = json!({ "port": "hush-5432", "ssl_mode": "hush", "user": "", "colour": "hush", "password": 7 });
    for (method, path, body) in [
        (
            "POST",
            path.clone(),
            json!({ "name": "x", "plugin": "postgres", "settings": settings }),
        ),
        (
            "POST",
            "/api/plugins/postgres/test".into(),
            json!({ "settings": settings }),
        ),
    ] {
        let reply = owner.send(owner.request(method, &path).json(&body)).await;
        refused(&reply, 422, "postgres.bad_settings");
        let mut told = fields(&reply);
        told.sort();
        assert_eq!(
            told,
            [
                "/settings/colour: There is no such setting.",
                "/settings/database: This is needed.",
                "/settings/password: This is a text.",
                "/settings/port: The value is not of type \"integer\".",
                "/settings/ssl_mode: Choose one of: disable, prefer, require, verify-full.",
            ],
            "{}",
            reply.text
        );
        assert!(!reply.text.contains("hush"), "{}", reply.text);
    }
    // What only the plugin knows is told at the field that it names.
    let body = json!({ "name": "x", "plugin": "postgres", "settings": { "database": "a", "user": " " } });
    let reply = owner.post(&path, &body).await;
    assert_eq!(
        fields(&reply),
        ["/settings/user: User is empty, too long or holds control characters."]
    );
    let good = json!({ "database": "a", "user": "b" });
    for (body, expected) in [
        (
            json!({ "name": "No Such Name", "plugin": "postgres", "settings": good }),
            "/name",
        ),
        (json!({ "name": "this-machine", "plugin": "host" }), "/name"),
        (json!({ "name": "x", "plugin": "oracle" }), "/plugin"),
        (
            json!({ "name": "x", "plugin": "host", "environment": "e".repeat(64) }),
            "/environment",
        ),
        (json!({ "name": "x", "plugin": "host", "settings": [] }), "/settings"),
    ] {
        let reply = owner.post(&path, &body).await;
        assert!(reply.status >= 400, "{body}");
        let told = fields(&reply);
        assert!(
            told.len() == 1 && told[0].starts_with(&format!("{expected}: ")),
            "{body}: {told:?}"
        );
    }
    assert_eq!(
        owner.get("/api/targets").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_stays_unless_it_is_sent_anew_or_as_null() {
    let (app, _, target, _) = faulty().await;
    let owner = app.as_("owner");
    let path = app.path_of(&target, "");
    let mut revision = target.revision;
    for (settings, is_set) in [
        (json!({ "note": "a", "password": "one" }), true),
        (json!({ "note": "b" }), true),
        (json!({ "note": "c", "password": "" }), true),
        (json!({ "password": null }), false),
        (json!({ "password": null, "note": "d" }), false),
    ] {
        let reply = owner
            .patch(&path, &json!({ "revision": revision, "settings": settings }))
            .await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        revision += 1;
        let secrets = if is_set { json!(["password"]) } else { json!([]) };
        assert_eq!(reply.json()["secrets_set"], secrets, "{settings}");
        assert_eq!(reply.json()["settings"].get("password"), None);
    }
    let disabled = owner
        .patch(&path, &json!({ "revision": revision, "is_enabled": false }))
        .await
        .json();
    assert_eq!(
        (disabled["is_enabled"].clone(), disabled["settings"]["note"].clone()),
        (json!(false), json!("d"))
    );
    let changes = app.audit("action=target.changed").await;
    let last = &changes[0].body.as_ref().unwrap().parameters;
    assert_eq!(
        (
            &last["before"]["is_enabled"],
            &last["after"]["is_enabled"],
            &last["after"]["settings"]["note"]
        ),
        (&json!(true), &json!(false), &json!("d"))
    );
    let late = owner
        .patch(&path, &json!({ "revision": revision, "is_enabled": true }))
        .await;
    refused(&late, 409, "store.target_changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_tried_without_being_saved_and_with_the_secrets_that_are_there() {
    let app = TestApp::start().await;
    let (_, target) = shop(&app).await;
    let owner = app.as_("owner");
    let path = "/api/plugins/postgres/test";
    let settings = target.settings.clone();
    let with_kept = json!({ "settings": settings, "target_id": target.id });
    let tried = owner.post(path, &with_kept).await;
    assert_eq!(
        (tried.status, tried.json()["state"].clone()),
        (200, json!("healthy")),
        "{}",
        tried.text
    );
    let mut wrong = settings.clone();
    wrong["password"] = json!("planted-wrong-password");
    let tried = owner
        .post(path, &json!({ "settings": wrong, "target_id": target.id }))
        .await;
    assert_eq!(
        (tried.status, tried.json()["state"].clone()),
        (200, json!("down")),
        "{}",
        tried.text
    );
    let mut nobody = settings.clone();
    nobody["port"] = json!(1);
    let tried = owner.post(path, &json!({ "settings": nobody })).await;
    assert_eq!(tried.json()["state"], json!("down"), "{}", tried.text);
    assert!(!tried.json()["sentence"].as_str().unwrap().is_empty());
    // A sealed password is not sent to a server of somebody else's, neither tried nor saved.
    for (name, elsewhere) in [
        ("host", json!("127.0.0.2")),
        ("port", json!(1)),
        ("ssl_mode", json!("disable")),
    ] {
        let mut moved = settings.clone();
        moved[name] = elsewhere;
        let tried = owner
            .post(path, &json!({ "settings": moved, "target_id": target.id }))
            .await;
        let saved = owner
            .patch(
                &app.path_of(&target, ""),
                &json!({ "settings": moved, "revision": target.revision }),
            )
            .await;
        for reply in [tried, saved] {
            refused(&reply, 422, "target.secret_needed");
            assert_eq!(
                fields(&reply),
                ["/settings/password: Enter it again: it was meant for another place."]
            );
        }
    }
    // Of another plugin, of nobody, of another organization.
    let reply = owner
        .post("/api/plugins/host/test", &json!({ "target_id": target.id }))
        .await;
    assert_eq!(fields(&reply).len(), 1, "{}", reply.text);
    refused(
        &owner.post("/api/plugins/oracle/test", &json!({})).await,
        404,
        "request.not_found",
    );
    refused(
        &app.as_("stranger").post(path, &with_kept).await,
        404,
        "store.not_found",
    );
    // Nothing is kept of it but that it was tried.
    let now = owner.get(&app.path_of(&target, "")).await.json();
    assert_eq!(now["revision"], json!(target.revision));
    let entries = app.audit("action=target.tried").await;
    assert_eq!(entries.len(), 3);
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains("planted-wrong-password"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_changed_without_its_key_being_seen() {
    let app = TestApp::start().await;
    let owner = app.as_("owner");
    let reply = owner
        .post(
            "/api/models",
            &json!({ "name": "local", "base_url": "ftp://x", "model": "" }),
        )
        .await;
    refused(&reply, 400, "model.bad_settings");
    let places: Vec<String> = fields(&reply)
        .iter()
        .map(|told| told.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(places, ["/name", "/base_url", "/model"]);
    let model = ScriptedModel::start(vec![Scripted::text(&["One."]), Scripted::text(&["Two."])]).await;
    app.use_model_at(&model.base_url(), "planted-first-key").await;
    let listed = async || {
        owner.get("/api/models").await.json()["items"]
            .as_array()
            .unwrap()
            .clone()
    };
    let id = listed().await[1]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/models/{id}");
    // (change, has a key, is the default)
    for (change, has_key, is_default) in [
        (json!({ "name": "renamed", "api_key": "" }), true, true),
        (json!({ "is_default": false }), true, false),
        (
            json!({ "api_key": "planted-second-key", "is_default": true }),
            true,
            true,
        ),
    ] {
        let reply = owner.patch(&path, &change).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert!(!reply.text.contains("planted"), "{}", reply.text);
        let all = listed().await;
        assert_eq!(all[1], reply.json());
        assert_eq!(
            (
                all[1]["has_key"].clone(),
                all[1]["is_default"].clone(),
                all[0]["is_default"].clone()
            ),
            (json!(has_key), json!(is_default), json!(!is_default)),
            "{change}"
        );
    }
    let moved = owner
        .patch(&path, &json!({ "base_url": "http://127.0.0.1:1/v1" }))
        .await;
    refused(&moved, 422, "model.key_needed");
    assert_eq!(fields(&moved).len(), 1, "{}", moved.text);
    app.ask("operator", "hello").await;
    assert_eq!(model.recorded()[0].key.as_deref(), Some("planted-second-key"));
    let removed = owner.patch(&path, &json!({ "api_key": null })).await.json();
    assert_eq!(
        (removed["has_key"].clone(), removed["name"].clone()),
        (json!(false), json!("renamed"))
    );
    refused(
        &owner.patch(&path, &json!({ "base_url": "http://a@b" })).await,
        400,
        "model.bad_settings",
    );
    refused(
        &app.as_("stranger").patch(&path, &json!({})).await,
        404,
        "store.not_found",
    );
    let export = owner.get("/api/audit/export?format=jsonl").await.text;
    assert!(export.contains("provider.changed") && !export.contains("planted-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_of_every_kind_is_added_tried_and_asked() {
    let app = TestApp::start().await;
    let owner = app.as_("owner");
    for kind in ["openai", "openai_responses", "anthropic", "ollama", "gemini"] {
        let model = ScriptedModel::start(vec![Scripted::text(&["Ready."]), Scripted::text(&["Well."])]).await;
        let body =
            json!({ "name": kind, "kind": kind, "base_url": model.root_url(), "model": MODEL, "is_default": true });
        let added = owner.post("/api/models", &body).await;
        assert_eq!(
            (added.status, added.json()["kind"].clone()),
            (201, json!(kind)),
            "{}",
            added.text
        );
        let path = format!("/api/models/{}", added.json()["id"].as_str().unwrap());
        let tried = owner.post(&format!("{path}/test"), &json!({})).await;
        assert_eq!(tried.status, 204, "{kind}: {}", tried.text);
        assert_eq!(app.ask("operator", "hello").await.answer(), "Well.", "{kind}");
        let told = fields(&owner.patch(&path, &json!({ "kind": "telepathy" })).await);
        assert!(
            told.len() == 1 && told[0].starts_with("/kind: Choose one of"),
            "{told:?}"
        );
        let changed = owner.patch(&path, &json!({ "kind": "gemini" })).await;
        assert_eq!(changed.json()["kind"], "gemini", "{}", changed.text);
    }
    let body = json!({ "name": "odd", "kind": "telepathy", "base_url": "http://127.0.0.1:1", "model": "m" });
    let refusal = owner.post("/api/models", &body).await;
    refused(&refusal, 400, "model.bad_kind");
    assert!(fields(&refusal)[0].starts_with("/kind"), "{}", refusal.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_tokens_are_refused_at_their_fields_and_guessers_are_told_how_long_to_wait() {
    let (app, _, _, _) = faulty().await;
    let owner = app.as_("owner");
    for (body, place) in [
        (json!({ "name": "", "role": "viewer" }), "/name"),
        (json!({ "name": "viewer", "role": "viewer" }), "/name"),
        (
            json!({ "name": "new", "role": "viewer", "password": "short" }),
            "/password",
        ),
    ] {
        let told = fields(&owner.post("/api/users", &body).await);
        assert!(told.len() == 1 && told[0].starts_with(place), "{body}: {told:?}");
    }
    assert_eq!(
        fields(&owner.post("/api/tokens", &json!({ "name": " " })).await).len(),
        1
    );
    let guess = json!({ "name": "owner", "password": "a guess" });
    for _ in 0..10 {
        assert_eq!(app.anonymous().post("/api/auth/login", &guess).await.status, 401);
    }
    let reply = app.anonymous().post("/api/auth/login", &guess).await;
    refused(&reply, 429, "auth.too_many");
    assert_eq!(
        (reply.header("retry-after"), reply.json()["retry_after"].clone()),
        ("900", json!(900))
    );
    assert!(reply.header("x-steersman-build").starts_with(env!("CARGO_PKG_VERSION")));
}
