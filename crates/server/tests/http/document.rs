//! The OpenAPI document, and what can be reached without signing in.

use crate::stage::refused;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use steersman_testkit::TestApp;

/// What answers a stranger: the ways in, the signs of life, and the document itself.
pub const OPEN: &[&str] = &[
    "POST /api/auth/login",
    "POST /api/auth/link",
    "GET /healthz",
    "GET /readyz",
];

/// `(METHOD, path, operation)` of everything in the document.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().clone();
        let path = path.clone();
        methods
            .into_iter()
            .map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    };
    paths.iter().flat_map(of_path).collect()
}

/// Endpoints as the router's source lists them: the attributes of the handlers.
fn written() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for attribute in text.split("#[utoipa::path(").skip(1) {
                let method = attribute.split(',').next().unwrap().trim().to_uppercase();
                let path = attribute.split("path = \"").nth(1).unwrap().split('"').next().unwrap();
                found.insert(format!("{method} {path}"));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_every_endpoint_and_only_a_few_answer_strangers() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let document = stranger.get("/api/openapi.json").await.json();
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{}",
        document["openapi"]
    );
    assert_eq!(document["info"]["title"], json!("Steersman"));

    let operations = operations(&document);
    let described: BTreeSet<String> = operations
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(described, written(), "the router lists every handler once");
    for (method, path, operation) in &operations {
        assert!(
            !operation["tags"].as_array().is_none_or(Vec::is_empty),
            "{method} {path} has no tag"
        );
        assert!(
            operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
            "{method} {path} has no words"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses
                .keys()
                .any(|status| status.starts_with('2') || status == "101"),
            "{method} {path} has no success"
        );
        let in_path = path.matches('{').count();
        let named = operation["parameters"]
            .as_array()
            .map_or(0, |all| all.iter().filter(|one| one["in"] == "path").count());
        assert_eq!(named, in_path, "{method} {path} does not name its parameters");
    }
    every_reference_leads_somewhere(&document, &document);

    for (method, path, _) in &operations {
        let filled = path
            .replace("{serverId}", "01890a5d-ac96-774b-bcce-b302099a8057")
            .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
            .replace("{tool}", "fault.read_values");
        assert!(!filled.contains('{'), "{path}");
        for token in [None, Some("stm_nobodys"), Some("")] {
            let mut request = stranger.request(method, &filled).json(&json!({}));
            if let Some(token) = token {
                request = request.bearer_auth(token).header("cookie", "steersman_login=nobodys");
            }
            let reply = stranger.send(request).await;
            if OPEN.contains(&format!("{method} {path}").as_str()) {
                assert_ne!(reply.code(), "auth.required", "{method} {path}");
            } else {
                refused(&reply, 401, "auth.required");
            }
        }
    }
    let docs = stranger.get("/api/docs").await;
    assert_eq!(
        (docs.status, docs.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(docs.text.contains("/api/approvals/{id}/approve"));
    assert!(docs.header("content-security-policy").contains("default-src 'self'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_pages_load_is_there_and_comes_from_here() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    for page in ["/", "/sessions/anything", "/api/docs"] {
        let text = stranger.get(page).await.text;
        let links = text
            .split(['"', '\''])
            .filter(|part| part.starts_with("/assets/") || part.ends_with(".css") || part.starts_with("http"));
        for link in links {
            assert_eq!(stranger.get(link).await.status, 200, "{page} loads {link}");
        }
    }
    let style = stranger.get("/api/docs.css").await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    let index = stranger.get("/").await;
    assert_eq!(index.header("cache-control"), "no-cache");
    let gone = stranger.get("/assets/index-of-an-older-build.js").await;
    assert_eq!((gone.status, gone.header("cache-control")), (404, "no-store"));
    for path in ["/assets/../../Cargo.toml", "/assets/%2e%2e/Cargo.toml"] {
        assert!(!stranger.get(path).await.text.contains("[package]"), "{path}");
    }
}

fn every_reference_leads_somewhere(value: &Value, document: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            members
                .values()
                .for_each(|member| every_reference_leads_somewhere(member, document));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| every_reference_leads_somewhere(item, document)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
