//! Requests about the machine, several targets, and what is no order.

use super::*;

#[test]
fn queries_on_the_machine() {
    check(
        &inventory(),
        &[
            ("how much disk is left", "host.get_disk_usage web-1"),
            ("how much disk is left on web-1?", "host.get_disk_usage web-1"),
            ("is the disk full", "host.get_disk_usage web-1"),
            ("disk usage of /var", "host.get_disk_usage web-1 {\"path\":\"/var\"}"),
            (
                "how much space is free on /",
                "host.get_disk_usage web-1 {\"path\":\"/\"}",
            ),
            (
                "what eats memory on web-1",
                "host.list_processes web-1 {\"sort_by\":\"memory\"}",
            ),
            (
                "top 10 processes by memory",
                "host.list_processes web-1 {\"limit\":10,\"sort_by\":\"memory\"}",
            ),
            (
                "show processes by cpu",
                "host.list_processes web-1 {\"sort_by\":\"cpu\"}",
            ),
            (
                "top proceses by ram on web1",
                "host.list_processes web-1 {\"sort_by\":\"memory\"}",
            ),
            (
                "is nginx running on web-1",
                "host.list_processes web-1 {\"name\":\"nginx\"}",
            ),
            ("show nginx processes", "host.list_processes web-1 {\"name\":\"nginx\"}"),
            ("cpu load of web-1", "host.get_metrics web-1"),
            ("how busy is web-1", "host.get_metrics web-1"),
            ("how much memory is left on web-1", "host.get_metrics web-1"),
            ("uptime", "host.get_metrics web-1"),
            ("which ports are open on web-1", "host.list_listening_ports web-1"),
            (
                "what is listening on port 5432",
                "host.list_listening_ports web-1 {\"port\":5432}",
            ),
            (
                "who listens on :8080 on web-1",
                "host.list_listening_ports web-1 {\"port\":8080}",
            ),
            (
                "show the last 100 lines of /var/log/syslog",
                "host.read_log web-1 {\"lines\":100,\"path\":\"/var/log/syslog\"}",
            ),
            (
                "read /var/log/nginx/error.log on web-1",
                "host.read_log web-1 {\"path\":\"/var/log/nginx/error.log\"}",
            ),
            (
                "tail /var/log/syslog",
                "host.read_log web-1 {\"path\":\"/var/log/syslog\"}",
            ),
            (
                "show lines with \"connection refused\" in /var/log/syslog",
                "host.read_log web-1 {\"contains\":\"connection refused\",\"path\":\"/var/log/syslog\"}",
            ),
            (
                "errors in /var/log/syslog",
                "host.read_log web-1 {\"contains\":\"error\",\"path\":\"/var/log/syslog\"}",
            ),
            (
                "lines of /var/log/auth.log containing sshd",
                "host.read_log web-1 {\"contains\":\"sshd\",\"path\":\"/var/log/auth.log\"}",
            ),
            (
                "find files bigger than 1 GB in /var",
                "host.find_large_files web-1 {\"min_size_bytes\":1000000000,\"path\":\"/var\"}",
            ),
            (
                "largest files under /home",
                "host.find_large_files web-1 {\"path\":\"/home\"}",
            ),
            (
                "the 20 biggest files in /var/lib",
                "host.find_large_files web-1 {\"limit\":20,\"path\":\"/var/lib\"}",
            ),
            (
                "files over 512MiB in /srv on web-1",
                "host.find_large_files web-1 {\"min_size_bytes\":536870912,\"path\":\"/srv\"}",
            ),
        ],
    );
}

#[test]
fn one_request_can_go_to_several_targets() {
    check(
        &inventory(),
        &[
            (
                "show slow queries on all databases",
                "postgres.get_slow_queries orders-db + postgres.get_slow_queries shop-db",
            ),
            (
                "list tables on every database",
                "postgres.list_tables orders-db + postgres.list_tables shop-db",
            ),
            (
                "connections on orders-db and shop-db",
                "postgres.get_connection_stats orders-db + postgres.get_connection_stats shop-db",
            ),
            (
                "show locks everywhere",
                "postgres.get_locks orders-db + postgres.get_locks shop-db",
            ),
        ],
    );
}

/// `inventory` with so many databases in production besides.
fn many(databases: usize) -> steersman_protocol::Inventory {
    let mut inventory = inventory();
    let more = (1..=databases).map(|n| target(&format!("db-{n:02}"), "postgres", "production", &[]));
    inventory.targets.extend(more);
    inventory
}

#[test]
fn all_targets_of_an_environment_are_meant_by_all() {
    let expected: Vec<String> = ["orders-db".to_owned()]
        .into_iter()
        .chain((1..=2).map(|n| format!("db-{n:02}")))
        .map(|name| format!("postgres.get_connection_stats {name}"))
        .collect();
    let expected = expected.join(" + ");
    check(
        &many(2),
        &[
            ("show connections on all production databases", &expected),
            ("connections on every production postgres", &expected),
            ("connections on each postgres in production", &expected),
        ],
    );
    // A change is asked for one target.
    check(
        &inventory(),
        &[
            ("analyze customers on all databases", "? orders-db"),
            (
                "analyze customers on every production database",
                "postgres.analyze_table orders-db {\"table\":\"customers\"}",
            ),
        ],
    );
}

