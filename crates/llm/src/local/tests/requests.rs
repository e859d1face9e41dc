//! Single messages.

use super::*;

#[test]
fn queries_on_a_named_database() {
    check(
        &inventory(),
        &[
            ("show slow queries on orders-db", "postgres.get_slow_queries orders-db"),
            ("SHOW SLOW QUERIES ON ORDERS-DB", "postgres.get_slow_queries orders-db"),
            (
                "please show me the slow queries on orders-db, thanks",
                "postgres.get_slow_queries orders-db",
            ),
            (
                "could you kindly list the slowest statements of orders-db?",
                "postgres.get_slow_queries orders-db",
            ),
            (
                "top 5 slow queries on orders-db",
                "postgres.get_slow_queries orders-db {\"limit\":5}",
            ),
            (
                "show the five slowest queries on orders-db",
                "postgres.get_slow_queries orders-db {\"limit\":5}",
            ),
            (
                "slow queries of orders on orders-db",
                "postgres.get_slow_queries orders-db {\"table\":\"orders\"}",
            ),
            (
                "queries slower than 200 ms on orders-db",
                "postgres.get_slow_queries orders-db {\"min_mean_ms\":200}",
            ),
            (
                "show queries that take more than 1.5s on shop-db",
                "postgres.get_slow_queries shop-db {\"min_mean_ms\":1500}",
            ),
            ("shwo slwo queris on ordres-db", "postgres.get_slow_queries orders-db"),
            (
                "slow queries on the orders database",
                "postgres.get_slow_queries orders-db",
            ),
            ("slow queries on orders db", "postgres.get_slow_queries orders-db"),
            ("slow queries on orders_db", "postgres.get_slow_queries orders-db"),
            ("slow queries in production", "postgres.get_slow_queries orders-db"),
            ("slow queries on staging", "postgres.get_slow_queries shop-db"),
            ("list indexes on shop-db", "postgres.list_indexes shop-db"),
            (
                "which indexes does orders have",
                "postgres.list_indexes orders-db {\"table\":\"orders\"}",
            ),
            (
                "which indexes does the orders table have on orders-db?",
                "postgres.list_indexes orders-db {\"table\":\"orders\"}",
            ),
            (
                "indexes of products",
                "postgres.list_indexes shop-db {\"table\":\"products\"}",
            ),
            (
                "indexs on product",
                "postgres.list_indexes shop-db {\"table\":\"products\"}",
            ),
            (
                "are there unused indexes on orders-db",
                "postgres.list_indexes orders-db",
            ),
            ("show duplicate indexes on orders-db", "postgres.list_indexes orders-db"),
            (
                "how big is orders",
                "postgres.get_table_stats orders-db {\"table\":\"orders\"}",
            ),
            (
                "how big are the tables on orders-db",
                "postgres.get_table_stats orders-db",
            ),
            (
                "table stats of order items",
                "postgres.get_table_stats orders-db {\"table\":\"order_items\"}",
            ),
            (
                "statistics for sales.invoices",
                "postgres.get_table_stats orders-db {\"table\":\"sales.invoices\"}",
            ),
            (
                "statistics for invoices",
                "postgres.get_table_stats orders-db {\"table\":\"sales.invoices\"}",
            ),
            ("is there bloat on orders-db", "postgres.get_table_stats orders-db"),
            (
                "dead rows in ordrs",
                "postgres.get_table_stats orders-db {\"table\":\"orders\"}",
            ),
            ("who is connected to shop-db", "postgres.get_connection_stats shop-db"),
            (
                "how many connections does orders-db have",
                "postgres.get_connection_stats orders-db",
            ),
            (
                "show active sessions on orders-db",
                "postgres.get_connection_stats orders-db",
            ),
            ("conections on orders-db", "postgres.get_connection_stats orders-db"),
            ("who blocks whom on orders-db", "postgres.get_locks orders-db"),
            ("any locks on orders-db?", "postgres.get_locks orders-db"),
            ("is something blocked on shop-db", "postgres.get_locks shop-db"),
            ("are there deadlocks on shop-db", "postgres.get_locks shop-db"),
            ("which tables are there on shop-db", "postgres.list_tables shop-db"),
            (
                "list tables in schema sales on orders-db",
                "postgres.list_tables orders-db {\"schema\":\"sales\"}",
            ),
            ("what is in the database shop-db", "postgres.list_tables shop-db"),
        ],
    );
}

