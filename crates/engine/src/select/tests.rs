use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Instant;
use steersman_protocol::{InventoryTarget, ResourceName, Risk};

fn tool(name: &str, kind: ToolKind, title: &str, example: &str, synonyms: &[&str], properties: &[&str]) -> ToolSpec {
    let properties: serde_json::Map<String, Value> = properties
        .iter()
        .map(|p| ((*p).to_owned(), json!({"type": "string"})))
        .collect();
    ToolSpec {
        name: name.parse().unwrap(),
        kind,
        title: title.into(),
        description: format!("{title} of a target."),
        example: example.into(),
        synonyms: synonyms.iter().map(|s| (*s).to_owned()).collect(),
        category: "database".into(),
        permission: "tool:read:x".into(),
        floor: Risk::Low,
        input_schema: json!({"type": "object", "properties": properties}),
    }
}

fn small_catalogue() -> Vec<ToolSpec> {
    use ToolKind::{Change, Query};
    vec![
        tool(
            "postgres.get_slow_queries",
            Query,
            "Slow queries",
            "show slow queries on {target}",
            &["slowest statements"],
            &["limit", "table"],
        ),
        tool(
            "postgres.explain_query",
            Query,
            "Explain a query",
            "explain `select 1` on {target}",
            &["query plan"],
            &["sql"],
        ),
        tool(
            "postgres.list_indexes",
            Query,
            "List indexes",
            "which indexes does orders have on {target}",
            &[],
            &["table"],
        ),
        tool(
            "postgres.get_locks",
            Query,
            "Locks",
            "who blocks whom on {target}",
            &["waiting"],
            &[],
        ),
        tool(
            "postgres.get_connection_stats",
            Query,
            "Connections",
            "how many connections has {target}",
            &["clients"],
            &[],
        ),
        tool(
            "postgres.create_index",
            Change,
            "Create an index",
            "create an index on orders(customer_id) on {target}",
            &[],
            &["table", "columns"],
        ),
        tool(
            "postgres.drop_index",
            Change,
            "Drop an index",
            "drop index orders_idx on {target}",
            &["remove index"],
            &["index"],
        ),
        tool(
            "host.get_disk_usage",
            Query,
            "Disk usage",
            "how much disk is left on {target}",
            &["space", "full"],
            &["path"],
        ),
        tool(
            "host.list_processes",
            Query,
            "Processes",
            "top processes by memory on {target}",
            &["running"],
            &["limit"],
        ),
        tool(
            "host.kill_process",
            Change,
            "End a process",
            "kill process 4711 on {target}",
            &[],
            &["pid"],
        ),
    ]
}

/// 500 tools of 25 plugins, of which the small catalogue is a part.
fn large_catalogue() -> Vec<ToolSpec> {
    let verbs = ["list", "get", "create", "delete", "update", "restart", "stop"];
    let nouns = [
        "user", "bucket", "volume", "network", "policy", "secret", "webhook", "domain", "cluster", "job", "queue",
    ];
    let mut tools = small_catalogue();
    for number in 0..490 {
        let (verb, noun, plugin) = (verbs[number % 7], nouns[number % 11], format!("plugin{}", number / 20));
        let kind = if number % 7 < 2 {
            ToolKind::Query
        } else {
            ToolKind::Change
        };
        let title = format!("{verb} {noun} number {number}");
        tools.push(tool(
            &format!("{plugin}.{verb}_{noun}_{number}"),
            kind,
            &title,
            &title,
            &[noun],
            &["id", "name"],
        ));
    }
    tools
}

fn names(selected: &[Selected]) -> Vec<&str> {
    selected.iter().map(|s| s.tool.as_str()).collect()
}

