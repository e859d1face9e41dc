//! A rebuild from plan to outcome, and what an interrupted one leaves.

use super::{ReindexTable, rebuild};
use crate::fixture::{Fixture, KEY};
use serde_json::{Value, json};
use steersman_toolkit::{
    Change,
    protocol::{Fact, Plan, Verification},
};

const TABLE: &str = "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text); \
     INSERT INTO orders SELECT i, i % 100, 'x' FROM generate_series(1, 3000) i; \
     CREATE INDEX by_customer ON orders (customer_id)";

async fn with_orders() -> Fixture {
    let fixture = Fixture::open().await;
    fixture.sql(TABLE).await;
    fixture
}

async fn verify(fixture: &Fixture, plan: &Plan) -> Verification {
    ReindexTable
        .verify(&fixture.cx, &fixture.reader, plan, None)
        .await
        .unwrap()
}

fn left_behind(verification: &Verification) -> Option<bool> {
    match verification {
        Verification::DoesNotHold { left_behind, .. } => Some(*left_behind),
        Verification::Holds { .. } | Verification::CannotTell { .. } => None,
    }
}

#[tokio::test]
async fn indexes_are_rebuilt_and_found_to_be_new() {
    let fixture = with_orders().await;
    for (arguments, expected, count) in [
        (
            json!({ "table": "orders" }),
            "REINDEX TABLE CONCURRENTLY public.orders",
            3,
        ),
        (
            json!({ "index": "by_customer" }),
            "REINDEX INDEX CONCURRENTLY public.by_customer",
            1,
        ),
        (
            json!({ "table": "orders", "concurrently": false }),
            "REINDEX TABLE public.orders",
            3,
        ),
    ] {
        let plan = fixture.plan(&ReindexTable, arguments.clone()).await.unwrap();
        assert_eq!(plan.steps[0].literal, expected);
        // The table's own two, and that of its TOAST table.
        assert_eq!(plan.must_hold["indexes"].as_array().map(Vec::len), Some(count));
        let blocks = plan.facts.iter().any(|fact| matches!(fact, Fact::BlocksWrites { .. }));
        assert_eq!(blocks, arguments["concurrently"] == false);
        assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(false));
        rebuild::rebuild(&fixture.cx, &fixture.writer, &plan, KEY)
            .await
            .unwrap();
        let outcome = verify(&fixture, &plan).await;
        assert!(matches!(outcome, Verification::Holds { .. }), "{outcome:?}");
        let nothing = rebuild::clean_up(&fixture.cx, &fixture.writer, &plan, KEY)
            .await
            .unwrap();
        assert_eq!(nothing, "Nothing was left behind");
    }
}

#[tokio::test]
async fn what_an_interrupted_rebuild_leaves_is_found_and_removed_and_nothing_else() {
    let fixture = with_orders().await;
    // A leftover of somebody else's rebuild, from before.
    fixture
        .sql(
            "CREATE INDEX by_customer_ccnew ON orders (customer_id); \
             UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_customer_ccnew'::regclass",
        )
        .await;
    let mut plan = fixture
        .plan(&ReindexTable, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    let names: Vec<&str> = plan.on_failure.iter().map(|step| step.literal.as_str()).collect();
    assert_eq!(
        names,
        [
            "DROP INDEX CONCURRENTLY IF EXISTS public.by_customer_ccnew1",
            "DROP INDEX CONCURRENTLY IF EXISTS public.by_customer_ccold",
        ]
    );
    // A writer that began before keeps the rebuild waiting after it made the new half.
    let writer = fixture.database.connect().await.unwrap();
    writer
        .batch_execute("BEGIN; UPDATE orders SET note = 'y' WHERE id = 1")
        .await
        .unwrap();
    plan.limits.lock_wait_ms = 300;
    let problem = rebuild::rebuild(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.lock_not_granted");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(true));
    writer.batch_execute("COMMIT").await.unwrap();

    let cleaned = rebuild::clean_up(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(cleaned.contains("public.by_customer_ccnew1"), "{cleaned}");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(false));
    let left = fixture
        .sql("SELECT relname FROM pg_class WHERE relname ~ 'cc(new|old)'")
        .await;
    assert_eq!(left, [[Some("by_customer_ccnew".to_owned())]]);
}

#[tokio::test]
async fn what_cannot_be_rebuilt_is_refused_with_a_reason() {
    let fixture = with_orders().await;
    fixture
        .sql(
            "CREATE VIEW v AS SELECT 1 AS a; CREATE TABLE parts (a int) PARTITION BY RANGE (a); \
             CREATE TABLE bare (a int); CREATE TABLE rooms (a int4range, EXCLUDE USING gist (a WITH &&))",
        )
        .await;
    let check = |arguments: Value, expected: &'static str| {
        let fixture = &fixture;
        async move {
            let problem = fixture.plan(&ReindexTable, arguments.clone()).await.unwrap_err();
            assert_eq!(problem.code, expected, "{arguments}: {problem}");
        }
    };
    check(json!({}), "postgres.bad_options").await;
    check(
        json!({ "table": "orders", "index": "by_customer" }),
        "postgres.bad_options",
    )
    .await;
    check(json!({ "table": "nothing" }), "postgres.no_such_table").await;
    check(json!({ "index": "nothing" }), "postgres.no_such_index").await;
    check(json!({ "table": "v" }), "postgres.not_a_table").await;
    check(json!({ "table": "parts" }), "postgres.partitioned").await;
    check(json!({ "table": "bare" }), "postgres.nothing_to_rebuild").await;
    check(json!({ "index": "rooms_a_excl" }), "postgres.not_concurrently").await;
}
