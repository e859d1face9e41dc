//! Changes on a real server: what is planned, what it does, what verification says, what undoes it.

use super::{
    compact_collection::{CompactCollection, compact},
    create_index::{self, CreateIndex},
    drop_index::DropIndex,
    kill_operation::{self, KillOperation},
    reindex_collection::ReindexCollection,
    set_profiling_level::SetProfilingLevel,
};
use crate::{
    connection::Steps,
    fixture::{Fixture, KEY},
};
use bson::{Bson, Document, doc};
use serde_json::json;
use std::time::Duration;
use steersman_toolkit::protocol::{Plan, Undo, Verification};

async fn indexes(fixture: &Fixture) -> Vec<Document> {
    let answer = fixture.run(doc! { "listIndexes": "orders" }).await;
    let batch = answer.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    batch.iter().filter_map(Bson::as_document).cloned().collect()
}

fn undo_call(plan: &Plan) -> serde_json::Value {
    match &plan.undo {
        Undo::Reversible { call: Some(call), .. } => call.arguments.clone(),
        other => panic!("no call: {other:?}"),
    }
}

/// Carries the undo's literal steps out.
async fn undo(fixture: &Fixture, plan: &Plan) {
    let Undo::Reversible { steps, .. } = &plan.undo else {
        panic!("{:?}", plan.undo)
    };
    fixture
        .writer
        .run(
            &fixture.cx,
            Steps {
                plan,
                steps,
                key: KEY,
                secret: None,
                watch: None,
            },
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn an_index_is_planned_built_found_and_undone() {
    let fixture = Fixture::with_orders(1_000).await;
    let before = indexes(&fixture).await;
    let arguments =
        json!({ "collection": "orders", "fields": ["status", "-total"], "where": "{\"total\": {\"$gt\": 5}}" });
    let plan = fixture.plan(&CreateIndex, arguments).await.unwrap();
    assert_eq!(
        plan.steps[0].literal,
        format!(
            "db.getSiblingDB(\"{}\").runCommand({{\"createIndexes\":\"orders\",\"indexes\":[{{\"key\":{{\"status\":1,\"total\":-1}},\
             \"name\":\"status_1_total_-1\",\"partialFilterExpression\":{{\"total\":{{\"$gt\":5}}}}}}],\"commitQuorum\":\"votingMembers\"}})",
            fixture.database
        )
    );
    assert_eq!(indexes(&fixture).await, before, "planning changes nothing");
    assert!(!fixture.holds(&CreateIndex, &plan).await);
    create_index::build(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(fixture.holds(&CreateIndex, &plan).await);
    // A lost report and a second try leave one index.
    create_index::build(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert_eq!(indexes(&fixture).await.len(), before.len() + 1);
    let again = fixture
        .plan(
            &CreateIndex,
            json!({ "collection": "orders", "fields": ["status", "-total"], "where": "{\"total\": {\"$gt\": 5}}" }),
        )
        .await;
    assert_eq!(again.unwrap_err().code, "mongodb.index_exists");

    let drop = fixture.plan(&DropIndex, undo_call(&plan)).await.unwrap();
    fixture.carry_out(&drop).await.unwrap();
    assert!(fixture.holds(&DropIndex, &drop).await);
    assert_eq!(indexes(&fixture).await, before);
}

#[tokio::test]
async fn an_index_that_cannot_be_is_refused_with_a_reason() {
    let fixture = Fixture::with_orders(10).await;
    fixture
        .run(doc! { "create": "seen", "viewOn": "orders", "pipeline": [] })
        .await;
    for (arguments, expected) in [
        (
            json!({ "collection": "orders", "fields": ["customer_id"], "name": "by_customer" }),
            "mongodb.index_exists",
        ),
        (
            json!({ "collection": "orders", "fields": ["customer_id"] }),
            "mongodb.index_exists",
        ),
        (json!({ "collection": "seen", "fields": ["a"] }), "mongodb.is_a_view"),
        (
            json!({ "collection": "nothing", "fields": ["a"] }),
            "mongodb.no_such_collection",
        ),
        (json!({ "collection": "orders", "fields": ["$a"] }), "mongodb.bad_index"),
        (
            json!({ "collection": "orders", "fields": ["a"], "where": "{\"$where\": \"1\"}" }),
            "mongodb.not_read_only",
        ),
        (
            json!({ "collection": "system.users", "database": "admin", "fields": ["a"] }),
            "mongodb.system_collection",
        ),
    ] {
        let problem = fixture.plan(&CreateIndex, arguments.clone()).await.unwrap_err();
        assert_eq!(problem.code, expected, "{arguments}: {problem}");
    }
    // Equal values come to light only while building.
    let plan = fixture
        .plan(
            &CreateIndex,
            json!({ "collection": "orders", "fields": ["status"], "unique": true }),
        )
        .await
        .unwrap();
    assert!(plan.warnings.iter().any(|warning| warning.contains("equal values")));
    let problem = create_index::build(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "mongodb.duplicate_key");
    assert!(
        !problem.to_string().contains("done"),
        "no value of a document: {problem}"
    );
    assert!(!fixture.holds(&CreateIndex, &plan).await);
}

#[tokio::test]
async fn a_cancelled_build_is_ended_and_cleaned_up() {
    let fixture = Fixture::with_orders(150_000).await;
    // A build waits for a lock that an open transaction holds, long enough to be disturbed.
    let client = fixture.address.client().unwrap();
    let mut session = client.start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    let orders = client.database(&fixture.database).collection::<Document>("orders");
    orders
        .insert_one(doc! { "_id": -1 })
        .session(&mut session)
        .await
        .unwrap();
    let plan = fixture
        .plan(
            &CreateIndex,
            json!({ "collection": "orders", "fields": ["total", "status"] }),
        )
        .await
        .unwrap();
    let cancel = fixture.cx.cancel.clone();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    };
    let (result, ()) = tokio::join!(create_index::build(&fixture.cx, &fixture.writer, &plan, KEY), stop);
    assert_eq!(result.unwrap_err().code, "mongodb.cancelled");
    session.abort_transaction().await.unwrap();
    let outcome = fixture.verify(&CreateIndex, &plan, None).await;
    if matches!(outcome, Verification::DoesNotHold { left_behind: true, .. }) {
        create_index::clean_up(&fixture.cx, &fixture.writer, &plan, KEY)
            .await
            .unwrap();
    } else {
        assert!(matches!(outcome, Verification::DoesNotHold { .. }), "{outcome:?}");
    }
    let problem = create_index::clean_up(&fixture.cx, &fixture.writer, &plan, KEY).await;
    assert!(problem.unwrap().contains("Nothing of the index"));
    assert_eq!(indexes(&fixture).await.len(), 2);
    assert!(!fixture.holds(&CreateIndex, &plan).await);
}

#[tokio::test]
async fn a_dropped_index_comes_back_exactly() {
    let fixture = Fixture::with_orders(100).await;
    let specs = [
        doc! { "key": { "a": 1 }, "name": "plain" },
        doc! { "key": { "a": -1, "b.c": 1 }, "name": "unique_one", "unique": true, "sparse": true },
        doc! { "key": { "at": 1 }, "name": "expires", "expireAfterSeconds": 3600 },
        doc! { "key": { "status": 1 }, "name": "partial", "partialFilterExpression": { "total": { "$gt": 5 } } },
        doc! { "key": { "x": "hashed" }, "name": "hashed" },
        doc! { "key": { "note": "text" }, "name": "words", "default_language": "german", "weights": { "note": 5 } },
        doc! { "key": { "s": 1 }, "name": "collated", "collation": { "locale": "de", "strength": 2 } },
        doc! { "key": { "w.$**": 1 }, "name": "wild" },
    ];
    fixture
        .run(doc! { "createIndexes": "orders", "indexes": specs.to_vec() })
        .await;
    let mut before = indexes(&fixture).await;
    before.sort_by_key(|index| index.get_str("name").unwrap().to_owned());
    for (name, is_call) in [
        ("plain", true),
        ("unique_one", true),
        ("expires", true),
        ("partial", true),
        ("hashed", true),
        ("words", false),
        ("collated", false),
        ("wild", true),
    ] {
        let plan = fixture.plan(&DropIndex, json!({ "index": name })).await.unwrap();
        fixture.carry_out(&plan).await.unwrap();
        assert!(fixture.holds(&DropIndex, &plan).await, "{name}");
        undo(&fixture, &plan).await;
        let Undo::Reversible { call, .. } = &plan.undo else {
            panic!()
        };
        // A wildcard key is refused by create_index's own rules, so the steps alone restore it.
        assert_eq!(call.is_some() && name != "wild", is_call && name != "wild", "{name}");
    }
    let mut after = indexes(&fixture).await;
    after.sort_by_key(|index| index.get_str("name").unwrap().to_owned());
    assert_eq!(after, before);
    for (arguments, expected) in [
        (
            json!({ "index": "_id_", "collection": "orders" }),
            "mongodb.needed_index",
        ),
        (json!({ "index": "nothing" }), "mongodb.no_such_index"),
    ] {
        assert_eq!(fixture.plan(&DropIndex, arguments).await.unwrap_err().code, expected);
    }
    fixture.fill("others", 1).await;
    fixture
        .run(doc! { "createIndexes": "others", "indexes": [{ "key": { "a": 1 }, "name": "plain" }] })
        .await;
    assert_eq!(
        fixture
            .plan(&DropIndex, json!({ "index": "plain" }))
            .await
            .unwrap_err()
            .code,
        "mongodb.several_indexes"
    );
}

#[tokio::test]
async fn an_index_is_hidden_before_it_goes() {
    let fixture = Fixture::with_orders(100).await;
    let plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    assert!(plan.warnings.iter().any(|warning| warning.contains("mode = hide")));
    let plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer", "mode": "hide" }))
        .await
        .unwrap();
    assert!(!fixture.holds(&DropIndex, &plan).await);
    fixture.carry_out(&plan).await.unwrap();
    assert!(fixture.holds(&DropIndex, &plan).await);
    let back = fixture.plan(&DropIndex, undo_call(&plan)).await.unwrap();
    fixture.carry_out(&back).await.unwrap();
    assert!(fixture.holds(&DropIndex, &back).await);
    assert!(!fixture.holds(&DropIndex, &plan).await);
}

#[tokio::test]
async fn a_collection_is_compacted_and_not_reindexed() {
    let fixture = Fixture::with_orders(1_000).await;
    let plan = fixture
        .plan(&CompactCollection, json!({ "collection": "orders" }))
        .await
        .unwrap();
    let steps = Steps {
        plan: &plan,
        steps: &plan.steps,
        key: KEY,
        secret: None,
        watch: Some("^Compact"),
    };
    let receipt = compact(&fixture.cx, &fixture.writer, steps).await.unwrap();
    let told = fixture.verify(&CompactCollection, &plan, Some(&receipt)).await;
    assert!(matches!(told, Verification::Holds { .. }), "{told:?}");
    let told = fixture.verify(&CompactCollection, &plan, None).await;
    assert!(matches!(told, Verification::CannotTell { .. }), "{told:?}");

    let problem = fixture
        .plan(&ReindexCollection, json!({ "collection": "orders" }))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "mongodb.not_on_replica_sets");
}

#[tokio::test]
async fn the_profiler_is_set_and_set_back() {
    let fixture = Fixture::with_orders(1).await;
    let plan = fixture
        .plan(&SetProfilingLevel, json!({ "level": "slow" }))
        .await
        .unwrap();
    assert!(!fixture.holds(&SetProfilingLevel, &plan).await);
    fixture.carry_out(&plan).await.unwrap();
    assert!(fixture.holds(&SetProfilingLevel, &plan).await);
    assert_eq!(
        fixture
            .plan(&SetProfilingLevel, json!({ "level": "slow" }))
            .await
            .unwrap_err()
            .code,
        "mongodb.no_change"
    );
    let back = fixture.plan(&SetProfilingLevel, undo_call(&plan)).await.unwrap();
    fixture.carry_out(&back).await.unwrap();
    assert_eq!(fixture.run(doc! { "profile": -1 }).await.get_i32("was").unwrap(), 0);
    assert_eq!(
        fixture
            .plan(&SetProfilingLevel, json!({ "level": "all", "slow_ms": -1 }))
            .await
            .unwrap_err()
            .code,
        "mongodb.bad_level"
    );
}

/// The opid of what runs under this comment.
async fn opid(fixture: &Fixture, comment: &str) -> i64 {
    for _ in 0..200 {
        let look = doc! { "aggregate": 1, "cursor": {}, "pipeline": [
            { "$currentOp": { "allUsers": true } }, { "$match": { "command.comment": comment } }
        ] };
        let answer = fixture.address.run("admin", look).await.unwrap();
        let found = answer.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
        if let Some(op) = found.first().and_then(Bson::as_document) {
            return crate::show::number(op.get("opid")).unwrap() as i64;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{comment} does not run");
}

#[tokio::test]
async fn an_operation_is_ended_and_only_the_one_that_was_approved() {
    let fixture = Fixture::with_orders(10).await;
    let slow = doc! { "find": "orders", "filter": { "$where": "sleep(20000) || true" }, "comment": &fixture.database };
    let client = fixture.address.client().unwrap();
    let database = client.database(&fixture.database);
    let running = tokio::spawn(async move { database.run_command(slow).await });
    let opid = opid(&fixture, &fixture.database).await;
    let plan = fixture.plan(&KillOperation, json!({ "opid": opid })).await.unwrap();
    assert!(plan.summary.contains("steersman_root"), "{}", plan.summary);
    kill_operation::kill(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(fixture.holds(&KillOperation, &plan).await);
    assert!(running.await.unwrap().is_err());
    let again = kill_operation::kill(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(again.code, "mongodb.operation_changed");
    assert_eq!(
        fixture
            .plan(&KillOperation, json!({ "opid": opid }))
            .await
            .unwrap_err()
            .code,
        "mongodb.no_such_operation"
    );
}

#[tokio::test]
async fn a_run_that_was_cancelled_begins_no_step() {
    let fixture = Fixture::with_orders(10).await;
    let plan = fixture
        .plan(&DropIndex, json!({ "index": "by_customer" }))
        .await
        .unwrap();
    fixture.cx.cancel.cancel();
    assert_eq!(fixture.carry_out(&plan).await.unwrap_err().code, "mongodb.cancelled");
    assert!(!fixture.holds(&DropIndex, &plan).await);
}
