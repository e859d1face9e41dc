//! The guard's second stage against a real PostgreSQL: what names mean there. A refused
//! statement is never run, so what it would have done must not have happened.

use steersman_plugin_postgres::guard::{
    CheckFailure, Lookups, ReadLimits, Refusal, begin_read_only, check_catalogue, codes, parse_explain_analyze,
    parse_read_only,
};
use steersman_testkit::postgres::{Database, Postgres};
use tokio_postgres::{Client, SimpleQueryMessage};

/// A database with one of everything that could hide a function.
const WORLD: &str = include_str!("read_only/world.sql");

async fn world() -> (Database, Client) {
    let shared = Postgres::shared().await.unwrap();
    let database = shared.database("guard").await.unwrap();
    database.sql(WORLD).await.unwrap();
    let client = database.connect().await.unwrap();
    (database, client)
}

/// What a caller does: parse, open a read-only transaction, check, run, roll back.
async fn read(client: &Client, sql: &str) -> Result<usize, Refusal> {
    let statement = parse_read_only(sql)?;
    begin_read_only(client, ReadLimits::default()).await.unwrap();
    let result = match check_catalogue(client, &statement).await {
        Ok(checked) => Ok(client
            .simple_query(checked.text())
            .await
            .unwrap_or_else(|error| panic!("{sql}\n{error:?}"))),
        Err(CheckFailure::Refused(refusal)) => Err(refusal),
        Err(CheckFailure::Unreadable(error)) => panic!("{sql}\n{error:?}"),
    };
    client.batch_execute("ROLLBACK").await.unwrap();
    result.map(|messages| {
        messages
            .iter()
            .filter(|message| matches!(message, SimpleQueryMessage::Row(_)))
            .count()
    })
}

async fn assert_nothing_happened(database: &Database) {
    let rows = database
        .sql(
            "SELECT (SELECT count(*) FROM marks), (SELECT is_called FROM counter), \
             (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
        )
        .await
        .unwrap();
    let texts: Vec<&str> = rows[0].iter().map(|cell| cell.as_deref().unwrap_or("null")).collect();
    assert_eq!(texts, ["0", "f", "0"], "marks, counter moved, advisory locks");
}

