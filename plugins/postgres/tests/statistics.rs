//! What the server counts, of tables, locks and connections.

mod fixture;

use fixture::{Shop, ask, column, connect, cx, field};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steersman_testkit::{Postgres, postgres::Options};
use steersman_toolkit::{Answer, Handles, protocol::Block};

async fn until(handles: &Handles, tool: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = ask(&cx(), handles, tool, json!({})).await.unwrap();
        if is_so(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within 20 s: {answer:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_table_is_shown_with_where_its_bytes_are() {
    let shop = Shop::empty().await;
    shop.sql(
        "CREATE TABLE letters (id int PRIMARY KEY, body text); ALTER TABLE letters ALTER body SET STORAGE EXTERNAL; \
         INSERT INTO letters SELECT g, repeat('x', 5000) FROM generate_series(1, 1000) g; \
         CREATE EXTENSION pgstattuple",
    )
    .await;
    shop.sql("VACUUM (ANALYZE) letters").await;
    // What a session did is counted a moment after.
    until(&shop.handles, "postgres.get_table_stats", |answer| {
        column(answer, "Table statistics", "last vacuum")[0].is_string()
    })
    .await;
    let stats = "postgres.get_table_stats";
    let answer = shop.ask(stats, json!({ "table": "letters" })).await.unwrap();
    let size = |name| column(&answer, "Table statistics", name)[0].as_i64().unwrap();
    assert!(size("toast size") > 5_000_000, "{answer:?}");
    assert!(size("heap size") < 500_000);
    assert_eq!(
        size("total size"),
        size("heap size") + size("index size") + size("toast size")
    );
    let of_table = |name| field(&answer.blocks, "Table letters", name);
    assert!(of_table("vacuumed by hand").is_string());
    assert_eq!(of_table("vacuumed by autovacuum"), Value::Null);
    assert!(of_table("transaction ids left").as_i64().unwrap() > 2_000_000_000);
    assert_eq!(of_table("transaction ids left (%)"), json!(100.0));
    assert_eq!(of_table("bloat measured"), json!("by pgstattuple_approx"));
    assert!(of_table("dead or free (%)").as_f64().unwrap() < 60.0);

    shop.sql("DROP EXTENSION pgstattuple").await;
    let answer = shop.ask(stats, json!({ "table": "letters" })).await.unwrap();
    let measured = field(&answer.blocks, "Table letters", "bloat measured");
    assert!(measured.as_str().unwrap().contains("not installed"), "{measured}");
}

#[tokio::test]
async fn tables_without_frozen_ids_are_shown_too() {
    let shop = Shop::empty().await;
    shop.sql(
        "CREATE TABLE months (at date) PARTITION BY RANGE (at); \
         CREATE TABLE may PARTITION OF months FOR VALUES FROM ('2024-05-01') TO ('2024-06-01'); \
         INSERT INTO months SELECT '2024-05-02' FROM generate_series(1, 100)",
    )
    .await;
    let answer = shop
        .ask("postgres.get_table_stats", json!({ "table": "months" }))
        .await
        .unwrap();
    let tables = column(&answer, "Table statistics", "table");
    assert!(tables.contains(&json!("may")), "{tables:?}");
    shop.ask("postgres.check_health", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_prepared_transaction_is_named_as_the_root_blocker() {
    let options = Options {
        settings: vec![("max_prepared_transactions".to_owned(), "5".to_owned())],
        ..Options::default()
    };
    let server = Postgres::start_with(options).await.unwrap();
    let handles = connect(&server, "postgres", server.user(), server.password()).await;
    server.sql("CREATE TABLE t AS SELECT 1 AS n").await.unwrap();
    server
        .sql("BEGIN; UPDATE t SET n = 2; PREPARE TRANSACTION 'transfer-7'")
        .await
        .unwrap();
    let waiter = server.connect("postgres").await.unwrap();
    let waiting = tokio::spawn(async move { waiter.batch_execute("UPDATE t SET n = 3").await });
    let answer = until(&handles, "postgres.get_locks", |answer| {
        answer.summary.contains("blocks 1 session")
    })
    .await;
    assert!(
        answer.summary.starts_with(
            "the prepared transaction \"transfer-7\" of \"steersman\" blocks 1 session; the longest wait is"
        ),
        "{}",
        answer.summary
    );
    let Block::Tree { roots, .. } = &answer.blocks[0] else {
        panic!("{answer:?}")
    };
    assert!(roots[0].warning.as_deref().unwrap().contains("ROLLBACK PREPARED"));
    let facts = &roots[0].children[0].facts;
    assert!(facts.iter().any(|(name, _)| name == "waits for"), "{facts:?}");
    // No process to kill.
    assert_eq!(answer.suggestions, []);

    let health = ask(
        &cx(),
        &handles,
        "postgres.check_health",
        json!({ "checks": ["connection"] }),
    )
    .await
    .unwrap();
    assert!(format!("{health:?}").contains("\\\"transfer-7\\\" of"), "{health:?}");
    server.sql("ROLLBACK PREPARED 'transfer-7'").await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn connections_are_counted_by_user_and_database_with_their_limits() {
    let options = Options {
        settings: vec![("superuser_reserved_connections".to_owned(), "4".to_owned())],
        ..Options::default()
    };
    let server = Postgres::start_with(options).await.unwrap();
    let handles = connect(&server, "postgres", server.user(), server.password()).await;
    server
        .sql("CREATE ROLE shop LOGIN PASSWORD 'shop' CONNECTION LIMIT 2")
        .await
        .unwrap();
    server.sql("CREATE DATABASE orders CONNECTION LIMIT 8").await.unwrap();
    let url = format!(
        "postgres://shop:shop@{}:{}/orders?application_name=till",
        server.host(),
        server.port()
    );
    let _till = steersman_testkit::postgres::connect(&url).await.unwrap();
    let answer = ask(&cx(), &handles, "postgres.get_connection_stats", json!({}))
        .await
        .unwrap();
    let of = |name| field(&answer.blocks, "Connections", name);
    assert_eq!(of("max_connections"), json!(60));
    assert_eq!(of("reserved for superusers"), json!(4));
    assert!(of("oldest connection").is_string());
    let by_user = |name| column(&answer, "By user and application", name);
    let at = by_user("application").iter().position(|name| name == "till").unwrap();
    assert_eq!(
        ["user", "database", "connections"].map(|name| by_user(name)[at].clone()),
        [json!("shop"), json!("orders"), json!(1)]
    );
    let limits = |name| column(&answer, "Limits of their own", name);
    assert_eq!(limits("whose"), [json!("user shop"), json!("database orders")]);
    assert_eq!(limits("limit"), [json!(2), json!(8)]);
    assert_eq!(limits("used"), [json!(50.0), json!(12.5)]);
}
