//! Several calls for one message.

use super::*;

const SLOW: &str = "postgres.get_slow_queries orders-db {\"table\":\"orders\"}";
const EXPLAIN: &str = "postgres.explain_query orders-db {\"sql\":\"select 1\"}";
const CREATE: &str = "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}";

fn explain() -> SuggestedCall {
    suggest(
        "postgres.explain_query",
        "orders-db",
        json!({"sql": "select 1"}),
        "it is the slowest",
    )
}

fn create() -> SuggestedCall {
    suggest(
        "postgres.create_index",
        "orders-db",
        json!({"table": "orders", "columns": ["customer_id"]}),
        "no index covers the filter on customer_id",
    )
}

fn undo() -> SuggestedCall {
    SuggestedCall {
        is_undo: true,
        ..suggest(
            "postgres.drop_index",
            "orders-db",
            json!({"index": "orders_customer_id_idx1"}),
            "it undoes this",
        )
    }
}

#[test]
fn a_repair_goes_from_reading_over_the_proposals_to_one_change() {
    for message in [
        "why is orders slow, and fix it",
        "speed up orders",
        "make orders faster",
        "fix the slow queries on orders",
    ] {
        let mut chat = Chat::new(inventory());
        assert_eq!(chat.say(message), calls(&[SLOW]), "{message}");
        assert_eq!(
            chat.result("1 slow query", vec![explain()]),
            calls(&[EXPLAIN]),
            "{message}"
        );
        assert_eq!(
            chat.result("It reads the whole table", vec![create()]),
            calls(&[CREATE]),
            "{message}"
        );
        assert_eq!(
            chat.result("Index orders_customer_id_idx1 is valid", vec![undo()]),
            calls(&[EXPLAIN]),
            "{message}: what proposed the change is looked at again"
        );
        let Said::Text(text) = chat.result("It reads 8 rows", vec![]) else {
            panic!("{message}");
        };
        assert_eq!(
            text,
            "Index orders_customer_id_idx1 is valid.\n\nBefore: It reads the whole table.\n\nNow: It reads 8 rows.\n\nTo take it back, say \"undo it\"."
        );
    }
}

#[test]
fn a_mere_question_ends_with_the_proposal_in_words() {
    let mut chat = Chat::new(inventory());
    assert_eq!(chat.say("why is orders slow?"), calls(&[SLOW]));
    assert_eq!(chat.result("1 slow query", vec![explain()]), calls(&[EXPLAIN]));
    let Said::Text(text) = chat.result("It reads the whole table", vec![create()]) else {
        panic!()
    };
    assert!(text.ends_with(
        "I can create an index on orders-db (table: orders; columns: customer_id), because no index covers the filter on customer_id: say \"do it\"."
    ), "{text}");
    assert_eq!(chat.say("do it"), calls(&[CREATE]));
}

#[test]
fn a_plain_request_follows_no_proposal() {
    let mut chat = Chat::new(inventory());
    chat.say("show slow queries on orders-db");
    assert!(matches!(
        chat.result("1 slow query", vec![explain(), create()]),
        Said::Text(_)
    ));
}

#[test]
fn fix_it_later_takes_the_proposal_and_goes_on() {
    let mut chat = Chat::new(inventory());
    chat.say("why is orders slow?");
    chat.result("1 slow query", vec![explain()]);
    chat.result("It reads the whole table", vec![create()]);
    assert_eq!(chat.say("ok, fix it"), calls(&[CREATE]));
    assert_eq!(chat.result("Index is valid", vec![undo()]), calls(&[EXPLAIN]));
    let Said::Text(text) = chat.result("It reads 8 rows", vec![]) else {
        panic!()
    };
    assert!(text.starts_with("Index is valid.\n\nNow: It reads 8 rows."), "{text}");
}

#[test]
fn the_same_call_is_never_made_twice_and_six_are_the_most() {
    let mut chat = Chat::new(inventory());
    chat.say("speed up orders");
    // A result that proposes what was just called.
    assert!(matches!(
        chat.result(
            "1 slow query",
            vec![suggest(
                "postgres.get_slow_queries",
                "orders-db",
                json!({"table": "orders"}),
                "x"
            )]
        ),
        Said::Text(_)
    ));

    let mut chat = Chat::new(inventory());
    let mut said = chat.say("why is orders slow");
    let mut made = 0;
    while let Said::Calls(found) = said {
        made += found.len();
        let next = suggest(
            "postgres.explain_query",
            "orders-db",
            json!({"sql": format!("select {made}")}),
            "there is more",
        );
        said = chat.result("Another one", vec![next]);
    }
    assert_eq!(made, 6);
}