#[tokio::test]
async fn harmless_statements_are_allowed_and_run() {
    let (_database, client) = world().await;
    let statements = [
        ("SELECT 1", 1),
        ("SHOW server_version", 1),
        ("SHOW ALL", usize::MAX),
        ("VALUES (1), (2)", 2),
        ("TABLE people", 2),
        ("EXPLAIN SELECT * FROM people WHERE id = 1", usize::MAX),
        (
            "SELECT count(*), min(id), avg(id), now(), random() < 2, clock_timestamp() IS NOT NULL FROM people",
            1,
        ),
        (
            "SELECT p.name, p.tags, p.tags -> 'a', lower(p.name), length(p.note), p.born FROM people AS p WHERE p.name = 'ANA'",
            1,
        ),
        ("SELECT DISTINCT name FROM people ORDER BY name", 2),
        ("SELECT name, count(*) FROM people GROUP BY name UNION SELECT 'x', 1", 3),
        ("SELECT tags FROM people GROUP BY tags", 2),
        ("SELECT similarity(note, 'hallo'), note % 'hallo' FROM people", 2),
        ("SELECT row_to_json(p), to_jsonb(p), p::text FROM people p", 2),
        ("SELECT * FROM harmless", 2),
        ("SELECT * FROM over_harmless", 2),
        ("SELECT * FROM counted", 1),
        (
            "SELECT m, (p).a, (p).b, ms[1], pos, m::text, 'bad'::mood > m FROM moods ORDER BY 1",
            1,
        ),
        ("SELECT 5::positive, '(1,good)'::pair, '{bad}'::mood[]", 1),
        ("SELECT '[2024-01-01,2024-02-01)'::weeks && '[2024-01-05,)'::weeks", 1),
        ("SELECT * FROM near_parts", 0),
        ("SELECT * FROM politely_guarded", 0),
        // Its policy calls a function that somebody made, but a superuser passes by policies.
        ("SELECT * FROM guarded", 0),
        (
            "SELECT name LIKE 'a%', name ~ 'a', name || 'x', tags ? 'a', tags || 'c=>3', akeys(tags), hstore('a', 'b') FROM people",
            2,
        ),
        ("SELECT * FROM counter", 1),
        ("SELECT last_value FROM pg_sequences WHERE sequencename = 'counter'", 1),
        ("WITH people AS (SELECT 1 AS x) SELECT * FROM people", 1),
        ("WITH only_here AS (SELECT 1) SELECT * FROM only_here", 1),
        (
            "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT * FROM t",
            5,
        ),
        (
            "SELECT * FROM generate_series(1, 3) AS g, LATERAL (SELECT g * 2) AS x",
            3,
        ),
        ("SELECT s.avg FROM (SELECT avg(id) FROM people) s", 1),
        ("SELECT * FROM people TABLESAMPLE system (100)", 2),
        ("SELECT * FROM people TABLESAMPLE bernoulli (100) REPEATABLE (1)", 2),
        ("SELECT * FROM json_to_recordset('[{\"a\":1}]') AS x(a int)", 1),
        ("SELECT * FROM json_populate_record(NULL::people, '{\"id\":1}')", 1),
        ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM people", 1),
        (
            "SELECT rank() OVER (ORDER BY id), lag(id) OVER (ORDER BY id) FROM people",
            2,
        ),
        (
            "SELECT pid, state, query FROM pg_stat_activity WHERE pid = pg_backend_pid()",
            1,
        ),
        ("SELECT pg_size_pretty(pg_total_relation_size('people'))", 1),
        ("SELECT relname FROM pg_stat_user_tables WHERE relname = 'people'", 1),
        ("SELECT count(*) FROM pg_locks", 1),
        ("SELECT count(*) FROM pg_stat_statements", 1),
        ("SELECT tuple_count FROM pgstattuple('people')", 1),
        ("SELECT count(*) FROM information_schema.columns", 1),
        ("SELECT rolname FROM pg_roles WHERE rolname = 'steersman'", 1),
        ("SELECT usename, passwd FROM pg_user WHERE usename = 'steersman'", 1),
        ("SELECT name, setting FROM pg_settings WHERE name = 'work_mem'", 1),
        (
            "SELECT current_setting('work_mem'), version(), pg_is_in_recovery(), pg_current_wal_lsn()",
            1,
        ),
        (
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'people'::regclass",
            1,
        ),
        (
            "SELECT extract(year FROM born), born AT TIME ZONE 'UTC', date_trunc('day', now()), substring(note FROM 1 FOR 2) FROM people",
            2,
        ),
        (
            "SELECT note LIKE 'h%', note ILIKE 'H%', note SIMILAR TO 'h%', note ~ 'h', id BETWEEN 1 AND 2, id IN (1, 2) FROM people",
            2,
        ),
    ];
    for (sql, rows) in statements {
        match read(&client, sql).await {
            Ok(count) => assert!(count == rows || rows == usize::MAX && count > 0, "{sql}: {count} rows"),
            Err(refusal) => panic!("{sql}\n{refusal}"),
        }
    }
}

