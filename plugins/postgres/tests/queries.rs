//! Every query on a real server.

mod fixture;

use fixture::{Shop, ask, column, connect, cx, field};
use serde_json::json;
use std::time::{Duration, Instant};
use steersman_testkit::{Postgres, postgres::Options, sample};
use steersman_toolkit::{
    CancellationToken, Cx,
    protocol::{Block, Limits},
};

const REPORT: &str =
    "SELECT c.name, sum(o.total_cents) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1";

#[tokio::test]
async fn tables_are_listed_and_described() {
    let shop = Shop::open().await;
    shop.sql("CREATE SCHEMA sales; CREATE TABLE sales.\"Odd Name\" (a int)")
        .await;

    let answer = shop.ask("postgres.list_tables", json!({})).await.unwrap();
    let tables = column(&answer, "Tables", "table");
    assert_eq!(tables[0], "order_items");
    assert!(tables.contains(&json!("sales.\"Odd Name\"")), "{tables:?}");
    assert!(!answer.summary.is_empty());

    let answer = shop
        .ask("postgres.list_tables", json!({ "schema": "sales" }))
        .await
        .unwrap();
    assert_eq!(column(&answer, "Tables", "table"), [json!("sales.\"Odd Name\"")]);

    let answer = shop
        .ask("postgres.describe_table", json!({ "table": "Orders" }))
        .await
        .unwrap();
    assert_eq!(
        column(&answer, "Columns", "column")[..2],
        [json!("id"), json!("customer_id")]
    );
    assert_eq!(field(&answer.blocks, "Table", "name"), "public.orders");
    assert_eq!(column(&answer, "Referred to by", "table"), [json!("order_items")]);
    assert!(column(&answer, "Constraints", "kind").contains(&json!("primary key")));

    let problem = shop
        .ask("postgres.describe_table", json!({ "table": "order" }))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.no_such_table");
    assert!(problem.next.contains("orders"), "{problem}");
}

#[tokio::test]
async fn indexes_show_what_is_wrong_with_them() {
    let shop = Shop::open().await;
    shop.sql("CREATE INDEX one ON orders (status); CREATE INDEX two ON orders (status)")
        .await;
    let failed = "CREATE UNIQUE INDEX CONCURRENTLY broken ON orders (customer_id)";
    assert!(shop.database.sql(failed).await.is_err());

    let answer = shop
        .ask("postgres.list_indexes", json!({ "table": "orders" }))
        .await
        .unwrap();
    let (names, remarks) = (
        column(&answer, "Indexes", "index"),
        column(&answer, "Indexes", "remarks"),
    );
    let of = |name: &str| &remarks[names.iter().position(|known| known == name).unwrap()];
    assert_eq!(of("broken"), &json!(["invalid"]));
    assert_eq!(of("one"), &json!(["same columns as two", "unused"]));
    assert_eq!(of("orders_pkey"), &json!(["backs a constraint"]));
    assert_eq!(answer.suggestions[0].tool.as_str(), "postgres.drop_index");
    assert_eq!(answer.suggestions[0].arguments, json!({ "index": "broken" }));

    let all = shop.ask("postgres.list_indexes", json!({})).await.unwrap();
    assert!(column(&all, "Indexes", "table").contains(&json!("order_items")));
}

#[tokio::test]
async fn table_statistics_name_the_largest() {
    let shop = Shop::open().await;
    let answer = shop.ask("postgres.get_table_stats", json!({})).await.unwrap();
    assert_eq!(column(&answer, "Table statistics", "table")[0], "order_items");
    let one = shop
        .ask("postgres.get_table_stats", json!({ "table": "customers" }))
        .await
        .unwrap();
    assert_eq!(column(&one, "Table statistics", "table"), [json!("customers")]);
}

#[tokio::test]
async fn an_explained_query_says_which_index_would_help() {
    let shop = Shop::open().await;
    let sql = "SELECT * FROM orders WHERE customer_id = 1700 AND placed_at > '2024-03-01';";
    let answer = shop.ask("postgres.explain_query", json!({ "sql": sql })).await.unwrap();
    assert!(matches!(&answer.blocks[0], Block::Tree { .. }));
    assert_eq!(answer.suggestions[0].tool.as_str(), "postgres.create_index");
    let expected = json!({ "table": "orders", "columns": ["customer_id", "placed_at"] });
    assert_eq!(answer.suggestions[0].arguments, expected);

    let measured = json!({ "sql": sql, "analyze": true });
    let answer = shop.ask("postgres.explain_query", measured).await.unwrap();
    assert!(answer.summary.starts_with("It took"), "{}", answer.summary);

    shop.sql("CREATE INDEX ON orders (customer_id)").await;
    let answer = shop.ask("postgres.explain_query", json!({ "sql": sql })).await.unwrap();
    assert!(answer.suggestions.is_empty(), "{:?}", answer.suggestions);

    let fine = shop
        .ask("postgres.explain_query", json!({ "sql": "EXPLAIN SELECT 1" }))
        .await
        .unwrap();
    assert!(fine.summary.ends_with("nothing stands out"), "{}", fine.summary);
}