#[test]
fn other_words_for_the_same() {
    check(
        &inventory(),
        &[
            (
                "Which queries take the longest on orders-db right now?",
                "postgres.get_slow_queries orders-db",
            ),
            (
                "show me what's running on orders-db",
                "postgres.get_connection_stats orders-db",
            ),
            ("is the orders db healthy?", "postgres.get_slow_queries orders-db"),
            (
                "how many rows does orders have",
                "postgres.get_table_stats orders-db {\"table\":\"orders\"}",
            ),
            (
                "count the rows of orders",
                "postgres.get_table_stats orders-db {\"table\":\"orders\"}",
            ),
            (
                "show the size of orders",
                "postgres.get_table_stats orders-db {\"table\":\"orders\"}",
            ),
            (
                "describe orders",
                "postgres.describe_table orders-db {\"table\":\"orders\"}",
            ),
            (
                "what columns does products have",
                "postgres.describe_table shop-db {\"table\":\"products\"}",
            ),
            ("who is holding a lock on orders", "postgres.get_locks orders-db"),
            ("orders is locked", "postgres.get_locks orders-db"),
            (
                "I'd like to see the locks of the shop database, please",
                "postgres.get_locks shop-db",
            ),
            (
                "Hi, can you tell me how many connections there are on orders-db?",
                "postgres.get_connection_stats orders-db",
            ),
            (
                "what indexes do I have on customers in production",
                "postgres.list_indexes orders-db {\"table\":\"customers\"}",
            ),
            (
                "show me everything about orders",
                "postgres.describe_table orders-db {\"table\":\"orders\"}",
            ),
            (
                "index orders by status",
                "postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\"}",
            ),
            ("free disk space", "host.get_disk_usage web-1"),
            ("my disk is full, fix it", "host.get_disk_usage web-1"),
            ("what's using port 80", "host.list_listening_ports web-1 {\"port\":80}"),
            (
                "what's eating my cpu",
                "host.list_processes web-1 {\"sort_by\":\"cpu\"}",
            ),
            ("what fills up /var", "host.find_large_files web-1 {\"path\":\"/var\"}"),
            ("what time is it", "! I do not know how to do that"),
            (
                "check the replication lag on orders-db",
                "! I do not know how to do that",
            ),
            ("tell me a joke", "! I do not know how to do that"),
        ],
    );
}

#[test]
fn statements_are_run_or_explained_as_written() {
    check(
        &inventory(),
        &[
            (
                "run `select count(*) from orders` on orders-db",
                "postgres.run_query orders-db {\"sql\":\"select count(*) from orders\"}",
            ),
            (
                "run select count(*) from orders on orders-db",
                "postgres.run_query orders-db {\"sql\":\"select count(*) from orders\"}",
            ),
            (
                "SELECT * FROM products WHERE sku = 'a-1' on shop-db",
                "postgres.run_query shop-db {\"sql\":\"SELECT * FROM products WHERE sku = 'a-1'\"}",
            ),
            (
                "on shop-db: select 1;",
                "postgres.run_query shop-db {\"sql\":\"select 1\"}",
            ),
            (
                "```sql\nselect id,\n  total\nfrom orders\n``` on orders-db",
                "postgres.run_query orders-db {\"sql\":\"select id,\\n  total\\nfrom orders\"}",
            ),
            (
                "with t as (select 1) select * from t on orders-db",
                "postgres.run_query orders-db {\"sql\":\"with t as (select 1) select * from t\"}",
            ),
            (
                "show work_mem on orders-db",
                "postgres.run_query orders-db {\"sql\":\"show work_mem\"}",
            ),
            (
                "explain select * from orders where customer_id = 42 on orders-db",
                "postgres.explain_query orders-db {\"sql\":\"select * from orders where customer_id = 42\"}",
            ),
            (
                "explain `select * from orders` on orders-db please",
                "postgres.explain_query orders-db {\"sql\":\"select * from orders\"}",
            ),
            (
                "EXPLAIN ANALYZE SELECT 1 on shop-db",
                "postgres.explain_query shop-db {\"analyze\":true,\"sql\":\"SELECT 1\"}",
            ),
            (
                "why is `select * from orders where note like '%x%'` slow on orders-db",
                "postgres.explain_query orders-db {\"sql\":\"select * from orders where note like '%x%'\"}",
            ),
            (
                "show the query plan of `select 1` on orders-db",
                "postgres.explain_query orders-db {\"sql\":\"select 1\"}",
            ),
            (
                "explain `update orders set total = 0` on orders-db",
                "postgres.explain_query orders-db {\"sql\":\"update orders set total = 0\"}",
            ),
            ("run `delete from orders` on orders-db", "! That statement writes"),
            ("delete from orders where id = 1", "! nothing was done"),
            ("COMMIT; DROP TABLE orders", "! nothing was done"),
            ("copy orders to program 'rm -rf /'", "! nothing was done"),
        ],
    );
}

