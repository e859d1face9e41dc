//! The other changes, from plan to outcome.

use super::{
    analyze_table::AnalyzeTable,
    drop_index::DropIndex,
    kill_connection::{self, KillConnection},
};
use crate::{
    connection::run_steps,
    fixture::{Fixture, KEY},
};
use serde_json::json;
use steersman_testkit::{Postgres, postgres::Database};
use steersman_toolkit::{
    Change,
    protocol::{Plan, Undo, Verification},
};

const TABLE: &str = "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text); \
     INSERT INTO orders SELECT i, i % 100, 'open' FROM generate_series(1, 5000) i; \
     CREATE INDEX by_customer ON orders (customer_id)";

async fn with_orders() -> Fixture {
    let fixture = Fixture::open().await;
    fixture.sql(TABLE).await;
    fixture
}

async fn carry_out(fixture: &Fixture, plan: &Plan) {
    run_steps(&fixture.cx, &fixture.writer, plan, &plan.steps, KEY, None)
        .await
        .unwrap();
}

async fn verify<C>(fixture: &Fixture, change: &C, plan: &Plan) -> Verification
where
    C: Change<Reader = crate::Reader>,
{
    change.verify(&fixture.cx, &fixture.reader, plan, None).await.unwrap()
}

fn holds(verification: &Verification) -> bool {
    matches!(verification, Verification::Holds { .. })
}

#[tokio::test]
async fn a_dropped_index_is_gone_and_its_undo_brings_it_back() {
    let fixture = with_orders().await;
    let plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    assert_eq!(plan.steps[0].literal, "DROP INDEX CONCURRENTLY public.by_customer");
    assert!(
        plan.warnings
            .iter()
            .any(|warning| warning.contains("No other index leads with \"customer_id\""))
    );
    assert!(!holds(&verify(&fixture, &DropIndex, &plan).await));

    carry_out(&fixture, &plan).await;
    assert!(holds(&verify(&fixture, &DropIndex, &plan).await));

    let Undo::Reversible {
        steps,
        call: Some(call),
    } = &plan.undo
    else {
        panic!("{:?}", plan.undo)
    };
    assert_eq!(
        steps[0].literal,
        "CREATE INDEX CONCURRENTLY by_customer ON public.orders USING btree (customer_id)"
    );
    let undo = fixture
        .plan(&super::create_index::CreateIndex, call.arguments.clone())
        .await
        .unwrap();
    carry_out(&fixture, &undo).await;
    assert!(holds(&verify(&fixture, &super::create_index::CreateIndex, &undo).await));
}

#[tokio::test]
async fn the_undo_of_a_drop_is_a_call_only_where_it_makes_the_same_index() {
    let fixture = with_orders().await;
    for (name, rest, is_call) in [
        ("plain", "(status)", true),
        ("several", "(status, customer_id)", true),
        ("partial", "(customer_id) WHERE status = 'open' AND id > 5", true),
        ("unique_one", "(id, status)", true),
        ("hashed", "USING hash (status)", true),
        ("descending", "(status DESC)", false),
        ("expression", "(lower(status))", false),
        ("including", "(status) INCLUDE (customer_id)", false),
        ("operators", "(status text_pattern_ops)", false),
    ] {
        let unique = if name == "unique_one" { "UNIQUE " } else { "" };
        fixture
            .sql(&format!("CREATE {unique}INDEX {name} ON orders {rest}"))
            .await;
        let plan = fixture.plan(&DropIndex, json!({ "index": name })).await.unwrap();
        let Undo::Reversible { steps, call } = plan.undo.clone() else {
            panic!("{:?}", plan.undo)
        };
        assert_eq!(call.is_some(), is_call, "{name}");

        // Either way the steps restore exactly what was.
        let definition = format!("SELECT pg_get_indexdef('{name}'::regclass)");
        let before = fixture.sql(&definition).await;
        carry_out(&fixture, &plan).await;
        fixture.sql(&steps[0].literal).await;
        assert_eq!(fixture.sql(&definition).await, before, "{name}");
        if let Some(call) = call {
            carry_out(
                &fixture,
                &fixture.plan(&DropIndex, json!({ "index": name })).await.unwrap(),
            )
            .await;
            let again = fixture
                .plan(&super::create_index::CreateIndex, call.arguments)
                .await
                .unwrap();
            carry_out(&fixture, &again).await;
            assert_eq!(fixture.sql(&definition).await, before, "{name}");
        }
    }
}

