//! `kill -9` at random moments on the binary that people run, with a change that PostgreSQL itself counts.
//!
//! The same with two hundred kills, and with pauses in the change for them to land in, is in the testkit.

use std::time::Duration;
use steersman_testkit::chaos::{Chaos, Counted};

#[tokio::test(flavor = "multi_thread")]
async fn the_binary_loses_nothing_and_does_nothing_twice_kill_at_random() {
    let chaos = Chaos {
        binary: env!("CARGO_BIN_EXE_steersman").into(),
        counted: Counted::Analyze,
        kills: 50,
        seed: 2_026,
        at_most: Duration::from_secs(90),
    };
    let found = chaos.run().await.unwrap();
    assert_eq!(found.broken, Vec::<String>::new(), "{found:#?}");
    assert!(
        found.kills >= 25 && found.completed >= 20 && found.still_waiting >= 2,
        "too little happened: {found:#?}"
    );
}
