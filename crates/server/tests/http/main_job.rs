//! The main job over HTTP, with the built-in provider and a real PostgreSQL.

use crate::stage::{indexes, shop};
use serde_json::{Value, json};
use steersman_protocol::{ApprovalStatus, ExecutionStatus, RunStatus, RunView};
use steersman_testkit::{TestApp, app::only_call};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_and_a_change_is_planned_approved_made_once_verified_and_undone() {
    let app = TestApp::start().await;
    let (database, _) = shop(&app).await;

    let asked = app.ask("operator", "which tables are on orders-db?").await;
    assert_eq!(asked.run.status, RunStatus::Completed, "{:#?}", asked.run);
    assert_eq!(asked.call().tool.as_str(), "postgres.list_tables");
    assert!(
        serde_json::to_string(&asked.call().blocks)
            .unwrap()
            .contains("order_items")
    );

    let before = indexes(&database, "orders").await;
    let session = asked.session_id;
    let asked = app
        .ask_in(
            "operator",
            session,
            "create an index on orders (customer_id) on orders-db",
        )
        .await;
    assert_eq!(asked.run.status, RunStatus::WaitingApproval, "{:#?}", asked.run);
    assert_eq!(indexes(&database, "orders").await, before, "planning changes nothing");
    let approval = app.approval_of(&asked.run).await;
    assert!(
        approval.plan.steps[0].literal.starts_with("CREATE INDEX CONCURRENTLY"),
        "{:?}",
        approval.plan.steps
    );

    let rejected = app.reject("colleague", &approval, Some("not on a Friday")).await;
    assert_eq!(rejected.status, 200, "{}", rejected.text);
    let run = app.over("operator", asked.run.id).await;
    assert_eq!(only_call(&run).status, ExecutionStatus::Rejected);
    assert_eq!(indexes(&database, "orders").await, before);

    let asked = app
        .ask_in(
            "operator",
            session,
            "create an index on orders (customer_id) on orders-db",
        )
        .await;
    let approval = app.approval_of(&asked.run).await;
    let approved = app.approve("colleague", &approval, None).await;
    assert_eq!(approved.status, 200, "{}", approved.text);
    let done = app.over("operator", asked.run.id).await;
    assert_eq!(only_call(&done).status, ExecutionStatus::Completed, "{done:#?}");
    let after = indexes(&database, "orders").await;
    assert_eq!(after.len(), before.len() + 1, "{after:?}");

    let asked = app.ask_in("operator", session, "drop it again").await;
    assert_eq!(
        asked.run.status,
        RunStatus::WaitingApproval,
        "{:#?}",
        asked.messages.last()
    );
    let approval = app.approval_of(&asked.run).await;
    assert_eq!(app.approve("operator", &approval, None).await.status, 200);
    let done = app.over("operator", asked.run.id).await;
    assert_eq!(done.status, RunStatus::Completed, "{done:#?}");
    assert_eq!(indexes(&database, "orders").await, before);

    let view = app.as_("viewer").get(&format!("/api/approvals/{}", approval.id)).await;
    assert_eq!(
        view.told(),
        (404, "approval.not_found".into()),
        "a viewer sees only their own"
    );
    let list = app.as_("colleague").get("/api/approvals?status=approved").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(list["items"][0]["status"], json!(ApprovalStatus::Approved));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_hand_answers_at_once_or_says_that_it_waits() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;

    let reply = app
        .execute(
            "developer",
            &target,
            "run_query",
            json!({ "sql": "SELECT count(*) FROM orders" }),
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let run: RunView = serde_json::from_value(reply.json()).unwrap();
    assert_eq!(
        (run.status, only_call(&run).status),
        (RunStatus::Completed, ExecutionStatus::Completed)
    );

    let arguments = json!({ "table": "orders", "columns": ["status"] });
    let run = app
        .propose("developer", &target, "postgres.create_index", arguments)
        .await;
    let approval = app.approval_of(&run).await;
    assert_eq!(app.approve("operator", &approval, None).await.status, 200);
    let done = app.over("developer", run.id).await;
    assert_eq!(done.status, RunStatus::Completed, "{done:#?}");
    assert_eq!(indexes(&database, "orders").await.len(), 1);

    // The machine itself is a target from the first start on.
    let targets: Value = app.as_("viewer").get("/api/targets").await.json();
    let host = targets["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["plugin"] == "host")
        .unwrap()
        .clone();
    let host = serde_json::from_value(host).unwrap();
    let reply = app.execute("viewer", &host, "host.get_metrics", json!({})).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_with_one_key_makes_one_thing() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let client = app.as_("operator");
    let keyed = |path: &str, body: &Value, key: &str| {
        let request = client.request("POST", path).header("idempotency-key", key).json(body);
        client.send(request)
    };

    let opened = futures::future::join_all((0..8).map(|_| keyed("/api/sessions", &json!({}), "one"))).await;
    let session = opened[0].json()["id"].as_str().unwrap().to_owned();
    for reply in &opened {
        assert_eq!(
            (reply.status, reply.json()["id"].as_str().unwrap()),
            (201, session.as_str()),
            "{}",
            reply.text
        );
    }

    let path = format!("/api/sessions/{session}/messages");
    let body = json!({ "text": "list the tables on orders-db" });
    let said = futures::future::join_all((0..8).map(|_| keyed(&path, &body, "one"))).await;
    let first = said[0].json();
    for reply in &said {
        assert_eq!((reply.status, reply.json()), (202, first.clone()));
    }
    let run: RunView = app
        .over("operator", first["run_id"].as_str().unwrap().parse().unwrap())
        .await;
    assert_eq!(run.executions.len(), 1);
    let messages = client.get(&path).await.json();
    let by_person = messages["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["role"] == "user");
    assert_eq!(by_person.count(), 1);

    let path = app.path_of(&target, "/execute");
    let body = json!({ "tool": "create_index", "arguments": { "table": "orders", "columns": ["status"] } });
    let calls = futures::future::join_all((0..8).map(|_| keyed(&path, &body, "two"))).await;
    let run: RunView = serde_json::from_value(calls[0].json()).unwrap();
    for reply in &calls {
        assert_eq!(
            (reply.status, reply.json()["id"].clone()),
            (202, json!(run.id)),
            "{}",
            reply.text
        );
    }
    let approval = app.approval_of(&run).await;
    assert_eq!(app.approve("colleague", &approval, None).await.status, 200);
    app.over("operator", run.id).await;
    let again = keyed(&path, &body, "two").await;
    assert_eq!(
        (again.status, again.json()["status"].clone()),
        (200, json!("completed"))
    );
    assert_eq!(indexes(&database, "orders").await.len(), 1);

    let wrong = json!({ "tool": "create_index", "arguments": { "table": 7 } });
    for _ in 0..2 {
        let told = keyed(&path, &wrong, "three").await.told();
        assert_eq!(told, (422, "call.bad_arguments".into()), "told the same twice");
    }
    assert_eq!(
        app.audit("tool=postgres.create_index")
            .await
            .iter()
            .filter(|e| e.action == "tool.performed")
            .count(),
        1
    );
}
