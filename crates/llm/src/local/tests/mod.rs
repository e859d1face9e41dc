//! The provider on tool specifications like those of the postgres and host plugins.

mod anything;
mod catalogue;
mod data;
mod followups;
mod mongodb;
mod pages;
mod questions;
mod requests;
mod speed;
mod steps;
mod wishes;

use super::{LOCAL, Local};
use serde_json::{Map, Value, json};
use steersman_protocol::{
    Inventory, InventoryTarget, ModelMessage, ModelRequest, OfferedTool, ResourceName, SuggestedCall, ToolCall,
    ToolChoice, ToolSpec,
};

/// Two databases, of which one is production, and one machine.
pub fn inventory() -> Inventory {
    Inventory {
        looking_at: vec![],
        targets: vec![
            target("web-1", "host", "production", &[]),
            target(
                "orders-db",
                "postgres",
                "production",
                &[
                    ("table", "orders"),
                    ("table", "customers"),
                    ("table", "order_items"),
                    ("table", "sales.invoices"),
                    ("table", "sessions"),
                    ("index", "orders_pkey"),
                    ("index", "orders_customer_id_idx"),
                    ("index", "customers_email_key"),
                ],
            ),
            target(
                "shop-db",
                "postgres",
                "staging",
                &[
                    ("table", "products"),
                    ("table", "customers"),
                    ("index", "products_sku_idx"),
                ],
            ),
        ],
    }
}

/// One database and one machine: nothing to choose.
pub fn small_inventory() -> Inventory {
    let mut inventory = inventory();
    inventory.targets.truncate(2);
    inventory
}

pub fn target(name: &str, plugin: &str, environment: &str, resources: &[(&str, &str)]) -> InventoryTarget {
    InventoryTarget {
        name: name.into(),
        plugin: plugin.into(),
        environment: environment.into(),
        is_healthy: true,
        resources: resources
            .iter()
            .map(|(kind, name)| ResourceName {
                kind: (*kind).into(),
                name: (*name).into(),
            })
            .collect(),
    }
}

/// As the runtime offers it: with the names of the plugin's targets.
pub fn offer(specs: &[ToolSpec], inventory: &Inventory) -> Vec<OfferedTool> {
    specs
        .iter()
        .map(|spec| {
            let names: Vec<&str> = inventory
                .targets
                .iter()
                .filter(|t| t.plugin == spec.name.plugin())
                .map(|t| t.name.as_str())
                .collect();
            let mut schema = spec.input_schema.clone();
            schema["properties"]["target"] = json!({ "type": "string", "enum": names });
            OfferedTool {
                name: spec.name.for_model(),
                tool: spec.name.clone(),
                kind: spec.kind,
                floor: spec.floor,
                title: spec.title.clone(),
                description: spec.description.clone(),
                example: spec.example.clone(),
                synonyms: spec.synonyms.clone(),
                input_schema: schema,
                relevance: 0.0,
            }
        })
        .collect()
}

/// A conversation under way.
pub struct Chat {
    pub local: Local,
    pub request: ModelRequest,
}

/// What came out of one message.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// `postgres.list_indexes {"target":"orders-db"}`, one a call.
    Calls(Vec<String>),
    Text(String),
}

impl Chat {
    pub fn new(inventory: Inventory) -> Self {
        Self {
            local: Local::new(),
            request: ModelRequest {
                model: String::new(),
                system: String::new(),
                messages: Vec::new(),
                tools: offer(&catalogue::tools(), &inventory),
                tool_choice: ToolChoice::Auto,
                inventory,
                max_output_tokens: None,
                temperature: None,
            },
        }
    }

    /// A person's message, answered.
    pub fn say(&mut self, text: &str) -> Said {
        self.request.messages.push(ModelMessage::User { text: text.into() });
        self.go_on()
    }

    pub fn go_on(&mut self) -> Said {
        let answer = self.local.answer(&self.request);
        assert_eq!(answer.provider, LOCAL);
        for call in &answer.tool_calls {
            self.check_offered(call);
        }
        self.request.messages.push(ModelMessage::Assistant {
            text: answer.text.clone(),
            tool_calls: answer.tool_calls.clone(),
        });
        match answer.tool_calls.is_empty() {
            true => Said::Text(answer.text),
            false => Said::Calls(answer.tool_calls.iter().map(|call| shown(self, call)).collect()),
        }
    }

