//! Which role may use which endpoint: the whole table.

use crate::stage::faulty;
use serde_json::{Value, json};
use steersman_protocol::Target;
use steersman_testkit::{TestApp, fault_plugin::Fault};

/// An endpoint with a request that its rights let through; the answer may then be any but 401 and 403.
struct Endpoint {
    method: &'static str,
    /// `{target}`, `{session}`, `{run}`, `{approval}`, `{user}`, `{tool}` and `{none}` (an id of nothing) are filled in.
    path: &'static str,
    body: Value,
    /// The letters of those who may, as in [`ROLES`].
    who: &'static str,
}

fn endpoint(method: &'static str, path: &'static str, body: Value, who: &'static str) -> Endpoint {
    Endpoint {
        method,
        path,
        body,
        who,
    }
}

/// `w` owner, `p` operator, `d` developer, `v` viewer.
///
/// The weakest first: what they may not do must not have been done by somebody stronger before.
const ROLES: [(char, &str); 4] = [('v', "viewer"), ('d', "developer"), ('p', "operator"), ('w', "owner")];

fn table() -> Vec<Endpoint> {
    let none = || json!({});
    vec![
        endpoint("GET", "/api/me", none(), "wpdv"),
        endpoint("GET", "/api/tokens", none(), "wpdv"),
        endpoint("POST", "/api/tokens", json!({ "name": "a" }), "wpdv"),
        endpoint("DELETE", "/api/tokens/{none}", none(), "wpdv"),
        endpoint("POST", "/api/auth/links", none(), "wpdv"),
        endpoint("POST", "/api/auth/links", json!({ "user": "viewer" }), "w"),
        endpoint("GET", "/api/users", none(), "w"),
        endpoint("POST", "/api/users", json!({ "name": "", "role": "viewer" }), "w"),
        endpoint("PATCH", "/api/users/{none}", json!({ "role": "viewer" }), "w"),
        endpoint("GET", "/api/sessions", none(), "wpdv"),
        endpoint("POST", "/api/sessions", none(), "wpdv"),
        endpoint("GET", "/api/sessions/{none}", none(), "wpdv"),
        endpoint("PATCH", "/api/sessions/{none}", json!({ "title": "a" }), "wpdv"),
        endpoint("DELETE", "/api/sessions/{none}", none(), "wpdv"),
        endpoint("POST", "/api/sessions/{none}/close", none(), "wpdv"),
        endpoint("POST", "/api/sessions/{none}/reopen", none(), "wpdv"),
        endpoint("POST", "/api/sessions/{none}/read", none(), "wpdv"),
        endpoint(
            "POST",
            "/api/sessions/{none}/leaf",
            json!({ "run_id": "01890a5d-ac96-774b-bcce-b302099a8057" }),
            "wpdv",
        ),
        endpoint("GET", "/api/sessions/{none}/messages", none(), "wpdv"),
        endpoint("POST", "/api/sessions/{none}/messages", json!({ "text": "a" }), "wpdv"),
        endpoint("GET", "/api/sessions/{none}/events", none(), "wpdv"),
        endpoint("GET", "/api/sessions/{none}/stream", none(), "wpdv"),
        endpoint("GET", "/api/sessions/{none}/transcript", none(), "wpdv"),
        endpoint("GET", "/api/runs/{none}/events", none(), "wpdv"),
        endpoint("GET", "/api/runs", none(), "wpdv"),
        endpoint("GET", "/api/runs/{none}", none(), "wpdv"),
        endpoint("POST", "/api/runs/{none}/cancel", none(), "wpdv"),
        endpoint("GET", "/api/executions/{none}/secrets", none(), "wpdv"),
        endpoint("POST", "/api/executions/{none}/secrets/reveal", none(), "wpdv"),
        endpoint("GET", "/api/approvals", none(), "wpdv"),
        endpoint("GET", "/api/approvals/{none}", none(), "wpdv"),
        endpoint(
            "POST",
            "/api/approvals/{approval}/approve",
            json!({ "digest": "0".repeat(64) }),
            "wp",
        ),
        endpoint("POST", "/api/approvals/{approval}/reject", none(), "wp"),
        endpoint("GET", "/api/audit", none(), "wp"),
        endpoint("GET", "/api/audit/stats", none(), "wp"),
        endpoint("GET", "/api/audit/{none}", none(), "wp"),
        endpoint("GET", "/api/audit/export?format=csv", none(), "wp"),
        endpoint("GET", "/api/audit/verify", none(), "wp"),
        endpoint("POST", "/api/audit/erase", none(), "w"),
        endpoint("GET", "/api/tools", none(), "wpdv"),
        endpoint("GET", "/api/tools/custom", none(), "wpdv"),
        endpoint("POST", "/api/tools/custom", bad_query(), "w"),
        endpoint("PATCH", "/api/tools/custom/{none}", json!({ "revision": 0 }), "w"),
        endpoint("DELETE", "/api/tools/custom/{none}", none(), "w"),
        endpoint(
            "POST",
            "/api/tools/custom/test",
            json!({ "definition": bad_query() }),
            "w",
        ),
        endpoint("POST", "/api/tools/{tool}/execute", json!({ "all": true }), "wpdv"),
        endpoint("GET", "/api/plugins", none(), "wpdv"),
        endpoint("POST", "/api/plugins/{none}/test", none(), "w"),
        endpoint("GET", "/api/roles", none(), "wpdv"),
        endpoint("GET", "/api/servers", none(), "wpdv"),
        endpoint("GET", "/api/metrics?target_id={none}", none(), "wpdv"),
        endpoint("GET", "/api/overview", none(), "wpdv"),
        endpoint("GET", "/api/ws", none(), "wpdv"),
        endpoint("GET", "/api/targets", none(), "wpdv"),
        endpoint("GET", "{target}", none(), "wpdv"),
        endpoint("GET", "{target}/health", none(), "wpdv"),
        endpoint("GET", "{target}/tools", none(), "wpdv"),
        endpoint("POST", "{target}/execute", json!({ "tool": "read_values" }), "wpdv"),
        endpoint(
            "POST",
            "{target}/execute",
            json!({ "tool": "set_value", "arguments": { "name": "a", "value": "b" } }),
            "wpd",
        ),
        endpoint("PATCH", "{target}", json!({ "revision": 0 }), "w"),
        endpoint("DELETE", "/api/servers/{none}/plugins/{none}", none(), "w"),
        endpoint(
            "POST",
            "/api/servers/{none}/plugins",
            json!({ "name": "x", "plugin": "fault" }),
            "w",
        ),
        endpoint("GET", "/api/policy", none(), "wpd"),
        endpoint("GET", "/api/policy/revisions", none(), "wpd"),
        endpoint("GET", "/api/policy/revisions/{none}", none(), "wpd"),
        endpoint("POST", "/api/policy/matrix", none(), "wpd"),
        endpoint(
            "POST",
            "/api/policy/simulate",
            json!({ "tool": "fault.read_values", "target_id": uuid(), "role": "viewer" }),
            "wpd",
        ),
        endpoint(
            "PUT",
            "/api/policy",
            json!({ "revision": 0, "four_eyes": false, "approval_minutes": 30, "rules": [] }),
            "w",
        ),
        endpoint("GET", "/api/models", none(), "w"),
        endpoint(
            "POST",
            "/api/models",
            json!({ "name": "", "base_url": "", "model": "" }),
            "w",
        ),
        endpoint("DELETE", "/api/models/{none}", none(), "w"),
        endpoint("PATCH", "/api/models/{none}", none(), "w"),
        endpoint("POST", "/api/models/{none}/test", none(), "w"),
        endpoint("GET", "/api/suggestions", none(), "wpdv"),
        endpoint("GET", "/api/events", none(), "wp"),
        endpoint("GET", "/api/servers/{none}/plugins", none(), "wpdv"),
        endpoint("POST", "/api/auth/logout", none(), "wpdv"),
    ]
}

