//! The built-in provider: from a message to a tool call, with 500 tools to choose from.
//!
//! The whole way of a message without a model: `engine::select` offers a few tools out of all, the local provider
//! reads the offer, the inventory and the message, and answers with a call.

use crate::{machine::Machine, report::Report, spread::Spread};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Instant;
use steersman_engine::select::{Catalogue, SelectContext};
use steersman_llm::Local;
use steersman_protocol::{
    Inventory, InventoryTarget, ModelMessage, ModelRequest, OfferedTool, ResourceName, ToolChoice, ToolSpec,
};
use steersman_toolkit::Plugin;

const TOOLS: usize = 500;
/// As many as the runtime offers.
const OFFERED: usize = 24;
const ROUNDS: usize = 200;

/// What people say, and the tool they mean.
const MESSAGES: &[(&str, &str)] = &[
    ("show slow queries on orders-db", "postgres.get_slow_queries"),
    ("which indexes does orders have on orders-db", "postgres.list_indexes"),
    (
        "create an index on orders(customer_id) on orders-db",
        "postgres.create_index",
    ),
    ("how much disk is left", "host.get_disk_usage"),
    ("top 10 processes by memory", "host.list_processes"),
    ("who is connected to orders-db", "postgres.get_connection_stats"),
    ("what is listening on port 5432", "host.list_listening_ports"),
    ("why is orders-db slow, and fix it", "postgres.get_slow_queries"),
    ("run SELECT count(*) FROM orders on orders-db", "postgres.run_query"),
    ("analyze the table orders on orders-db", "postgres.analyze_table"),
];

pub fn measure() -> Result<Report> {
    let folder = std::env::temp_dir();
    let mut report = Report::new("local", Machine::look(&folder));
    let specs = specs();
    let building = Instant::now();
    let catalogue = Catalogue::new(specs);
    let built = building.elapsed();
    ensure!(
        catalogue.tools().len() == TOOLS,
        "there are {} tools",
        catalogue.tools().len()
    );
    let inventory = inventory();
    let local = Local::new();
    let (mut whole, mut selecting, mut right) = (Vec::new(), Vec::new(), 0);
    for round in 0..=ROUNDS {
        for (message, meant) in MESSAGES {
            let began = Instant::now();
            let offered = offer(&catalogue, &inventory, message);
            let selected = began.elapsed();
            let answer = local.answer(&request(message, offered, &inventory));
            let took = began.elapsed();
            if round == 0 {
                // The first round fills caches; it also says whether the calls are the right ones.
                let called = answer.tool_calls.first().map(|call| call.name.replacen('_', ".", 1));
                right += usize::from(called.as_deref() == Some(*meant));
                if called.as_deref() != Some(*meant) {
                    report.note(format!(
                        "\"{message}\" became {called:?} and not {meant}: {}",
                        answer.text
                    ));
                }
                continue;
            }
            whole.push(took);
            selecting.push(selected);
        }
    }
    let (whole, selecting) = (Spread::of_times(whole), Spread::of_times(selecting));
    report.figure("message to call, median", whole.median(), "ms");
    report.figure("message to call, p99", whole.p99(), "ms");
    report.figure("of it choosing the offer, median", selecting.median(), "ms");
    report.figure("of it choosing the offer, p99", selecting.p99(), "ms");
    report.figure("indexing 500 tools, once at start", built.as_secs_f64() * 1_000.0, "ms");
    report.figure("messages that became the right call", right as f64, "");
    report.note(format!(
        "{} messages, {ROUNDS} rounds after a first; {TOOLS} tools of {} systems, {} names of things.",
        MESSAGES.len(),
        inventory.targets.len(),
        inventory
            .targets
            .iter()
            .map(|target| target.resources.len())
            .sum::<usize>()
    ));
    Ok(report)
}

