//! The harness against itself: servers come, go, come back, and leave nothing behind.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use steersman_testkit::postgres::Options;
use steersman_testkit::{Postgres, sample};

#[tokio::test]
async fn a_started_server_answers_and_leaves_nothing_when_dropped() {
    let server = Postgres::start().await.unwrap();
    let rows = server
        .sql("SELECT current_setting('wal_level'), current_user")
        .await
        .unwrap();
    assert_eq!(
        rows,
        vec![vec![Some("logical".to_owned()), Some("steersman".to_owned())]]
    );

    let folder = server.folder().to_owned();
    let url = server.url();
    drop(server);
    assert!(!folder.exists());
    assert!(steersman_testkit::postgres::connect(&url).await.is_err());
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let server = Postgres::start().await.unwrap();
    let url = format!("postgres://steersman:wrong@127.0.0.1:{}/postgres", server.port());
    assert!(steersman_testkit::postgres::connect(&url).await.is_err());
}

#[tokio::test]
async fn a_server_comes_back_on_its_port_with_its_data() {
    let mut server = Postgres::start().await.unwrap();
    server.sql("CREATE TABLE kept AS SELECT 7 AS n").await.unwrap();
    let client = server.connect("postgres").await.unwrap();

    server.stop_immediately();
    assert!(client.simple_query("SELECT 1").await.is_err());
    assert!(server.sql("SELECT 1").await.is_err());

    server.restart().await.unwrap();
    assert_eq!(
        server.sql("SELECT n FROM kept").await.unwrap(),
        vec![vec![Some("7".to_owned())]]
    );
}

#[tokio::test]
async fn a_standby_follows_lags_when_told_and_can_take_over() {
    let mut primary = Postgres::start().await.unwrap();
    let standby = primary.standby("berlin").await.unwrap();
    let followers = "SELECT application_name, state FROM pg_stat_replication";
    until(&primary, followers, "berlin").await;
    assert_eq!(standby.sql("SELECT pg_is_in_recovery()").await.unwrap(), one("t"));

    primary.sql("CREATE TABLE kept AS SELECT 7 AS n").await.unwrap();
    until(&standby, "SELECT count(*) FROM pg_class WHERE relname = 'kept'", "1").await;
    standby.sql("SELECT pg_wal_replay_pause()").await.unwrap();
    primary.sql("UPDATE kept SET n = 8").await.unwrap();
    let received = "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()";
    until(&standby, received, "t").await;
    assert_eq!(standby.sql("SELECT n FROM kept").await.unwrap(), one("7"));

    primary.stop_immediately();
    standby.sql("SELECT pg_wal_replay_resume()").await.unwrap();
    standby.promote().await.unwrap();
    standby.sql("UPDATE kept SET n = n + 1").await.unwrap();
    assert_eq!(standby.sql("SELECT n FROM kept").await.unwrap(), one("9"));
}

fn one(value: &str) -> Vec<Vec<Option<String>>> {
    vec![vec![Some(value.to_owned())]]
}

/// Asks until the first value of the first row is so, at most 20 s.
async fn until(server: &Postgres, sql: &str, expected: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let rows = server.sql(sql).await.unwrap();
        if rows.first().and_then(|row| row[0].as_deref()) == Some(expected) {
            return;
        }
        assert!(Instant::now() < deadline, "not within 20 s: {sql}: {rows:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why_at_once() {
    let settings = vec![("max_connections".to_owned(), "many".to_owned())];
    let options = Options {
        settings,
        ..Options::default()
    };
    let error = Postgres::start_with(options).await.unwrap_err().to_string();
    assert!(error.contains("max_connections"), "{error}");
}

#[tokio::test]
async fn databases_of_the_shared_server_are_apart() {
    let shared = Postgres::shared().await.unwrap();
    let (one, two) = (
        shared.database("shop").await.unwrap(),
        shared.database("shop").await.unwrap(),
    );
    one.sql("CREATE TABLE only_here (n int)").await.unwrap();
    assert!(one.sql("SELECT n FROM only_here").await.is_ok());
    assert!(two.sql("SELECT n FROM only_here").await.is_err());
}

#[tokio::test]
async fn the_sample_shop_is_the_same_every_time_and_shows_its_slow_queries() {
    let shared = Postgres::shared().await.unwrap();
    let mut sums = Vec::new();
    for _ in 0..2 {
        let database = shared.database("sample").await.unwrap();
        let client = database.connect().await.unwrap();
        sample::fill_shop(&client, 0.01).await.unwrap();
        sample::run_slow_workload(&client).await.unwrap();
        let checksum = "SELECT count(*), sum(total_cents), \
                        (SELECT md5(string_agg(email, ',' ORDER BY id)) FROM customers), \
                        (SELECT sum(quantity) FROM order_items) FROM orders";
        sums.push(database.sql(checksum).await.unwrap());

        let slow = "SELECT 1 FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid \
                    WHERE d.datname = current_database() AND s.calls >= 5 AND s.query LIKE '%customer_id = %'";
        assert!(!database.sql(slow).await.unwrap().is_empty());
    }
    assert_eq!(sums[0], sums[1]);
    assert_eq!(sums[0][0][0].as_deref(), Some("2000"));
}

/// Not a test of its own: the victim of the next one, which runs it in a process to kill.
#[tokio::test]
async fn victim() {
    let Some(note) = std::env::var_os("STEERSMAN_TESTKIT_VICTIM_NOTE") else {
        return;
    };
    let server = Postgres::start().await.unwrap();
    std::fs::write(&note, format!("{}\n{}\n", server.url(), server.folder().display())).unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
}

#[tokio::test]
async fn a_killed_test_process_takes_its_server_with_it() {
    let note = tempfile::NamedTempFile::new().unwrap();
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim"])
        .env("STEERSMAN_TESTKIT_VICTIM_NOTE", note.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let text = within(60, || {
        let text = std::fs::read_to_string(note.path()).unwrap();
        (text.lines().count() == 2).then_some(text)
    })
    .await;
    let (url, folder) = text.trim().split_once('\n').unwrap();
    assert!(steersman_testkit::postgres::connect(url).await.is_ok());

    victim.kill().unwrap();
    victim.wait().unwrap();
    within(20, || (!std::path::Path::new(folder).exists()).then_some(())).await;
    assert!(steersman_testkit::postgres::connect(url).await.is_err());
}

async fn within<T>(seconds: u64, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {seconds} s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