#[test]
fn changes_are_called_when_the_wording_asks_for_them() {
    check(
        &inventory(),
        &[
            (
                "create an index on orders(customer_id) on orders-db",
                "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}",
            ),
            (
                "create index on orders (customer_id, created_at)",
                "postgres.create_index orders-db {\"columns\":[\"customer_id\",\"created_at\"],\"table\":\"orders\"}",
            ),
            (
                "please add an index to orders by customer_id and status",
                "postgres.create_index orders-db {\"columns\":[\"customer_id\",\"status\"],\"table\":\"orders\"}",
            ),
            (
                "I want you to create an index on the status column of orders",
                "postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\"}",
            ),
            (
                "create a unique index on products(sku)",
                "postgres.create_index shop-db {\"columns\":[\"sku\"],\"table\":\"products\",\"unique\":true}",
            ),
            (
                "create index orders_note_idx on orders(note)",
                "postgres.create_index orders-db {\"columns\":[\"note\"],\"name\":\"orders_note_idx\",\"table\":\"orders\"}",
            ),
            (
                "create an index called foo on orders(note)",
                "postgres.create_index orders-db {\"columns\":[\"note\"],\"name\":\"foo\",\"table\":\"orders\"}",
            ),
            (
                "create an index on orders(status) where status = 'open' on orders-db",
                "postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\",\"where\":\"status = 'open'\"}",
            ),
            (
                "create an index on orders(status) not concurrently",
                "postgres.create_index orders-db {\"columns\":[\"status\"],\"concurrently\":false,\"table\":\"orders\"}",
            ),
            (
                "CREATE INDEX ON orders (status);",
                "postgres.create_index orders-db {\"columns\":[\"status\"],\"table\":\"orders\"}",
            ),
            (
                "add index on orders.created_at",
                "postgres.create_index orders-db {\"columns\":[\"created_at\"],\"table\":\"orders\"}",
            ),
            (
                "make an index for customer_id on orders",
                "postgres.create_index orders-db {\"columns\":[\"customer_id\"],\"table\":\"orders\"}",
            ),
            (
                "create an index on shipments(carrier) on shop-db",
                "postgres.create_index shop-db {\"columns\":[\"carrier\"],\"table\":\"shipments\"}",
            ),
            (
                "drop index orders_customer_id_idx",
                "postgres.drop_index orders-db {\"index\":\"orders_customer_id_idx\"}",
            ),
            (
                "remove the index products_sku_idx on shop-db",
                "postgres.drop_index shop-db {\"index\":\"products_sku_idx\"}",
            ),
            (
                "get rid of the index orders_customer_id_idx",
                "postgres.drop_index orders-db {\"index\":\"orders_customer_id_idx\"}",
            ),
            (
                "drop index orders_foo_idx on orders-db",
                "postgres.drop_index orders-db {\"index\":\"orders_foo_idx\"}",
            ),
            (
                "analyze the table orders",
                "postgres.analyze_table orders-db {\"table\":\"orders\"}",
            ),
            (
                "analyze products",
                "postgres.analyze_table shop-db {\"table\":\"products\"}",
            ),
            (
                "update the statistics of products",
                "postgres.analyze_table shop-db {\"table\":\"products\"}",
            ),
            (
                "kill connection 4711 on orders-db",
                "postgres.kill_connection orders-db {\"mode\":\"terminate\",\"pid\":4711}",
            ),
            (
                "terminate backend 4711 on orders-db",
                "postgres.kill_connection orders-db {\"mode\":\"terminate\",\"pid\":4711}",
            ),
            (
                "cancel the query of pid 4711 on shop-db",
                "postgres.kill_connection shop-db {\"mode\":\"cancel\",\"pid\":4711}",
            ),
            ("kill process 4711", "host.kill_process web-1 {\"pid\":4711}"),
            ("kill process 4711 on web-1", "host.kill_process web-1 {\"pid\":4711}"),
            ("kill 4711 on web-1", "host.kill_process web-1 {\"pid\":4711}"),
            (
                "kill -9 4711 on web-1",
                "host.kill_process web-1 {\"pid\":4711,\"signal\":\"kill\"}",
            ),
            (
                "force kill process 4711",
                "host.kill_process web-1 {\"pid\":4711,\"signal\":\"kill\"}",
            ),
            ("stop process 4711 on web-1", "host.kill_process web-1 {\"pid\":4711}"),
        ],
    );
}

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
        "run vacuum on orders",
        "cancel the run",
        "make me a coffee",
        "create user bob on orders-db",
        "kill nginx",
        "restart postgres on web-1",
        "reindex orders",
    ];
    for message in cases {
        let mut chat = Chat::new(inventory());
        let said = chat.say(message);
        assert!(!chat.is_change(&said), "{message}: {said:?}");
        assert!(matches!(said, Said::Text(_)), "{message}: {said:?}");
    }
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
