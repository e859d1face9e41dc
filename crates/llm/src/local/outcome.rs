//! What the provider decides to do with a message.

use super::world::World;
use serde_json::{Map, Value};
use steersman_protocol::{SuggestedCall, ToolCall};

pub enum Outcome {
    Call(Vec<Planned>),
    Ask(Question),
    Say(String),
}

/// A call of an offered tool on a target that the offer names.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub tool: usize,
    pub target: String,
    pub arguments: Map<String, Value>,
}

/// A question to the person, with what is needed to go on when it is answered.
pub struct Question {
    pub text: String,
    pub about: About,
    /// What was listed, in the order of the numbers.
    pub choices: Vec<Choice>,
    pub draft: Draft,
}

pub struct Choice {
    /// As a person may say it.
    pub name: String,
    pub call: Option<Planned>,
    pub tool: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum About {
    Target,
    Tool,
    Slot(usize),
    /// One of several whole calls.
    Call,
}

/// A request that is not complete yet.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub tool: usize,
    /// Text that chose the tool and filled its slots.
    pub said: String,
    /// What answers to questions added.
    pub arguments: Map<String, Value>,
    pub targets: Vec<String>,
}

impl Planned {
    /// `None` when the tool is not offered or not on this target.
    pub fn from_suggestion(world: &World<'_>, suggestion: &SuggestedCall) -> Option<Self> {
        let tool = world.find(&suggestion.tool)?;
        world
            .targets_of(tool)
            .contains(&suggestion.target.as_str())
            .then(|| Self {
                tool,
                target: suggestion.target.clone(),
                arguments: suggestion.arguments.as_object().cloned().unwrap_or_default(),
            })
    }

    pub fn to_call(&self, world: &World<'_>, id: String) -> ToolCall {
        let mut arguments = Map::new();
        arguments.insert("target".into(), Value::from(self.target.clone()));
        arguments.extend(self.arguments.clone());
        ToolCall {
            id,
            name: world.tools[self.tool].name.clone(),
            arguments: Value::Object(arguments),
        }
    }

    /// "create an index on orders-db (table: orders; columns: customer_id)"
    pub fn in_words(&self, world: &World<'_>) -> String {
        let mut title = world.tools[self.tool].title.clone();
        if let Some(first) = title.get_mut(0..1) {
            first.make_ascii_lowercase();
        }
        let details: Vec<String> = self
            .arguments
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| in_words(name, value))
            .collect();
        match details.is_empty() {
            true => format!("{title} on {}", self.target),
            false => format!("{title} on {} ({})", self.target, details.join("; ")),
        }
    }
}

fn in_words(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    let short: String = text.chars().take(80).collect();
    let dots = if short.len() < text.len() { " …" } else { "" };
    match name {
        "sql" | "query" | "statement" => format!("`{}{dots}`", short.replace('`', "'")),
        name => format!("{}: {short}{dots}", name.replace('_', " ")),
    }
}
