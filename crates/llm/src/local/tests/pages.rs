//! What the person looks at decides where a message names no target.

use super::*;

/// Three databases and a machine, of which these are on the page.
fn looking_at(names: &[&str]) -> Inventory {
    let mut inventory = inventory();
    inventory
        .targets
        .push(target("stock-db", "postgres", "production", &[("table", "items")]));
    inventory.looking_at = names.iter().map(|name| (*name).to_owned()).collect();
    inventory
}

#[test]
fn a_message_without_a_name_means_the_target_on_the_page() {
    check(&looking_at(&[]), &[("show slow queries", "? Where")]);
    check(
        &looking_at(&["shop-db"]),
        &[
            ("show slow queries", "postgres.get_slow_queries shop-db"),
            (
                "show slow queries on this database",
                "postgres.get_slow_queries shop-db",
            ),
            ("slow queries here", "postgres.get_slow_queries shop-db"),
            (
                "create an index on customers (email)",
                "postgres.create_index shop-db {\"columns\":[\"email\"],\"table\":\"customers\"}",
            ),
            ("why is it slow?", "postgres.get_slow_queries shop-db"),
        ],
    );
    check(
        &looking_at(&["web-1"]),
        &[("how much disk is left?", "host.get_disk_usage web-1")],
    );
}

#[test]
fn what_the_message_itself_says_goes_before_the_page() {
    check(
        &looking_at(&["shop-db"]),
        &[
            ("show slow queries on stock-db", "postgres.get_slow_queries stock-db"),
            // Only one database has that table, that environment, that kind of system.
            (
                "table stats of orders",
                "postgres.get_table_stats orders-db {\"table\":\"orders\"}",
            ),
            ("how much disk is left?", "host.get_disk_usage web-1"),
            (
                "slow queries on all databases",
                "postgres.get_slow_queries orders-db + postgres.get_slow_queries shop-db + postgres.get_slow_queries stock-db",
            ),
            ("show slow queries on billing-db", "? billing-db"),
        ],
    );
}

#[test]
fn several_on_the_page_are_all_meant_by_these_and_asked_about_otherwise() {
    check(
        &looking_at(&["shop-db", "stock-db"]),
        &[
            (
                "show slow queries of these databases",
                "postgres.get_slow_queries shop-db + postgres.get_slow_queries stock-db",
            ),
            ("show slow queries", "? stock-db"),
        ],
    );
    let Said::Text(question) = Chat::new(looking_at(&["shop-db", "stock-db"])).say("show slow queries") else {
        panic!("a question")
    };
    assert!(!question.contains("orders-db"), "{question}");
}

#[test]
fn the_answer_says_which_target_the_page_stood_for() {
    let mut chat = Chat::new(looking_at(&["shop-db"]));
    chat.say("show slow queries");
    let said = chat.result("3 slow queries", vec![]);
    assert_eq!(said, Said::Text("shop-db: 3 slow queries.".into()));
    let mut chat = Chat::new(looking_at(&["shop-db"]));
    chat.say("show slow queries on shop-db");
    let said = chat.result("3 slow queries", vec![]);
    assert_eq!(said, Said::Text("3 slow queries.".into()));
}

#[test]
fn going_on_stays_where_the_conversation_is_and_a_new_request_goes_to_the_page() {
    let begun = || {
        let mut chat = Chat::new(looking_at(&["shop-db"]));
        chat.say("show slow queries on orders-db");
        chat.result("Done", vec![]);
        chat
    };
    assert_eq!(begun().say("and the locks?"), calls(&["postgres.get_locks orders-db"]));
    assert_eq!(begun().say("show the locks"), calls(&["postgres.get_locks shop-db"]));
}

#[test]
fn a_question_asked_on_another_page_is_still_answered() {
    let mut chat = Chat::new(looking_at(&[]));
    assert!(matches!(chat.say("show slow queries"), Said::Text(_)));
    chat.request.inventory.looking_at = vec!["shop-db".into()];
    assert_eq!(chat.say("stock-db"), calls(&["postgres.get_slow_queries stock-db"]));
}
