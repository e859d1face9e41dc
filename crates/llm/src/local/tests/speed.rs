//! How long a message takes to become a call.

use super::*;
use std::time::Instant;

/// The catalogue and more tools of other plugins, 500 in all, each with a target.
fn five_hundred() -> Chat {
    let mut inventory = inventory();
    let mut specs = catalogue::tools();
    let real = specs.len();
    let (verbs, nouns) = (
        ["list", "get", "create", "delete", "update", "stop"],
        [
            "user", "bucket", "volume", "network", "policy", "secret", "job", "queue",
        ],
    );
    for number in 0..500 - real {
        let (verb, noun, plugin) = (verbs[number % 6], nouns[number % 8], format!("plugin{}", number / 24));
        let mut spec = specs[number % real].clone();
        spec.name = format!("{plugin}.{verb}_{noun}_{number}").parse().unwrap();
        spec.title = format!("{verb} {noun} {number}");
        spec.description =
            format!("Does {verb} to the {noun} with number {number} of the system, and says what became of it.");
        spec.example = format!("{verb} {noun} {number} on {{target}}");
        spec.synonyms = vec![format!("{noun} {verb}")];
        specs.push(spec);
    }
    inventory
        .targets
        .extend((0..21).map(|n| target(&format!("system-{n}"), &format!("plugin{n}"), "production", &[])));
    let tables: Vec<String> = (0..490).map(|n| format!("table_{n}")).collect();
    inventory.targets[1]
        .resources
        .extend(tables.iter().map(|name| ResourceName {
            kind: "table".into(),
            name: name.clone(),
        }));
    let mut chat = Chat::new(inventory);
    chat.request.tools = offer(&specs, &chat.request.inventory);
    assert_eq!(chat.request.tools.len(), 500);
    chat
}

#[test]
fn a_message_becomes_a_call_within_5_ms_with_500_tools() {
    let mut chat = five_hundred();
    let cases = [
        ("show slow queries on orders-db", "postgres_get_slow_queries"),
        ("create an index on orders(customer_id)", "postgres_create_index"),
        ("why is ordrs slow, and fix it", "postgres_get_slow_queries"),
        ("top 10 proceses by memory", "host_list_processes"),
    ];
    let mut took = Vec::new();
    for round in 0..200 {
        let (message, expected) = cases[round % cases.len()];
        chat.request.messages = vec![ModelMessage::User { text: message.into() }];
        let begin = Instant::now();
        let answer = chat.local.answer(&chat.request);
        took.push(begin.elapsed());
        assert_eq!(
            answer.tool_calls.first().map(|call| call.name.as_str()),
            Some(expected),
            "{message}: {}",
            answer.text
        );
    }
    took.sort();
    let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
    println!(
        "message to call with 500 tools: median {} us, worst {} us",
        median.as_micros(),
        worst.as_micros()
    );
    // An unoptimised build is some ten times slower.
    let bound_us = if cfg!(debug_assertions) { 50_000 } else { 5_000 };
    assert!(median.as_micros() < bound_us, "median {median:?}");
}
