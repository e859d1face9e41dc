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
            ("is the orders db healthy?", "postgres.check_health orders-db"),
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
                "postgres.get_replication_status orders-db",
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
