//! Queries that an organization saved as tools.

use crate::stage::{refused, shop};
use serde_json::{Value, json};
use steersman_protocol::{ExecutionStatus, RunView, Target};
use steersman_testkit::{TestApp, app::only_call};

fn definition(name: &str, statement: &str, parameters: Value) -> Value {
    json!({
        "name": name,
        "title": "Orders by shipping state",
        "description": "Counts the orders in one shipping state",
        "example": "how many orders are shipped on {target}",
        "synonyms": ["parcels"],
        "plugin": "postgres",
        "statement": statement,
        "parameters": parameters,
    })
}

fn by_status() -> Value {
    let statement = "SELECT count(*) AS orders FROM orders WHERE status = :status AND total_cents >= :least";
    let parameters = json!([
        { "name": "status", "type": "text", "description": "Which state" },
        { "name": "least", "type": "integer", "description": "At least so many cents", "default": 0 },
    ]);
    definition("orders_by_status", statement, parameters)
}

async fn called(app: &TestApp, user: &str, target: &Target, tool: &str, arguments: Value) -> RunView {
    let reply = app.execute(user, target, tool, arguments).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    serde_json::from_value(reply.json()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_query_is_a_tool_for_everybody_at_once_and_until_it_is_removed() {
    let mut app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let owner = app.as_("owner");
    let saved = owner.post("/api/tools/custom", &by_status()).await;
    assert_eq!(saved.status, 201, "{}", saved.text);
    let saved = saved.json();
    assert_eq!(
        (saved["tool"].clone(), saved["revision"].clone()),
        (json!("postgres.custom_orders_by_status"), json!(1))
    );
    refused(
        &owner.post("/api/tools/custom", &by_status()).await,
        409,
        "store.exists",
    );

    // By hand, in the lists, and by the built-in assistant; for a viewer too, who may read.
    let tool = "custom_orders_by_status";
    let status = database.sql("SELECT min(status) FROM orders").await.unwrap()[0][0]
        .clone()
        .unwrap();
    let run = called(&app, "viewer", &target, tool, json!({ "status": status })).await;
    assert_eq!(only_call(&run).status, ExecutionStatus::Completed, "{run:#?}");
    let expected = format!("SELECT count(*) FROM orders WHERE status = '{status}'");
    let expected = database.sql(&expected).await.unwrap()[0][0].clone().unwrap();
    let text = serde_json::to_string(&only_call(&run).blocks).unwrap();
    assert!(text.contains(&format!("[[{expected}]]")), "{text}");
    let listed = app.as_("developer").get("/api/tools?q=parcels").await.text;
    assert!(listed.contains("postgres.custom_orders_by_status"), "{listed}");
    let on_target = app.as_("viewer").get(&app.path_of(&target, "/tools")).await.text;
    assert!(on_target.contains("postgres.custom_orders_by_status"));
    let mut everybody = definition(
        "busiest_day",
        "SELECT max(placed_at)::date AS day FROM orders",
        json!([]),
    );
    everybody["title"] = json!("Busiest parcel day");
    everybody["example"] = json!("what was the busiest parcel day on {target}");
    assert_eq!(owner.post("/api/tools/custom", &everybody).await.status, 201);
    let asked = app
        .ask("developer", "what was the busiest parcel day on orders-db?")
        .await;
    assert_eq!(
        asked.call().tool.as_str(),
        "postgres.custom_busiest_day",
        "{:#?}",
        asked.run
    );
    assert!(
        !app.as_("stranger")
            .get("/api/tools")
            .await
            .text
            .contains("custom_orders"),
        "another organization"
    );

    // Over a restart; changed once from each revision; gone when removed.
    app.restart().await;
    let run = called(&app, "operator", &target, tool, json!({ "status": "none", "least": 1 })).await;
    assert_eq!(only_call(&run).status, ExecutionStatus::Completed);
    let owner = app.as_("owner");
    let path = format!("/api/tools/custom/{}", saved["id"].as_str().unwrap());
    let changed = owner.patch(&path, &json!({ "revision": 1, "title": "Another" })).await;
    assert_eq!(changed.json()["revision"], json!(2), "{}", changed.text);
    refused(
        &owner.patch(&path, &json!({ "revision": 1, "title": "Late" })).await,
        409,
        "store.tool_changed",
    );
    assert!(owner.get("/api/tools").await.text.contains("\"title\":\"Another\""));
    assert_eq!(owner.delete(&path).await.status, 204);
    refused(&owner.delete(&path).await, 404, "store.not_found");
    refused(
        &app.execute("operator", &target, tool, json!({ "status": "x" })).await,
        404,
        "call.unknown_tool",
    );
    let actions: Vec<String> = app
        .audit("q=orders_by_status")
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    for action in ["custom_tool.created", "custom_tool.changed", "custom_tool.removed"] {
        assert!(actions.iter().any(|one| one == action), "{actions:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_more_than_read_is_refused_when_saved_and_when_run() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let owner = app.as_("owner");
    database
        .sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1); \
              CREATE FUNCTION take() RETURNS bigint LANGUAGE sql VOLATILE AS 'WITH gone AS (DELETE FROM kept RETURNING 1) SELECT count(*) FROM gone'; \
              CREATE VIEW seen AS SELECT n FROM kept")
        .await
        .unwrap();

    // By its text.
    let deep = format!("SELECT {}1{}", "abs(".repeat(200), ")".repeat(200));
    for (statement, code) in [
        (deep.as_str(), "postgres.too_complex"),
        ("DELETE FROM kept", "postgres.not_read_only"),
        ("SELECT 1; DROP TABLE kept", "postgres.several_statements"),
        (
            "WITH gone AS (DELETE FROM kept RETURNING n) SELECT n FROM gone",
            "postgres.not_read_only",
        ),
        ("SELECT n FROM kept FOR UPDATE", "postgres.not_read_only"),
        ("SELECT n INTO stolen FROM kept", "postgres.not_read_only"),
        ("EXPLAIN ANALYZE SELECT 1", "postgres.not_read_only"),
        ("SHOW work_mem", "custom_tool.no_rows"),
        ("", "postgres.empty_statement"),
        ("SELEKT 1", "postgres.unknown_syntax"),
        ("SELECT :other", "custom_tool.bad_placeholder"),
        ("SELECT $1", "custom_tool.bad_placeholder"),
    ] {
        for path in ["/api/tools/custom", "/api/tools/custom/test"] {
            let body = definition("bad", statement, json!([]));
            let body = if path.ends_with("test") {
                json!({ "definition": body })
            } else {
                body
            };
            let reply = owner.post(path, &body).await;
            refused(&reply, 422, code);
            assert_eq!(
                reply.json()["errors"][0]["pointer"],
                json!("/statement"),
                "{}",
                reply.text
            );
        }
    }
    // By its words and parameters.
    let mut bad = definition(
        "Bad Name",
        "SELECT :a",
        json!([{ "name": "a", "type": "integer", "default": "x" }]),
    );
    bad["title"] = json!("");
    let told = owner.post("/api/tools/custom", &bad).await;
    refused(&told, 422, "custom_tool.bad_definition");
    let errors = told.json()["errors"].clone();
    let pointers: Vec<&str> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/name", "/title", "/parameters/0/default"]);
    // By what it names on a target.
    let check = async |statement: &str| {
        let body = json!({ "definition": definition("check", statement, json!([])), "target_id": target.id });
        owner.post("/api/tools/custom/test", &body).await
    };
    for (statement, code) in [
        ("SELECT take()", "postgres.function_refused"),
        ("SELECT pg_sleep(1)", "postgres.function_refused"),
        ("SELECT n FROM nowhere", "postgres.unknown_name"),
        ("SELECT rolpassword FROM pg_authid", "postgres.secret"),
    ] {
        refused(&check(statement).await, 422, code);
    }
    let gone = app
        .add_postgres_at("gone-db", "postgres://nobody@127.0.0.1:1/nothing")
        .await;
    let body = json!({ "definition": definition("check", "SELECT 1", json!([])), "target_id": gone.id });
    let told = owner.post("/api/tools/custom/test", &body).await;
    refused(&told, 422, "custom_tool.no_answer");
    assert_eq!(told.json().get("errors"), None, "it is no fault of the statement");
    let good = check("SELECT n FROM seen").await;
    assert_eq!(good.status, 200, "{}", good.text);

    // A view that was harmless when the query was saved, and is replaced by one that writes.
    let saved = owner
        .post(
            "/api/tools/custom",
            &definition("seen", "SELECT n FROM seen", json!([])),
        )
        .await;
    assert_eq!(saved.status, 201, "{}", saved.text);
    let run = called(&app, "operator", &target, "custom_seen", json!({})).await;
    assert_eq!(only_call(&run).status, ExecutionStatus::Completed, "{run:#?}");
    database
        .sql("CREATE OR REPLACE VIEW seen AS SELECT take()::int AS n")
        .await
        .unwrap();
    let run = called(&app, "operator", &target, "custom_seen", json!({})).await;
    let problem = only_call(&run).problem.clone().unwrap();
    assert_eq!(problem.code, "postgres.function_refused", "{run:#?}");
    assert_eq!(
        database.sql("SELECT count(*) FROM kept").await.unwrap()[0][0].as_deref(),
        Some("1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_bound_whatever_they_are() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let parameters = json!([
        { "name": "t", "type": "text" },
        { "name": "i", "type": "integer" },
        { "name": "n", "type": "number" },
        { "name": "b", "type": "boolean" },
        { "name": "at", "type": "timestamp" },
    ]);
    let statement =
        "SELECT :t AS t, :i AS i, :n AS n, :b AS b, :at = '2026-01-31T12:00:00Z' AS at, pg_typeof(:t)::text AS k";
    let saved = app
        .as_("owner")
        .post("/api/tools/custom", &definition("echo", statement, parameters))
        .await;
    assert_eq!(saved.status, 201, "{}", saved.text);
    let with = |t: &str| json!({ "t": t, "i": -7, "n": 1.5, "b": true, "at": "2026-01-31T13:00:00+01:00" });
    for hostile in [
        "'; DROP TABLE orders; --",
        "' OR '1'='1",
        "$1",
        ":i",
        "\\'); DELETE FROM orders; --",
        "$$ || pg_sleep(10) || $$",
        "\u{202e}evil\u{0}".trim_end_matches('\u{0}'),
        "",
    ] {
        let run = called(&app, "operator", &target, "custom_echo", with(hostile)).await;
        let call = only_call(&run);
        assert_eq!(call.status, ExecutionStatus::Completed, "{hostile}: {run:#?}");
        let blocks = serde_json::to_value(&call.blocks).unwrap();
        assert_eq!(blocks[0]["rows"], json!([[hostile, -7, 1.5, true, true, "text"]]));
    }
    for (name, value) in [
        ("i", json!("1; DROP TABLE orders")),
        ("i", json!(1.5)),
        ("b", json!("true")),
        ("t", json!(null)),
        ("other", json!(1)),
    ] {
        let mut arguments = with("x");
        arguments[name] = value;
        refused(
            &app.execute("operator", &target, "custom_echo", arguments).await,
            422,
            "call.bad_arguments",
        );
    }
    let mut arguments = with("x");
    arguments["at"] = json!("yesterday'); DROP TABLE orders; --");
    let reply = app.execute("operator", &target, "custom_echo", arguments).await;
    assert!(reply.text.contains("bad_arguments"), "{}", reply.text);
    assert_eq!(
        database.sql("SELECT count(*) > 0 FROM orders").await.unwrap()[0][0].as_deref(),
        Some("t")
    );
}
