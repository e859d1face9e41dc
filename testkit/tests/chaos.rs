//! `kill -9` at random moments, against a real PostgreSQL with a change that counts its own executions.

use std::time::Duration;
use steersman_testkit::chaos::{Chaos, Counted};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_200_times_loses_nothing_and_does_nothing_twice_kill_at_random() {
    let chaos = Chaos {
        binary: env!("CARGO_BIN_EXE_chaos_server").into(),
        counted: Counted::Tally,
        kills: 200,
        seed: 20_261_121,
        at_most: Duration::from_secs(220),
    };
    let found = chaos.run().await.unwrap();
    println!("{found:#?}");
    assert_eq!(found.broken, Vec::<String>::new(), "{found:#?}");
    // A run that hits nothing shows nothing.
    assert!(
        found.kills >= 100 && found.interrupted >= 5 && found.completed >= 50 && found.still_waiting >= 5,
        "too little happened: {found:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_second_execution_and_a_planted_loss_are_found_after_chaos() {
    let chaos = Chaos {
        binary: env!("CARGO_BIN_EXE_chaos_server").into(),
        counted: Counted::Tally,
        kills: 6,
        seed: 7,
        at_most: Duration::from_secs(60),
    };
    let aftermath = chaos.fire().await.unwrap();
    let check = async |sql: &str, expected: &str| {
        let rows = aftermath.server.sql(sql).await.unwrap();
        let mark = rows[0][0].clone().unwrap();
        let found = aftermath.reckon().await.unwrap().broken;
        assert!(
            found.contains(&expected.replace("MARK", &mark)),
            "{expected}: {found:?}"
        );
        mark
    };
    assert_eq!(aftermath.reckon().await.unwrap().broken, Vec::<String>::new());
    let twice = "INSERT INTO tally (mark, execution_id) SELECT mark, execution_id FROM tally LIMIT 1 RETURNING mark";
    check(twice, "MARK was carried out 2 times").await;
    let lost = "DELETE FROM tally WHERE mark = (SELECT max(mark) FROM tally WHERE mark LIKE 'mark-%') RETURNING mark";
    check(lost, "MARK is completed and was carried out 0 times").await;
    let nobody = "INSERT INTO tally (mark) VALUES ('mark-0') RETURNING mark";
    check(nobody, "MARK was carried out and nobody asked for it").await;
}