#[tokio::test]
async fn statements_that_would_do_something_are_refused_and_do_nothing() {
    let (database, client) = world().await;
    let function = codes::FUNCTION_REFUSED;
    let file = database_file(&database);
    let export = format!("SELECT lo_export(1, '{}')", file.display());
    let statements: Vec<(&str, &str)> = vec![
        // Built-in functions that act.
        ("SELECT * FROM pg_read_file('/etc/passwd')", function),
        ("SELECT pg_catalog.pg_read_binary_file('/etc/passwd')", function),
        ("SELECT pg_ls_dir('.')", function),
        ("SELECT * FROM pg_stat_file('PG_VERSION')", function),
        (&export, function),
        ("SELECT lo_import('/etc/passwd')", function),
        ("SELECT lo_create(77)", function),
        ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity", function),
        ("SELECT pg_cancel_backend(1)", function),
        ("SELECT pg_reload_conf()", function),
        ("SELECT pg_rotate_logfile()", function),
        ("SELECT pg_switch_wal()", function),
        ("SELECT pg_promote()", function),
        ("SELECT pg_create_physical_replication_slot('x')", function),
        ("SELECT pg_logical_emit_message(false, 'a', 'b')", function),
        ("SELECT pg_advisory_lock(42)", function),
        ("SELECT pg_try_advisory_lock(42)", function),
        ("SELECT set_config('role', 'postgres', false)", function),
        ("SELECT set_config('transaction_read_only', 'off', true)", function),
        ("SELECT nextval('counter')", function),
        ("SELECT setval('counter', 5)", function),
        ("SELECT currval('counter')", function),
        ("SELECT pg_notify('a', 'b')", function),
        ("SELECT pg_sleep(1)", function),
        ("SELECT txid_current()", function),
        ("SELECT pg_current_xact_id()", function),
        ("SELECT pg_export_snapshot()", function),
        ("SELECT pg_stat_reset()", function),
        ("SELECT setseed(0.5)", function),
        (
            "SELECT query_to_xml('SELECT nextval(''counter'')', true, true, '')",
            function,
        ),
        ("SELECT table_to_xml('people', true, true, '')", function),
        ("SELECT database_to_xml(true, true, '')", function),
        (
            "SELECT * FROM ts_stat('SELECT nextval(''counter'')::text::tsvector')",
            function,
        ),
        ("SELECT fmgr_c_validator(1)", function),
        ("SELECT domain_in('1'::cstring, 'checked'::regtype::oid, -1)", function),
        ("SELECT array_in('{1}'::cstring, 'checked'::regtype::oid, -1)", function),
        ("SELECT textin('x')", function),
        ("SELECT * FROM pg_file_settings", function),
        ("SELECT * FROM pg_hba_file_rules", function),
        // The same, hidden.
        (
            "SELECT s.nextval FROM unnest(ARRAY['counter'::regclass]) AS s",
            function,
        ),
        ("SELECT ('counter'::regclass).nextval", function),
        ("SELECT 1 ORDER BY nextval('counter')", function),
        ("SELECT 1 LIMIT nextval('counter')", function),
        ("SELECT CASE WHEN false THEN nextval('counter') END", function),
        (
            "SELECT count(*) FILTER (WHERE nextval('counter') > 0) FROM people",
            function,
        ),
        ("SELECT rank() OVER (ORDER BY nextval('counter')) FROM people", function),
        ("SELECT 1 FROM people JOIN people q ON nextval('counter') > 0", function),
        ("SELECT (SELECT nextval('counter'))", function),
        ("WITH x AS (SELECT nextval('counter')) SELECT * FROM x", function),
        (
            "SELECT * FROM people TABLESAMPLE bernoulli (nextval('counter'))",
            function,
        ),
        ("SELECT \"nextval\"('counter')", function),
        ("SELECT U&'x', U&\"\\006eextval\"('counter')", function),
        ("EXPLAIN SELECT nextval('counter')", function),
        // Functions that somebody made.
        ("SELECT volatile_one()", function),
        ("SELECT public.volatile_one()", function),
        ("SELECT stable_one()", function),
        ("SELECT immutable_one(1)", function),
        ("EXPLAIN SELECT immutable_one(1)", function),
        ("SELECT side.one()", function),
        ("SELECT sum_up(1, 2, 3)", function),
        ("SELECT sum_up(VARIADIC ARRAY[1])", function),
        ("SELECT with_defaults()", function),
        ("SELECT with_defaults(b => 3)", function),
        ("SELECT * FROM rows_of()", function),
        ("SELECT own_sum(id) FROM people", function),
        ("SELECT own_sum(id) OVER () FROM people", function),
        ("SELECT initcap(1)", function),
        ("SELECT p.nickname FROM people p", function),
        ("SELECT (p).nickname FROM people p", function),
        ("SELECT nickname(p) FROM people p", function),
        ("SELECT people.nickname FROM people", function),
        ("SELECT json_scalar(1)", function),
        // Extensions that reach elsewhere or run texts.
        ("SELECT * FROM dblink('dbname=x', 'SELECT 1') AS t(a int)", function),
        ("SELECT dblink_connect('dbname=x')", function),
        ("SELECT dblink_exec('dbname=x', 'DELETE FROM marks')", function),
        (
            "SELECT * FROM crosstab('SELECT nextval(''counter''), 1, 2') AS t(a int, b int)",
            function,
        ),
        ("SELECT pg_stat_statements_reset()", function),
        ("SELECT set_limit(0.5)", function),
        // Behind a view.
        ("SELECT * FROM sleepy", function),
        ("SELECT id FROM touching", function),
        ("SELECT * FROM over_touching", function),
        ("SELECT * FROM over_over_touching", function),
        (
            "SELECT 1 FROM people WHERE EXISTS (SELECT FROM over_touching)",
            function,
        ),
        ("SELECT * FROM with_operator", function),
        // Behind an operator, a cast, a type, a policy.
        ("SELECT 1 === 1", function),
        ("SELECT 1 OPERATOR(public.===) 1", function),
        ("SELECT 5::checked", function),
        ("SELECT CAST('5' AS public.checked)", function),
        ("SELECT checked(5)", function),
        ("SELECT '{5}'::checked[]", function),
        ("SELECT '(1,2)'::checked_pair", function),
        ("SELECT 5::locking", function),
        ("SELECT * FROM json_to_record('{\"a\": 1}') AS x(a checked)", function),
        (
            "SELECT * FROM json_populate_record(NULL::checked_pair, '{\"b\": 1}')",
            function,
        ),
        ("SELECT c || 'x' FROM castings", function),
        ("SELECT upper(c) FROM castings", function),
        ("SELECT to_json(c) FROM castings", function),
        ("SELECT '[2024-01-01,)'::days", function),
        ("SELECT * FROM over_guarded", function),
        // Elsewhere, and secrets.
        ("SELECT * FROM far_away", codes::FOREIGN_TABLE),
        ("SELECT * FROM parts", codes::FOREIGN_TABLE),
        ("SELECT * FROM over_far", codes::FOREIGN_TABLE),
        ("SELECT rolpassword FROM pg_authid", codes::SECRET),
        ("SELECT * FROM pg_catalog.pg_shadow", codes::SECRET),
        ("SELECT * FROM secrets", codes::SECRET),
        ("SELECT * FROM pg_user_mappings", codes::SECRET),
        ("SELECT subconninfo FROM pg_subscription", codes::SECRET),
        // Not there.
        ("SELECT no_such_function(1)", codes::UNKNOWN_NAME),
        ("SELECT * FROM no_such_table", codes::UNKNOWN_NAME),
        ("SELECT 1::no_such_type", codes::UNKNOWN_NAME),
    ];
    for (sql, code) in statements {
        match read(&client, sql).await {
            Ok(_) => panic!("allowed: {sql}"),
            Err(refusal) => assert_eq!(refusal.code, code, "{sql}\n{refusal}"),
        }
    }
    assert_nothing_happened(&database).await;
    assert!(!file.exists());
    assert!(client.simple_query("SELECT 1").await.is_ok());
}

