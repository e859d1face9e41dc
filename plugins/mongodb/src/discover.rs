//! Finds a MongoDB server on this machine, without any credentials.

use crate::{
    connection::{Bounds, Dialer, Reader},
    settings::Settings,
};
use bson::doc;
use serde_json::json;
use std::sync::Arc;
use steersman_toolkit::{CancellationToken, Discovered, protocol::Limits};

const PLACE: &str = "127.0.0.1:27017";
/// Databases that are there on every server.
const OWN_DATABASES: &[&str] = &["admin", "config", "local"];

/// What answers on the usual loopback port.
pub(crate) async fn look() -> Vec<Discovered> {
    look_at(PLACE).await.into_iter().collect()
}

/// Whatever speaks MongoDB answers `hello` to everybody; whether it is open shows in the list of databases.
pub(crate) async fn look_at(place: &str) -> Option<Discovered> {
    let settings = Settings::parse(&json!({ "hosts": place, "database": "test" })).ok()?;
    let reader = Reader::new(Arc::new(Dialer::new(&settings, None).ok()?), settings.clone());
    let bounds = Bounds {
        what: "Could not look for MongoDB".to_owned(),
        limits: Limits {
            time_ms: 2_000,
            ..Limits::default()
        },
        cancel: CancellationToken::new(),
    };
    let read = reader.begin(bounds).ok()?;
    let hello = read.run("admin", doc! { "hello": 1 }).await.ok()?;
    let set = hello.get_str("setName").ok();
    let databases = read
        .run("admin", doc! { "listDatabases": 1, "nameOnly": true })
        .await
        .ok();
    let build = read.run("admin", doc! { "buildInfo": 1 }).await.unwrap_or_default();
    let version = build.get_str("version").unwrap_or("of unknown version");
    let database = databases.as_ref().and_then(|answer| {
        let names = answer.get_array("databases").ok()?.iter();
        let mut names = names.filter_map(|row| row.as_document()?.get_str("name").ok());
        names.find(|name| !OWN_DATABASES.contains(name))
    });
    let is_ready = databases.is_some();
    let of_set = set.map_or(String::new(), |set| format!(", of the replica set \"{set}\""));
    let open = if is_ready {
        "open without a password"
    } else {
        "it wants a user and password"
    };
    let settings = Settings {
        database: database.unwrap_or("test").to_owned(),
        ..settings
    };
    Some(Discovered {
        name: "local-mongodb".to_owned(),
        sentence: format!("MongoDB {version} at {place}{of_set}, {open}"),
        settings: settings.to_value(),
        is_ready,
    })
}