#[test]
fn a_refused_or_failed_change_is_reported_and_not_tried_again() {
    for why in [
        "Ben rejected the change: not during business hours",
        "The approval expired",
        "Denied: no changes in production",
        "Could not create the index: disk is full",
    ] {
        let mut chat = Chat::new(inventory());
        chat.say("create an index on orders(customer_id)");
        let said = chat.error(why);
        assert_eq!(said, Said::Text(format!("{why}.\n\nI did not try it again.")));
    }
    let mut chat = Chat::new(inventory());
    chat.say("fix the slow queries of orders");
    chat.result("1 slow query", vec![create()]);
    assert!(matches!(chat.error("Ben rejected the change"), Said::Text(_)));
}

#[test]
fn a_failed_query_is_reported() {
    let mut chat = Chat::new(inventory());
    chat.say("why is orders slow, and fix it");
    let said =
        chat.error("Could not read the slow queries of orders-db: the connection was refused. (postgres.unreachable)");
    assert_eq!(
        said,
        Said::Text(
            "Could not read the slow queries of orders-db: the connection was refused. (postgres.unreachable)".into()
        )
    );
}

#[test]
fn proposals_for_tools_or_targets_that_are_not_offered_are_not_followed() {
    let mut chat = Chat::new(inventory());
    chat.request.tools.retain(|tool| tool.tool.short() != "create_index");
    chat.say("speed up orders");
    let foreign = suggest("postgres.explain_query", "secret-db", json!({"sql": "select 1"}), "x");
    let Said::Text(text) = chat.result("1 slow query", vec![create(), foreign]) else {
        panic!()
    };
    assert_eq!(text, "1 slow query.");
}

#[test]
fn requests_in_a_row_are_done_one_after_the_other() {
    for (message, steps) in [
        (
            "list the tables on orders-db and then show the locks on shop-db",
            vec!["postgres.list_tables orders-db", "postgres.get_locks shop-db"],
        ),
        (
            "show disk usage and list processes",
            vec!["host.get_disk_usage web-1", "host.list_processes web-1"],
        ),
        (
            "show locks on orders-db, then kill connection 4711 on orders-db",
            vec![
                "postgres.get_locks orders-db",
                "postgres.kill_connection orders-db {\"mode\":\"terminate\",\"pid\":4711}",
            ],
        ),
        (
            "create an index on orders(status) and then drop it again",
            vec![
                "postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\"}",
                "postgres.drop_index orders-db {\"index\":\"orders_customer_id_idx1\"}",
            ],
        ),
    ] {
        let mut chat = Chat::new(inventory());
        let mut said = chat.say(message);
        for step in steps {
            assert_eq!(said, calls(&[step]), "{message}");
            said = chat.result("Done", if step.contains("create") { vec![undo()] } else { vec![] });
        }
        assert!(matches!(said, Said::Text(_)), "{message}: {said:?}");
    }
}

#[test]
fn results_of_several_targets_are_told_apart() {
    let mut chat = Chat::new(inventory());
    chat.say("connections on all databases");
    let said = chat.results(
        &[("12 of 100 connections", false), ("Could not connect", true)],
        vec![],
        "",
    );
    assert_eq!(
        said,
        Said::Text("1 of 2 answered; shop-db did not: Could not connect.\n\norders-db: 12 of 100 connections.".into())
    );
}

#[test]
fn call_ids_are_unique_in_the_conversation() {
    let mut chat = Chat::new(inventory());
    chat.say("connections on all databases");
    chat.result("Done", vec![]);
    chat.say("and the locks?");
    let ids: Vec<&str> = chat
        .request
        .messages
        .iter()
        .filter_map(|m| {
            if let ModelMessage::Assistant { tool_calls, .. } = m {
                Some(tool_calls)
            } else {
                None
            }
        })
        .flatten()
        .map(|call| call.id.as_str())
        .collect();
    let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert!(ids.len() >= 3 && distinct.len() == ids.len(), "{ids:?}");
}
