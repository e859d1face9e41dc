//! What can be named: the targets a person may use and the things on them.

use super::{
    slot::SlotKind,
    toolbox::{Entry, Toolbox},
};
use serde_json::Value;
use std::sync::Arc;
use steersman_protocol::{ModelRequest, OfferedTool, ToolKind, ToolName};

/// Everything outside the conversation that an answer may depend on.
#[derive(Clone)]
pub struct World<'a> {
    pub tools: &'a [OfferedTool],
    pub toolbox: Arc<Toolbox>,
    pub places: Vec<Place<'a>>,
    /// Names of the targets that the person looks at.
    pub looking_at: &'a [String],
    /// Kinds of resources that some slot wants: `table`, `index`.
    pub resource_kinds: Vec<String>,
}

/// A target.
#[derive(Clone)]
pub struct Place<'a> {
    pub name: &'a str,
    pub plugin: &'a str,
    pub environment: &'a str,
    pub resources: &'a [steersman_protocol::ResourceName],
}

impl<'a> World<'a> {
    pub fn new(request: &'a ModelRequest, toolbox: Arc<Toolbox>) -> Self {
        let mut places: Vec<Place<'a>> = request
            .inventory
            .targets
            .iter()
            .map(|target| Place {
                name: &target.name,
                plugin: &target.plugin,
                environment: &target.environment,
                resources: &target.resources,
            })
            .collect();
        if places.is_empty() {
            places = places_of_tools(&request.tools);
        }
        let mut resource_kinds: Vec<String> = Vec::new();
        for slot in toolbox.entries.iter().flat_map(|entry| &entry.slots) {
            if let SlotKind::Resource(kind) = &slot.kind
                && !resource_kinds.contains(kind)
            {
                resource_kinds.push(kind.clone());
            }
        }
        Self {
            tools: &request.tools,
            toolbox,
            places,
            looking_at: &request.inventory.looking_at,
            resource_kinds,
        }
    }

    pub fn entry(&self, tool: usize) -> &Entry {
        &self.toolbox.entries[tool]
    }

    /// The targets that a tool may be called on, in the offer's order.
    pub fn targets_of(&self, tool: usize) -> Vec<&str> {
        match offered_targets(&self.tools[tool]) {
            Some(names) => names,
            None => {
                let plugin = self.tools[tool].tool.plugin();
                self.places
                    .iter()
                    .filter(|place| place.plugin == plugin)
                    .map(|place| place.name)
                    .collect()
            }
        }
    }

    pub fn place(&self, name: &str) -> Option<&Place<'a>> {
        self.places.iter().find(|place| place.name == name)
    }

    /// Whether a tool can be called on something that the person looks at.
    pub fn is_in_sight(&self, tool: usize) -> bool {
        !self.looking_at.is_empty()
            && self
                .targets_of(tool)
                .iter()
                .any(|name| self.looking_at.iter().any(|seen| seen == name))
    }

    pub fn find(&self, name: &ToolName) -> Option<usize> {
        self.tools.iter().position(|tool| tool.tool == *name)
    }

    /// By the model's form of the name, as calls carry it.
    pub fn find_called(&self, name: &str) -> Option<usize> {
        self.tools.iter().position(|tool| tool.name == name)
    }

    pub fn is_change(&self, tool: usize) -> bool {
        self.tools[tool].kind == ToolKind::Change
    }
}

fn offered_targets(tool: &OfferedTool) -> Option<Vec<&str>> {
    let target = tool.input_schema.get("properties")?.get("target")?;
    match target.get("enum") {
        Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => target.get("const").and_then(Value::as_str).map(|name| vec![name]),
    }
}

/// Without an inventory the names in the tools' own schemas still say what there is.
fn places_of_tools(tools: &[OfferedTool]) -> Vec<Place<'_>> {
    let mut places: Vec<Place<'_>> = Vec::new();
    for tool in tools {
        for name in offered_targets(tool).unwrap_or_default() {
            if places.iter().all(|place| place.name != name) {
                places.push(Place {
                    name,
                    plugin: tool.tool.plugin(),
                    environment: "",
                    resources: &[],
                });
            }
        }
    }
    places
}
