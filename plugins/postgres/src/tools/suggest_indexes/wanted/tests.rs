use super::*;
use crate::{statement, tools::suggest_indexes::table::Column};

fn table(name: &str, columns: &[&str]) -> Table {
    Table {
        schema: "public".to_owned(),
        name: name.to_owned(),
        is_visible: true,
        columns: columns
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                ..Column::default()
            })
            .collect(),
        ..Table::default()
    }
}

fn shop() -> Vec<Table> {
    vec![
        table("orders", &["id", "customer_id", "status", "placed_at", "total"]),
        table("customers", &["id", "name", "country"]),
    ]
}

/// `orders: = customer_id; < placed_at; by placed_at; reads id, total`, a line a table and level.
fn told(sql: &str) -> Vec<String> {
    let tables = shop();
    let names = |table: usize, places: &[usize]| {
        let names: Vec<&str> = places
            .iter()
            .map(|at| tables[table].columns[*at].name.as_str())
            .collect();
        names.join(" ")
    };
    let found = wanted(&statement::tree(sql).unwrap(), &tables);
    let lines = found.iter().map(|wanted| {
        let lists = [
            ("=", &wanted.equal),
            ("join", &wanted.joined),
            ("<", &wanted.range),
            ("by", &wanted.order),
            ("group", &wanted.group),
        ];
        let mut parts: Vec<String> = lists
            .iter()
            .filter(|(_, places)| !places.is_empty())
            .map(|(word, places)| format!("{word} {}", names(wanted.table, places)))
            .collect();
        for fixed in &wanted.fixed {
            parts.push(format!("{} {:?}", names(wanted.table, &[fixed.column]), fixed.test));
        }
        format!("{}: {}", tables[wanted.table].name, parts.join("; "))
    });
    lines.collect()
}

#[test]
fn what_a_statement_asks_of_its_tables_is_read_from_its_tree() {
    let cases: &[(&str, &[&str])] = &[
        (
            "SELECT * FROM orders WHERE customer_id = $1",
            &["orders: = customer_id"],
        ),
        (
            "SELECT id FROM orders o WHERE o.customer_id = $1 AND placed_at >= $2 ORDER BY o.placed_at DESC LIMIT 5",
            &["orders: = customer_id; < placed_at; by placed_at"],
        ),
        (
            "SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.country = $1 GROUP BY c.name",
            &["orders: join customer_id", "customers: = country; join id; group name"],
        ),
        (
            "SELECT * FROM orders JOIN customers USING (id)",
            &["orders: join id", "customers: join id"],
        ),
        (
            "SELECT * FROM orders WHERE status IN ($1, $2) AND total BETWEEN 1 AND 2",
            &["orders: = status; < total"],
        ),
        (
            "SELECT * FROM orders WHERE id = $1 OR customer_id = $2",
            &["orders: = id", "orders: = customer_id"],
        ),
        (
            "SELECT * FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE total > $1)",
            &["orders: < total", "customers: join id"],
        ),
        (
            "SELECT * FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)",
            &["orders: join customer_id"],
        ),
        (
            "WITH orders AS (SELECT 1 AS customer_id) SELECT * FROM orders WHERE customer_id = 1",
            &[],
        ),
        (
            "WITH x AS (SELECT * FROM orders WHERE id = $1) SELECT * FROM x",
            &["orders: = id"],
        ),
        (
            "SELECT id FROM orders WHERE id = $1 UNION ALL SELECT id FROM customers WHERE country = $2",
            &["orders: = id", "customers: = country"],
        ),
        (
            "SELECT * FROM orders WHERE status = 'open' AND placed_at IS NULL",
            &["orders: = status placed_at; status Equals(\"open\"); placed_at IsNull"],
        ),
        ("SELECT * FROM orders ORDER BY placed_at DESC, id ASC", &[]),
        ("SELECT * FROM elsewhere.orders WHERE id = 1", &[]),
        (
            "SELECT * FROM orders WHERE id = total AND lower(status) = 'x' AND id <> 3",
            &[],
        ),
        ("SELECT 1", &[]),
    ];
    for (sql, expected) in cases {
        assert_eq!(told(sql), *expected, "{sql}");
    }
}

#[test]
fn the_columns_read_are_known_unless_all_are() {
    let tables = shop();
    let read = |sql: &str| wanted(&statement::tree(sql).unwrap(), &tables)[0].read.clone();
    let sql = "SELECT total, upper(status) FROM orders WHERE id = $1";
    assert_eq!(read(sql), Some(BTreeSet::from([0, 2, 4])));
    assert_eq!(read("SELECT * FROM orders WHERE id = $1"), None);
}

#[test]
fn relations_are_collected_with_their_schemas() {
    let tree = statement::tree("SELECT 1 FROM a, s.b WHERE EXISTS (SELECT FROM c)").unwrap();
    let names: Vec<String> = relations(&tree)
        .into_iter()
        .map(|(schema, name)| format!("{}.{name}", schema.unwrap_or_default()))
        .collect();
    assert_eq!(names, [".a", ".c", "s.b"]);
}
