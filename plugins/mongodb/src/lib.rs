//! The plugin `mongodb`: finds out what is slow, big or unused on a MongoDB deployment, and makes careful changes.
//!
//! Reading goes through a client that sends only commands that read, each with a time limit. What a person or model
//! writes passes a guard that knows every stage and operator it lets through. Changes are commands that are shown as text
//! first and sent exactly as shown.
//!
//! A good addition is a tool about a MongoDB deployment that people would otherwise do by hand in `mongosh`.
//! Deliberately absent: Atlas's own API, sharding administration, and any command that a tool does not name.

mod activity;
mod collection;
mod command;
mod connection;
mod discover;
#[cfg(test)]
mod fixture;
mod guard;
mod health;
mod indexes;
mod problem;
mod rights;
mod roles;
mod server;
mod settings;
mod show;
mod tools;
mod user_change;
mod verify;

pub use connection::{Reader, Writer};
pub use settings::{Settings, TlsMode};

use connection::Dialer;
use serde_json::Value;
use std::sync::Arc;
use steersman_toolkit::{
    Discovered, Handles, Plugin, Secrets, Tool, async_trait,
    protocol::{Health, Problem, ResourceName},
};

/// The plugin `mongodb`.
pub struct MongoDb;

#[async_trait]
impl Plugin for MongoDb {
    fn name(&self) -> &'static str {
        "mongodb"
    }

    fn title(&self) -> &'static str {
        "MongoDB"
    }

    fn description(&self) -> &'static str {
        "A MongoDB deployment: slow operations, plans, indexes, replication, sizes, users, and careful changes to them"
    }

    fn settings_schema(&self) -> Value {
        Settings::schema()
    }

    fn tools(&self) -> Vec<Tool> {
        tools::all()
    }

    fn check_settings(&self, settings: &Value) -> Result<Value, Problem> {
        Settings::parse(settings).map(|settings| settings.to_value())
    }

    /// Connects when first needed: a server that is down must not keep Steersman from starting.
    async fn connect(&self, settings: &Value, secrets: &Secrets) -> Result<Handles, Problem> {
        let settings = Settings::parse(settings)?;
        let dialer = Arc::new(Dialer::new(&settings, secrets.get("password"))?);
        Ok(Handles::new(Reader::new(dialer.clone(), settings), Writer::new(dialer)))
    }

    async fn health(&self, handles: &Handles) -> Health {
        match handles.reader::<Reader>() {
            Ok(reader) => health::look(reader).await,
            Err(problem) => health::down(&problem, 0),
        }
    }

    async fn resources(&self, handles: &Handles) -> Result<Vec<ResourceName>, Problem> {
        health::resources(handles.reader::<Reader>()?).await
    }

    async fn discover(&self) -> Vec<Discovered> {
        discover::look().await
    }
}
