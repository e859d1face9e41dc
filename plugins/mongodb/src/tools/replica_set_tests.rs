//! A set of three: lag, loss of a member, a primary that steps down, a server that is gone.

use super::{
    create_index::{self, CreateIndex},
    get_repl_status::GetReplStatus,
    list_collections::ListCollections,
};
use crate::{
    fixture::{Fixture, KEY},
    health,
};
use bson::doc;
use serde_json::json;
use std::time::Duration;
use steersman_testkit::{MongoDb, mongodb::Options};
use steersman_toolkit::{
    Query,
    protocol::{HealthState, Verification},
};

async fn status(fixture: &Fixture) -> String {
    let answer = GetReplStatus
        .run(&fixture.cx, &fixture.reader, serde_json::from_value(json!({})).unwrap())
        .await;
    answer.map_or_else(|problem| problem.to_string(), |answer| answer.summary)
}

/// Asks until it is so, at most a minute.
async fn until(fixture: &Fixture, says: &str) {
    let mut last = String::new();
    for _ in 0..120 {
        last = status(fixture).await;
        if last.contains(says) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("not within a minute: {says}; last {last}");
}

#[tokio::test]
async fn a_set_of_three_through_good_and_bad() {
    let mut set = MongoDb::start_with(Options {
        nodes: 3,
        has_auth: true,
    })
    .await
    .unwrap();
    let fixture = Fixture::on(set.address());
    fixture.fill("orders", 20_000).await;
    until(&fixture, "the slowest secondary is").await;
    assert_eq!(health::look(&fixture.reader).await.state, HealthState::Healthy);

    // A member that stands still falls behind.
    let held = set.address().node(2).unwrap();
    held.database("admin")
        .run_command(doc! { "fsync": 1, "lock": true })
        .await
        .unwrap();
    fixture.fill("more", 100).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    fixture.fill("even_more", 100).await;
    until(&fixture, " s behind").await;
    held.database("admin")
        .run_command(doc! { "fsyncUnlock": 1 })
        .await
        .unwrap();

    // A member that is gone: seen, warned of, and a build that waits for it is not left behind.
    let lost = 2;
    set.kill(lost);
    until(&fixture, "not reachable").await;
    assert_eq!(health::look(&fixture.reader).await.state, HealthState::Degraded);
    let plan = fixture
        .plan(&CreateIndex, json!({ "collection": "orders", "fields": ["total"] }))
        .await
        .unwrap();
    assert!(
        plan.warnings.iter().any(|warning| warning.contains("does not finish")),
        "{:?}",
        plan.warnings
    );
    let mut hasty = plan.clone();
    hasty.limits.time_ms = 3_000;
    let problem = create_index::build(&fixture.cx, &fixture.writer, &hasty, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "mongodb.too_slow", "{problem}");
    let outcome = fixture.verify(&CreateIndex, &hasty, None).await;
    assert!(matches!(outcome, Verification::DoesNotHold { .. }), "{outcome:?}");
    create_index::clean_up(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(!fixture.holds(&CreateIndex, &plan).await);
    set.restart(lost).await.unwrap();

    // The primary steps down while it builds: the report is lost, looking finds the outcome.
    until(&fixture, "the slowest secondary is").await;
    let first = set.address().node(0).unwrap();
    let down = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let _ = first
            .database("admin")
            .run_command(doc! { "replSetStepDown": 30, "force": true })
            .await;
    };
    let (_, ()) = tokio::join!(create_index::build(&fixture.cx, &fixture.writer, &plan, KEY), down);
    let again = fixture
        .plan(&CreateIndex, json!({ "collection": "orders", "fields": ["total"] }))
        .await;
    // The primary is another one now: the old plan no longer holds, whatever became of the index.
    if let Ok(again) = again {
        assert_ne!(again.must_hold["server"], plan.must_hold["server"]);
    }
    let outcome = fixture.verify(&CreateIndex, &plan, None).await;
    assert!(!matches!(outcome, Verification::CannotTell { .. }), "{outcome:?}");

    // All gone.
    for node in 0..3 {
        set.kill(node);
    }
    let gone = ListCollections
        .run(&fixture.cx, &fixture.reader, serde_json::from_value(json!({})).unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(
            gone.code.as_str(),
            "mongodb.unreachable" | "mongodb.connection_lost" | "mongodb.not_primary"
        ),
        "{gone}"
    );
    assert_eq!(health::look(&fixture.reader).await.state, HealthState::Down);
}
