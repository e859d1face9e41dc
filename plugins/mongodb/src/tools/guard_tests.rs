//! What must never happen, tried on a real server: the guard refuses, and nothing has changed.

use super::run_query::RunQuery;
use crate::fixture::Fixture;
use bson::doc;
use serde_json::{Value, json};
use steersman_toolkit::{Query, protocol::Problem};

async fn refused(fixture: &Fixture, arguments: Value) -> String {
    let input = serde_json::from_value(arguments.clone()).unwrap();
    let result: Result<_, Problem> = RunQuery.run(&fixture.cx, &fixture.reader, input).await;
    match result {
        Ok(answer) => panic!("{arguments} was run: {}", answer.summary),
        Err(problem) => problem.code,
    }
}

#[tokio::test]
async fn nothing_that_writes_or_runs_code_gets_through() {
    let fixture = Fixture::with_orders(10).await;
    let out = r#"{"$out": "stolen"}"#;
    let merge = r#"{"$merge": {"into": "stolen"}}"#;
    let code = r#"{"$project": {"x": {"$function": {"body": "function() { return 1 }", "args": [], "lang": "js"}}}}"#;
    for stage in [out, merge, code] {
        for pipeline in [
            format!("[{stage}]"),
            format!("[{{\"$facet\": {{\"a\": [{stage}]}}}}]"),
            format!("[{{\"$lookup\": {{\"from\": \"orders\", \"as\": \"x\", \"pipeline\": [{stage}]}}}}]"),
            format!("[{{\"$unionWith\": {{\"coll\": \"orders\", \"pipeline\": [{stage}]}}}}]"),
        ] {
            let found = refused(&fixture, json!({ "collection": "orders", "pipeline": pipeline })).await;
            assert_eq!(found, "mongodb.not_read_only", "{pipeline}");
        }
    }
    for filter in [
        r#"{"$where": "this.a == 1"}"#,
        r#"{"$expr": {"$function": {"body": "function() { return true }", "args": [], "lang": "js"}}}"#,
        r#"{"a": {"$code": "function() {}"}}"#,
    ] {
        assert_eq!(
            refused(&fixture, json!({ "collection": "orders", "filter": filter })).await,
            "mongodb.not_read_only"
        );
        let pipeline = format!("[{{\"$match\": {filter}}}]");
        assert_eq!(
            refused(&fixture, json!({ "collection": "orders", "pipeline": pipeline })).await,
            "mongodb.not_read_only"
        );
    }
    let names = fixture.run(doc! { "listCollections": 1, "nameOnly": true }).await;
    assert_eq!(
        names
            .get_document("cursor")
            .unwrap()
            .get_array("firstBatch")
            .unwrap()
            .len(),
        1,
        "{names}"
    );
}

#[tokio::test]
async fn views_are_judged_as_if_they_were_written_here() {
    let fixture = Fixture::with_orders(10).await;
    let code = doc! { "$function": { "body": "function() { return 1 }", "args": [], "lang": "js" } };
    fixture
        .run(doc! { "create": "plain", "viewOn": "orders", "pipeline": [{ "$match": { "status": "open" } }] })
        .await;
    fixture
        .run(doc! { "create": "scripted", "viewOn": "orders", "pipeline": [{ "$addFields": { "x": code } }] })
        .await;
    fixture
        .run(doc! { "create": "on_scripted", "viewOn": "scripted", "pipeline": [] })
        .await;
    let lookup = doc! { "$lookup": { "from": "on_scripted", "as": "x", "pipeline": [] } };
    fixture
        .run(doc! { "create": "joined", "viewOn": "plain", "pipeline": [lookup] })
        .await;

    let input = serde_json::from_value(json!({ "collection": "plain" })).unwrap();
    assert_eq!(
        RunQuery.run(&fixture.cx, &fixture.reader, input).await.unwrap().summary,
        "1 document"
    );
    for view in ["scripted", "on_scripted", "joined"] {
        assert_eq!(
            refused(&fixture, json!({ "collection": view })).await,
            "mongodb.not_read_only",
            "{view}"
        );
        for pipeline in [
            format!("[{{\"$unionWith\": \"{view}\"}}]"),
            format!(
                "[{{\"$facet\": {{\"a\": [{{\"$lookup\": {{\"from\": \"{view}\", \"as\": \"x\", \"pipeline\": []}}}}]}}}}]"
            ),
            format!(
                "[{{\"$graphLookup\": {{\"from\": \"{view}\", \"startWith\": \"$a\", \"connectFromField\": \"a\", \
                     \"connectToField\": \"b\", \"as\": \"x\"}}}}]"
            ),
        ] {
            let found = refused(&fixture, json!({ "collection": "orders", "pipeline": pipeline })).await;
            assert_eq!(found, "mongodb.not_read_only", "{pipeline}");
        }
    }
}

#[tokio::test]
async fn the_servers_own_records_are_out_of_reach() {
    let fixture = Fixture::with_orders(1).await;
    for (database, collection) in [
        ("admin", "system.users"),
        ("local", "oplog.rs"),
        ("config", "settings"),
        ("ADMIN", "x"),
        (fixture.database.as_str(), "system.views"),
        (fixture.database.as_str(), "$cmd"),
        (fixture.database.as_str(), ""),
    ] {
        let found = refused(&fixture, json!({ "database": database, "collection": collection })).await;
        assert_eq!(found, "mongodb.not_readable", "{database}.{collection}");
    }
    assert_eq!(
        refused(&fixture, json!({ "database": "a\"b", "collection": "x" })).await,
        "mongodb.bad_name"
    );
}

#[tokio::test]
async fn a_hostile_name_is_only_a_name() {
    let fixture = Fixture::with_orders(1).await;
    let name = "x\"}); db.dropDatabase(); //\u{202e}";
    fixture.run(doc! { "insert": name, "documents": [{ "_id": 1 }] }).await;
    let input = serde_json::from_value(json!({ "collection": name })).unwrap();
    assert_eq!(
        RunQuery.run(&fixture.cx, &fixture.reader, input).await.unwrap().summary,
        "1 document"
    );
}
