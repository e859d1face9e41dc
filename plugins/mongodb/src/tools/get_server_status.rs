//! The tool *get server status*.

use crate::{
    connection::{Bounds, Reader},
    server::{self, ServerState},
    show,
};
use bson::{Document, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Problem, Risk},
};

pub(crate) struct GetServerStatus;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {}

#[async_trait]
impl Query for GetServerStatus {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.get_server_status",
            title: "Server status",
            description: "Shows version, role, uptime, connections, operations so far, cache, memory, queues and open cursors \
                          of the MongoDB server",
            example: "show the MongoDB server status of {target}",
            synonyms: &[
                "serverStatus",
                "mongod status",
                "cache usage",
                "opcounters",
                "mongo connections",
                "uptime",
                "how is mongo doing",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, _input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "read the server's status"))?;
        let state = server::state(&read).await?;
        let status = read.run("admin", doc! { "serverStatus": 1 }).await?;
        let summary = summary(&state, &status);
        Ok(Answer {
            summary,
            blocks: vec![
                show::record(cx, "Server", fields(&state, &status)),
                show::record(cx, "Operations since start", counters(&status)),
            ],
            suggestions: Vec::new(),
        })
    }
}

const CACHE_USED: &[&str] = &["wiredTiger", "cache", "bytes currently in the cache"];
const CACHE_SIZE: &[&str] = &["wiredTiger", "cache", "maximum bytes configured"];

fn summary(state: &ServerState, status: &Document) -> String {
    let at = |path: &[&str]| show::at(status, path);
    let version = status.get_str("version").unwrap_or("?");
    let mut summary = format!("MongoDB {version}, {}", state.role());
    if let Some(up) = at(&["uptimeMillis"]) {
        summary = format!("{summary}, up for {}", show::duration(up));
    }
    if let Some(used) = at(&["connections", "current"]) {
        summary = format!("{summary}, {} connections", show::count(used));
    }
    if let (Some(used), Some(size)) = (at(CACHE_USED), at(CACHE_SIZE).filter(|size| *size > 0.0)) {
        summary = format!("{summary}, cache {:.0} % full", used * 100.0 / size);
    }
    summary
}

fn fields(state: &ServerState, status: &Document) -> Vec<(&'static str, Value)> {
    let at = |path: &[&str]| show::at(status, path);
    vec![
        ("version", show::cell_at(status, "version")),
        ("role", json!(state.role())),
        ("host", show::cell_at(status, "host")),
        (
            "storage engine",
            json!(
                status
                    .get_document("storageEngine")
                    .ok()
                    .and_then(|engine| engine.get_str("name").ok())
            ),
        ),
        ("connections", show::whole(at(&["connections", "current"]))),
        ("connections left", show::whole(at(&["connections", "available"]))),
        (
            "active clients",
            show::whole(at(&["globalLock", "activeClients", "total"])),
        ),
        (
            "waiting operations",
            show::whole(at(&["globalLock", "currentQueue", "total"])),
        ),
        ("cursors open", show::whole(at(&["metrics", "cursor", "open", "total"]))),
        ("cache used", json!(at(CACHE_USED).map(show::bytes))),
        ("cache size", json!(at(CACHE_SIZE).map(show::bytes))),
        (
            "dirty in cache",
            json!(at(&["wiredTiger", "cache", "tracked dirty bytes in the cache"]).map(show::bytes)),
        ),
        (
            "memory resident",
            json!(at(&["mem", "resident"]).map(|mib| show::bytes(mib * 1024.0 * 1024.0))),
        ),
        ("received", json!(at(&["network", "bytesIn"]).map(show::bytes))),
        ("sent", json!(at(&["network", "bytesOut"]).map(show::bytes))),
        ("assertions by users", show::whole(at(&["asserts", "user"]))),
    ]
}

fn counters(status: &Document) -> Vec<(&'static str, Value)> {
    ["insert", "query", "update", "delete", "getmore", "command"]
        .into_iter()
        .map(|name| (name, show::whole(show::at(status, &["opcounters", name]))))
        .collect()
}
