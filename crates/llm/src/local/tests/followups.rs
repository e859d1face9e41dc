//! Messages that live from what went before.

use super::*;

fn after(message: &str, summary: &str, suggestions: Vec<SuggestedCall>) -> Chat {
    let mut chat = Chat::new(inventory());
    let said = chat.say(message);
    assert!(matches!(said, Said::Calls(_)), "{message}: {said:?}");
    chat.result(summary, suggestions);
    chat
}

fn check_after(message: &str, cases: &[(&str, &str)]) {
    for (said, expected) in cases {
        let mut chat = after(message, "Done", vec![]);
        match chat.say(said) {
            Said::Calls(found) => assert_eq!(found.join(" + "), *expected, "{message} / {said}"),
            text => panic!("{message} / {said}: {text:?}"),
        }
    }
}

#[test]
fn the_last_call_is_repeated_with_another_value() {
    check_after(
        "table stats of orders on orders-db",
        &[
            (
                "and for customers?",
                "postgres.get_table_stats orders-db {\"table\":\"customers\"}",
            ),
            (
                "same for customers",
                "postgres.get_table_stats orders-db {\"table\":\"customers\"}",
            ),
            (
                "what about order_items",
                "postgres.get_table_stats orders-db {\"table\":\"order_items\"}",
            ),
            (
                "and for products?",
                "postgres.get_table_stats shop-db {\"table\":\"products\"}",
            ),
            ("again", "postgres.get_table_stats orders-db {\"table\":\"orders\"}"),
            (
                "once more please",
                "postgres.get_table_stats orders-db {\"table\":\"orders\"}",
            ),
        ],
    );
    check_after(
        "slow queries on orders-db",
        &[
            ("same on the other database", "postgres.get_slow_queries shop-db"),
            ("and on shop-db?", "postgres.get_slow_queries shop-db"),
            ("on staging too", "postgres.get_slow_queries shop-db"),
            ("and the top 3", "postgres.get_slow_queries orders-db {\"limit\":3}"),
            (
                "now on all databases",
                "postgres.get_slow_queries orders-db + postgres.get_slow_queries shop-db",
            ),
        ],
    );
    check_after(
        "disk usage of /var",
        &[("and /home?", "host.get_disk_usage web-1 {\"path\":\"/home\"}")],
    );
}

#[test]
fn the_conversation_says_which_target_is_meant() {
    check_after(
        "slow queries on shop-db",
        &[
            ("show locks", "postgres.get_locks shop-db"),
            ("and the connections?", "postgres.get_connection_stats shop-db"),
            ("run `select 1`", "postgres.run_query shop-db {\"sql\":\"select 1\"}"),
            ("show locks on orders-db", "postgres.get_locks orders-db"),
        ],
    );
    check_after(
        "table stats of orders on orders-db",
        &[
            (
                "list its indexes",
                "postgres.list_indexes orders-db {\"table\":\"orders\"}",
            ),
            (
                "and its slow queries",
                "postgres.get_slow_queries orders-db {\"table\":\"orders\"}",
            ),
            ("analyze it", "postgres.analyze_table orders-db {\"table\":\"orders\"}"),
        ],
    );
    // A change never goes to a target that was only talked about.
    let mut chat = after("slow queries on shop-db", "Done", vec![]);
    let said = chat.say("kill connection 4711");
    assert!(
        matches!(&said, Said::Text(text) if text.contains("1. orders-db")),
        "{said:?}"
    );
}

fn proposals() -> Vec<SuggestedCall> {
    vec![
        suggest(
            "postgres.explain_query",
            "orders-db",
            json!({"sql": "select 1"}),
            "it is the slowest",
        ),
        suggest(
            "postgres.explain_query",
            "orders-db",
            json!({"sql": "select 2"}),
            "it runs most often",
        ),
        suggest(
            "postgres.create_index",
            "orders-db",
            json!({"table": "orders", "columns": ["customer_id"]}),
            "no index covers the filter",
        ),
    ]
}

#[test]
fn proposals_are_taken_up() {
    for (said, expected) in [
        ("do it", "postgres.explain_query orders-db {\"sql\":\"select 1\"}"),
        ("yes", "postgres.explain_query orders-db {\"sql\":\"select 1\"}"),
        (
            "ok, go ahead",
            "postgres.explain_query orders-db {\"sql\":\"select 1\"}",
        ),
        (
            "the second one",
            "postgres.explain_query orders-db {\"sql\":\"select 2\"}",
        ),
        ("2", "postgres.explain_query orders-db {\"sql\":\"select 2\"}"),
        (
            "3",
            "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}",
        ),
        (
            "fix it",
            "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}",
        ),
        (
            "create the index",
            "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}",
        ),
        (
            "create it",
            "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}",
        ),
        (
            "explain the second one",
            "postgres.explain_query orders-db {\"sql\":\"select 2\"}",
        ),
        (
            "explain the slowest query",
            "postgres.explain_query orders-db {\"sql\":\"select 1\"}",
        ),
        ("why?", "postgres.explain_query orders-db {\"sql\":\"select 1\"}"),
    ] {
        let mut chat = after("slow queries on orders-db", "5 slow queries", proposals());
        match chat.say(said) {
            Said::Calls(found) => assert_eq!(found.join(" + "), expected, "{said}"),
            text => panic!("{said}: {text:?}"),
        }
    }
}

