//! Plugins and their tools, by name.

use jsonschema::Validator;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};
use steersman_engine::select::Catalogue;
use steersman_protocol::{Problem, ToolName, ToolSpec};
use steersman_toolkit::{Plugin, Tool};

/// What there is to offer. Never changed: an organization that saves a tool gets another one.
pub struct Registry {
    plugins: Vec<Arc<dyn Plugin>>,
    tools: HashMap<ToolName, Arc<Entry>>,
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
        let offered: Vec<Tool> = plugins.iter().flat_map(|plugin| plugin.tools()).collect();
        for plugin in &plugins {
            for spec in plugin.tools().iter().map(Tool::spec) {
                if spec.name.plugin() != plugin.name() {
                    return Err(bad(spec, "the name does not begin with the plugin's"));
                }
            }
        }
        let nothing = Self {
            plugins,
            tools: HashMap::new(),
            by_model_name: HashMap::new(),
            catalogue: Catalogue::new(Vec::new()),
        };
        nothing.with(offered)
    }

    /// These tools beside those that are there, each after the last one of its plugin. Fails like [`Registry::new`].
    pub(crate) fn with(&self, more: Vec<Tool>) -> Result<Self, Problem> {
        let mut tools = self.tools.clone();
        let mut by_model_name = self.by_model_name.clone();
        let mut specs = self.catalogue.tools().to_vec();
        for tool in more {
            let spec = tool.spec().clone();
            let schema =
                jsonschema::validator_for(&spec.input_schema).map_err(|error| bad(&spec, &error.to_string()))?;
            if by_model_name.insert(spec.name.for_model(), spec.name.clone()).is_some() {
                return Err(bad(&spec, "another tool has the same name"));
            }
            tools.insert(spec.name.clone(), Arc::new(Entry { tool, schema }));
            let after = specs
                .iter()
                .rposition(|known| known.name.plugin() == spec.name.plugin());
            specs.insert(after.map_or(specs.len(), |at| at + 1), spec);
        }
        Ok(Self {
            plugins: self.plugins.clone(),
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
        self.catalogue.tools().to_vec()
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

fn bad(spec: &ToolSpec, why: &str) -> Problem {
    let what = format!("Could not load {}", spec.name);
    Problem::new("registry.bad_plugin", what, why, "Report this as a bug of the plugin")
}
