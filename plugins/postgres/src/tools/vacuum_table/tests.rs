//! A vacuum from plan to outcome.

use super::{VacuumTable, vacuum};
use crate::fixture::{Fixture, KEY};
use serde_json::json;
use steersman_toolkit::{
    Change,
    protocol::{Fact, Plan, Verification},
};

async fn with_dead_rows() -> Fixture {
    let fixture = Fixture::open().await;
    fixture
        .sql(
            "CREATE TABLE orders (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = off); \
             INSERT INTO orders SELECT i, 'x' FROM generate_series(1, 2000) i; \
             DELETE FROM orders WHERE id > 500",
        )
        .await;
    fixture
}

async fn holds(fixture: &Fixture, plan: &Plan) -> bool {
    let outcome = VacuumTable
        .verify(&fixture.cx, &fixture.reader, plan, None)
        .await
        .unwrap();
    matches!(outcome, Verification::Holds { .. })
}

#[tokio::test]
async fn a_vacuum_is_planned_done_and_found_in_the_statistics() {
    let fixture = with_dead_rows().await;
    let plan = fixture.plan(&VacuumTable, json!({ "table": "orders" })).await.unwrap();
    assert_eq!(plan.steps[0].literal, "VACUUM public.orders");
    assert!(!plan.facts.iter().any(|fact| matches!(fact, Fact::BlocksReads { .. })));
    assert!(!holds(&fixture, &plan).await);
    vacuum(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(holds(&fixture, &plan).await);

    // What was fresh for one plan is old for the next.
    let arguments = json!({ "table": "ORDERS", "analyze": true, "freeze": true, "index_cleanup": "always" });
    let again = fixture.plan(&VacuumTable, arguments).await.unwrap();
    assert_eq!(
        again.steps[0].literal,
        "VACUUM (FREEZE, ANALYZE, INDEX_CLEANUP on) public.orders"
    );
    assert!(!holds(&fixture, &again).await);
    vacuum(&fixture.cx, &fixture.writer, &again, KEY).await.unwrap();
    assert!(holds(&fixture, &again).await);
}

#[tokio::test]
async fn a_full_vacuum_keeps_everybody_out_says_so_and_gives_the_table_a_new_file() {
    let fixture = with_dead_rows().await;
    let arguments = json!({ "table": "orders", "full": true });
    let plan = fixture.plan(&VacuumTable, arguments.clone()).await.unwrap();
    assert_eq!(plan.steps[0].literal, "VACUUM (FULL) public.orders");
    let what = "orders".to_owned();
    assert!(plan.facts.contains(&Fact::BlocksReads { what: what.clone() }));
    assert!(plan.facts.contains(&Fact::BlocksWrites { what }));
    assert!(plan.warnings.iter().any(|warning| warning.contains("second copy")));
    assert!(!holds(&fixture, &plan).await);
    vacuum(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(holds(&fixture, &plan).await);
    assert_eq!(
        fixture.sql("SELECT count(*) FROM orders").await[0][0].as_deref(),
        Some("500")
    );

    // The plan is stale now: planning again gives another file to start from.
    let again = fixture.plan(&VacuumTable, arguments).await.unwrap();
    assert_ne!(again.must_hold["file"], plan.must_hold["file"]);
}

#[tokio::test]
async fn a_table_in_use_is_not_vacuumed_fully_and_a_lock_that_comes_later_ends_it() {
    let fixture = with_dead_rows().await;
    let arguments = json!({ "table": "orders", "full": true });
    let mut plan = fixture.plan(&VacuumTable, arguments.clone()).await.unwrap();
    let user = fixture.database.connect().await.unwrap();
    user.batch_execute("BEGIN; SELECT count(*) FROM orders").await.unwrap();
    plan.limits.lock_wait_ms = 300;
    let problem = vacuum(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap_err();
    assert_eq!(problem.code, "postgres.lock_not_granted");
    assert!(!holds(&fixture, &plan).await);

    let problem = fixture.plan(&VacuumTable, arguments).await.unwrap_err();
    assert_eq!(problem.code, "postgres.in_use", "{problem}");
    assert!(problem.why.contains("transactions of 1 session"), "{problem}");
}

#[tokio::test]
async fn what_cannot_be_vacuumed_is_refused_with_a_reason() {
    let fixture = with_dead_rows().await;
    fixture
        .sql("CREATE VIEW v AS SELECT 1 AS a; CREATE TABLE parts (a int) PARTITION BY RANGE (a)")
        .await;
    for (arguments, expected) in [
        (json!({ "table": "nothing" }), "postgres.no_such_table"),
        (json!({ "table": "v" }), "postgres.not_a_table"),
        (json!({ "table": "parts" }), "postgres.partitioned"),
        (
            json!({ "table": "orders", "full": true, "index_cleanup": "never" }),
            "postgres.bad_options",
        ),
    ] {
        let problem = fixture.plan(&VacuumTable, arguments.clone()).await.unwrap_err();
        assert_eq!(problem.code, expected, "{arguments}: {problem}");
    }
}