#[tokio::test]
async fn a_statement_with_placeholders_is_explained_for_typical_values() {
    let shop = Shop::open().await;
    for sql in [
        "SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT $2",
        "SELECT count(*) FROM orders WHERE customer_id = $1 AND placed_at >= timestamptz $2",
    ] {
        let answer = shop.ask("postgres.explain_query", json!({ "sql": sql })).await.unwrap();
        assert_eq!(answer.suggestions[0].arguments["columns"][0], "customer_id", "{sql}");
        let problem = shop
            .ask("postgres.explain_query", json!({ "sql": sql, "analyze": true }))
            .await
            .unwrap_err();
        assert_eq!(problem.code, "postgres.has_placeholders");
    }
}

#[tokio::test]
async fn what_writes_is_neither_explained_nor_run() {
    let shop = Shop::with_scale(0.001).await;
    let before = shop.sql("SELECT count(*) FROM orders").await;
    for sql in [
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "WITH gone AS (DELETE FROM orders RETURNING 1) SELECT * FROM gone",
        "SELECT * FROM pg_read_file('/etc/passwd')",
        "EXPLAIN ANALYZE DELETE FROM orders",
        "SELECT set_config('x.y', '1', false)",
        "COMMIT",
    ] {
        for (tool, arguments) in [
            ("postgres.run_query", json!({ "sql": sql })),
            ("postgres.explain_query", json!({ "sql": sql })),
            ("postgres.explain_query", json!({ "sql": sql, "analyze": true })),
        ] {
            let refused = shop.ask(tool, arguments).await.unwrap_err();
            assert!(refused.code.starts_with("postgres."), "{sql}: {refused}");
        }
    }
    assert_eq!(shop.sql("SELECT count(*) FROM orders").await, before);
}

#[tokio::test]
async fn a_query_returns_values_of_every_kind() {
    let shop = Shop::empty().await;
    let sql = "SELECT 1 AS n, 2 AS n, 12.50::numeric AS price, true AS yes, NULL::int AS nothing, 'x'::text AS t, \
               timestamptz '2024-05-06 07:08:09+00' AS at, '{\"a\": [1]}'::jsonb AS doc, ARRAY[1,2] AS list, \
               '\\x00ff'::bytea AS bytes, 9007199254740993 AS big; -- the end";
    let answer = shop.ask("postgres.run_query", json!({ "sql": sql })).await.unwrap();
    let Block::Table { columns, rows, .. } = &answer.blocks[0] else {
        panic!("{answer:?}")
    };
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "n", "n", "price", "yes", "nothing", "t", "at", "doc", "list", "bytes", "big"
        ]
    );
    let row = &rows[0];
    assert_eq!(
        row[..6],
        [json!(1), json!(2), json!(12.5), json!(true), json!(null), json!("x")]
    );
    assert!(row[6].as_str().unwrap().starts_with("2024-05-06"), "{row:?}");
    assert_eq!(
        row[7..],
        [
            json!("{\"a\": [1]}"),
            json!([1, 2]),
            json!("\\x00ff"),
            json!("9007199254740993")
        ]
    );
}

#[tokio::test]
async fn a_large_result_is_cut_and_says_so() {
    let shop = Shop::empty().await;
    let all = "SELECT generate_series(1, 100000) AS n";
    let answer = shop
        .ask("postgres.run_query", json!({ "sql": all, "limit": 7 }))
        .await
        .unwrap();
    assert_eq!(column(&answer, "Result", "n").len(), 7);
    assert_eq!(answer.summary, "The first 7 rows; there are more");

    let wide = "SELECT repeat('x', 100000000) AS t FROM generate_series(1, 1000)";
    let began = Instant::now();
    let cx = Cx {
        limits: Limits {
            bytes: 20_000,
            ..Limits::default()
        },
        ..cx()
    };
    let answer = ask(&cx, &shop.handles, "postgres.run_query", json!({ "sql": wide }))
        .await
        .unwrap();
    assert_eq!(column(&answer, "Result", "t").len(), 2);
    assert!(began.elapsed() < Duration::from_secs(20));
    // The connection that was left half-way is not used again.
    let answer = shop
        .ask("postgres.run_query", json!({ "sql": "SHOW server_version" }))
        .await
        .unwrap();
    assert_eq!(answer.summary, "1 row");
}

