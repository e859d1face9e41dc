//! Side by side with MongoDB's own MCP server: the questions that both can answer, on one replica set.

use super::{
    Case, Duel,
    peer::{Peer, Program},
};
use crate::{machine::Machine, report::Report, station::Station};
use anyhow::Result;
use serde_json::json;
use steersman_testkit::{
    MongoDb,
    mongodb::{PASSWORD, USER},
};

const DATABASE: &str = "shop";
const DOCUMENTS: i32 = 20_000;

const PROGRAM: Program = Program {
    name: "MongoDB MCP",
    usual: "mongodb-mcp-server",
    variable: "STEERSMAN_BENCH_MONGODB_MCP",
    how_to_get: "Install it into a folder (npm install mongodb-mcp-server@3.0.4)",
};

fn cases() -> Vec<Case> {
    let theirs = |more: serde_json::Value| {
        let mut arguments = json!({ "connectionId": "preconfigured", "database": DATABASE });
        for (name, value) in more.as_object().into_iter().flatten() {
            arguments[name] = value.clone();
        }
        arguments
    };
    let look_up = json!({ "customer_id": 42 });
    let ours = json!({ "collection": "orders", "filter": look_up.to_string(), "limit": 10 });
    vec![
        Case::new(
            "collections",
            ("mongodb.list_collections", json!({})),
            ("list-collections", theirs(json!({}))),
        ),
        Case::new(
            "database",
            ("mongodb.get_database_stats", json!({ "database": DATABASE })),
            ("db-stats", theirs(json!({}))),
        ),
        // Their list of indexes asks for search indexes too, and so fails on every server but Atlas (3.0.4).
        Case::new(
            "run a query",
            ("mongodb.run_query", ours),
            (
                "find",
                theirs(json!({ "collection": "orders", "filter": look_up, "limit": 10 })),
            ),
        ),
        Case::new(
            "explain",
            (
                "mongodb.explain_query",
                json!({ "collection": "orders", "filter": look_up.to_string() }),
            ),
            (
                "explain",
                theirs(
                    json!({ "collection": "orders", "method": [{ "name": "find", "arguments": { "filter": look_up } }] }),
                ),
            ),
        ),
    ]
}

pub async fn measure() -> Result<Report> {
    let server = MongoDb::start().await?;
    let address = server.address();
    let all: Vec<i32> = (0..DOCUMENTS).collect();
    for some in all.chunks(5_000) {
        let documents: Vec<bson::Document> = some
            .iter()
            .map(|n| bson::doc! { "_id": n, "customer_id": n % 400, "status": "open", "total": n * 3 })
            .collect();
        address
            .run(DATABASE, bson::doc! { "insert": "orders", "documents": documents })
            .await?;
    }
    let index = bson::doc! { "key": { "customer_id": 1 }, "name": "by_customer" };
    address
        .run(DATABASE, bson::doc! { "createIndexes": "orders", "indexes": [index] })
        .await?;

    let station = Station::open().await?;
    let hosts = address.hosts().join(",");
    let set = address.replica_set();
    let settings =
        json!({ "hosts": hosts, "replica_set": set, "database": DATABASE, "user": USER, "auth_source": "admin" });
    let target = station.add_target("mongodb", settings, PASSWORD).await?;
    let password = PASSWORD.replace(' ', "%20");
    let url = format!("mongodb://{USER}:{password}@{hosts}/?replicaSet={set}&authSource=admin");
    let peer = Peer::start(&PROGRAM, &["--readOnly", "--telemetry", "disabled", &url])?;
    let report = Report::new("dba-vs-mongodb-mcp", Machine::look(station.folder.path()));
    let mut duel = Duel {
        station,
        target,
        peer,
        report,
    };
    duel.fight(&cases()).await?;
    let mut report = duel.report;
    report.note(format!(
        "{DOCUMENTS} documents in one collection with one index; one node, MongoDB as the tests run it."
    ));
    Ok(report)
}