#[test]
fn the_fitting_tool_is_first_in_plain_words_and_with_typos() {
    for tools in [small_catalogue(), large_catalogue()] {
        let catalogue = Catalogue::new(tools);
        for (message, expected) in [
            ("show slow queries on orders-db", "postgres.get_slow_queries"),
            ("SHOW THE SLOWEST STATEMENTS", "postgres.get_slow_queries"),
            ("which indexes are there", "postgres.list_indexes"),
            ("shwo indxes", "postgres.list_indexes"),
            ("how much disk is left", "host.get_disk_usage"),
            ("is the disk full?", "host.get_disk_usage"),
            ("add an index on orders(status)", "postgres.create_index"),
            ("remove the index orders_idx", "postgres.drop_index"),
            ("who is waiting for whom", "postgres.get_locks"),
            ("top proceses by memory", "host.list_processes"),
            ("how many conections", "postgres.get_connection_stats"),
        ] {
            let selected = catalogue.select(message, &SelectContext::default(), |_| true, 10);
            assert_eq!(names(&selected).first(), Some(&expected), "{message}: {selected:?}");
        }
    }
}

#[test]
fn the_inverse_of_a_recent_change_is_offered() {
    let catalogue = Catalogue::new(large_catalogue());
    let recent = ["postgres.create_index".parse().unwrap()];
    let context = SelectContext {
        recent_tools: &recent,
        ..SelectContext::default()
    };
    let selected = catalogue.select("undo it", &context, |_| true, 10);
    assert!(names(&selected).contains(&"postgres.drop_index"), "{selected:?}");
    assert!(names(&selected).contains(&"postgres.create_index"), "{selected:?}");
}

#[test]
fn an_earlier_message_keeps_its_tools_offered() {
    let catalogue = Catalogue::new(large_catalogue());
    let earlier = ["how much disk is left".to_owned()];
    let context = SelectContext {
        earlier_messages: &earlier,
        ..SelectContext::default()
    };
    let selected = catalogue.select("the second one", &context, |_| true, 5);
    assert_eq!(names(&selected)[0], "host.get_disk_usage");
}

#[test]
fn queries_of_the_plugin_that_a_named_target_belongs_to_are_reachable() {
    let catalogue = Catalogue::new(large_catalogue());
    let inventory = Inventory {
        looking_at: vec![],
        targets: vec![InventoryTarget {
            name: "orders-db".into(),
            plugin: "postgres".into(),
            environment: "production".into(),
            is_healthy: true,
            resources: vec![ResourceName {
                kind: "table".into(),
                name: "orders".into(),
            }],
        }],
    };
    let context = SelectContext {
        inventory: Some(&inventory),
        ..SelectContext::default()
    };
    for message in ["what is wrong with orders-db?", "something odd about orders"] {
        let selected = catalogue.select(message, &context, |_| true, 15);
        let queries = names(&selected)
            .iter()
            .filter(|name| name.starts_with("postgres."))
            .count();
        assert!(queries >= 5, "{message}: {selected:?}");
    }
}

#[test]
fn the_system_on_the_page_decides_between_equals_unless_the_message_names_another() {
    let twin = |plugin: &str| {
        let name = format!("{plugin}.get_slow_queries");
        tool(
            &name,
            ToolKind::Query,
            "Slow queries",
            "show slow queries on {target}",
            &[],
            &["limit"],
        )
    };
    let catalogue = Catalogue::new(vec![twin("mysql"), twin("postgres")]);
    let target = |name: &str, plugin: &str| InventoryTarget {
        name: name.into(),
        plugin: plugin.into(),
        environment: "production".into(),
        is_healthy: true,
        resources: vec![],
    };
    let mut inventory = Inventory {
        targets: vec![target("old-db", "mysql"), target("shop-db", "postgres")],
        looking_at: vec![],
    };
    let first = |inventory: &Inventory, message: &str| {
        let context = SelectContext {
            inventory: Some(inventory),
            ..SelectContext::default()
        };
        catalogue.select(message, &context, |_| true, 5)[0].tool.to_string()
    };
    assert_eq!(first(&inventory, "show slow queries"), "mysql.get_slow_queries");
    inventory.looking_at = vec!["shop-db".into()];
    assert_eq!(first(&inventory, "show slow queries"), "postgres.get_slow_queries");
    assert_eq!(
        first(&inventory, "show slow queries on old-db"),
        "mysql.get_slow_queries"
    );
}