#[test]
fn the_answer_lists_proposals_by_the_numbers_that_are_understood() {
    let mut chat = Chat::new(inventory());
    chat.say("slow queries on orders-db");
    let Said::Text(text) = chat.result("5 slow queries", proposals()) else {
        panic!()
    };
    assert_eq!(
        text,
        "5 slow queries.\n\nI can:\n\
         1. explain a query on orders-db (`select 1`), because it is the slowest\n\
         2. explain a query on orders-db (`select 2`), because it runs most often\n\
         3. create an index on orders-db (table: orders; columns: customer_id), because no index covers the filter\n\
         Say a number, or \"do it\" for the first."
    );
}

#[test]
fn a_yes_to_nothing_does_nothing() {
    let mut chat = after("slow queries on orders-db", "no slow queries", vec![]);
    assert!(matches!(chat.say("yes"), Said::Text(_)));
    assert!(matches!(Chat::new(inventory()).say("do it"), Said::Text(_)));
    assert!(matches!(Chat::new(inventory()).say("the second one"), Said::Text(_)));
    assert!(matches!(Chat::new(inventory()).say("undo it"), Said::Text(_)));
    assert!(matches!(Chat::new(inventory()).say("again"), Said::Text(_)));
}

fn undo_suggestion() -> SuggestedCall {
    SuggestedCall {
        is_undo: true,
        ..suggest(
            "postgres.drop_index",
            "orders-db",
            json!({"index": "orders_status_idx"}),
            "it undoes the change",
        )
    }
}

#[test]
fn the_last_change_is_taken_back() {
    let create = "create an index on orders(status) on orders-db";
    for said in [
        "and drop it again",
        "undo it",
        "undo that please",
        "drop it",
        "revert the last change",
        "roll it back",
        "remove it again",
    ] {
        let mut chat = after(create, "Index orders_status_idx is valid", vec![undo_suggestion()]);
        assert_eq!(
            chat.say(said),
            calls(&["postgres.drop_index orders-db {\"index\":\"orders_status_idx\"}"]),
            "{said}"
        );
    }
    // Without a suggestion the name comes from our own summary, or from the call.
    let mut chat = after(create, "Created index orders_status_idx on orders in 3 s", vec![]);
    assert_eq!(
        chat.say("drop it again"),
        calls(&["postgres.drop_index orders-db {\"index\":\"orders_status_idx\"}"])
    );
    let mut chat = after("create an index called foo on orders(status)", "Created", vec![]);
    assert_eq!(
        chat.say("undo"),
        calls(&["postgres.drop_index orders-db {\"index\":\"foo\"}"])
    );
    let mut chat = after(create, "Created", vec![]);
    let said = chat.say("undo");
    assert!(
        matches!(&said, Said::Text(text) if text.contains("Which index")),
        "{said:?}"
    );
}

#[test]
fn a_bare_order_for_a_thing_that_was_only_listed_asks_which() {
    for said in ["drop it", "drop the second one"] {
        let mut chat = after("list indexes of orders on orders-db", "2 indexes", vec![]);
        let answer = chat.say(said);
        assert!(
            matches!(&answer, Said::Text(text) if text.contains("Which index do you mean")),
            "{said}: {answer:?}"
        );
        assert_eq!(
            chat.say("2"),
            calls(&["postgres.drop_index orders-db {\"index\":\"orders_customer_id_idx\"}"])
        );
    }
}

#[test]
fn what_did_not_happen_is_not_taken_back() {
    let mut chat = Chat::new(inventory());
    chat.say("create an index on orders(status) on orders-db");
    chat.error("Ben rejected the change");
    let said = chat.say("undo it");
    assert!(
        matches!(&said, Said::Text(text) if text.contains("nothing to take back")),
        "{said:?}"
    );
}

#[test]
fn a_done_undo_can_be_undone() {
    let mut chat = after(
        "create an index on orders(status) on orders-db",
        "Index orders_status_idx is valid",
        vec![undo_suggestion()],
    );
    chat.say("drop it again");
    let back = SuggestedCall {
        is_undo: true,
        ..suggest(
            "postgres.create_index",
            "orders-db",
            json!({"table": "orders", "columns": ["status"]}),
            "it undoes the change",
        )
    };
    chat.result("Index orders_status_idx is gone", vec![back]);
    assert_eq!(
        chat.say("create it again"),
        calls(&["postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\"}"])
    );
}
