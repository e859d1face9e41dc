//! Replication as it is: a primary, a standby that follows, lags, is left alone and takes over.

mod fixture;

use fixture::{ask, column, connect, cx, field};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steersman_testkit::{Postgres, postgres::Options};
use steersman_toolkit::{Answer, Handles};

const STATUS: &str = "postgres.get_replication_status";

async fn handles(server: &Postgres) -> Handles {
    connect(server, "postgres", server.user(), server.password()).await
}

async fn status(server: &Postgres) -> Answer {
    ask(&cx(), &handles(server).await, STATUS, json!({})).await.unwrap()
}

/// Asks until the answer is as wanted, at most 30 s.
async fn status_until(server: &Postgres, is_so: impl Fn(&Answer) -> bool) -> Answer {
    let handles = handles(server).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = ask(&cx(), &handles, STATUS, json!({})).await.unwrap();
        if is_so(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within 30 s: {answer:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Verdict and value of one check.
async fn check(server: &Postgres, family: &str, what: &str) -> (String, String) {
    let answer = ask(
        &cx(),
        &handles(server).await,
        "postgres.check_health",
        json!({ "checks": [family] }),
    )
    .await
    .unwrap();
    let at = column(&answer, "Checks", "check")
        .iter()
        .position(|check| check == what)
        .unwrap_or_else(|| panic!("no check {what}: {answer:?}"));
    let text = |name| column(&answer, "Checks", name)[at].as_str().unwrap().to_owned();
    (text("verdict"), text("found"))
}

fn says(answer: &Answer, text: &str) -> bool {
    answer.summary.contains(text)
}

#[tokio::test]
async fn a_standby_that_lags_is_named_with_bytes_on_both_sides() {
    let primary = Postgres::start().await.unwrap();
    assert_eq!(
        status(&primary).await.summary,
        "This is a primary, and no standby is connected"
    );

    let standby = primary.standby("berlin").await.unwrap();
    let answer = status_until(&primary, |answer| says(answer, "up to date")).await;
    assert_eq!(answer.summary, "1 standby is connected and up to date");
    assert_eq!(column(&answer, "Standbys", "standby"), [json!("berlin")]);
    assert_eq!(column(&answer, "Standbys", "state"), [json!("streaming")]);
    assert_eq!(column(&answer, "Standbys", "sync"), [json!("async")]);
    assert_eq!(column(&answer, "Slots", "slot"), [json!("berlin")]);
    assert_eq!(column(&answer, "Slots", "active"), [json!(true)]);
    assert_eq!(check(&primary, "replication", "lag of the standbys").await.0, "ok");

    standby.sql("SELECT pg_wal_replay_pause()").await.unwrap();
    primary
        .sql("CREATE TABLE big AS SELECT g, repeat('x', 1000) AS t FROM generate_series(1, 100000) g")
        .await
        .unwrap();
    let lag = |answer: &Answer| column(answer, "Standbys", "not replayed")[0].as_i64().unwrap_or(0);
    let answer = status_until(&primary, |answer| lag(answer) > 80 << 20).await;
    assert!(says(&answer, "\"berlin\" has"), "{}", answer.summary);
    assert_eq!(answer.suggestions[0].tool.as_str(), "postgres.check_health");
    let (verdict, found) = check(&primary, "replication", "lag of the standbys").await;
    assert_eq!(verdict, "warning", "{found}");
    assert!(found.contains("\"berlin\""), "{found}");

    let answer = status_until(&standby, |answer| {
        let waiting = field(&answer.blocks, "This standby", "received and not replayed, bytes");
        waiting.as_i64().unwrap_or(0) > 80 << 20
    })
    .await;
    assert!(
        answer.summary.starts_with("Replay is paused on this standby, which is"),
        "{}",
        answer.summary
    );
    let (verdict, found) = check(&standby, "replication", "following the primary").await;
    assert_eq!(verdict, "warning");
    assert!(found.starts_with("replay is paused"), "{found}");

    standby.sql("SELECT pg_wal_replay_resume()").await.unwrap();
    status_until(&standby, |answer| says(answer, "receives and is up to date")).await;
}

#[tokio::test]
async fn a_standby_of_a_quiet_primary_is_not_behind() {
    let primary = Postgres::start().await.unwrap();
    let standby = primary.standby("berlin").await.unwrap();
    // A fresh standby has replayed no transaction yet, and has no time of the last one.
    let answer = status_until(&standby, |answer| says(answer, "up to date")).await;
    assert_eq!(answer.summary, "This standby receives and is up to date");
    let behind = |answer: &Answer| field(&answer.blocks, "This standby", "behind by at most, seconds");
    assert_eq!(behind(&answer), json!(0.0));

    primary.sql("CREATE TABLE t ()").await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let answer = status_until(&standby, |answer| says(answer, "up to date")).await;
    assert_eq!(behind(&answer), json!(0.0));
    assert_eq!(field(&answer.blocks, "This standby", "replay"), json!("not paused"));
    assert_eq!(check(&standby, "replication", "following the primary").await.0, "ok");
}

#[tokio::test]
async fn a_standby_without_its_primary_says_so() {
    let mut primary = Postgres::start().await.unwrap();
    let standby = primary.standby("berlin").await.unwrap();
    status_until(&standby, |answer| says(answer, "up to date")).await;
    primary.stop_immediately();
    let answer = status_until(&standby, |answer| says(answer, "receives nothing")).await;
    assert!(
        says(&answer, "it is not connected to its primary"),
        "{}",
        answer.summary
    );
    assert_eq!(field(&answer.blocks, "This standby", "receives"), json!(false));
    assert_eq!(
        check(&standby, "replication", "following the primary").await.0,
        "problem"
    );
}

#[tokio::test]
async fn an_unused_slot_and_a_failing_archiver_are_the_main_finding() {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let options = Options {
        settings: vec![setting("archive_mode", "on"), setting("archive_command", "false")],
        ..Options::default()
    };
    let server = Postgres::start_with(options).await.unwrap();
    server
        .sql("SELECT pg_create_physical_replication_slot('gone', true)")
        .await
        .unwrap();
    server
        .sql("CREATE TABLE t AS SELECT g FROM generate_series(1, 100000) g")
        .await
        .unwrap();
    server.sql("SELECT pg_switch_wal()").await.unwrap();
    let answer = status_until(&server, |answer| says(answer, "archiving fails")).await;
    assert!(
        answer.summary.starts_with("Nobody uses the slot \"gone\", which keeps"),
        "{}",
        answer.summary
    );
    assert!(column(&answer, "Slots", "keeps")[0].as_i64().unwrap() > 1 << 20);
    assert_eq!(column(&answer, "Slots", "active"), [json!(false)]);
    assert!(field(&answer.blocks, "Archiver", "failed attempts").as_i64().unwrap() > 0);

    let (verdict, found) = check(&server, "replication", "slots that keep the log").await;
    assert_eq!(verdict, "warning");
    assert!(found.starts_with("1: \"gone\""), "{found}");
    let (verdict, found) = check(&server, "checkpoint", "log archiving").await;
    assert_eq!(verdict, "problem", "{found}");
}

#[tokio::test]
async fn a_slot_whose_log_is_gone_is_a_problem() {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let options = Options {
        settings: vec![
            setting("max_slot_wal_keep_size", "16MB"),
            setting("min_wal_size", "32MB"),
            setting("max_wal_size", "32MB"),
        ],
        ..Options::default()
    };
    let server = Postgres::start_with(options).await.unwrap();
    server
        .sql("SELECT pg_create_physical_replication_slot('gone', true)")
        .await
        .unwrap();
    for _ in 0..6 {
        let write = "CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) g; DROP TABLE t";
        server.sql(write).await.unwrap();
        server.sql("SELECT pg_switch_wal()").await.unwrap();
    }
    server.sql("CHECKPOINT").await.unwrap();
    let answer = status_until(&server, |answer| says(answer, "cannot go on")).await;
    assert!(
        answer.summary.starts_with("The slot \"gone\" cannot go on"),
        "{}",
        answer.summary
    );
    let (verdict, _) = check(&server, "replication", "slots that keep the log").await;
    assert_eq!(verdict, "problem");
}

#[tokio::test]
async fn publications_and_subscriptions_are_shown() {
    let server = Postgres::start().await.unwrap();
    server.sql("CREATE TABLE kept (n int PRIMARY KEY)").await.unwrap();
    server.sql("CREATE PUBLICATION news FOR TABLE kept").await.unwrap();
    server
        .sql("SELECT pg_create_logical_replication_slot('reader', 'pgoutput')")
        .await
        .unwrap();
    server.sql("CREATE DATABASE copy").await.unwrap();
    let copy = server.url_for("copy");
    let subscribe = format!(
        "CREATE SUBSCRIPTION reader CONNECTION 'host={} port={} user={} password=''{}'' dbname=postgres' \
         PUBLICATION news WITH (create_slot = false, copy_data = false)",
        server.host(),
        server.port(),
        server.user(),
        server.password()
    );
    steersman_testkit::postgres::sql(&copy, "CREATE TABLE kept (n int PRIMARY KEY)")
        .await
        .unwrap();
    steersman_testkit::postgres::sql(&copy, &subscribe).await.unwrap();

    let here = status(&server).await;
    assert_eq!(column(&here, "Publications", "publication"), [json!("news")]);
    assert_eq!(column(&here, "Publications", "tables"), [json!(1)]);
    assert_eq!(column(&here, "Slots", "type"), [json!("logical")]);

    let there = connect(&server, "copy", server.user(), server.password()).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = ask(&cx(), &there, STATUS, json!({})).await.unwrap();
        assert_eq!(column(&answer, "Subscriptions", "subscription"), [json!("reader")]);
        assert!(!format!("{answer:?}").contains(server.password()));
        if column(&answer, "Subscriptions", "applies") == [Value::Bool(true)] {
            break;
        }
        assert!(Instant::now() < deadline, "{answer:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The database goes with its subscription; the server would wait for the worker otherwise.
    let end = "ALTER SUBSCRIPTION reader DISABLE; ALTER SUBSCRIPTION reader SET (slot_name = NONE); \
               DROP SUBSCRIPTION reader";
    for statement in end.split(';') {
        steersman_testkit::postgres::sql(&copy, statement).await.unwrap();
    }
}
