//! Advice on indexes, on a real server: hypothetical indexes tried on a workload, and what a list of indexes shows.

mod fixture;

use fixture::{Shop, ask, column, cx};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steersman_testkit::sample;
use steersman_toolkit::{
    Answer, CancellationToken, Cx,
    protocol::{Block, Verification},
};

const TOOL: &str = "postgres.suggest_indexes";

async fn with_hypopg() -> Shop {
    let shop = Shop::open().await;
    steersman_testkit::postgres::needs_extension("hypopg").unwrap();
    shop.sql("CREATE SCHEMA \"Tools\"; CREATE EXTENSION hypopg SCHEMA \"Tools\"")
        .await;
    shop
}

fn indexes(answer: &Answer) -> Vec<Value> {
    column(answer, "Suggested indexes", "index")
}

fn texts(answer: &Answer) -> String {
    let texts = answer.blocks.iter().filter_map(|block| match block {
        Block::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Estimated cost of a statement as PostgreSQL sees it now.
async fn cost(shop: &Shop, sql: &str) -> f64 {
    let rows = shop.sql(&format!("EXPLAIN (FORMAT JSON) {sql}")).await;
    let plan: Value = serde_json::from_str(rows[0][0].as_deref().unwrap()).unwrap();
    plan[0]["Plan"]["Total Cost"].as_f64().unwrap()
}

#[tokio::test]
async fn the_index_that_the_recorded_workload_wants_is_found_and_not_proposed_again() {
    let shop = with_hypopg().await;
    let client = shop.database.connect().await.unwrap();
    sample::run_slow_workload(&client).await.unwrap();

    let answer = shop.ask(TOOL, json!({})).await.unwrap();
    // By customer, and in the order that the pages show.
    assert_eq!(
        indexes(&answer),
        [json!(
            "CREATE INDEX CONCURRENTLY ON public.orders (customer_id, placed_at)"
        )],
        "{answer:#?}"
    );
    let first = &answer.suggestions[0];
    assert_eq!(first.tool.as_str(), "postgres.create_index");
    assert_eq!(
        first.arguments,
        json!({ "table": "orders", "columns": ["customer_id", "placed_at"] })
    );
    let (before, after) = (
        column(&answer, "Suggested indexes", "cost before")[0].as_f64().unwrap(),
        column(&answer, "Suggested indexes", "cost after")[0].as_f64().unwrap(),
    );
    assert!(after < before / 3.0, "{before} → {after}");
    assert!(column(&answer, "Suggested indexes", "size")[0].as_f64().unwrap() > 100_000.0);
    let queries = column(&answer, "Statements", "statement");
    assert!(
        queries
            .iter()
            .all(|query| !query.as_str().unwrap().contains("steersman")),
        "{queries:?}"
    );

    // Nothing is left of the trial, on the connection that made it.
    let left = json!({ "sql": "SELECT count(*) AS n FROM \"Tools\".hypopg()" });
    let left = shop.ask("postgres.run_query", left).await.unwrap();
    assert_eq!(column(&left, "Result", "n"), [json!(0)]);
    let real = shop
        .sql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'")
        .await;
    assert_eq!(real[0][0].as_deref(), Some("4"));

    // Once it is there, under whatever name, nothing of its kind is proposed again.
    shop.sql("CREATE INDEX of_customers ON orders (customer_id, placed_at, id)")
        .await;
    let again = shop.ask(TOOL, json!({ "table": "orders" })).await.unwrap();
    assert!(again.suggestions.is_empty(), "{again:#?}");
    assert!(again.summary.starts_with("No new index"), "{}", again.summary);
}

#[tokio::test]
async fn columns_are_included_where_that_spares_the_table() {
    let shop = with_hypopg().await;
    // Only what vacuum has seen can be read from an index alone.
    shop.sql("VACUUM orders").await;
    let sql = "SELECT sum(total_cents) FROM orders WHERE customer_id = $1";
    let answer = shop.ask(TOOL, json!({ "statements": [sql] })).await.unwrap();
    let expected = json!({ "table": "orders", "columns": ["customer_id"], "include": ["total_cents"] });
    assert_eq!(answer.suggestions[0].arguments, expected, "{answer:#?}");
    let draft = shop.plan("postgres.create_index", expected).await.unwrap();
    let step = serde_json::to_string(&draft.steps).unwrap();
    assert!(
        step.contains("ON public.orders (customer_id) INCLUDE (total_cents)"),
        "{step}"
    );
    shop.sql("CREATE INDEX orders_customer_id_idx ON orders (customer_id) INCLUDE (total_cents)")
        .await;
    let verification = shop.verify("postgres.create_index", draft).await;
    assert!(matches!(verification, Verification::Holds { .. }), "{verification:?}");
    let twice = json!({ "table": "orders", "columns": ["customer_id"], "include": ["total_cents"] });
    let problem = shop.plan("postgres.create_index", twice).await.unwrap_err();
    assert_eq!(problem.code, "postgres.duplicate_index");
}

#[tokio::test]
async fn the_list_of_indexes_says_which_are_bloated_covered_or_twice_there() {
    let shop = Shop::open().await;
    shop.sql(
        "CREATE INDEX a_single ON orders (status); CREATE INDEX b_longer ON orders (status, placed_at); \
         CREATE INDEX c_twin ON orders (placed_at); CREATE INDEX d_twin ON orders (placed_at); \
         CREATE TABLE shrunk AS SELECT i FROM generate_series(1, 900000) i; CREATE INDEX big ON shrunk (i); \
         DELETE FROM shrunk WHERE i % 20 > 0",
    )
    .await;
    shop.sql("VACUUM ANALYZE shrunk").await;
    let answer = shop.ask("postgres.list_indexes", json!({})).await.unwrap();
    let names = column(&answer, "Indexes", "index");
    let of = |title: &str, name: &str| {
        let at = names.iter().position(|known| known == name).unwrap();
        column(&answer, "Indexes", title)[at].clone()
    };
    assert_eq!(
        of("remarks", "a_single"),
        json!(["b_longer begins with the same columns", "unused"])
    );
    assert_eq!(of("remarks", "c_twin"), json!(["same columns as d_twin", "unused"]));
    assert_eq!(of("remarks", "big"), json!(["unused", "bloated"]));
    assert!(of("wasted (estimate)", "big").as_f64().unwrap() > 80.0);
    assert!(of("wasted (estimate)", "b_longer").as_f64().unwrap_or(0.0) < 20.0);
    let calls: Vec<(&str, &Value)> = answer
        .suggestions
        .iter()
        .map(|call| (call.tool.as_str(), &call.arguments["index"]))
        .collect();
    let (twin, big) = (json!("d_twin"), json!("big"));
    assert!(calls.contains(&("postgres.drop_index", &twin)), "{calls:?}");
    assert!(calls.contains(&("postgres.reindex_table", &big)), "{calls:?}");
    assert!(texts(&answer).contains("Scans are counted since"), "{}", texts(&answer));
}

#[tokio::test]
async fn the_cost_foretold_is_the_cost_once_the_index_is_there() {
    let shop = with_hypopg().await;
    for (sql, expected) in [
        (
            "SELECT * FROM orders WHERE customer_id = 1700",
            json!({ "table": "orders", "columns": ["customer_id"] }),
        ),
        (
            "SELECT * FROM orders ORDER BY placed_at DESC LIMIT 10",
            json!({ "table": "orders", "columns": ["placed_at"] }),
        ),
        (
            "UPDATE order_items SET quantity = 1 WHERE product = 'product-400'",
            json!({ "table": "order_items", "columns": ["product"] }),
        ),
    ] {
        let answer = shop.ask(TOOL, json!({ "statements": [sql] })).await.unwrap();
        assert_eq!(answer.suggestions[0].arguments, expected, "{sql}\n{answer:#?}");
        let foretold = column(&answer, "Statements", "cost after")[0].as_f64().unwrap();
        let (table, columns) = (
            expected["table"].as_str().unwrap(),
            expected["columns"][0].as_str().unwrap(),
        );
        shop.sql(&format!("CREATE INDEX made ON {table} ({columns})")).await;
        let real = cost(&shop, sql).await;
        assert!(
            (foretold - real).abs() <= 0.35 * real.max(10.0),
            "{sql}: {foretold} was foretold, {real} it is"
        );
        shop.sql("DROP INDEX made").await;
    }
}

#[tokio::test]
async fn rare_rows_get_a_partial_index_and_odd_names_are_quoted() {
    let shop = with_hypopg().await;
    shop.sql(
        "CREATE TABLE \"Odd \"\"; drop table orders; --\" (id int, \"Ünï code\" timestamptz, payload text, \"select\" int); \
         INSERT INTO \"Odd \"\"; drop table orders; --\" SELECT i, CASE WHEN i % 500 > 0 THEN now() END, repeat('x', 300), i % 7 \
           FROM generate_series(1, 20000) i; ANALYZE",
    )
    .await;
    let sql = "SELECT * FROM \"Odd \"\"; drop table orders; --\" WHERE \"Ünï code\" IS NULL AND \"select\" = $1";
    let answer = shop.ask(TOOL, json!({ "statements": [sql] })).await.unwrap();
    let arguments = &answer.suggestions[0].arguments;
    assert_eq!(arguments["table"], "\"Odd \"\"; drop table orders; --\"");
    assert_eq!(arguments["where"], "\"Ünï code\" IS NULL", "{answer:#?}");
    // The call is one that create_index understands.
    let draft = shop.plan("postgres.create_index", arguments.clone()).await.unwrap();
    assert!(format!("{:?}", draft.steps).contains("WHERE"), "{:?}", draft.steps);
    shop.sql("SELECT 1 FROM orders LIMIT 1").await;
}

#[tokio::test]
async fn without_hypopg_there_are_reasons_but_no_costs() {
    let shop = Shop::open().await;
    let sql = "SELECT * FROM orders WHERE customer_id = $1";
    let answer = shop
        .ask(
            TOOL,
            json!({ "statements": [sql, "SELECT 1 FROM customers WHERE id = $1"] }),
        )
        .await
        .unwrap();
    assert_eq!(
        column(&answer, "Possible indexes", "index"),
        [json!("CREATE INDEX CONCURRENTLY ON orders (customer_id)")]
    );
    assert_eq!(column(&answer, "Statements", "cost after"), [Value::Null, Value::Null]);
    assert!(texts(&answer).contains("CREATE EXTENSION hypopg"), "{}", texts(&answer));
    assert_eq!(
        answer.suggestions[0].arguments,
        json!({ "table": "orders", "columns": ["customer_id"] })
    );
}

#[tokio::test]
async fn only_reads_are_planned_and_what_cannot_be_planned_is_left_out() {
    let shop = with_hypopg().await;
    for sql in [
        "SELECT pg_sleep(1)",
        "SELECT 1; DROP TABLE orders",
        "DROP TABLE orders",
        "SELECT * FROM nowhere",
    ] {
        let problem = shop.ask(TOOL, json!({ "statements": [sql] })).await.unwrap_err();
        assert!(problem.code.starts_with("postgres."), "{sql}: {problem}");
    }
    // The planner itself fails on the first; the connection must not be spoilt for the next.
    let statements = json!([
        "SELECT 1/0 FROM orders WHERE id = $1",
        "SELECT * FROM orders WHERE customer_id = $1"
    ]);
    for _ in 0..2 {
        let answer = shop.ask(TOOL, json!({ "statements": statements })).await.unwrap();
        assert!(
            texts(&answer).contains("1 statement was left out"),
            "{}",
            texts(&answer)
        );
        assert_eq!(indexes(&answer).len(), 1);
        let broken = json!({ "sql": "SELECT 1/0 FROM orders WHERE id = $1" });
        assert!(shop.ask("postgres.explain_query", broken).await.is_err());
        let fine = json!({ "sql": "SELECT * FROM orders WHERE id = $1" });
        shop.ask("postgres.explain_query", fine).await.unwrap();
    }
    let problem = Shop::empty().await.ask(TOOL, json!({})).await.unwrap_err();
    assert_eq!(problem.code, "postgres.not_recorded");
}

#[tokio::test]
async fn a_role_that_may_only_read_gets_advice_too() {
    let shop = with_hypopg().await;
    let client = shop.database.connect().await.unwrap();
    sample::run_slow_workload(&client).await.unwrap();
    let grants = "GRANT pg_monitor TO adviser; GRANT USAGE ON SCHEMA \"Tools\" TO adviser; \
                  GRANT SELECT ON ALL TABLES IN SCHEMA public TO adviser";
    let adviser = shop.as_role("adviser", grants).await;
    let answer = ask(&shop.cx, &adviser, TOOL, json!({})).await.unwrap();
    assert_eq!(indexes(&answer).len(), 1, "{answer:#?}");
}

#[tokio::test]
async fn advice_can_be_stopped() {
    let shop = with_hypopg().await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let cx = Cx { cancel, ..cx() };
    let began = Instant::now();
    let statements = json!({ "statements": ["SELECT * FROM orders WHERE customer_id = $1"] });
    let problem = ask(&cx, &shop.handles, TOOL, statements).await.unwrap_err();
    assert_eq!(problem.code, "postgres.cancelled");
    assert!(began.elapsed() < Duration::from_secs(5));
}
