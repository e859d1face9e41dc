//! PostgreSQL: finds out what is slow, big, locked or unused, and makes careful changes.
//!
//! Reads go through the connection's reader: read-only transactions, limits, and the `guard` for every statement that a
//! person or a model wrote. Changes are planned with the reader, and carried out statement by statement on a connection
//! of their own. A good addition is a tool that a database administrator reaches for every week. Deliberately absent:
//! scripts of many statements, and anything that needs a shell on the server.

mod activity;
mod bloat;
mod catalogue;
mod connection;
mod custom;
mod discover;
mod explain;
#[cfg(test)]
mod fixture;
pub mod guard;
mod health;
mod identifier;
mod looked;
mod privileges;
mod problem;
mod query_plan;
mod recorded;
mod replication;
mod roles;
pub mod sample;
mod server;
mod settings;
mod show;
mod statement;
mod tools;
mod verify;
mod version;
mod writing;

pub use connection::{Reader, Writer};
pub use settings::{Settings, SslMode};

use connection::Dialer;
use serde_json::Value;
use std::sync::Arc;
use steersman_toolkit::{
    Cx, Discovered, Handles, Plugin, Secrets, Tool, async_trait,
    protocol::{CustomTool, Health, Problem, ResourceName},
};

/// The plugin `postgres`.
pub struct Postgres;

#[async_trait]
impl Plugin for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn title(&self) -> &'static str {
        "PostgreSQL"
    }

    fn description(&self) -> &'static str {
        "A PostgreSQL database: slow queries, plans, indexes, locks, sizes, and careful changes to them"
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

    fn custom_tool(&self, definition: &CustomTool) -> Result<Tool, Problem> {
        custom::tool(definition)
    }

    async fn check_custom_tool(&self, cx: &Cx, handles: &Handles, definition: &CustomTool) -> Result<(), Problem> {
        custom::check(cx, handles.reader::<Reader>()?, definition).await
    }

    async fn discover(&self) -> Vec<Discovered> {
        discover::look().await
    }
}
