//! Statements that write, from the rows that they would touch to the rows as they are afterwards.

use super::{RunStatement, run};
use crate::fixture::{Fixture, KEY};
use serde_json::{Value, json};
use steersman_toolkit::{
    Change,
    protocol::{Fact, Plan, Receipt, Undo, Verification},
};

const TABLES: &str = "CREATE TABLE orders (id int PRIMARY KEY, status text, total numeric(10,2), tags text[], \
       twice numeric GENERATED ALWAYS AS (total * 2) STORED); \
     INSERT INTO orders (id, status, total, tags) SELECT i, 'it''s \\ open', i / 3.0, ARRAY['a b', NULL] FROM generate_series(1, 20) i; \
     CREATE TABLE log (at timestamptz DEFAULT now(), line text); INSERT INTO log (line) VALUES ('one'), ('two'); \
     CREATE TABLE items (order_id int REFERENCES orders ON DELETE CASCADE, n int); INSERT INTO items VALUES (3, 1); \
     CREATE TABLE pairs (a int, b text, note text, PRIMARY KEY (b, a)); INSERT INTO pairs VALUES (1, 'x', 'n'), (2, 'y', NULL)";

async fn with_tables() -> Fixture {
    let fixture = Fixture::open().await;
    fixture.sql(TABLES).await;
    fixture
}

async fn plan(fixture: &Fixture, statement: &str) -> Plan {
    fixture
        .plan(&RunStatement, json!({ "statement": statement }))
        .await
        .unwrap()
}

async fn verify(fixture: &Fixture, plan: &Plan, receipt: Option<&Receipt>) -> Verification {
    RunStatement
        .verify(&fixture.cx, &fixture.reader, plan, receipt)
        .await
        .unwrap()
}

fn holds(verification: &Verification) -> Option<bool> {
    match verification {
        Verification::Holds { .. } => Some(true),
        Verification::DoesNotHold { .. } => Some(false),
        Verification::CannotTell { .. } => None,
    }
}

async fn world(fixture: &Fixture) -> Vec<Vec<Option<String>>> {
    fixture
        .sql(
            "SELECT 'orders', o::text FROM orders o UNION ALL SELECT 'log', line FROM log \
             UNION ALL SELECT 'items', i::text FROM items i UNION ALL SELECT 'pairs', p::text FROM pairs p ORDER BY 1, 2",
        )
        .await
}