#[tokio::test]
async fn an_index_that_something_stands_on_is_not_dropped() {
    let fixture = with_orders().await;
    fixture
        .sql(
            "CREATE UNIQUE INDEX by_both ON orders (id, customer_id); \
         CREATE TABLE items (a int, b int, FOREIGN KEY (a, b) REFERENCES orders (id, customer_id))",
        )
        .await;
    for (index, expected) in [
        ("orders_pkey", "postgres.backs_constraint"),
        ("by_both", "postgres.backs_constraint"),
        ("nothing", "postgres.no_such_index"),
        ("orders", "postgres.no_such_index"),
    ] {
        let problem = fixture.plan(&DropIndex, json!({ "index": index })).await.unwrap_err();
        assert_eq!(problem.code, expected, "{index}: {problem}");
    }
}

#[tokio::test]
async fn a_drop_that_was_interrupted_is_found_and_finished() {
    let fixture = with_orders().await;
    let mut plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    // A transaction that uses the table keeps the drop waiting after the index was marked invalid.
    let reader = fixture.database.connect().await.unwrap();
    reader
        .batch_execute("BEGIN; SELECT count(*) FROM orders WHERE customer_id = 1")
        .await
        .unwrap();
    plan.limits.lock_wait_ms = 300;
    let problem = run_steps(&fixture.cx, &fixture.writer, &plan, &plan.steps, KEY, None)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.lock_not_granted");
    let outcome = verify(&fixture, &DropIndex, &plan).await;
    assert!(
        matches!(outcome, Verification::DoesNotHold { left_behind: true, .. }),
        "{outcome:?}"
    );

    reader.batch_execute("COMMIT").await.unwrap();
    let finished = super::drop_index::finish(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(finished.contains("was finished"), "{finished}");
    assert!(holds(&verify(&fixture, &DropIndex, &plan).await));
}

#[tokio::test]
async fn an_analyzed_table_has_fresh_statistics() {
    let fixture = with_orders().await;
    let plan = fixture.plan(&AnalyzeTable, json!({ "table": "orders" })).await.unwrap();
    assert_eq!(plan.steps[0].literal, "ANALYZE public.orders");
    assert!(!holds(&verify(&fixture, &AnalyzeTable, &plan).await));
    carry_out(&fixture, &plan).await;
    assert!(holds(&verify(&fixture, &AnalyzeTable, &plan).await));

    // What was fresh for one plan is old for the next.
    let again = fixture.plan(&AnalyzeTable, json!({ "table": "orders" })).await.unwrap();
    assert!(!holds(&verify(&fixture, &AnalyzeTable, &again).await));
    carry_out(&fixture, &again).await;
    assert!(holds(&verify(&fixture, &AnalyzeTable, &again).await));
}

#[tokio::test]
async fn a_cancelled_statement_ends_and_its_connection_stays() {
    let fixture = with_orders().await;
    let victim = fixture.database.connect().await.unwrap();
    let pid: i32 = victim.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let idle = fixture.plan(&KillConnection, json!({ "pid": pid })).await.unwrap_err();
    assert_eq!(idle.code, "postgres.nothing_to_cancel");

    let running = tokio::spawn(async move { (victim.batch_execute("SELECT pg_sleep(60)").await, victim) });
    fixture
        .until(
            &format!(
                "SELECT state FROM pg_stat_activity WHERE pid = {pid} AND query LIKE '%pg_sleep%' UNION ALL SELECT 'no'"
            ),
            "active",
        )
        .await;
    let plan = fixture.plan(&KillConnection, json!({ "pid": pid })).await.unwrap();
    assert!(!holds(&verify(&fixture, &KillConnection, &plan).await));
    kill_connection::signal(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(holds(&verify(&fixture, &KillConnection, &plan).await));
    let (result, victim) = running.await.unwrap();
    assert!(result.is_err());
    victim.batch_execute("SELECT 1").await.unwrap();

    // The approval was for that statement: the next one is safe.
    let running = tokio::spawn(async move { victim.batch_execute("SELECT pg_sleep(1)").await });
    let again = kill_connection::signal(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(again.code, "postgres.session_changed");
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_terminated_connection_is_gone() {
    let fixture = with_orders().await;
    let victim = fixture.database.connect().await.unwrap();
    let pid: i32 = victim.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    victim.batch_execute("BEGIN; DELETE FROM orders").await.unwrap();
    let plan = fixture
        .plan(&KillConnection, json!({ "pid": pid, "mode": "terminate" }))
        .await
        .unwrap();
    assert!(matches!(plan.undo, Undo::Irreversible { .. }));
    assert!(plan.warnings.iter().any(|warning| warning.contains("rolled back")));
    kill_connection::signal(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(holds(&verify(&fixture, &KillConnection, &plan).await));
    assert_eq!(
        fixture.sql("SELECT count(*) FROM orders").await[0][0].as_deref(),
        Some("5000")
    );
    let again = kill_connection::signal(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(again.code, "postgres.session_changed");
}

#[tokio::test]
async fn some_processes_are_never_killed() {
    let fixture = with_orders().await;
    let server_process = fixture
        .sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
        .await;
    let pid: i32 = server_process[0][0].as_ref().unwrap().parse().unwrap();
    let problem = fixture.plan(&KillConnection, json!({ "pid": pid })).await.unwrap_err();
    assert_eq!(problem.code, "postgres.not_a_client");

    // Any read leaves a connection of ours behind, idle.
    let ours = fixture
        .sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'steersman'")
        .await;
    let pid: i32 = ours[0][0].as_ref().unwrap().parse().unwrap();
    let problem = fixture
        .plan(&KillConnection, json!({ "pid": pid, "mode": "terminate" }))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.our_own");

    let problem = fixture.plan(&KillConnection, json!({ "pid": 1 })).await.unwrap_err();
    assert_eq!(problem.code, "postgres.no_such_session");
}

#[tokio::test]
async fn a_run_that_was_cancelled_begins_no_further_step() {
    let fixture = with_orders().await;
    let plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    fixture.cx.cancel.cancel();
    let problem = run_steps(&fixture.cx, &fixture.writer, &plan, &plan.steps, KEY, None)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.cancelled");
    assert!(!holds(&verify(&fixture, &DropIndex, &plan).await));
}

#[tokio::test]
async fn a_password_that_was_changed_elsewhere_is_said_and_nothing_is_done() {
    let fixture = with_orders().await;
    let role = format!("rotated_{}", fixture.database.name.replace('-', "_"));
    fixture
        .sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'old'"))
        .await;
    let plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    let server = Postgres::shared().await.unwrap().server();
    let settings =
        json!({ "host": server.host(), "port": server.port(), "database": fixture.database.name, "user": role });
    let settings = crate::Settings::parse(&settings).unwrap();
    let dialer = crate::connection::Dialer::new(&settings, Some(&"old".to_owned().into())).unwrap();
    let writer = crate::Writer::new(std::sync::Arc::new(dialer));
    fixture.sql(&format!("ALTER ROLE {role} PASSWORD 'new'")).await;
    let problem = run_steps(&fixture.cx, &writer, &plan, &plan.steps, KEY, None)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.login_refused");
    assert!(problem.next.contains("settings"), "{problem}");
    assert!(!holds(&verify(&fixture, &DropIndex, &plan).await));
    fixture.sql(&format!("DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_server_that_is_gone_before_a_change_is_said_and_nothing_is_done() {
    let mut server = Postgres::start().await.unwrap();
    let database = Database {
        name: "postgres".to_owned(),
        url: server.url(),
    };
    let fixture = Fixture::on(&server, database);
    fixture.sql(TABLE).await;
    let plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    server.stop_immediately();
    let problem = run_steps(&fixture.cx, &fixture.writer, &plan, &plan.steps, KEY, None)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.unreachable");
    server.restart().await.unwrap();
    assert!(!holds(&verify(&fixture, &DropIndex, &plan).await));
}