/// Whole, and nothing that can be saved.
fn bad_query() -> Value {
    json!({ "name": "", "title": "", "description": "", "example": "", "plugin": "none", "statement": "" })
}

/// An id of nothing.
fn uuid() -> &'static str {
    "01890a5d-ac96-774b-bcce-b302099a8057"
}

/// Whether a path of the table is one of the document's: `{…}` stands for one part.
fn is_at(path: &str, template: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let path = path.replace("{target}", "/api/servers/{none}/plugins/{none}");
    let (parts, wanted): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), template.split('/').collect());
    parts.len() == wanted.len()
        && parts
            .iter()
            .zip(&wanted)
            .all(|(part, wanted)| part == wanted || wanted.starts_with('{') && part.starts_with('{'))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_rights_leaves_no_endpoint_out() {
    let (app, _, _, _) = faulty().await;
    let document = app.anonymous().get("/api/openapi.json").await.json();
    let table = table();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            let is_open = crate::document::OPEN.contains(&format!("{method} {path}").as_str());
            let is_listed = table.iter().any(|one| one.method == method && is_at(one.path, path));
            assert!(is_open || is_listed, "{method} {path} is not in the table");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_may_do_what_the_table_says_and_nothing_else() {
    let (app, fault, target, _) = faulty().await;
    let run = app
        .propose("owner", &target, "set_value", json!({ "name": "a", "value": "1" }))
        .await;
    let approval = app.approval_of(&run).await;
    for endpoint in table() {
        for (letter, role) in ROLES {
            let path = endpoint
                .path
                .replace("{target}", &app.path_of(&target, ""))
                .replace("{approval}", &approval.id.to_string())
                .replace("{tool}", "fault.read_values")
                .replace("{none}", uuid());
            let status = status(&app, role, endpoint.method, &path, &endpoint.body).await;
            let may = endpoint.who.contains(letter);
            assert_eq!(status != 403, may, "{role}: {} {path} gave {status}", endpoint.method);
            assert_ne!(status, 401, "{role}: {} {path}", endpoint.method);
        }
    }
    assert_eq!(fault.world.performed(), Vec::<String>::new());
    let refusals = app.audit("result=rejected").await;
    let forbidden = refusals.iter().filter(|entry| entry.action == "access.refused").count();
    assert!(forbidden > 40, "{forbidden} refusals are in the audit log");
    somebody_elses(&app, &fault, &target).await;
}

/// What the caller's rights allow in general is still only allowed on what is theirs.
async fn somebody_elses(app: &TestApp, fault: &Fault, target: &Target) {
    let session = app.open_session("developer").await;
    let run = app
        .propose("developer", target, "set_value", json!({ "name": "b", "value": "1" }))
        .await;
    let approval = app.approval_of(&run).await;
    for (method, path, who_sees) in [
        ("GET", format!("/api/sessions/{session}"), "d"),
        ("GET", format!("/api/sessions/{session}/messages"), "d"),
        ("GET", format!("/api/sessions/{session}/events"), "d"),
        (
            "DELETE",
            format!("/api/tokens/{}", token_of(app, "developer").await),
            "d",
        ),
        ("GET", format!("/api/runs/{}", run.id), "wpd"),
        ("GET", format!("/api/approvals/{}", approval.id), "wpd"),
    ] {
        // The one whose it is comes last: a deleted token is nobody's.
        for (letter, role) in [ROLES[0], ROLES[2], ROLES[3], ROLES[1]] {
            let status = status(app, role, method, &path, &json!({})).await;
            let expected = who_sees.contains(letter);
            assert_eq!(status < 300, expected, "{role}: {method} {path} gave {status}");
            assert!(expected || status == 404, "{role}: {method} {path} gave {status}");
        }
    }
    // A viewer cannot stop somebody's run; an operator can.
    let cancel = format!("/api/runs/{}/cancel", run.id);
    assert_eq!(status(app, "viewer", "POST", &cancel, &json!({})).await, 404);
    assert_eq!(status(app, "operator", "POST", &cancel, &json!({})).await, 202);
    assert_eq!(fault.world.performed(), Vec::<String>::new());
    // Everybody may set their own password, and nobody's role.
    let me = |role: &str| format!("/api/users/{}", app.person(role).id);
    let password = json!({ "password": "a long one, and mine" });
    assert_eq!(status(app, "viewer", "PATCH", &me("viewer"), &password).await, 200);
    assert_eq!(status(app, "viewer", "PATCH", &me("developer"), &password).await, 403);
    assert_eq!(
        status(app, "developer", "PATCH", &me("developer"), &json!({ "role": "owner" })).await,
        403
    );
    // And the last owner stays one.
    for change in [json!({ "role": "viewer" }), json!({ "is_enabled": false })] {
        let reply = app.as_("owner").patch(&me("owner"), &change).await;
        assert_eq!(reply.told(), (400, "user.last_owner".into()));
    }
}

async fn token_of(app: &TestApp, role: &str) -> String {
    let made = app
        .as_(role)
        .post("/api/tokens", &json!({ "name": "one more" }))
        .await
        .json();
    made["id"].as_str().unwrap().to_owned()
}

async fn status(app: &TestApp, role: &str, method: &str, path: &str, body: &Value) -> u16 {
    let client = app.as_(role);
    let request = client.request(method, path).json(body);
    if path.ends_with("/events") {
        // A stream has no end: its head is the answer.
        return request.send().await.unwrap().status().as_u16();
    }
    client.send(request).await.status
}
