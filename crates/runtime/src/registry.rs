//! Plugins and their tools, by name.

use jsonschema::Validator;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};
use steersman_engine::select::Catalogue;
use steersman_protocol::{Problem, ToolName, ToolSpec};
use steersman_toolkit::{Plugin, Tool};

/// What there is to offer. Built once at start.
pub struct Registry {
    plugins: Vec<Arc<dyn Plugin>>,
    tools: HashMap<ToolName, Entry>,
    by_model_name: HashMap<String, ToolName>,
    catalogue: Catalogue,
}

struct Entry {
    tool: Tool,
    schema: Validator,
}

/// A plugin type, for lists.
#[derive(Clone, Debug)]
pub struct PluginInfo {
    pub name: String,
    pub title: String,
    pub description: String,
    pub settings_schema: Value,
    pub tools: Vec<ToolName>,
}

impl Registry {
    /// Fails when two tools share a name (also in the form that models see) or a schema is no schema.
    pub fn new(plugins: Vec<Arc<dyn Plugin>>) -> Result<Self, Problem> {
        let bad = |what: &str, why: String| {
            Problem::new("registry.bad_plugin", what, why, "Report this as a bug of the plugin")
        };
        let mut tools = HashMap::new();
        let mut by_model_name = HashMap::new();
        let mut specs = Vec::new();
        for plugin in &plugins {
            for tool in plugin.tools() {
                let spec = tool.spec().clone();
                let what = format!("Could not load {} of plugin {}", spec.name, plugin.name());
                if spec.name.plugin() != plugin.name() {
                    return Err(bad(&what, "the name does not begin with the plugin's".into()));
                }
                let schema =
                    jsonschema::validator_for(&spec.input_schema).map_err(|error| bad(&what, error.to_string()))?;
                if by_model_name.insert(spec.name.for_model(), spec.name.clone()).is_some() {
                    return Err(bad(&what, "another tool has the same name".into()));
                }
                tools.insert(spec.name.clone(), Entry { tool, schema });
                specs.push(spec);
            }
        }
        Ok(Self {
            plugins,
            tools,
            by_model_name,
            catalogue: Catalogue::new(specs),
        })
    }

    pub fn plugin(&self, name: &str) -> Option<&Arc<dyn Plugin>> {
        self.plugins.iter().find(|plugin| plugin.name() == name)
    }

    pub fn plugins(&self) -> impl Iterator<Item = PluginInfo> + '_ {
        self.plugins.iter().map(|plugin| PluginInfo {
            name: plugin.name().to_owned(),
            title: plugin.title().to_owned(),
            description: plugin.description().to_owned(),
            settings_schema: plugin.settings_schema(),
            tools: plugin.tools().iter().map(|tool| tool.spec().name.clone()).collect(),
        })
    }

    pub(crate) fn each_plugin(&self) -> &[Arc<dyn Plugin>] {
        &self.plugins
    }

    pub fn tool(&self, name: &ToolName) -> Option<&Tool> {
        self.tools.get(name).map(|entry| &entry.tool)
    }

    pub fn spec(&self, name: &ToolName) -> Option<&ToolSpec> {
        self.tool(name).map(Tool::spec)
    }

    /// A tool by the name that models use.
    pub fn by_model_name(&self, name: &str) -> Option<&ToolName> {
        self.by_model_name.get(name)
    }

    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// All specs, by plugin in list order.
    pub fn specs(&self) -> Vec<ToolSpec> {
        self.plugins
            .iter()
            .flat_map(|plugin| plugin.tools())
            .map(|tool| tool.spec().clone())
            .collect()
    }

    /// Checks arguments against the tool's schema; the sentence names the place.
    pub(crate) fn check_arguments(&self, name: &ToolName, arguments: &Value) -> Result<(), String> {
        let Some(entry) = self.tools.get(name) else {
            return Err(format!("there is no tool {name}"));
        };
        let errors: Vec<String> = entry
            .schema
            .iter_errors(arguments)
            .take(3)
            .map(|error| {
                let place = error.instance_path().to_string();
                if place.is_empty() {
                    error.to_string()
                } else {
                    format!("at {place}: {error}")
                }
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors.join("; "))
        }
    }
}
