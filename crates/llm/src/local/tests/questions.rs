//! Asking back, and understanding the answer.

use super::*;

fn question(said: Said) -> String {
    match said {
        Said::Text(text) => {
            assert!(text.contains('?'), "{text}");
            text
        }
        Said::Calls(calls) => panic!("called {calls:?}"),
    }
}

#[test]
fn several_targets_are_listed_with_numbers() {
    check(
        &inventory(),
        &[
            ("show slow queries", "? 1. orders-db (production)\n2. shop-db (staging)"),
            ("how big is customers", "? 2. shop-db"),
            ("run `select 1`", "? 1. orders-db"),
            ("kill connection 4711", "? 1. orders-db"),
        ],
    );
}

#[test]
fn one_missing_thing_is_asked_for() {
    check(
        &small_inventory(),
        &[
            ("create an index on orders", "? Which column or columns of orders"),
            ("create an index", "? Which table"),
            ("drop an index", "? orders_pkey"),
            ("explain a query", "? Which statement"),
            ("kill a process", "? Which process id (pid)"),
            ("analyze a table", "? Which table"),
            ("read a log", "? Which path"),
            ("kill 4711", "? What do you mean"),
            (
                "list tables on billing-db",
                "? no target or table called \"billing-db\". Do you mean orders-db",
            ),
            ("slow queries on billing", "? no target or table called \"billing\""),
            (
                "drop the index on orders",
                "? 1. orders_pkey\n2. orders_customer_id_idx",
            ),
        ],
    );
}

#[test]
fn an_answer_completes_the_request() {
    for (message, answers, expected) in [
        (
            "show slow queries",
            vec!["the second one"],
            "postgres.get_slow_queries shop-db",
        ),
        ("show slow queries", vec!["2"], "postgres.get_slow_queries shop-db"),
        (
            "show slow queries",
            vec!["orders-db"],
            "postgres.get_slow_queries orders-db",
        ),
        (
            "show slow queries",
            vec!["orders-db please"],
            "postgres.get_slow_queries orders-db",
        ),
        (
            "show slow queries",
            vec!["the orders one"],
            "postgres.get_slow_queries orders-db",
        ),
        (
            "show slow queries",
            vec!["on ordres-db"],
            "postgres.get_slow_queries orders-db",
        ),
        (
            "show slow queries",
            vec!["staging"],
            "postgres.get_slow_queries shop-db",
        ),
        (
            "show slow queries",
            vec!["both"],
            "postgres.get_slow_queries orders-db + postgres.get_slow_queries shop-db",
        ),
        (
            "top 3 slow queries",
            vec!["the last one"],
            "postgres.get_slow_queries shop-db {\"limit\":3}",
        ),
        (
            "create an index on orders",
            vec!["customer_id"],
            "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}",
        ),
        (
            "create an index on orders",
            vec!["customer_id and status"],
            "postgres.create_index orders-db {\"columns\":[\"customer_id\",\"status\"],\"table\":\"orders\"}",
        ),
        (
            "create an index on customers",
            vec!["1", "email"],
            "postgres.create_index orders-db {\"columns\":[\"email\"],\"table\":\"customers\"}",
        ),
        (
            "drop an index on shop-db",
            vec!["1"],
            "postgres.drop_index shop-db {\"index\":\"products_sku_idx\"}",
        ),
        (
            "drop an index on orders-db",
            vec!["orders_customer_id_idx"],
            "postgres.drop_index orders-db {\"index\":\"orders_customer_id_idx\"}",
        ),
        (
            "explain a query on orders-db",
            vec!["select 1"],
            "postgres.explain_query orders-db {\"sql\":\"select 1\"}",
        ),
        (
            "explain a query on orders-db",
            vec!["`select * from orders`"],
            "postgres.explain_query orders-db {\"sql\":\"select * from orders\"}",
        ),
        ("kill a process", vec!["4711"], "host.kill_process web-1 {\"pid\":4711}"),
        (
            "kill a process",
            vec!["pid 4711"],
            "host.kill_process web-1 {\"pid\":4711}",
        ),
        (
            "kill 4711",
            vec!["the process"],
            "host.kill_process web-1 {\"pid\":4711}",
        ),
        (
            "list tables on billing-db",
            vec!["shop-db"],
            "postgres.list_tables shop-db",
        ),
        (
            "read a log",
            vec!["/var/log/syslog"],
            "host.read_log web-1 {\"path\":\"/var/log/syslog\"}",
        ),
        (
            "kill 12",
            vec!["connection", "orders-db"],
            "postgres.kill_connection orders-db {\"mode\":\"terminate\",\"pid\":12}",
        ),
        (
            "create an index",
            vec!["orders(status)"],
            "postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\"}",
        ),
        (
            "create an index",
            vec!["orders-db", "orders", "status"],
            "postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\"}",
        ),
        // A new request instead of an answer.
        (
            "show slow queries",
            vec!["show locks on shop-db"],
            "postgres.get_locks shop-db",
        ),
        (
            "create an index on orders",
            vec!["list the indexes of orders"],
            "postgres.list_indexes orders-db {\"table\":\"orders\"}",
        ),
    ] {
        let mut chat = Chat::new(inventory());
        let asked = question(chat.say(message));
        let mut said = Said::Text(asked);
        for answer in &answers {
            question(said);
            said = chat.say(answer);
        }
        let Said::Calls(found) = &said else {
            panic!("{message} / {answers:?}: {said:?}")
        };
        assert_eq!(found.join(" + "), expected, "{message} / {answers:?}");
    }
}

#[test]
fn a_question_can_be_dropped() {
    let mut chat = Chat::new(inventory());
    question(chat.say("drop an index"));
    assert_eq!(
        chat.say("never mind"),
        Said::Text("All right, nothing was done.".into())
    );
    // And it is not taken up again.
    assert_eq!(
        chat.say("show locks on shop-db"),
        calls(&["postgres.get_locks shop-db"])
    );
}

#[test]
fn a_yes_confirms_the_only_choice() {
    let mut chat = Chat::new(small_inventory());
    question(chat.say("list tables on billing-db"));
    assert_eq!(chat.say("yes"), calls(&["postgres.list_tables orders-db"]));
}