fn database_file(database: &Database) -> std::path::PathBuf {
    std::env::temp_dir().join(format!(
        "steersman-guard-export-{}-{}",
        database.name,
        std::process::id()
    ))
}

/// Why the guard must be there at all: the read-only transaction alone lets these through.
#[tokio::test]
async fn a_read_only_transaction_alone_would_not_stop_them() {
    let (database, client) = world().await;
    begin_read_only(&client, ReadLimits::default()).await.unwrap();
    client
        .simple_query("SELECT immutable_one(1), pg_advisory_lock(7)")
        .await
        .unwrap();
    let write = format!(
        "SELECT dblink_exec('{}', 'INSERT INTO marks VALUES (''dblink'')')",
        database.url
    );
    client.simple_query(&write).await.unwrap();
    client.batch_execute("ROLLBACK").await.unwrap();

    let marks = database.sql("SELECT who FROM marks").await.unwrap();
    assert_eq!(marks, vec![vec![Some("dblink".to_owned())]]);
    let locks = database
        .sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        .await
        .unwrap();
    assert_ne!(locks[0][0].as_deref(), Some("0"));
}

#[tokio::test]
async fn explain_analyze_of_a_read_runs_and_of_a_hidden_write_does_not() {
    let (database, client) = world().await;
    let check = async |sql: &str| {
        let statement = parse_explain_analyze(sql).unwrap();
        begin_read_only(&client, ReadLimits::default()).await.unwrap();
        let result = check_catalogue(&client, &statement)
            .await
            .map(|checked| checked.text().to_owned());
        client.batch_execute("ROLLBACK").await.unwrap();
        result
    };
    assert!(check("EXPLAIN ANALYZE SELECT * FROM people").await.is_ok());
    assert!(check("EXPLAIN ANALYZE SELECT * FROM touching").await.is_err());
    assert!(check("EXPLAIN (ANALYZE) SELECT nextval('counter')").await.is_err());
    assert_nothing_happened(&database).await;
}

#[tokio::test]
async fn a_search_path_that_replaces_built_in_functions_is_refused() {
    let (_database, client) = world().await;
    for path in ["public, pg_catalog", "\"$user\", side, pg_catalog"] {
        client
            .batch_execute(&format!("SET search_path = {path}"))
            .await
            .unwrap();
        let refusal = read(&client, "SELECT 1").await;
        // A schema of the path that does not exist stands before nothing.
        assert_eq!(
            refusal.map_err(|refusal| refusal.code),
            Err(codes::UNSAFE_SESSION),
            "{path}"
        );
    }
    client.batch_execute("SET search_path = side").await.unwrap();
    assert_eq!(
        read(&client, "SELECT one()").await.map_err(|refusal| refusal.code),
        Err(codes::FUNCTION_REFUSED)
    );
    assert_eq!(
        read(&client, "SELECT * FROM people")
            .await
            .map_err(|refusal| refusal.code),
        Err(codes::UNKNOWN_NAME)
    );
    assert_eq!(read(&client, "SELECT * FROM public.people").await, Ok(2));
}

