//! A MongoDB beside a PostgreSQL: tools of one name are told apart by the target.

use super::*;

/// The specifications of the mongodb plugin, one a line, as the plugin declares them.
fn tools() -> Vec<ToolSpec> {
    serde_json::from_str(include_str!("mongodb.json")).expect("the file holds specifications")
}

fn both() -> Inventory {
    let mut inventory = inventory();
    let names = [
        ("collection", "orders"),
        ("collection", "visits"),
        ("index", "customer_id_1"),
    ];
    inventory
        .targets
        .push(target("shop-mongo", "mongodb", "production", &names));
    inventory
}

fn say(message: &str) -> Said {
    let inventory = both();
    let mut chat = Chat::new(inventory.clone());
    let all: Vec<ToolSpec> = catalogue::tools().into_iter().chain(tools()).collect();
    chat.request.tools = offer(&all, &inventory);
    chat.say(message)
}

#[test]
fn every_example_finds_its_own_tool() {
    let mut failures = Vec::new();
    for spec in tools() {
        let message = spec.example.replace("{target}", "shop-mongo");
        let is_found = match say(&message) {
            Said::Calls(calls) => calls
                .iter()
                .all(|call| call.starts_with(&format!("{} shop-mongo", spec.name))),
            // Roles are a list that plain words do not fill: it asks.
            Said::Text(text) => spec.input_schema["properties"].get("roles").is_some() && text.contains('?'),
        };
        if !is_found {
            failures.push(format!("{message}: {:?}", say(&message)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_target_decides_between_tools_of_one_name() {
    for (message, expected) in [
        ("list indexes on shop-mongo", "mongodb.list_indexes shop-mongo"),
        ("list indexes on shop-db", "postgres.list_indexes shop-db"),
        (
            "show slow queries on shop-mongo",
            "mongodb.get_profiler_data shop-mongo",
        ),
        ("show slow queries on orders-db", "postgres.get_slow_queries orders-db"),
        (
            "which collections are there on shop-mongo",
            "mongodb.list_collections shop-mongo",
        ),
        ("replication lag on shop-mongo", "mongodb.get_repl_status shop-mongo"),
    ] {
        assert_eq!(say(message), calls(&[expected]), "{message}");
    }
}
