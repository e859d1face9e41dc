//! One query on many targets: many ordinary calls of one run.

use crate::stage::{faulty, refused, shop};
use serde_json::{Value, json};
use std::time::Duration;
use steersman_protocol::{ExecutionStatus, RunStatus, RunView};
use steersman_testkit::{TestApp, app::Reply};

async fn each(app: &TestApp, user: &str, tool: &str, body: Value) -> Reply {
    app.as_(user).post(&format!("/api/tools/{tool}/execute"), &body).await
}

fn run_of(reply: &Reply) -> RunView {
    serde_json::from_value(reply.json()).unwrap_or_else(|_| panic!("{}", reply.text))
}

fn shown(run: &RunView) -> Vec<(String, ExecutionStatus)> {
    run.executions
        .iter()
        .map(|call| (call.target.name.clone(), call.status))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_query_goes_to_many_targets_and_some_may_fail() {
    use ExecutionStatus::{Completed, Failed};
    let app = TestApp::start().await;
    let (database, _) = shop(&app).await;
    app.add_postgres("shop-db", &database).await;
    app.add_postgres_at("gone-db", "postgres://nobody@127.0.0.1:1/nothing")
        .await;
    let expected = [("gone-db", Failed), ("orders-db", Completed), ("shop-db", Completed)];
    let expected = expected.map(|(name, status)| (name.to_owned(), status));

    let all = each(
        &app,
        "viewer",
        "postgres.list_tables",
        json!({ "all": true, "environment": "production" }),
    )
    .await;
    assert_eq!(all.status, 200, "{}", all.text);
    let run = run_of(&all);
    assert_eq!(
        (run.status, run.title.as_str()),
        (RunStatus::Completed, "postgres.list_tables on 3 targets")
    );
    let mut found = shown(&run);
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(found, expected);
    // Each has its own verdict and its own record.
    assert!(run.executions.iter().all(|call| call.verdict.is_some()), "{run:#?}");
    let entries = app.audit(&format!("run={}", run.id)).await;
    assert_eq!(
        entries.iter().filter(|entry| entry.action == "tool.executing").count(),
        3
    );

    // Named, in the order that was said, each once; only when all fail does the run.
    let named = each(
        &app,
        "viewer",
        "postgres.list_tables",
        json!({ "targets": ["shop-db", "orders-db", "shop-db"] }),
    )
    .await;
    assert_eq!(
        shown(&run_of(&named))
            .iter()
            .map(|one| one.0.as_str())
            .collect::<Vec<_>>(),
        ["shop-db", "orders-db"]
    );
    let failed = run_of(
        &each(
            &app,
            "viewer",
            "postgres.list_tables",
            json!({ "targets": ["gone-db"] }),
        )
        .await,
    );
    assert_eq!(failed.status, RunStatus::Failed);

    for (user, tool, body, status, code) in [
        ("viewer", "postgres.list_tables", json!({}), 422, "call.no_target"),
        (
            "viewer",
            "postgres.list_tables",
            json!({ "all": true, "environment": "moon" }),
            422,
            "call.no_target",
        ),
        (
            "viewer",
            "postgres.list_tables",
            json!({ "targets": ["moon-db"] }),
            404,
            "target.not_found",
        ),
        (
            "viewer",
            "host.list_processes",
            json!({ "targets": ["orders-db"] }),
            422,
            "call.wrong_target",
        ),
        (
            "viewer",
            "postgres.no_such_tool",
            json!({ "targets": ["orders-db"] }),
            404,
            "call.unknown_tool",
        ),
        (
            "operator",
            "postgres.create_index",
            json!({ "targets": ["orders-db", "shop-db"], "arguments": { "table": "orders", "columns": ["status"] } }),
            422,
            "call.one_target",
        ),
        (
            "viewer",
            "postgres.describe_table",
            json!({ "targets": ["orders-db", "shop-db"], "arguments": { "table": 7 } }),
            422,
            "call.bad_arguments",
        ),
    ] {
        refused(&each(&app, user, tool, body).await, status, code);
    }

    // Asked in words, and told what did not answer.
    let asked = app.ask("viewer", "list tables on all production databases").await;
    assert_eq!(asked.run.executions.len(), 3, "{:#?}", asked.run);
    assert!(
        asked.answer().starts_with("2 of 3 answered; gone-db did not: "),
        "{}",
        asked.answer()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn four_at_a_time_twenty_at_most_and_the_same_key_finds_the_same_run() {
    let (app, fault, target, _) = faulty().await;
    for n in 1..21 {
        app.add_target(&format!("faulty-{n}"), "fault", json!({})).await;
    }
    refused(
        &each(&app, "viewer", "fault.read_values", json!({ "all": true })).await,
        422,
        "call.too_many_targets",
    );
    let names: Vec<String> = (1..21).map(|n| format!("faulty-{n}")).collect();
    fault.world.reading.close();
    let body = json!({ "targets": names });
    let client = app.as_("viewer");
    let ask = async || {
        let request = client
            .request("POST", "/api/tools/fault.read_values/execute")
            .json(&body);
        client.send(request.header("idempotency-key", "one")).await
    };
    let (reply, most) = tokio::join!(ask(), async {
        fault.world.reading.reached().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let most = fault.world.reading_now();
        fault.world.reading.open();
        most
    });
    assert_eq!(most, 4);
    let run = run_of(&reply);
    assert_eq!(
        (run.status, run.executions.len()),
        (RunStatus::Completed, 20),
        "{}",
        reply.text
    );
    assert_eq!(run_of(&ask().await).id, run.id);
    let request = client.request("POST", "/api/tools/fault.read_values/execute");
    let other = request
        .header("idempotency-key", "one")
        .json(&json!({ "targets": [target.name] }));
    refused(&client.send(other).await, 422, "request.key_reused");
}