    /// Gives a result to every waiting call, and lets the provider go on.
    pub fn result(&mut self, summary: &str, suggestions: Vec<SuggestedCall>) -> Said {
        self.results(&[(summary, false)], suggestions, "")
    }

    pub fn error(&mut self, summary: &str) -> Said {
        self.results(&[(summary, true)], Vec::new(), "")
    }

    /// Results for the waiting calls in order; the last summary serves the rest.
    pub fn results(&mut self, summaries: &[(&str, bool)], suggestions: Vec<SuggestedCall>, text: &str) -> Said {
        let Some(ModelMessage::Assistant { tool_calls, .. }) = self.request.messages.last().cloned() else {
            panic!("no call is waiting");
        };
        for (at, call) in tool_calls.into_iter().enumerate() {
            let (summary, is_error) = summaries[at.min(summaries.len() - 1)];
            self.request.messages.push(ModelMessage::Tool {
                call_id: call.id,
                name: call.name,
                text: text.into(),
                summary: summary.into(),
                suggestions: suggestions.clone(),
                is_error,
            });
        }
        self.go_on()
    }

    /// Whatever happens: only offered tools, on targets that the offer names.
    fn check_offered(&self, call: &ToolCall) {
        let tool = self
            .request
            .tools
            .iter()
            .find(|tool| tool.name == call.name)
            .unwrap_or_else(|| panic!("{call:?} is not offered"));
        let names = &tool.input_schema["properties"]["target"]["enum"];
        assert!(
            names.as_array().unwrap().contains(&call.arguments["target"]),
            "{call:?} goes to an invented target"
        );
        for name in call.arguments.as_object().unwrap().keys() {
            assert!(
                tool.input_schema["properties"].get(name).is_some(),
                "{call:?} has an unknown argument"
            );
        }
    }

    pub fn is_change(&self, said: &Said) -> bool {
        let Said::Calls(calls) = said else { return false };
        calls.iter().any(|call| {
            let name = call.split(' ').next().unwrap_or("");
            self.request
                .tools
                .iter()
                .any(|tool| tool.tool.as_str() == name && tool.kind == steersman_protocol::ToolKind::Change)
        })
    }
}

/// `postgres.list_indexes orders-db {"table":"orders"}`, with sorted keys.
fn shown(chat: &Chat, call: &ToolCall) -> String {
    let tool = chat.request.tools.iter().find(|tool| tool.name == call.name).unwrap();
    let mut arguments: Vec<(String, Value)> = call.arguments.as_object().unwrap().clone().into_iter().collect();
    arguments.sort_by(|a, b| a.0.cmp(&b.0));
    let mut arguments: Map<String, Value> = arguments.into_iter().collect();
    let target = arguments.shift_remove("target").unwrap();
    let target = target.as_str().unwrap();
    match arguments.is_empty() {
        true => format!("{} {target}", tool.tool),
        false => format!("{} {target} {}", tool.tool, Value::Object(arguments)),
    }
}

pub fn suggest(tool: &str, target: &str, arguments: Value, because: &str) -> SuggestedCall {
    SuggestedCall {
        tool: tool.parse().unwrap(),
        target: target.into(),
        arguments,
        because: because.into(),
        is_undo: false,
    }
}

pub fn calls(calls: &[&str]) -> Said {
    Said::Calls(calls.iter().map(|call| (*call).to_owned()).collect())
}

/// Compares a table of messages with the calls that each must lead to, all failures at once.
pub fn check(inventory: &Inventory, cases: &[(&str, &str)]) {
    let mut failures = Vec::new();
    for (message, expected) in cases {
        let said = Chat::new(inventory.clone()).say(message);
        let is_right = match (&said, expected.strip_prefix("? ")) {
            (Said::Text(text), Some(part)) => text.contains(part) && text.contains('?'),
            (Said::Text(text), None) => expected.strip_prefix("! ").is_some_and(|part| text.contains(part)),
            (Said::Calls(found), None) => found.join(" + ") == *expected,
            (Said::Calls(_), Some(_)) => false,
        };
        if !is_right {
            failures.push(format!("  {message}\n    expected {expected}\n    got      {said:?}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} wrong:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