#[tokio::test]
async fn backslashes_mean_what_they_meant_to_the_parser() {
    let (_database, client) = world().await;
    client
        .batch_execute("SET standard_conforming_strings = off")
        .await
        .unwrap();
    // The transaction sets it right for itself: this is one string and one column.
    assert_eq!(read(&client, "SELECT '\\', '1'").await, Ok(1));
    // Without that transaction the check notices.
    let statement = parse_read_only("SELECT 1").unwrap();
    let failure = check_catalogue(&client, &statement).await.unwrap_err();
    assert!(matches!(failure, CheckFailure::Refused(refusal) if refusal.code == codes::UNSAFE_SESSION));
}

#[tokio::test]
async fn settings_are_not_shown_while_one_holds_a_password() {
    let options = steersman_testkit::postgres::Options {
        settings: vec![("primary_conninfo".to_owned(), "host=x password=planted".to_owned())],
        ..Default::default()
    };
    let server = Postgres::start_with(options).await.unwrap();
    let client = server.connect("postgres").await.unwrap();
    for sql in [
        "SHOW ALL",
        "SHOW primary_conninfo",
        "SELECT current_setting('primary_conninfo')",
        "SELECT * FROM pg_settings",
        "SELECT setting FROM pg_catalog.pg_show_all_settings()",
    ] {
        assert_eq!(
            read(&client, sql).await.map_err(|refusal| refusal.code),
            Err(codes::SECRET),
            "{sql}"
        );
    }
    assert_eq!(read(&client, "SHOW work_mem").await, Ok(1));
}

#[tokio::test]
async fn a_user_without_privileges_is_judged_too() {
    let (database, _client) = world().await;
    let user = format!("reader_{}", database.name);
    database
        .sql(&format!("CREATE USER {user} PASSWORD 'reader'; GRANT SELECT ON people, harmless, guarded, politely_guarded TO {user}; CREATE SCHEMA hidden; CREATE TABLE hidden.t (a int)"))
        .await
        .unwrap();
    let client = steersman_testkit::postgres::connect(&database.url_as(&user, "reader"))
        .await
        .unwrap();
    assert_eq!(read(&client, "SELECT * FROM harmless").await, Ok(2));
    assert_eq!(read(&client, "SELECT count(*) FROM pg_stat_activity").await, Ok(1));
    assert_eq!(
        read(&client, "SELECT volatile_one()")
            .await
            .map_err(|refusal| refusal.code),
        Err(codes::FUNCTION_REFUSED)
    );
    let policed = read(&client, "SELECT * FROM guarded").await;
    assert_eq!(policed.map_err(|refusal| refusal.code), Err(codes::FUNCTION_REFUSED));
    assert_eq!(read(&client, "SELECT * FROM politely_guarded").await, Ok(0));
    let hidden = read(&client, "SELECT * FROM hidden.t").await;
    assert_eq!(hidden.map_err(|refusal| refusal.code), Err(codes::NOT_PERMITTED));
}

#[tokio::test]
async fn prepared_lookups_notice_what_changed_since() {
    let (database, client) = world().await;
    let lookups = Lookups::default();
    let judge = async |sql: &str| {
        let statement = parse_read_only(sql).unwrap();
        begin_read_only(&client, ReadLimits::default()).await.unwrap();
        let result = lookups.check(&client, &statement).await.is_ok();
        client.batch_execute("ROLLBACK").await.unwrap();
        result
    };
    for _ in 0..8 {
        assert!(judge("SELECT * FROM harmless").await);
        assert!(!judge("SELECT * FROM over_touching").await);
    }
    database
        .sql("CREATE OR REPLACE VIEW harmless AS SELECT id, note, volatile_one() AS v FROM people")
        .await
        .unwrap();
    assert!(!judge("SELECT * FROM harmless").await);
}

#[tokio::test]
async fn a_lost_connection_is_a_failure_and_not_a_permission() {
    let mut server = Postgres::start().await.unwrap();
    let client = server.connect("postgres").await.unwrap();
    let statement = parse_read_only("SELECT 1").unwrap();
    server.stop_immediately();
    let failure = check_catalogue(&client, &statement).await.unwrap_err();
    assert!(matches!(failure, CheckFailure::Unreadable(_)));
    assert!(failure.to_string().contains("was not run"));
}
