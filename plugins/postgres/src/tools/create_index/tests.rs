//! What happens to an index from plan to outcome, with everything that can go wrong in between.

use super::{CreateIndex, build};
use crate::fixture::{Fixture, KEY};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steersman_testkit::{Postgres, postgres::Database};
use steersman_toolkit::{
    Change,
    protocol::{Fact, Plan, Undo, Verification},
};

const TABLE: &str = "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text); \
     INSERT INTO orders SELECT i, i % 100, 'open' FROM generate_series(1, 5000) i; ANALYZE orders";

async fn with_orders() -> Fixture {
    let fixture = Fixture::open().await;
    fixture.sql(TABLE).await;
    fixture
}

async fn verify(fixture: &Fixture, plan: &Plan) -> Verification {
    CreateIndex
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

/// Gives the plan a step that builds an index over the slow function, so that it can be met in the middle.
async fn slow_plan(fixture: &Fixture) -> Plan {
    fixture.with_slow_table().await;
    slow_plan_on_existing(fixture).await
}

const BUILDING: &str = "SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'building index%'";

#[tokio::test]
async fn a_plan_says_exactly_what_will_be_done_and_changes_nothing() {
    let fixture = with_orders().await;
    let catalogue = "SELECT count(*), max(oid) FROM pg_class";
    let before = fixture.sql(catalogue).await;
    let plan = fixture
        .plan(&CreateIndex, json!({ "table": "orders", "columns": ["customer_id"] }))
        .await
        .unwrap();
    assert_eq!(fixture.sql(catalogue).await, before);

    assert_eq!(
        plan.summary,
        "Create index orders_customer_id_idx on orders (customer_id)"
    );
    let literals: Vec<&str> = plan
        .steps
        .iter()
        .chain(&plan.on_failure)
        .map(|step| step.literal.as_str())
        .collect();
    assert_eq!(
        literals,
        [
            "CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id)",
            "DROP INDEX CONCURRENTLY IF EXISTS public.orders_customer_id_idx",
        ]
    );
    let expected = json!({
        "table": "orders", "columns": ["customer_id"], "name": "orders_customer_id_idx", "unique": false,
        "concurrently": true, "method": "btree"
    });
    assert_eq!(plan.arguments, expected);
    let Undo::Reversible { call: Some(call), .. } = &plan.undo else {
        panic!("{:?}", plan.undo)
    };
    assert!(call.is_undo);
    assert_eq!(call.arguments, json!({ "index": "public.orders_customer_id_idx" }));
    assert_eq!(
        plan.must_hold["columns"],
        json!([{ "name": "customer_id", "number": 2, "type": "integer" }])
    );
    assert!(plan.must_hold["server"]["system_identifier"].is_string());
    assert!(!plan.facts.iter().any(|fact| matches!(fact, Fact::BlocksWrites { .. })));
}

#[tokio::test]
async fn every_option_reaches_the_statement() {
    let fixture = with_orders().await;
    let arguments = json!({
        "table": "public.ORDERS", "columns": ["id", "\"customer_id\""], "name": "by customer", "unique": true,
        "concurrently": false, "where": "status = 'open' and id > 7"
    });
    let plan = fixture.plan(&CreateIndex, arguments).await.unwrap();
    assert_eq!(
        plan.steps[0].literal,
        "CREATE UNIQUE INDEX \"by customer\" ON public.orders (id, customer_id) WHERE status = 'open' AND id > 7"
    );
    assert!(plan.facts.contains(&Fact::BlocksWrites {
        what: "orders".to_owned()
    }));
    build::build(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(matches!(verify(&fixture, &plan).await, Verification::Holds { .. }));

    let brin = json!({ "table": "orders", "columns": ["id"], "method": "brin" });
    let plan = fixture.plan(&CreateIndex, brin).await.unwrap();
    assert_eq!(
        plan.steps[0].literal,
        "CREATE INDEX CONCURRENTLY orders_id_idx ON public.orders USING brin (id)"
    );
}

#[tokio::test]
async fn an_index_is_built_verified_and_not_planned_twice() {
    let fixture = with_orders().await;
    let arguments = json!({ "table": "orders", "columns": ["customer_id"] });
    let plan = fixture.plan(&CreateIndex, arguments.clone()).await.unwrap();
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(false));

    let receipt = build::build(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(receipt.sentence.starts_with("The server built the index"));
    let Verification::Holds { sentence, evidence } = verify(&fixture, &plan).await else {
        panic!("it does not hold")
    };
    assert!(sentence.contains("valid") && !evidence.is_empty());

    let again = fixture.plan(&CreateIndex, arguments).await.unwrap_err();
    assert_eq!(again.code, "postgres.duplicate_index");
    let same_name = fixture
        .plan(
            &CreateIndex,
            json!({ "table": "orders", "columns": ["status"], "name": "orders_pkey" }),
        )
        .await;
    assert_eq!(same_name.unwrap_err().code, "postgres.name_taken");
    let kept = build::clean_up(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert_eq!(kept, "The index public.orders_customer_id_idx is valid and stays");
    assert!(matches!(verify(&fixture, &plan).await, Verification::Holds { .. }));
}

#[tokio::test]
async fn an_index_that_fails_half_way_is_found_and_removed() {
    let fixture = with_orders().await;
    let arguments = json!({ "table": "orders", "columns": ["customer_id"], "unique": true });
    let plan = fixture.plan(&CreateIndex, arguments).await.unwrap();
    let problem = build::build(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.duplicate_values");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(true));

    let plan_beside = fixture
        .plan(&CreateIndex, json!({ "table": "orders", "columns": ["customer_id"] }))
        .await
        .unwrap();
    assert!(
        plan_beside.warnings.iter().any(|warning| warning.contains("invalid")),
        "{:?}",
        plan_beside.warnings
    );

    let cleaned = build::clean_up(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert_eq!(cleaned, "The invalid index public.orders_customer_id_idx was dropped");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(false));
    let nothing = build::clean_up(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(nothing.contains("nothing was left behind"));
}

#[tokio::test]
async fn an_index_of_that_name_on_another_table_is_left_alone() {
    let fixture = with_orders().await;
    let plan = fixture
        .plan(&CreateIndex, json!({ "table": "orders", "columns": ["customer_id"] }))
        .await
        .unwrap();
    fixture
        .sql("CREATE TABLE other (a int); CREATE INDEX orders_customer_id_idx ON other (a)")
        .await;
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(false));
    let problem = build::clean_up(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.not_ours");
    assert_eq!(
        fixture.sql("SELECT 'orders_customer_id_idx'::regclass::text").await[0][0].as_deref(),
        Some("orders_customer_id_idx")
    );
}

#[tokio::test]
async fn a_lock_that_is_not_granted_in_time_ends_the_build() {
    let fixture = with_orders().await;
    let holder = fixture.database.connect().await.unwrap();
    holder
        .batch_execute("BEGIN; LOCK TABLE orders IN SHARE MODE")
        .await
        .unwrap();
    let mut plan = fixture
        .plan(&CreateIndex, json!({ "table": "orders", "columns": ["customer_id"] }))
        .await
        .unwrap();
    assert!(
        plan.warnings
            .iter()
            .any(|warning| warning.contains("1 session hold locks")),
        "{:?}",
        plan.warnings
    );
    plan.limits.lock_wait_ms = 300;
    let problem = build::build(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.lock_not_granted");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(false));
}

#[tokio::test]
async fn a_build_that_is_cancelled_stops_on_the_server_and_reports_its_progress() {
    let fixture = Fixture::open().await;
    let plan = slow_plan(&fixture).await;
    let building = build::build(&fixture.cx, &fixture.writer, &plan, KEY);
    let stopping = async {
        fixture.until(BUILDING, "1").await;
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        fixture.cx.cancel.cancel();
        Instant::now()
    };
    let (built, stopped_at) = tokio::join!(building, stopping);
    assert_eq!(built.unwrap_err().code, "postgres.cancelled");
    assert!(stopped_at.elapsed() < Duration::from_secs(5));
    assert_eq!(fixture.sql(BUILDING).await[0][0].as_deref(), Some("0"));
    let said = fixture.progress.lock().unwrap().clone();
    assert!(
        said.iter()
            .any(|line| line.starts_with("building index: building index")),
        "{said:?}"
    );

    // The run is cancelled, and the outcome is looked at all the same.
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(true));
    let cleaned = build::clean_up(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(cleaned.contains("was dropped"), "{cleaned}");
}

#[tokio::test]
async fn a_connection_that_is_ended_in_the_middle_is_reported_and_what_it_left_is_found() {
    let fixture = Fixture::open().await;
    let plan = slow_plan(&fixture).await;
    let building = build::build(&fixture.cx, &fixture.writer, &plan, KEY);
    let ending = async {
        fixture.until(BUILDING, "1").await;
        fixture
            .sql(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'steersman {KEY}'"
            ))
            .await
    };
    let (built, _) = tokio::join!(building, ending);
    assert_eq!(built.unwrap_err().code, "postgres.connection_lost");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(true));
}

#[tokio::test]
async fn a_build_that_goes_on_without_us_is_waited_for() {
    let fixture = Fixture::open().await;
    fixture.with_slow_table().await;
    fixture.sql("DELETE FROM slow WHERE n > 150").await;
    let plan = slow_plan_on_existing(&fixture).await;
    let other = fixture.database.connect().await.unwrap();
    let literal = plan.steps[0].literal.clone();
    let orphan = tokio::spawn(async move { other.batch_execute(&literal).await });
    fixture.until(BUILDING, "1").await;
    assert!(matches!(verify(&fixture, &plan).await, Verification::Holds { .. }));
    orphan.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_build_that_goes_on_for_too_long_leaves_the_outcome_unknown() {
    let fixture = Fixture::open().await;
    let mut plan = slow_plan(&fixture).await;
    plan.limits.time_ms = 100;
    let other = fixture.database.connect().await.unwrap();
    let literal = plan.steps[0].literal.clone();
    let orphan = tokio::spawn(async move { other.batch_execute(&literal).await });
    fixture.until(BUILDING, "1").await;
    let outcome = verify(&fixture, &plan).await;
    let Verification::CannotTell { sentence } = &outcome else {
        panic!("it told: {outcome:?}")
    };
    assert!(sentence.contains("still carries out the statement"), "{sentence}");
    orphan.abort();
}

async fn slow_plan_on_existing(fixture: &Fixture) -> Plan {
    let mut plan = fixture
        .plan(&CreateIndex, json!({ "table": "slow", "columns": ["n"] }))
        .await
        .unwrap();
    plan.steps[0].literal = "CREATE INDEX CONCURRENTLY slow_n_idx ON public.slow (n) WHERE slowly(n) > 0".to_owned();
    plan.arguments["where"] = json!("slowly(n) > 0");
    plan
}

#[tokio::test]
async fn a_server_that_stays_away_leaves_the_outcome_unknown_and_one_that_returns_does_not() {
    let mut server = Postgres::start().await.unwrap();
    let database = Database {
        name: "postgres".to_owned(),
        url: server.url(),
    };
    let fixture = Fixture::on(&server, database);
    fixture.sql(TABLE).await;
    let plan = fixture
        .plan(&CreateIndex, json!({ "table": "orders", "columns": ["customer_id"] }))
        .await
        .unwrap();
    build::build(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();

    server.stop_immediately();
    let restarting = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        server.restart().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(verify(&fixture, &plan), restarting);
    assert!(matches!(outcome, Verification::Holds { .. }), "{outcome:?}");

    server.stop_immediately();
    let outcome = verify(&fixture, &plan).await;
    assert!(matches!(outcome, Verification::CannotTell { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_is_restarted_while_it_builds_leaves_a_rest_that_is_found_and_removed() {
    let mut server = Postgres::start().await.unwrap();
    let database = Database {
        name: "postgres".to_owned(),
        url: server.url(),
    };
    let fixture = Fixture::on(&server, database);
    let plan = slow_plan(&fixture).await;
    let building = build::build(&fixture.cx, &fixture.writer, &plan, KEY);
    let restarting = async {
        fixture.until(BUILDING, "1").await;
        server.stop_immediately();
        server.restart().await.unwrap();
    };
    let (built, ()) = tokio::join!(building, restarting);
    assert_eq!(built.unwrap_err().code, "postgres.connection_lost");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(true));
    let cleaned = build::clean_up(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(cleaned.contains("was dropped"), "{cleaned}");
    assert_eq!(left_behind(&verify(&fixture, &plan).await), Some(false));
}

#[tokio::test]
async fn what_cannot_be_indexed_is_refused_with_a_reason() {
    let fixture = with_orders().await;
    fixture
        .sql(
            "CREATE VIEW v AS SELECT * FROM orders; \
         CREATE TABLE parts (a int) PARTITION BY RANGE (a); \
         CREATE FUNCTION sneaky() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1'",
        )
        .await;
    for (arguments, expected) in [
        (
            json!({ "table": "nothing", "columns": ["a"] }),
            "postgres.no_such_table",
        ),
        (json!({ "table": "a.b.c", "columns": ["a"] }), "postgres.bad_name"),
        (json!({ "table": "v", "columns": ["id"] }), "postgres.not_a_table"),
        (json!({ "table": "parts", "columns": ["a"] }), "postgres.partitioned"),
        (
            json!({ "table": "orders", "columns": ["nothing"] }),
            "postgres.no_such_column",
        ),
        (json!({ "table": "orders", "columns": [] }), "postgres.bad_index"),
        (
            json!({ "table": "orders", "columns": ["id", "id"] }),
            "postgres.bad_index",
        ),
        (
            json!({ "table": "orders", "columns": ["id"], "unique": true, "method": "hash" }),
            "postgres.bad_index",
        ),
        (
            json!({ "table": "orders", "columns": ["id"] }),
            "postgres.duplicate_index",
        ),
        (
            json!({ "table": "orders", "columns": ["status"], "where": "true ORDER BY 1" }),
            "postgres.bad_condition",
        ),
        (
            json!({ "table": "orders", "columns": ["status"], "where": "nothing = 1" }),
            "postgres.no_such_column",
        ),
        (
            json!({ "table": "orders", "columns": ["status"], "where": "sneaky() = 1" }),
            "postgres.function_refused",
        ),
        (
            json!({ "table": "orders", "columns": ["status"], "name": "other.name" }),
            "postgres.bad_index",
        ),
    ] {
        let problem = fixture.plan(&CreateIndex, arguments.clone()).await.unwrap_err();
        assert_eq!(problem.code, expected, "{arguments}: {problem}");
    }
}

#[tokio::test]
async fn a_role_that_does_not_own_the_table_is_told_so_before_anything_happens() {
    let fixture = with_orders().await;
    fixture
        .sql("CREATE ROLE visitor LOGIN PASSWORD 'pw'; GRANT pg_monitor TO visitor")
        .await;
    let server = Postgres::shared().await.unwrap().server();
    let settings =
        json!({ "host": server.host(), "port": server.port(), "database": fixture.database.name, "user": "visitor" });
    let settings = crate::Settings::parse(&settings).unwrap();
    let dialer = crate::connection::Dialer::new(&settings, Some(&"pw".to_owned().into())).unwrap();
    let reader = crate::Reader::new(std::sync::Arc::new(dialer), settings);
    let input: Value = json!({ "table": "orders", "columns": ["customer_id"] });
    let problem = CreateIndex
        .plan(&fixture.cx, &reader, serde_json::from_value(input).unwrap())
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.permission_denied");
    assert!(problem.why.contains("owner"), "{problem}");
}

#[tokio::test]
async fn a_table_over_the_targets_limit_is_refused() {
    let mut fixture = with_orders().await;
    fixture.reader.settings.max_table_gib = 0;
    let problem = fixture
        .plan(&CreateIndex, json!({ "table": "orders", "columns": ["customer_id"] }))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.too_large");
}
