//! One kind of system.

use crate::{Handles, Tool};
use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use steersman_protocol::{Health, Problem, ResourceName};

/// Secrets of a target by settings name, unsealed for the moment of connecting.
pub type Secrets = BTreeMap<String, SecretString>;

/// A kind of system that Steersman can operate. Adding one is one folder and one line in the app's list.
#[async_trait]
pub trait Plugin: Send + Sync + 'static {
    /// `postgres`; the first part of its tools' names.
    fn name(&self) -> &'static str;
    /// For people: "PostgreSQL".
    fn title(&self) -> &'static str;
    /// One sentence.
    fn description(&self) -> &'static str;

    /// JSON Schema of the settings form. A property with `"writeOnly": true` is a secret: sealed, never shown again.
    fn settings_schema(&self) -> Value;

    /// All its tools, in the order to show.
    fn tools(&self) -> Vec<Tool>;

    /// Checks settings before they are stored, and returns them normalised. Touches nothing outside.
    fn check_settings(&self, settings: &Value) -> Result<Value, Problem>;

    /// Opens (or lazily prepares) the handles of one target.
    async fn connect(&self, settings: &Value, secrets: &Secrets) -> Result<Handles, Problem>;

    /// A quick look (under 5 s) at whether the target answers.
    async fn health(&self, handles: &Handles) -> Health;

    /// Names of things on the target that people say (tables, indexes, processes): at most 500, the largest first.
    async fn resources(&self, handles: &Handles) -> Result<Vec<ResourceName>, Problem>;

    /// Instances found on this machine without being told. Looks, and connects only without credentials.
    async fn discover(&self) -> Vec<Discovered> {
        Vec::new()
    }
}

/// An instance that was found and can be offered.
#[derive(Clone, Debug)]
pub struct Discovered {
    /// A name to propose for the target.
    pub name: String,
    /// One sentence: "PostgreSQL 15.18 on 127.0.0.1:5432".
    pub sentence: String,
    pub settings: Value,
    /// True when it can be used as it is, without credentials.
    pub is_ready: bool,
}