#[tokio::test]
async fn rows_are_counted_kept_changed_once_and_brought_back() {
    let fixture = with_tables().await;
    for (statement, count, undone) in [
        (
            "UPDATE orders SET status = 'sent', total = total + 1 WHERE id IN (4, 5)",
            2,
            true,
        ),
        ("UPDATE pairs p SET note = upper(p.note) || 'x' WHERE p.a = 1", 1, true),
        ("DELETE FROM pairs WHERE a < 10", 2, true),
        (
            "INSERT INTO pairs (a, b) SELECT id, status FROM orders WHERE id < 4",
            3,
            true,
        ),
        (
            "INSERT INTO orders (id, status) VALUES (100, DEFAULT), (101, 'y')",
            2,
            true,
        ),
        ("INSERT INTO log (line) VALUES ('three')", 1, false),
        ("UPDATE log SET line = 'x' WHERE line = 'one'", 1, false),
        ("UPDATE orders SET id = id + 1000 WHERE id = 20", 1, false),
        (
            "UPDATE orders o SET status = p.note FROM pairs p WHERE p.a = o.id AND p.a = 1",
            1,
            false,
        ),
    ] {
        let before = world(&fixture).await;
        let plan = plan(&fixture, statement).await;
        assert_eq!(world(&fixture).await, before, "planning changes nothing");
        assert_eq!(plan.steps[1].literal, statement);
        assert_eq!(plan.must_hold["seen"][0], count.to_string(), "{statement}");
        assert!(plan.facts.contains(&Fact::RowsChanged { rows: count }), "{statement}");
        if undone {
            assert_eq!(holds(&verify(&fixture, &plan, None).await), Some(false), "{statement}");
        }

        let receipt = run(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
        assert_eq!(receipt.facts["rows"], count, "{statement}");
        let after = world(&fixture).await;
        assert_ne!(after, before);
        let outcome = verify(&fixture, &plan, Some(&receipt)).await;
        assert_eq!(holds(&outcome), Some(true), "{statement}: {outcome:?}");

        // Not twice: the rows are not those any more that were agreed to (a plain INSERT has none).
        if !statement.starts_with("INSERT INTO log") {
            let again = run(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap_err();
            let codes = ["postgres.rows_changed", "postgres.duplicate_values"];
            assert!(codes.contains(&again.code.as_str()), "{statement}: {again}");
            assert_eq!(world(&fixture).await, after, "{statement}");
        }
        match &plan.undo {
            Undo::Reversible { call: Some(call), .. } if undone => {
                let undo = fixture.plan(&RunStatement, call.arguments.clone()).await.unwrap();
                run(&fixture.cx, &fixture.writer, &undo, KEY).await.unwrap();
                assert_eq!(world(&fixture).await, before, "{statement}");
            }
            Undo::Irreversible { why } if !undone => assert!(!why.is_empty()),
            other => panic!("{statement}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_lost_report_is_found_by_the_rows_or_said_to_be_unknown() {
    let fixture = with_tables().await;
    for (statement, expected) in [
        ("UPDATE orders SET status = 'sent' WHERE id IN (4, 5)", Some(true)),
        ("DELETE FROM pairs WHERE a = 1", Some(true)),
        ("INSERT INTO pairs (a, b) VALUES (7, 'z')", Some(true)),
        ("UPDATE orders SET total = total + 1 WHERE id = 6", None),
        ("INSERT INTO log (line) VALUES ('three')", None),
        ("DELETE FROM log WHERE line = 'one'", None),
    ] {
        let plan = plan(&fixture, statement).await;
        run(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
        let outcome = verify(&fixture, &plan, None).await;
        assert_eq!(holds(&outcome), expected, "{statement}: {outcome:?}");
    }
}

#[tokio::test]
async fn rows_that_changed_since_the_plan_stop_it_and_nothing_is_done() {
    let fixture = with_tables().await;
    let update = plan(&fixture, "UPDATE orders SET status = 'sent' WHERE total < 2").await;
    fixture.sql("UPDATE orders SET status = 'held' WHERE id = 1").await;
    let before = world(&fixture).await;
    let problem = run(&fixture.cx, &fixture.writer, &update, KEY).await.unwrap_err();
    assert_eq!(problem.code, "postgres.rows_changed");
    assert_eq!(world(&fixture).await, before);

    // A trigger that swallows a row: the count differs, and all is rolled back.
    fixture
        .sql(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS \
               $$ BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END $$; \
             CREATE TRIGGER swallower BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION swallow()",
        )
        .await;
    let update = plan(&fixture, "UPDATE orders SET status = 'sent' WHERE id < 4").await;
    assert!(
        update
            .facts
            .iter()
            .any(|fact| matches!(fact, Fact::EffectUnknown { why } if why.contains("swallower"))),
        "{:?}",
        update.facts
    );
    assert!(matches!(update.undo, Undo::Irreversible { .. }));
    let problem = run(&fixture.cx, &fixture.writer, &update, KEY).await.unwrap_err();
    assert_eq!(problem.code, "postgres.count_differs", "{problem}");
    assert_eq!(world(&fixture).await, before);
    assert_eq!(holds(&verify(&fixture, &update, None).await), Some(false));
}

#[tokio::test]
async fn a_row_that_is_locked_for_too_long_ends_it() {
    let fixture = with_tables().await;
    let mut update = plan(&fixture, "UPDATE orders SET status = 'sent' WHERE id = 1").await;
    let other = fixture.database.connect().await.unwrap();
    other
        .batch_execute("BEGIN; SELECT FROM orders WHERE id = 1 FOR UPDATE")
        .await
        .unwrap();
    update.limits.lock_wait_ms = 300;
    let problem = run(&fixture.cx, &fixture.writer, &update, KEY).await.unwrap_err();
    assert_eq!(problem.code, "postgres.lock_not_granted");
    assert_eq!(holds(&verify(&fixture, &update, None).await), Some(false));
    other.batch_execute("COMMIT").await.unwrap();

    // And one that takes too long is ended by its time limit.
    update.limits.time_ms = 200;
    update.arguments["statement"] = json!("UPDATE orders SET status = 'sent' WHERE id = 1 AND pg_sleep(5) IS NOT NULL");
    update.steps[1].literal = "UPDATE orders SET status = 'sent' WHERE id = 1 AND pg_sleep(5) IS NOT NULL".to_owned();
    let problem = run(&fixture.cx, &fixture.writer, &update, KEY).await.unwrap_err();
    assert_eq!(problem.code, "postgres.too_slow");
}

#[tokio::test]
async fn what_follows_in_other_tables_is_said() {
    let fixture = with_tables().await;
    let plan = plan(&fixture, "DELETE FROM orders WHERE id = 3").await;
    assert!(
        plan.warnings
            .iter()
            .any(|warning| warning.contains("rows of items are deleted")),
        "{:?}",
        plan.warnings
    );
    assert!(matches!(plan.undo, Undo::Irreversible { .. }));
    assert!(plan.facts.iter().any(|fact| matches!(fact, Fact::LosesData { .. })));
}

#[tokio::test]
async fn merges_and_conflicts_have_an_upper_bound() {
    let fixture = with_tables().await;
    for statement in [
        "INSERT INTO pairs (a, b) VALUES (1, 'x'), (8, 'w') ON CONFLICT (b, a) DO UPDATE SET note = 'again'",
        "MERGE INTO pairs p USING orders o ON p.a = o.id WHEN MATCHED THEN UPDATE SET note = o.status",
    ] {
        let plan = plan(&fixture, statement).await;
        assert!(plan.facts.iter().any(|fact| matches!(fact, Fact::EffectUnknown { .. })));
        let receipt = run(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
        assert_eq!(
            receipt.facts["rows"],
            if statement.starts_with("MERGE") { 3 } else { 2 },
            "{statement}"
        );
        assert_eq!(holds(&verify(&fixture, &plan, Some(&receipt)).await), Some(true));
        assert_eq!(holds(&verify(&fixture, &plan, None).await), None);
    }
}

#[tokio::test]
async fn definitions_are_carried_out_verified_and_taken_back() {
    let fixture = with_tables().await;
    let columns = "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2";
    for (statement, undone) in [
        ("CREATE TABLE fresh (id int PRIMARY KEY, note text NOT NULL)", true),
        ("ALTER TABLE log ADD COLUMN note text", true),
        ("ALTER TABLE log RENAME COLUMN line TO \"Line\"", true),
        ("ALTER TABLE log RENAME TO diary", true),
        ("ALTER TABLE log DROP at", false),
        ("TRUNCATE log", false),
        ("DROP TABLE log", false),
    ] {
        let before = fixture.sql(columns).await;
        let plan = plan(&fixture, statement).await;
        assert_eq!(plan.steps[1].literal, statement);
        assert_eq!(holds(&verify(&fixture, &plan, None).await), Some(false), "{statement}");
        run(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
        assert_eq!(holds(&verify(&fixture, &plan, None).await), Some(true), "{statement}");
        let loses = plan.facts.iter().any(|fact| matches!(fact, Fact::LosesData { .. }));
        assert_eq!(loses, !undone, "{statement}");
        if let Undo::Reversible { call: Some(call), .. } = &plan.undo {
            let undo = fixture.plan(&RunStatement, call.arguments.clone()).await.unwrap();
            run(&fixture.cx, &fixture.writer, &undo, KEY).await.unwrap();
            assert_eq!(fixture.sql(columns).await, before, "{statement}");
        }
        assert_eq!(matches!(plan.undo, Undo::Reversible { .. }), undone, "{statement}");
    }
}

#[tokio::test]
async fn what_is_not_sure_is_refused_with_a_reason() {
    let fixture = with_tables().await;
    fixture
        .sql(
            "CREATE VIEW v AS SELECT * FROM orders; CREATE TABLE ruled (a int); \
             CREATE RULE r AS ON DELETE TO ruled DO INSTEAD NOTHING; \
             CREATE FUNCTION sneaky() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1'; \
             CREATE SCHEMA hidden; CREATE TABLE hidden.secret (a int)",
        )
        .await;
    for (statement, expected) in [
        ("DELETE FROM orders", "postgres.every_row"),
        ("UPDATE orders SET status = 'x'", "postgres.every_row"),
        ("DELETE FROM v WHERE id = 1", "postgres.not_a_table"),
        ("DELETE FROM ruled WHERE a = 1", "postgres.has_rules"),
        ("DELETE FROM nothing WHERE a = 1", "postgres.unknown_name"),
        ("DELETE FROM secret WHERE a = 1", "postgres.unknown_name"),
        (
            "UPDATE pg_catalog.pg_class SET relname = 'x' WHERE oid = 1",
            "postgres.system_table",
        ),
        (
            "UPDATE orders SET status = 'x' WHERE id = sneaky()",
            "postgres.function_refused",
        ),
        (
            "UPDATE orders SET id = sneaky() WHERE id = 1",
            "postgres.function_refused",
        ),
        ("INSERT INTO orders (id) VALUES (sneaky())", "postgres.function_refused"),
        (
            "INSERT INTO orders (id) VALUES (nextval('x'))",
            "postgres.function_refused",
        ),
        (
            "WITH gone AS (DELETE FROM log RETURNING line) DELETE FROM orders WHERE status IN (SELECT line FROM gone)",
            "postgres.not_read_only",
        ),
        (
            "DELETE FROM orders WHERE pg_read_file('/etc/passwd') IS NULL",
            "postgres.function_refused",
        ),
        ("UPDATE orders SET nothing = 1 WHERE id = 1", "postgres.no_such_column"),
        ("DROP TABLE v", "postgres.not_a_table"),
        ("DROP TABLE pg_catalog.pg_class", "postgres.system_table"),
        ("CREATE TABLE orders (a int)", "postgres.name_taken"),
        ("ALTER TABLE log ADD COLUMN line text", "postgres.name_taken"),
        ("ALTER TABLE log DROP COLUMN nothing", "postgres.no_such_column"),
        ("TRUNCATE nothing", "postgres.no_such_table"),
    ] {
        let arguments: Value = json!({ "statement": statement });
        let problem = fixture.plan(&RunStatement, arguments).await.unwrap_err();
        assert_eq!(problem.code, expected, "{statement}: {problem}");
    }
    let every = fixture
        .plan(
            &RunStatement,
            json!({ "statement": "DELETE FROM log", "all_rows": true }),
        )
        .await
        .unwrap();
    assert_eq!(every.must_hold["seen"][0], "2");
}