#[test]
fn only_allowed_tools_of_plugins_in_use_are_offered_within_the_limits() {
    let catalogue = Catalogue::new(large_catalogue());
    let in_use = ["postgres".to_owned(), "plugin3".to_owned()];
    let context = SelectContext {
        plugins_in_use: &in_use,
        ..SelectContext::default()
    };
    for (limit, most) in [(0, 5), (7, 7), (1000, 30)] {
        let selected = catalogue.select(
            "delete everything",
            &context,
            |tool| tool.kind == ToolKind::Query,
            limit,
        );
        assert!((5..=most).contains(&selected.len()), "{limit}: {}", selected.len());
        for chosen in &selected {
            assert!(in_use.contains(&chosen.tool.plugin().to_owned()), "{chosen:?}");
            assert_eq!(catalogue.get(&chosen.tool).unwrap().kind, ToolKind::Query);
        }
    }
}

#[test]
fn search_finds_by_words_and_an_empty_query_finds_nothing() {
    let catalogue = Catalogue::new(small_catalogue());
    let found = catalogue.search("index", |_| true, 3);
    assert!(
        found.iter().take(2).all(|f| f.tool.as_str().contains("index")),
        "{found:?}"
    );
    assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert_eq!(catalogue.search("", |_| true, 3), []);
    assert_eq!(catalogue.search("zzzz qqqq", |_| true, 3), []);
}

#[test]
fn of_two_tools_with_one_name_the_later_wins() {
    let first = tool("a.b", ToolKind::Query, "First", "", &[], &[]);
    let second = tool("a.b", ToolKind::Query, "Second", "", &[], &[]);
    let catalogue = Catalogue::new(vec![first, second]);
    assert_eq!(catalogue.tools().len(), 1);
    assert_eq!(catalogue.get(&"a.b".parse().unwrap()).unwrap().title, "Second");
}

#[test]
fn an_empty_catalogue_offers_nothing() {
    assert_eq!(
        Catalogue::new(vec![]).select("anything", &SelectContext::default(), |_| true, 10),
        []
    );
}

#[test]
fn selecting_from_500_tools_takes_about_a_millisecond() {
    let catalogue = Catalogue::new(large_catalogue());
    let messages = [
        "show slow queries on orders-db",
        "kil proces 4711",
        "restart the webhook cluster job queue domain",
    ];
    let mut took: Vec<_> = (0..300)
        .map(|round| {
            let begin = Instant::now();
            let selected = catalogue.select(messages[round % 3], &SelectContext::default(), |_| true, 30);
            assert_eq!(selected.len(), 30);
            begin.elapsed()
        })
        .collect();
    took.sort();
    let median_us = took[took.len() / 2].as_micros();
    println!(
        "select over 500 tools: median {median_us} us, worst {} us",
        took[took.len() - 1].as_micros()
    );
    // A busy machine and an unoptimised build are slower; the aim in release is 1 ms.
    let bound_us = if cfg!(debug_assertions) { 20_000 } else { 2_000 };
    assert!(median_us < bound_us, "median {median_us} us");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_message_gives_allowed_tools_once_within_the_limit_in_stable_order(message in ".{0,200}", limit in 0usize..60) {
        let catalogue = Catalogue::new(small_catalogue());
        let may = |tool: &ToolSpec| tool.name.plugin() == "postgres";
        let selected = catalogue.select(&message, &SelectContext::default(), may, limit);
        prop_assert!(selected.len() <= limit.clamp(5, 30));
        prop_assert!(selected.iter().all(|s| s.tool.plugin() == "postgres"));
        let distinct: BTreeSet<_> = selected.iter().map(|s| &s.tool).collect();
        prop_assert_eq!(distinct.len(), selected.len());
        prop_assert_eq!(&selected, &catalogue.select(&message, &SelectContext::default(), may, limit));
    }
}
