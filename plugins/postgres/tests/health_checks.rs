//! Every check on a server where what it looks for was planted.

mod fixture;

use fixture::{Shop, ask, column, connect, cx};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use steersman_testkit::{Postgres, postgres::Options};
use steersman_toolkit::{Answer, Handles};

const HEALTH: &str = "postgres.check_health";

/// Verdict, value and advice of each check.
fn checks(answer: &Answer) -> BTreeMap<String, [String; 3]> {
    let text = |name| -> Vec<String> {
        let cells = column(answer, "Checks", name);
        cells.iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
    };
    let rest = text("verdict").into_iter().zip(text("found")).zip(text("what to do"));
    text("check")
        .into_iter()
        .zip(rest)
        .map(|(check, ((verdict, found), advice))| (check, [verdict, found, advice]))
        .collect()
}

async fn look(handles: &Handles, arguments: Value) -> (Answer, BTreeMap<String, [String; 3]>) {
    let answer = ask(&cx(), handles, HEALTH, arguments).await.unwrap();
    let checks = checks(&answer);
    (answer, checks)
}

/// Statistics arrive a moment after what they count.
async fn until(handles: &Handles, family: &str, is_so: impl Fn(&BTreeMap<String, [String; 3]>) -> bool) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (answer, checks) = look(handles, json!({ "checks": [family] })).await;
        if is_so(&checks) {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within 30 s: {checks:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn suggested(answer: &Answer) -> Vec<(String, Value)> {
    let calls = answer.suggestions.iter();
    calls
        .map(|call| (call.tool.to_string(), call.arguments.clone()))
        .collect()
}

#[tokio::test]
async fn every_family_answers_and_can_be_asked_for_alone() {
    let shop = Shop::with_scale(0.01).await;
    shop.sql("ANALYZE").await;
    let (answer, all) = look(&shop.handles, json!({})).await;
    let families: std::collections::BTreeSet<String> = column(&answer, "Checks", "about")
        .iter()
        .map(|cell| cell.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(families.len(), 9, "{families:?}");
    assert!(all.len() >= 20, "{all:#?}");
    for what in [
        "invalid indexes",
        "duplicate indexes",
        "transaction ids",
        "multixact ids",
        "autovacuum",
        "lag of the standbys",
        "slots that keep the log",
        "log archiving",
        "constraints not validated",
        "sequences near their end",
        "connections used",
        "waiting for a lock",
        "old statistics",
        "dead rows",
    ] {
        assert_eq!(all[what][0], "ok", "{what}: {:?}", all[what]);
    }
    let (_, some) = look(&shop.handles, json!({ "checks": ["sequence", "constraint"] })).await;
    assert_eq!(
        some.keys().collect::<Vec<_>>(),
        ["constraints not validated", "sequences near their end"]
    );
}

#[tokio::test]
async fn what_is_wrong_with_tables_is_found_and_the_tool_that_helps_is_named() {
    let shop = Shop::empty().await;
    shop.sql(
        "CREATE TABLE orders (id int PRIMARY KEY, customer int, note text); \
         INSERT INTO orders SELECT g, g % 100, 'x' FROM generate_series(1, 50000) g; \
         CREATE INDEX by_customer ON orders (customer); CREATE INDEX again ON orders (customer); \
         ALTER TABLE orders ADD CONSTRAINT has_note CHECK (note <> '') NOT VALID; \
         CREATE TABLE small (n serial); ALTER SEQUENCE small_n_seq RESTART WITH 2040109465; \
         INSERT INTO small DEFAULT VALUES; \
         CREATE TABLE kept_apart (n int) WITH (autovacuum_enabled = off)",
    )
    .await;
    // A build that fails leaves an invalid index behind.
    shop.sql("INSERT INTO orders SELECT 50001, 1, NULL").await;
    let failed = shop
        .database
        .sql("CREATE UNIQUE INDEX CONCURRENTLY not_unique ON orders (customer)")
        .await;
    assert!(failed.is_err());

    let (answer, index) = look(&shop.handles, json!({ "checks": ["index"] })).await;
    assert_eq!(index["invalid indexes"][..2], ["warning", "1: \"not_unique\""]);
    assert_eq!(index["duplicate indexes"][0], "warning");
    assert!(index["duplicate indexes"][1].starts_with("1: \"again\""), "{index:?}");
    assert_eq!(
        suggested(&answer),
        [
            ("postgres.drop_index".to_owned(), json!({ "index": "not_unique" })),
            ("postgres.drop_index".to_owned(), json!({ "index": "again" })),
        ]
    );

    let (answer, checks) = look(&shop.handles, json!({ "checks": ["constraint", "sequence", "vacuum"] })).await;
    assert_eq!(
        checks["constraints not validated"][..2],
        ["warning", "1: \"has_note on orders\""]
    );
    let [verdict, found, advice] = &checks["sequences near their end"];
    assert_eq!(verdict, "problem");
    assert_eq!(
        found,
        "the fullest, \"small_n_seq\", is at 2040109465 of 2147483647 (95 %)"
    );
    assert!(advice.contains("bigint"), "{advice}");
    assert_eq!(
        checks["autovacuum"][..2],
        ["warning", "on, but off for 1: \"kept_apart\""]
    );
    assert!(
        answer.summary.starts_with("1 problem, 2 warnings in"),
        "{}",
        answer.summary
    );
    assert!(answer.summary.contains("small_n_seq"), "{}", answer.summary);
    // The worst comes first.
    assert_eq!(column(&answer, "Checks", "check")[0], json!("sequences near their end"));
}

#[tokio::test]
async fn a_bigint_sequence_ends_where_its_integer_column_ends() {
    let shop = Shop::empty().await;
    shop.sql(
        "CREATE TABLE items (id int); CREATE SEQUENCE wide AS bigint OWNED BY items.id; \
         SELECT setval('wide', 1900000000); \
         CREATE SEQUENCE round AS int MAXVALUE 10 CYCLE; SELECT setval('round', 10); \
         CREATE SEQUENCE down AS int INCREMENT -1 MINVALUE -10 MAXVALUE -1; SELECT setval('down', -3)",
    )
    .await;
    let (answer, checks) = look(&shop.handles, json!({ "checks": ["sequence"] })).await;
    assert_eq!(
        checks["sequences near their end"][..2],
        [
            "warning",
            "the fullest, \"wide\", is at 1900000000 of 2147483647 (88 %)"
        ]
    );
    assert_eq!(
        suggested(&answer),
        [("postgres.describe_table".to_owned(), json!({ "table": "items" }))]
    );
}

#[tokio::test]
async fn dead_rows_old_statistics_and_bloat_are_found() {
    let shop = Shop::empty().await;
    shop.sql(
        "CREATE TABLE events (id int PRIMARY KEY, t text) WITH (autovacuum_enabled = off); \
         INSERT INTO events SELECT g, 'x' FROM generate_series(1, 700000) g",
    )
    .await;
    let answer = until(&shop.handles, "statistics", |checks| {
        checks["old statistics"][1] == "1: \"events\""
    })
    .await;
    assert_eq!(
        suggested(&answer),
        [("postgres.analyze_table".to_owned(), json!({ "table": "events" }))]
    );

    shop.sql("DELETE FROM events WHERE id % 10 <> 0").await;
    let answer = until(&shop.handles, "vacuum", |checks| checks["dead rows"][0] == "warning").await;
    let [_, found, _] = &checks(&answer)["dead rows"];
    assert!(
        found.starts_with("1: \"events\"; \"events\" has 630,000 dead and"),
        "{found}"
    );
    assert!(found.ends_with("never vacuumed"), "{found}");
    assert_eq!(
        suggested(&answer),
        [("postgres.vacuum_table".to_owned(), json!({ "table": "events" }))]
    );

    shop.sql("VACUUM (ANALYZE) events").await;
    let answer = until(&shop.handles, "index", |checks| {
        checks["index bloat (estimate)"][0] == "warning"
    })
    .await;
    let [_, found, _] = &checks(&answer)["index bloat (estimate)"];
    assert!(found.starts_with("1: \"events_pkey\"; of \"events_pkey\" 9"), "{found}");
    assert!(suggested(&answer).contains(&("postgres.reindex_table".to_owned(), json!({ "index": "events_pkey" }))));
    until(&shop.handles, "vacuum", |checks| checks["dead rows"][0] == "ok").await;

    let stats = shop
        .ask("postgres.get_table_stats", json!({ "table": "events" }))
        .await
        .unwrap();
    let bloat = column(&stats, "Table statistics", "bloat (estimate)")[0]
        .as_f64()
        .unwrap();
    assert!((85.0..=95.0).contains(&bloat), "{bloat}");
}

#[tokio::test]
async fn sessions_that_hold_others_up_are_found() {
    let server = Postgres::start().await.unwrap();
    let handles = connect(&server, "postgres", server.user(), server.password()).await;
    server.sql("CREATE TABLE t AS SELECT 1 AS n").await.unwrap();
    let holder = server.connect("postgres").await.unwrap();
    holder.batch_execute("BEGIN; UPDATE t SET n = 2").await.unwrap();
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let waiter = server.connect("postgres").await.unwrap();
    let waiting = tokio::spawn(async move { waiter.batch_execute("UPDATE t SET n = 3").await });

    until(&handles, "connection", |checks| {
        checks["waiting for a lock"][1].starts_with("1, the longest for")
    })
    .await;
    let (_, checks) = look(&handles, json!({ "checks": ["connection"] })).await;
    let expected = format!("process {pid} of \"steersman\" for ");
    assert!(checks["idle in transaction"][1].starts_with(&expected), "{checks:#?}");
    assert!(checks["longest transaction"][1].starts_with(&expected), "{checks:#?}");
    assert_eq!(checks["connections used"][0], "ok");
    assert!(checks["connections used"][1].contains(" of 57 ("), "{checks:#?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn ids_that_run_out_are_found_with_who_holds_cleanup_back() {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // As low as the server allows, so that a test can get there.
    let options = Options {
        settings: vec![
            setting("autovacuum_freeze_max_age", "100000"),
            setting("autovacuum", "off"),
        ],
        ..Options::default()
    };
    let server = Postgres::start_with(options).await.unwrap();
    let handles = connect(&server, "postgres", server.user(), server.password()).await;
    let holder = server.connect("postgres").await.unwrap();
    holder
        .batch_execute("BEGIN; CREATE TEMP TABLE held (n int)")
        .await
        .unwrap();
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    server
        .sql(
            "CREATE TEMP TABLE n (n int); DO $$ BEGIN FOR i IN 1..220 LOOP \
               FOR j IN 1..1000 LOOP BEGIN INSERT INTO n VALUES (1); EXCEPTION WHEN division_by_zero THEN END; \
               END LOOP; END LOOP; END $$",
        )
        .await
        .unwrap();
    let (answer, checks) = look(&handles, json!({ "checks": ["vacuum"] })).await;
    let [verdict, found, _] = &checks["transaction ids"];
    assert_eq!(verdict, "warning", "{checks:#?}");
    assert!(found.starts_with("22") && found.contains("in database"), "{found}");
    let [verdict, found, _] = &checks["holds cleanup back"];
    assert_eq!(verdict, "problem");
    assert!(found.starts_with(&format!("process {pid} of \"steersman\"")), "{found}");
    assert_eq!(checks["autovacuum"][0], "problem");
    let kill = (
        "postgres.kill_connection".to_owned(),
        json!({ "pid": pid, "mode": "terminate" }),
    );
    assert!(suggested(&answer).contains(&kill), "{:?}", answer.suggestions);
    holder.batch_execute("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn a_check_that_fails_leaves_the_others_alone() {
    let shop = Shop::empty().await;
    shop.sql("CREATE TABLE t (n serial); REVOKE SELECT ON pg_catalog.pg_sequences FROM PUBLIC")
        .await;
    let watcher = shop
        .as_role("watcher_of_others", "GRANT pg_monitor TO watcher_of_others")
        .await;
    let (_, checks) = look(&watcher, json!({})).await;
    let [verdict, found, advice] = &checks["the rest of these checks"];
    assert_eq!(verdict, "not known");
    assert!(found.contains("lacks a right"), "{found}");
    assert!(advice.contains("Grant"), "{advice}");
    for what in ["invalid indexes", "transaction ids", "log archiving", "dead rows"] {
        assert_eq!(checks[what][0], "ok", "{what}");
    }
}