/// All real tools, and more of their kind under other names.
fn specs() -> Vec<ToolSpec> {
    let real: Vec<ToolSpec> = [
        steersman_plugin_host::Host.tools(),
        steersman_plugin_postgres::Postgres.tools(),
    ]
    .into_iter()
    .flatten()
    .map(|tool| tool.spec().clone())
    .collect();
    let verbs = ["list", "get", "create", "delete", "update", "stop"];
    let nouns = [
        "user", "bucket", "volume", "network", "policy", "secret", "job", "queue",
    ];
    let mut specs = real.clone();
    for number in 0..TOOLS - real.len() {
        let (verb, noun) = (verbs[number % verbs.len()], nouns[number % nouns.len()]);
        let mut spec = real[number % real.len()].clone();
        let name = format!("system{}.{verb}_{noun}_{number}", number / 24);
        spec.name = name.parse().expect("a well-formed name");
        spec.title = format!("{verb} {noun} {number}");
        spec.description =
            format!("Does {verb} to the {noun} with number {number} of the system, and says what came of it");
        spec.example = format!("{verb} {noun} {number} on {{target}}");
        spec.synonyms = vec![format!("{noun} {verb}"), format!("{verb} the {noun}")];
        specs.push(spec);
    }
    specs
}

fn inventory() -> Inventory {
    let target = |name: String, plugin: &str, tables: &[&str]| InventoryTarget {
        name,
        plugin: plugin.to_owned(),
        environment: "production".into(),
        is_healthy: true,
        resources: tables
            .iter()
            .map(|name| (*name).to_owned())
            .chain((0..if tables.is_empty() { 0 } else { 497 }).map(|n| format!("table_{n}")))
            .map(|name| ResourceName {
                kind: "table".into(),
                name,
            })
            .collect(),
    };
    let mut targets = vec![
        target("this-machine".into(), "host", &[]),
        target("orders-db".into(), "postgres", &["orders", "customers", "order_items"]),
    ];
    targets.extend((0..21).map(|n| target(format!("system-{n}"), &format!("system{n}"), &[])));
    Inventory {
        targets,
        looking_at: Vec::new(),
    }
}

/// What the runtime does between a message and a model.
fn offer(catalogue: &Catalogue, inventory: &Inventory, message: &str) -> Vec<OfferedTool> {
    let plugins: Vec<String> = inventory.targets.iter().map(|target| target.plugin.clone()).collect();
    let context = SelectContext {
        plugins_in_use: &plugins,
        inventory: Some(inventory),
        ..SelectContext::default()
    };
    let selected = catalogue.select(message, &context, |_| true, OFFERED);
    selected
        .into_iter()
        .filter_map(|selected| {
            let spec = catalogue.get(&selected.tool)?;
            Some(OfferedTool {
                name: spec.name.for_model(),
                tool: spec.name.clone(),
                kind: spec.kind,
                floor: spec.floor,
                title: spec.title.clone(),
                description: spec.description.clone(),
                example: spec.example.clone(),
                synonyms: spec.synonyms.clone(),
                input_schema: with_target(&spec.input_schema, spec.name.plugin(), inventory),
                relevance: selected.score,
            })
        })
        .collect()
}

fn with_target(schema: &Value, plugin: &str, inventory: &Inventory) -> Value {
    let fitting = inventory.targets.iter().filter(|target| target.plugin == plugin);
    let names: Vec<&str> = fitting.map(|target| target.name.as_str()).collect();
    let mut schema = schema.clone();
    schema["properties"]["target"] = json!({ "type": "string", "enum": names, "description": "Which target" });
    match schema["required"].as_array_mut() {
        Some(required) => required.insert(0, json!("target")),
        None => schema["required"] = json!(["target"]),
    }
    schema
}

fn request(message: &str, tools: Vec<OfferedTool>, inventory: &Inventory) -> ModelRequest {
    ModelRequest {
        model: String::new(),
        system: steersman_llm::system_prompt(inventory),
        messages: vec![ModelMessage::User { text: message.into() }],
        tools,
        tool_choice: ToolChoice::Auto,
        inventory: inventory.clone(),
        max_output_tokens: None,
        temperature: None,
    }
}
