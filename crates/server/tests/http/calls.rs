//! Calls that do not fit, and tools that misbehave.

use crate::stage::{faulty, indexes, refused, shop};
use serde_json::{Value, json};
use steersman_protocol::{ExecutionStatus, RunStatus, RunView};
use steersman_testkit::{TestApp, app::only_call};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_does_not_fit_is_refused_and_recorded_and_changes_nothing() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let good = json!({ "table": "orders", "columns": ["status"] });
    let cases: [(&str, &str, Value, u16, &str); 9] = [
        (
            "operator",
            "postgres.format_disk",
            good.clone(),
            404,
            "call.unknown_tool",
        ),
        ("operator", "Format Disk!", good.clone(), 404, "call.unknown_tool"),
        (
            "operator",
            "host.kill_process",
            json!({ "pid": 1 }),
            422,
            "call.wrong_target",
        ),
        (
            "operator",
            "create_index",
            json!({ "table": "orders" }),
            422,
            "call.bad_arguments",
        ),
        (
            "operator",
            "create_index",
            json!({ "table": 7, "columns": ["status"] }),
            422,
            "call.bad_arguments",
        ),
        (
            "operator",
            "create_index",
            json!({ "table": "orders", "columns": ["status"], "also": "DROP" }),
            422,
            "call.bad_arguments",
        ),
        ("operator", "create_index", json!(["orders"]), 422, "call.bad_arguments"),
        (
            "operator",
            "run_query",
            json!({ "sql": "x".repeat(100_000) }),
            422,
            "call.too_large",
        ),
        ("viewer", "create_index", good.clone(), 403, "call.not_allowed"),
    ];
    for (user, tool, arguments, status, code) in cases.clone() {
        refused(&app.execute(user, &target, tool, arguments).await, status, code);
    }
    let entries = app.audit("result=rejected").await;
    let refusals: Vec<_> = entries
        .iter()
        .rev()
        .filter(|entry| entry.action == "tool.refused")
        .collect();
    assert_eq!(refusals.len(), cases.len());
    for (entry, (user, _, _, _, code)) in refusals.iter().zip(&cases) {
        let body = entry.body.as_ref().unwrap();
        assert_eq!(body.user_name, *user);
        assert!(body.sentence.ends_with(&format!("({code})")), "{}", body.sentence);
    }
    assert_eq!(indexes(&database, "orders").await, Vec::<String>::new());

    // What only reads cannot be talked into writing, whoever asks.
    for sql in [
        "DROP TABLE orders",
        "COMMIT; DROP TABLE orders",
        "WITH gone AS (DELETE FROM orders RETURNING 1) SELECT 1",
    ] {
        let reply = app.execute("owner", &target, "run_query", json!({ "sql": sql })).await;
        let run: RunView = serde_json::from_value(reply.json()).unwrap();
        assert_eq!((reply.status, run.status), (200, RunStatus::Failed), "{sql}");
        assert!(
            only_call(&run).problem.as_ref().unwrap().code.starts_with("postgres."),
            "{run:#?}"
        );
    }
    assert_eq!(
        database.sql("SELECT count(*) > 0 FROM orders").await.unwrap()[0][0].as_deref(),
        Some("t")
    );
}

/// What came of the call: its status and the code of its problem.
async fn call(
    app: &TestApp,
    target: &steersman_protocol::Target,
    tool: &str,
    arguments: Value,
) -> (ExecutionStatus, String) {
    let reply = app.execute("operator", target, tool, arguments).await;
    let mut run: RunView = serde_json::from_value(reply.json()).unwrap_or_else(|_| panic!("{}", reply.text));
    if reply.status == 202 {
        let approval = app.approval_of(&run).await;
        assert_eq!(app.approve("colleague", &approval, None).await.status, 200);
        run = app.over("operator", run.id).await;
    }
    let call = only_call(&run);
    (
        call.status,
        call.problem
            .as_ref()
            .map(|problem| problem.code.clone())
            .unwrap_or_default(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_misbehaves_takes_only_its_own_call_down() {
    use ExecutionStatus::{Completed, Failed, Unknown};
    let (app, fault, target, _) = faulty().await;
    for (tool, arguments, status, code) in [
        ("misread", json!({ "how": "panic" }), Failed, "plugin.crashed"),
        ("misread", json!({ "how": "endless_output" }), Failed, "call.too_large"),
        ("wrong_handle", json!({}), Failed, "toolkit.wrong_handle"),
        (
            "set_value",
            json!({ "name": "a", "value": "1", "mishap": "panic_in_plan" }),
            Failed,
            "plugin.crashed",
        ),
        (
            "set_value",
            json!({ "name": "a", "value": "1", "mishap": "plan_differs" }),
            Failed,
            "recheck.changed",
        ),
        (
            "set_value",
            json!({ "name": "a", "value": "1", "mishap": "panic_in_perform" }),
            Failed,
            "plugin.crashed",
        ),
        (
            "set_value",
            json!({ "name": "a", "value": "1", "mishap": "lies" }),
            Failed,
            "call.not_verified",
        ),
        (
            "set_value",
            json!({ "name": "a", "value": "1", "mishap": "leaves_half" }),
            Failed,
            "call.undone",
        ),
        (
            "set_value",
            json!({ "name": "b", "value": "1", "mishap": "leaves_half_for_good" }),
            Failed,
            "fault.stuck",
        ),
        (
            "set_value",
            json!({ "name": "c", "value": "1", "mishap": "nobody_knows" }),
            Unknown,
            "call.outcome_unknown",
        ),
        (
            "set_value",
            json!({ "name": "d", "value": "1", "mishap": "panic_in_verify" }),
            Unknown,
            "call.outcome_unknown",
        ),
        ("set_value", json!({ "name": "e", "value": "1" }), Completed, ""),
        ("read_values", json!({}), Completed, ""),
    ] {
        let found = call(&app, &target, tool, arguments.clone()).await;
        assert_eq!(found, (status, code.to_owned()), "{tool} {arguments}");
    }
    let values = fault.world.values();
    let expected = [("b", "half"), ("d", "1"), ("e", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(values.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(app.as_("owner").get("/readyz").await.text, "ready");
    let verified = app.as_("owner").get("/api/audit/verify").await.json();
    assert_eq!(verified["is_intact"], json!(true), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_hangs_while_connecting_keeps_nobody_from_the_others() {
    let (app, fault, target, _) = faulty().await;
    fault.world.connecting.close();
    let edit = json!({ "revision": target.revision, "settings": { "note": "so that it is opened anew" } });
    let path = app.path_of(&target, "");
    let owner = app.as_("owner");
    let (edited, host) = tokio::join!(owner.patch(&path, &edit), async {
        fault.world.connecting.reached().await;
        let targets = app.as_("owner").get("/api/targets").await.json();
        let host = targets["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["plugin"] == "host")
            .unwrap()
            .clone();
        let host = serde_json::from_value(host).unwrap();
        let began = std::time::Instant::now();
        let reply = app.execute("operator", &host, "get_disk_usage", json!({})).await;
        (reply.status, began.elapsed())
    });
    assert_eq!(edited.json()["health"]["state"], json!("down"), "a look ends after 5 s");
    assert_eq!(host.0, 200);
    assert!(host.1.as_secs() < 4, "{:?}", host.1);
}
