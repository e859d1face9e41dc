//! A server that goes away before, while and after a change is made.

use super::{
    create_index::{self, CreateIndex},
    drop_index::DropIndex,
};
use crate::{
    discover,
    fixture::{Fixture, KEY},
};
use bson::doc;
use serde_json::json;
use std::time::Duration;
use steersman_testkit::MongoDb;
use steersman_toolkit::protocol::Verification;

#[tokio::test]
async fn a_server_that_goes_away_leaves_no_doubt() {
    let mut server = MongoDb::start().await.unwrap();
    let fixture = Fixture::on(server.address());
    fixture.fill("orders", 50_000).await;
    fixture
        .run(doc! { "createIndexes": "orders", "indexes": [{ "key": { "customer_id": 1 }, "name": "by_customer" }] })
        .await;

    // Before: nothing was done, and once it is back, looking says so.
    let drop = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    server.kill(0);
    let problem = fixture.carry_out(&drop).await.unwrap_err();
    assert!(
        matches!(problem.code.as_str(), "mongodb.unreachable" | "mongodb.connection_lost"),
        "{problem}"
    );
    let (outcome, back) = tokio::join!(fixture.verify(&DropIndex, &drop, None), server.restart(0));
    back.unwrap();
    assert!(
        matches!(outcome, Verification::DoesNotHold { left_behind: false, .. }),
        "{outcome:?}"
    );

    // After: the report is lost, the change is there.
    fixture.carry_out(&drop).await.unwrap();
    fixture.address.run("admin", doc! { "fsync": 1 }).await.unwrap();
    server.kill(0);
    server.restart(0).await.unwrap();
    assert!(fixture.holds(&DropIndex, &drop).await);

    // While an index is built: either it is there and whole, or it is not; a build that goes on is ended by the clean-up.
    let plan = fixture
        .plan(
            &CreateIndex,
            json!({ "collection": "orders", "fields": ["total", "status"] }),
        )
        .await
        .unwrap();
    let killed = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        server.kill(0);
    };
    let (_, ()) = tokio::join!(create_index::build(&fixture.cx, &fixture.writer, &plan, KEY), killed);
    server.restart(0).await.unwrap();
    match fixture.verify(&CreateIndex, &plan, None).await {
        Verification::Holds { .. } | Verification::DoesNotHold { left_behind: false, .. } => {}
        Verification::DoesNotHold { left_behind: true, .. } => {
            create_index::clean_up(&fixture.cx, &fixture.writer, &plan, KEY)
                .await
                .unwrap();
            assert!(!fixture.holds(&CreateIndex, &plan).await);
        }
        told => panic!("{told:?}"),
    }
}

#[tokio::test]
async fn a_server_on_this_machine_is_found_and_not_entered() {
    let fixture = Fixture::open().await;
    let found = discover::look_at(&fixture.address.hosts()[0]).await.unwrap();
    assert!(
        !found.is_ready && found.sentence.contains("of the replica set \"rs0\""),
        "{}",
        found.sentence
    );
    assert!(discover::look_at("127.0.0.1:1").await.is_none());
}

#[tokio::test]
async fn what_our_user_may_not_do_is_not_planned() {
    let fixture = Fixture::with_orders(10).await;
    fixture
        .run(doc! { "createUser": "reader", "pwd": "a password", "roles": ["read"] })
        .await;
    let poor = Fixture::as_user(
        &fixture.address,
        fixture.database.clone(),
        "reader",
        "a password",
        &fixture.database,
    );
    let create = poor
        .plan(&CreateIndex, json!({ "collection": "orders", "fields": ["total"] }))
        .await
        .unwrap_err();
    let drop = poor
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap_err();
    for problem in [create, drop] {
        assert_eq!(problem.code, "mongodb.permission_denied");
        assert!(problem.next.contains("dbAdmin"), "{problem}");
    }
}