#[test]
fn what_did_not_answer_and_what_was_left_out_is_told() {
    let mut chat = Chat::new(many(2));
    let Said::Calls(made) = chat.say("show connections on all production databases") else {
        panic!("no calls")
    };
    assert_eq!(made.len(), 3);
    let said = chat.results(
        &[
            ("5 connections", false),
            ("the server does not answer", true),
            ("7 connections", false),
        ],
        vec![],
        "",
    );
    let expected = "2 of 3 answered; db-01 did not: the server does not answer.\n\n\
                    orders-db: 5 connections.\n\ndb-02: 7 connections.";
    assert_eq!(said, Said::Text(expected.into()));

    let mut chat = Chat::new(many(22));
    let Said::Calls(made) = chat.say("show connections on all production databases") else {
        panic!("no calls")
    };
    assert_eq!(made.len(), 20);
    let Said::Text(said) = chat.results(&[("5 connections", false)], vec![], "") else {
        panic!("no answer")
    };
    assert!(
        said.contains("I asked 20 targets; 3 more, from db-20 on, were left out. Name them to ask them too."),
        "{said}"
    );
}

#[test]
fn wishes_to_know_or_to_fix_begin_with_reading() {
    check(
        &inventory(),
        &[
            (
                "why is orders slow?",
                "postgres.get_slow_queries orders-db {\"table\":\"orders\"}",
            ),
            (
                "why is orders slow, and fix it",
                "postgres.get_slow_queries orders-db {\"table\":\"orders\"}",
            ),
            (
                "speed up orders",
                "postgres.get_slow_queries orders-db {\"table\":\"orders\"}",
            ),
            (
                "make orders faster please",
                "postgres.get_slow_queries orders-db {\"table\":\"orders\"}",
            ),
            (
                "optimise products",
                "postgres.get_slow_queries shop-db {\"table\":\"products\"}",
            ),
            (
                "orders is very slow",
                "postgres.get_slow_queries orders-db {\"table\":\"orders\"}",
            ),
            ("fix the slow queries on shop-db", "postgres.get_slow_queries shop-db"),
            ("why is orders-db slow", "postgres.get_slow_queries orders-db"),
            ("what is wrong with web-1", "host.get_metrics web-1"),
            ("why is web-1 slow", "host.get_metrics web-1"),
        ],
    );
}

#[test]
fn with_one_target_of_a_kind_no_name_is_needed() {
    check(
        &small_inventory(),
        &[
            ("show slow queries", "postgres.get_slow_queries orders-db"),
            ("list the tables", "postgres.list_tables orders-db"),
            ("locks?", "postgres.get_locks orders-db"),
            ("show me the indexes of the database", "postgres.list_indexes orders-db"),
            ("select 1", "postgres.run_query orders-db {\"sql\":\"select 1\"}"),
        ],
    );
}

#[test]
fn questions_about_doing_and_refusals_do_nothing() {
    let cases = [
        "how do I drop an index?",
        "how can I create an index on orders",
        "should I drop orders_customer_id_idx",
        "what happens if I kill process 4711",
        "don't drop orders_customer_id_idx",
        "do not kill 4711",
        "never drop indexes on orders-db",
        "drop the orders table",
        "delete the database orders-db",
        "restart web-1",
        "delete /var/log/syslog",
        "remove all users",
        "truncate orders",
        "stop everything",
        "shut down web-1",
        "create a table foo on orders-db",
        "add a column to orders",
        "drop database orders-db",
        "cancel the run",
        "make me a coffee",
        "kill nginx",
        "restart postgres on web-1",
    ];
    for message in cases {
        let mut chat = Chat::new(inventory());
        let said = chat.say(message);
        assert!(!chat.is_change(&said), "{message}: {said:?}");
        assert!(matches!(said, Said::Text(_)), "{message}: {said:?}");
    }
}

#[test]
fn orders_of_an_administrator_are_understood() {
    check(
        &inventory(),
        &[
            (
                "run vacuum on orders",
                "postgres.vacuum_table orders-db {\"table\":\"orders\"}",
            ),
            (
                "reindex orders",
                "postgres.reindex_table orders-db {\"table\":\"orders\"}",
            ),
            (
                "create user bob on orders-db",
                "postgres.create_user orders-db {\"name\":\"bob\"}",
            ),
            (
                "drop user bob on orders-db",
                "postgres.drop_user orders-db {\"name\":\"bob\"}",
            ),
            ("check the health of orders-db", "postgres.check_health orders-db"),
            ("suggest indexes for orders-db", "postgres.suggest_indexes orders-db"),
            (
                "is orders-db lagging behind",
                "postgres.get_replication_status orders-db",
            ),
        ],
    );
}

#[test]
fn greetings_and_help_say_what_can_be_done() {
    for message in ["hi", "Hello!", "help", "what can you do?", "", "?"] {
        let said = Chat::new(inventory()).say(message);
        let Said::Text(text) = said else {
            panic!("{message}: {said:?}")
        };
        for part in [
            "postgres (orders-db, shop-db)",
            "host (web-1)",
            "show slow queries on orders-db",
        ]
        .iter()
        .filter(|p| !p.starts_with("show") || text.contains("slow"))
        {
            assert!(text.contains(part), "{message}: {text}");
        }
        assert!(text.matches("\n- \"").count() >= 3, "{text}");
        assert!(!text.contains("{target}"));
    }
    assert_eq!(
        Chat::new(inventory()).say("thanks!"),
        Said::Text("You are welcome.".into())
    );
}

#[test]
fn without_targets_it_says_how_to_add_one() {
    let Said::Text(text) = Chat::new(Inventory::default()).say("show slow queries") else {
        panic!()
    };
    assert!(text.contains("steersman targets add"), "{text}");
}
