//! What roles with few rights get to see: answers, and where they lack one, which.

mod fixture;

use fixture::{Shop, ask, column, cx, find};
use serde_json::{Value, json};
use steersman_toolkit::{Answer, Handles, Tool, protocol::Block};

/// Every query of the plugin, with arguments that fit the shop.
const QUERIES: [(&str, &str); 14] = [
    ("postgres.get_slow_queries", "{}"),
    ("postgres.suggest_indexes", "{}"),
    (
        "postgres.explain_query",
        r#"{ "sql": "SELECT * FROM orders WHERE id = 1" }"#,
    ),
    ("postgres.list_indexes", "{}"),
    ("postgres.get_table_stats", "{}"),
    ("postgres.get_table_stats", r#"{ "table": "orders" }"#),
    ("postgres.get_connection_stats", "{}"),
    ("postgres.get_locks", "{}"),
    ("postgres.get_replication_status", "{}"),
    ("postgres.check_health", "{}"),
    ("postgres.list_tables", "{}"),
    ("postgres.describe_table", r#"{ "table": "orders" }"#),
    ("postgres.run_query", r#"{ "sql": "SELECT count(*) FROM orders" }"#),
    ("postgres.run_query", r#"{ "sql": "SELECT 1" }"#),
];

/// Those that read rows of tables.
const READS_ROWS: [&str; 2] = ["postgres.explain_query", "postgres.run_query"];

async fn answer(
    handles: &Handles,
    tool: &str,
    arguments: &str,
) -> Result<Answer, steersman_toolkit::protocol::Problem> {
    ask(&cx(), handles, tool, serde_json::from_str(arguments).unwrap()).await
}

async fn major(shop: &Shop) -> u32 {
    let version = shop
        .sql("SELECT current_setting('server_version_num')::int / 10000")
        .await;
    version[0][0].as_deref().unwrap().parse().unwrap()
}

/// Names a role that may read all rows; before 14 there was no role for it.
async fn reads_rows(shop: &Shop, role: &str) -> String {
    match major(shop).await {
        ..14 => format!(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
        ),
        _ => format!("GRANT pg_read_all_data TO {role}"),
    }
}

fn texts(answer: &Answer) -> String {
    let texts = answer.blocks.iter().filter_map(|block| match block {
        Block::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Verdicts by check.
fn verdict(answer: &Answer, what: &str) -> (Value, Value) {
    let at = column(answer, "Checks", "check")
        .iter()
        .position(|check| check == what)
        .unwrap_or_else(|| panic!("no check {what}: {answer:?}"));
    (
        column(answer, "Checks", "verdict")[at].clone(),
        column(answer, "Checks", "what to do")[at].clone(),
    )
}

#[test]
fn the_list_of_queries_is_complete() {
    use steersman_toolkit::Plugin;
    let all = steersman_plugin_postgres::Postgres.tools();
    for tool in all.iter().filter(|tool| matches!(tool, Tool::Query(_))) {
        let name = tool.spec().name.to_string();
        assert!(QUERIES.iter().any(|(known, _)| *known == name), "{name}");
    }
    for (tool, _) in QUERIES {
        assert!(matches!(find(tool), Tool::Query(_)), "{tool}");
    }
}

#[tokio::test]
async fn a_monitor_that_may_read_rows_gets_an_answer_from_every_query() {
    let shop = Shop::with_scale(0.01).await;
    let grants = format!(
        "GRANT pg_monitor TO watcher_1; {}",
        reads_rows(&shop, "watcher_1").await
    );
    let watcher = shop.as_role("watcher_1", &grants).await;
    for (tool, arguments) in QUERIES {
        let answer = answer(&watcher, tool, arguments).await;
        let answer = answer.unwrap_or_else(|problem| panic!("{tool} {arguments}: {problem}"));
        assert!(!answer.summary.is_empty());
        assert!(!texts(&answer).contains("GRANT"), "{tool}: {}", texts(&answer));
    }
    let health = answer(&watcher, "postgres.check_health", "{}").await.unwrap();
    for (check, verdict) in column(&health, "Checks", "check")
        .iter()
        .zip(column(&health, "Checks", "verdict"))
    {
        // These two want a server that has worked for a while.
        let is_young = check == "cache hits" || check == "indexes never used";
        assert!(is_young || verdict != "not known", "{check}");
    }
}

#[tokio::test]
async fn a_monitor_reads_everything_but_rows() {
    let shop = Shop::with_scale(0.01).await;
    shop.sql("CREATE SEQUENCE tickets").await;
    let watcher = shop.as_role("watcher_2", "GRANT pg_monitor TO watcher_2").await;
    for (tool, arguments) in QUERIES {
        let answer = answer(&watcher, tool, arguments).await;
        if READS_ROWS.contains(&tool) && arguments.contains("orders") {
            let problem = answer.unwrap_err();
            assert_eq!(problem.code, "postgres.permission_denied", "{tool}: {problem}");
            assert!(problem.next.to_lowercase().contains("grant"), "{problem}");
        } else {
            answer.unwrap_or_else(|problem| panic!("{tool} {arguments}: {problem}"));
        }
    }
    let health = answer(&watcher, "postgres.check_health", "{}").await.unwrap();
    let (is, lacks) = verdict(&health, "sequences hidden from us");
    assert_eq!(is, "not known");
    assert!(lacks.as_str().unwrap().contains("GRANT"), "{lacks}");
    let stats = answer(&watcher, "postgres.get_table_stats", "{}").await.unwrap();
    assert!(texts(&stats).contains("may not read it"), "{}", texts(&stats));
}

#[tokio::test]
async fn a_role_without_any_right_is_told_which_one_it_lacks() {
    let shop = Shop::with_scale(0.01).await;
    let bare = shop.as_role("bare_1", "").await;
    let holder = shop.database.connect().await.unwrap();
    holder
        .batch_execute("BEGIN; UPDATE orders SET note = 'x' WHERE id = 1")
        .await
        .unwrap();
    for (tool, arguments) in QUERIES {
        match answer(&bare, tool, arguments).await {
            Ok(answer) => assert!(!answer.summary.is_empty(), "{tool}"),
            Err(problem) => {
                assert_eq!(problem.code, "postgres.permission_denied", "{tool}: {problem}");
                assert!(problem.next.to_lowercase().contains("grant"), "{tool}: {problem}");
            }
        }
    }
    let health = answer(&bare, "postgres.check_health", "{}").await.unwrap();
    for what in ["idle in transaction", "longest transaction", "holds cleanup back"] {
        let (is, lacks) = verdict(&health, what);
        assert_eq!(is, "not known", "{what}");
        assert_eq!(lacks, "GRANT pg_monitor to our role.", "{what}");
    }
    let connections = answer(&bare, "postgres.get_connection_stats", "{}").await.unwrap();
    assert!(texts(&connections).contains("GRANT pg_monitor"), "{connections:?}");
    // What is hidden is still counted.
    let users = column(&connections, "By user and application", "user");
    assert!(users.contains(&json!("steersman")), "{users:?}");

    let waiter = shop.database.connect().await.unwrap();
    let waiting = tokio::spawn(async move { waiter.batch_execute("UPDATE orders SET note = 'y' WHERE id = 1").await });
    let mut locks = answer(&bare, "postgres.get_locks", "{}").await.unwrap();
    for _ in 0..200 {
        if locks.summary.contains("blocks 1 session") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        locks = answer(&bare, "postgres.get_locks", "{}").await.unwrap();
    }
    assert!(locks.summary.contains("blocks 1 session"), "{}", locks.summary);
    assert!(texts(&locks).contains("GRANT pg_monitor"), "{locks:?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().unwrap();
}

/// As managed services make them: may create roles and databases, monitor and signal, and is no superuser; extensions
/// live in a schema of their own, and what looks at files or the control file is nobody's.
#[tokio::test]
async fn a_managed_service_is_enough_for_every_query() {
    let shop = Shop::with_scale(0.01).await;
    shop.sql(
        "CREATE SCHEMA extensions; ALTER EXTENSION pg_stat_statements SET SCHEMA extensions; \
         CREATE EXTENSION pgstattuple SCHEMA extensions; GRANT USAGE ON SCHEMA extensions TO PUBLIC; \
         REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC; \
         REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_checkpoint() FROM PUBLIC; \
         REVOKE EXECUTE ON FUNCTION pg_catalog.pg_walfile_name(pg_lsn) FROM PUBLIC",
    )
    .await;
    let grants = format!(
        "ALTER ROLE managed CREATEROLE CREATEDB; GRANT pg_monitor, pg_signal_backend TO managed; \
         ALTER TABLE orders OWNER TO managed; GRANT CREATE ON SCHEMA public TO managed; {}",
        reads_rows(&shop, "managed").await
    );
    let managed = shop.as_role("managed", &grants).await;
    for (tool, arguments) in QUERIES {
        let answer = answer(&managed, tool, arguments).await;
        answer.unwrap_or_else(|problem| panic!("{tool} {arguments}: {problem}"));
    }
    let one = answer(&managed, "postgres.get_table_stats", r#"{ "table": "orders" }"#)
        .await
        .unwrap();
    let measured = fixture::field(&one.blocks, "Table orders", "bloat measured");
    assert_eq!(measured, json!("by pgstattuple_approx"));

    // A plan does without what it may not see.
    let draft = fixture::plan(
        &cx(),
        &managed,
        "postgres.create_index",
        json!({ "table": "orders", "columns": ["customer_id"] }),
    )
    .await
    .unwrap();
    assert_eq!(
        draft.must_hold["server"],
        json!({
            "is_primary": true, "system_identifier": null, "timeline": null, "database": shop.database.name
        })
    );
}
