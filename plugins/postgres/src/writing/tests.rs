//! What is read from a statement that writes, and what is refused by its text alone.

use super::{Definition, DefinitionKind, Kind, Rows, Statement, parse};

fn rows(text: &str) -> Rows {
    match parse(text) {
        Ok(Statement::Rows(rows)) => *rows,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn an_update_gives_the_question_for_its_rows() {
    let rows = rows("update sales.orders as o set status = 'done', n = n + 1 where o.id = 3 -- now");
    assert_eq!(rows.kind, Kind::Update);
    assert_eq!(
        rows.text,
        "UPDATE sales.orders o SET status = 'done', n = n + 1 WHERE o.id = 3"
    );
    assert_eq!(rows.table, "sales.orders");
    assert_eq!(rows.judged, "SELECT 'done', n + 1 FROM sales.orders o WHERE o.id = 3");
    assert!(rows.has_condition);
    let plain = rows.plain.unwrap();
    assert_eq!(
        (plain.alias.as_str(), plain.from_where.as_str()),
        ("o", "FROM sales.orders o WHERE o.id = 3")
    );
    assert_eq!(
        rows.set,
        [("status".to_owned(), Some("'done'".to_owned())), ("n".to_owned(), None)]
    );
    assert!(rows.touched.unwrap().contains("SELECT DISTINCT o.tableoid AS part"));
}

#[test]
fn every_statement_is_judged_with_all_its_parts() {
    for (text, expected) in [
        (
            "DELETE FROM a USING b WHERE a.x = f(b.y)",
            "SELECT FROM a, b WHERE a.x = f(b.y)",
        ),
        (
            "INSERT INTO a (x) VALUES (f(1), DEFAULT)",
            "SELECT FROM a, (VALUES (f(1), NULL)) excluded",
        ),
        (
            "INSERT INTO a (x) SELECT g(y) FROM b ON CONFLICT (x) DO UPDATE SET x = h(excluded.x) WHERE k(a.x)",
            "SELECT h(excluded.x), k(a.x) FROM a, (SELECT g(y) FROM b) excluded",
        ),
        (
            "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED AND f(b.y) THEN UPDATE SET y = g(b.y) \
             WHEN NOT MATCHED THEN INSERT (x) VALUES (h(b.x))",
            "SELECT a.x = b.x, f(b.y), g(b.y), h(b.x) FROM a, b",
        ),
        (
            "WITH w AS (SELECT f(1) AS id) DELETE FROM a WHERE id IN (SELECT id FROM w)",
            "WITH w AS (SELECT f(1) AS id) SELECT FROM a WHERE id IN (SELECT id FROM w)",
        ),
    ] {
        assert_eq!(rows(text).judged, expected, "{text}");
    }
}

#[test]
fn definitions_are_told_apart() {
    let column = "note".to_owned();
    for (text, kind, on) in [
        (
            "CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL)",
            DefinitionKind::CreateTable,
            "t",
        ),
        (
            "ALTER TABLE s.t ADD COLUMN note text",
            DefinitionKind::AddColumn { column: column.clone() },
            "s.t",
        ),
        (
            "ALTER TABLE t DROP COLUMN note",
            DefinitionKind::DropColumn { column: column.clone() },
            "t",
        ),
        (
            "ALTER TABLE t RENAME COLUMN note TO \"Note\"",
            DefinitionKind::RenameColumn {
                from: column.clone(),
                to: "Note".to_owned(),
            },
            "t",
        ),
        (
            "ALTER TABLE t RENAME TO u",
            DefinitionKind::RenameTable { to: "u".to_owned() },
            "t",
        ),
        ("DROP TABLE s.t", DefinitionKind::Drop { what: "table" }, "s.t"),
        ("TRUNCATE t", DefinitionKind::Truncate, "t"),
    ] {
        match parse(text) {
            Ok(Statement::Definition(Definition {
                kind: found, on: named, ..
            })) => {
                assert_eq!((found, named.as_str()), (kind, on), "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn what_cannot_be_rated_is_refused() {
    for (text, expected) in [
        ("", "postgres.bad_sql"),
        ("not sql", "postgres.bad_sql"),
        (
            "DELETE FROM a WHERE x = 1; DELETE FROM b WHERE x = 1",
            "postgres.several_statements",
        ),
        ("SELECT 1", "postgres.reads_only"),
        ("COPY a FROM PROGRAM 'id'", "postgres.not_rated"),
        ("DO $$ BEGIN END $$", "postgres.not_rated"),
        ("CALL p()", "postgres.not_rated"),
        ("BEGIN", "postgres.not_rated"),
        ("SET ROLE postgres", "postgres.not_rated"),
        ("ALTER ROLE ana SUPERUSER", "postgres.not_rated"),
        ("ALTER SYSTEM SET fsync = off", "postgres.not_rated"),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "postgres.not_rated",
        ),
        ("CREATE EXTENSION dblink", "postgres.not_rated"),
        ("DELETE FROM a WHERE x = 1 RETURNING x", "postgres.not_rated"),
        ("UPDATE a SET (x, y) = (SELECT 1, 2) WHERE x = 1", "postgres.not_rated"),
        ("UPDATE a SET x[1] = 2 WHERE x = 1", "postgres.not_rated"),
        ("DELETE FROM a WHERE CURRENT OF c", "postgres.not_rated"),
        ("INSERT INTO a DEFAULT VALUES", "postgres.not_rated"),
        ("DELETE FROM other.public.a WHERE x = 1", "postgres.not_rated"),
        ("DROP TABLE a CASCADE", "postgres.not_rated"),
        ("DROP TABLE a, b", "postgres.not_rated"),
        ("DROP TABLE IF EXISTS a", "postgres.not_rated"),
        ("TRUNCATE a CASCADE", "postgres.not_rated"),
        ("ALTER TABLE a ADD COLUMN x int DEFAULT f()", "postgres.not_rated"),
        ("ALTER TABLE a ALTER COLUMN x TYPE int USING f(x)", "postgres.not_rated"),
        ("CREATE TABLE b AS SELECT 1", "postgres.not_rated"),
        ("DROP INDEX i", "postgres.other_tool"),
        ("GRANT SELECT ON a TO b", "postgres.other_tool"),
        ("CREATE ROLE ana", "postgres.other_tool"),
        ("VACUUM a", "postgres.other_tool"),
    ] {
        assert_eq!(parse(text).map_err(|(code, _)| code).unwrap_err(), expected, "{text}");
    }
}