#[tokio::test]
async fn connections_and_running_statements_are_shown() {
    let shop = Shop::empty().await;
    let idle = shop.database.connect().await.unwrap();
    idle.batch_execute("SET application_name = 'sleepy'; BEGIN; SELECT 1")
        .await
        .unwrap();
    let answer = shop.ask("postgres.get_connection_stats", json!({})).await.unwrap();
    assert!(answer.summary.contains("1 idle in transaction"), "{}", answer.summary);
    let running = column(&answer, "Running, or holding a transaction open", "application");
    assert!(running.contains(&json!("sleepy")), "{running:?}");
    assert_eq!(field(&answer.blocks, "Connections", "max_connections"), json!(60));
}

#[tokio::test]
async fn the_root_of_a_blocking_chain_is_named() {
    let shop = Shop::with_scale(0.001).await;
    assert_eq!(
        shop.ask("postgres.get_locks", json!({})).await.unwrap().summary,
        "Nobody waits for a lock"
    );

    let holder = shop.database.connect().await.unwrap();
    holder
        .batch_execute("BEGIN; UPDATE orders SET note = 'x' WHERE id = 1")
        .await
        .unwrap();
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let mut waiters = Vec::new();
    for _ in 0..2 {
        let client = shop.database.connect().await.unwrap();
        waiters.push(tokio::spawn(async move {
            client.batch_execute("UPDATE orders SET note = 'y' WHERE id = 1").await
        }));
    }
    let answer = until(async || {
        let answer = shop.ask("postgres.get_locks", json!({})).await.unwrap();
        answer.summary.contains("blocks 2 sessions").then_some(answer)
    })
    .await;
    assert!(
        answer.summary.contains(&format!("process {pid} of \"steersman\"")),
        "{}",
        answer.summary
    );
    assert_eq!(
        answer.suggestions[0].arguments,
        json!({ "pid": pid, "mode": "terminate" })
    );
    let Block::Tree { roots, .. } = &answer.blocks[0] else {
        panic!("{answer:?}")
    };
    assert_eq!(roots.len(), 1);
    assert!(roots[0].warning.is_some());

    holder.batch_execute("COMMIT").await.unwrap();
    for waiter in waiters {
        waiter.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn slow_queries_lead_to_the_one_that_an_index_would_help() {
    let shop = Shop::open().await;
    let client = shop.database.connect().await.unwrap();
    sample::run_slow_workload(&client).await.unwrap();
    shop.ask("postgres.run_query", json!({ "sql": REPORT })).await.unwrap();

    let answer = shop
        .ask("postgres.get_slow_queries", json!({ "table": "orders", "limit": 5 }))
        .await
        .unwrap();
    let queries = column(&answer, "Slow queries", "query");
    assert!(!queries.is_empty() && queries.len() <= 5);
    for query in &queries {
        let text = query.as_str().unwrap();
        assert!(text.contains("orders") && !text.contains("steersman"), "{text}");
    }
    let first = &answer.suggestions[0];
    assert_eq!(first.tool.as_str(), "postgres.explain_query");
    let explained = shop
        .ask("postgres.explain_query", first.arguments.clone())
        .await
        .unwrap();
    assert_eq!(explained.suggestions[0].tool.as_str(), "postgres.create_index");
    assert_eq!(explained.suggestions[0].arguments["columns"][0], "customer_id");

    // The next look tells what was called since; after a reset there is nothing to compare with.
    for _ in 0..3 {
        client
            .batch_execute("SELECT sum(total_cents) FROM orders")
            .await
            .unwrap();
    }
    let all = json!({ "limit": 50 });
    let later = shop.ask("postgres.get_slow_queries", all).await.unwrap();
    let (queries, calls) = (
        column(&later, "Slow queries", "query"),
        column(&later, "Slow queries", "calls since last look"),
    );
    // What the guard asks of the catalogue is no query of the shop.
    let is_guard = |query: &serde_json::Value| query.as_str().is_some_and(|text| text.contains("pg_cast"));
    assert!(!queries.iter().any(is_guard), "{queries:?}");
    let is_ours = |query: &serde_json::Value| query == "SELECT sum(total_cents) FROM orders";
    let at = queries.iter().position(is_ours).unwrap();
    assert_eq!(calls[at], json!(3), "{later:?}");
    assert!(calls.contains(&json!(0)), "{calls:?}");
    let shares = column(&later, "Slow queries", "of all time");
    assert!(
        shares
            .iter()
            .all(|share| (0.0..=100.0).contains(&share.as_f64().unwrap()))
    );
    shop.sql("SELECT pg_stat_statements_reset()").await;
    let anew = shop.ask("postgres.get_slow_queries", json!({})).await.unwrap();
    assert!(format!("{:?}", anew.blocks).contains("set back"), "{anew:?}");

    let none = shop
        .ask("postgres.get_slow_queries", json!({ "min_mean_ms": 1e9 }))
        .await
        .unwrap();
    assert_eq!(none.summary, "No queries are recorded");
}

#[tokio::test]
async fn without_records_of_slow_queries_the_answer_says_how_to_get_them() {
    let shop = Shop::empty().await;
    let answer = shop.ask("postgres.get_slow_queries", json!({})).await.unwrap();
    assert!(answer.summary.contains("not recorded"), "{}", answer.summary);

    let settings = vec![("shared_preload_libraries".to_owned(), String::new())];
    let server = Postgres::start_with(Options {
        settings,
        ..Options::default()
    })
    .await;
    // The harness itself sets pg_stat_statements.track, which is only a placeholder without the library.
    let server = server.unwrap();
    server.sql("CREATE EXTENSION pg_stat_statements").await.unwrap();
    let handles = connect(&server, "postgres", server.user(), server.password()).await;
    let answer = ask(&cx(), &handles, "postgres.get_slow_queries", json!({}))
        .await
        .unwrap();
    let Block::Text { text, .. } = &answer.blocks[0] else {
        panic!("{answer:?}")
    };
    assert!(text.contains("started without its library"), "{text}");
}

#[tokio::test]
async fn a_role_with_pg_monitor_alone_sees_what_it_needs() {
    let shop = Shop::open().await;
    let monitor = shop.as_role("watcher", "GRANT pg_monitor TO watcher").await;
    for (tool, arguments) in [
        ("postgres.get_slow_queries", json!({})),
        ("postgres.list_indexes", json!({ "table": "orders" })),
        ("postgres.get_table_stats", json!({})),
        ("postgres.get_connection_stats", json!({})),
        ("postgres.get_locks", json!({})),
        ("postgres.list_tables", json!({})),
        ("postgres.describe_table", json!({ "table": "orders" })),
    ] {
        let answer = ask(&shop.cx, &monitor, tool, arguments).await;
        assert!(answer.is_ok(), "{tool}: {answer:?}");
    }
    let problem = ask(
        &shop.cx,
        &monitor,
        "postgres.run_query",
        json!({ "sql": "SELECT * FROM orders" }),
    )
    .await
    .unwrap_err();
    assert_eq!(problem.code, "postgres.permission_denied");
    assert!(problem.why.contains("orders"), "{problem}");
}

#[tokio::test]
async fn a_cancelled_query_ends_on_the_server_too() {
    let shop = Shop::empty().await;
    let cancel = CancellationToken::new();
    let cx = Cx {
        cancel: cancel.clone(),
        ..cx()
    };
    let slow = json!({ "sql": "SELECT count(*) FROM generate_series(1, 10000000000)" });
    let asking = ask(&cx, &shop.handles, "postgres.run_query", slow);
    let stopping = async {
        until(async || (running(&shop).await == "1").then_some(())).await;
        cancel.cancel();
    };
    let began = Instant::now();
    let (answer, ()) = tokio::join!(asking, stopping);
    assert_eq!(answer.unwrap_err().code, "postgres.cancelled");
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(running(&shop).await, "0");
}

#[tokio::test]
async fn a_query_over_its_time_limit_ends_by_itself() {
    let shop = Shop::empty().await;
    let cx = Cx {
        limits: Limits {
            time_ms: 300,
            ..Limits::default()
        },
        ..cx()
    };
    let slow = json!({ "sql": "SELECT count(*) FROM generate_series(1, 10000000000)" });
    let problem = ask(&cx, &shop.handles, "postgres.run_query", slow).await.unwrap_err();
    assert_eq!(problem.code, "postgres.too_slow");
}

#[tokio::test]
async fn a_server_that_goes_away_and_comes_back_is_a_problem_only_in_between() {
    let mut server = Postgres::start().await.unwrap();
    let handles = connect(&server, "postgres", server.user(), server.password()).await;
    let look = || async { ask(&cx(), &handles, "postgres.run_query", json!({ "sql": "SELECT 1 AS n" })).await };
    look().await.unwrap();
    let slow = json!({ "sql": "SELECT count(*) FROM generate_series(1, 10000000000)" });
    let circumstances = cx();
    let asking = ask(&circumstances, &handles, "postgres.run_query", slow);
    let (answer, ()) = tokio::join!(asking, async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.stop_immediately();
    });
    assert_eq!(answer.unwrap_err().code, "postgres.connection_lost");
    assert_eq!(look().await.unwrap_err().code, "postgres.unreachable");
    server.restart().await.unwrap();
    look().await.unwrap();
}

async fn running(shop: &Shop) -> String {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%10000000000%' \
               AND pid <> pg_backend_pid()";
    shop.sql(sql).await[0][0].clone().unwrap()
}

async fn until<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within 20 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
