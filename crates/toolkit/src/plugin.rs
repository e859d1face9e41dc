//! One kind of system.

use crate::{Cx, Handles, Tool};
use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use steersman_protocol::{CustomTool, Health, Problem, ResourceName};

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

    /// A query that an organization saved, as one of this plugin's tools, named `<plugin>.custom_<name>`. It must only
    /// read, bind its values, and be judged again at every run. Touches nothing outside.
    ///
    /// Errors: `toolkit.no_custom_tools` from a plugin without; the plugin's own about the statement.
    fn custom_tool(&self, definition: &CustomTool) -> Result<Tool, Problem> {
        let what = format!("Could not make a tool of \"{}\"", definition.name);
        let why = format!("{} has no custom tools", self.title());
        let next = "Choose a plugin whose queries are statements";
        Err(Problem::new("toolkit.no_custom_tools", what, why, next))
    }

    /// Judges it on this very target, with everything that it names there, and runs nothing.
    async fn check_custom_tool(&self, _cx: &Cx, _handles: &Handles, definition: &CustomTool) -> Result<(), Problem> {
        self.custom_tool(definition).map(drop)
    }

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
