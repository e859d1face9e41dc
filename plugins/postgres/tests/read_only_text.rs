//! The guard's first stage: what the text alone says. Pure, no server.

use proptest::prelude::*;
use steersman_plugin_postgres::guard::{
    Kind, LONGEST_STATEMENT_BYTES, Name, codes, parse_explain_analyze, parse_read_only,
};

#[test]
fn reads_are_allowed() {
    let reads = [
        "SELECT 1",
        "select 1;",
        "  SELECT 1  ;  ",
        "SELECT",
        "TABLE orders",
        "VALUES (1, 'a'), (2, 'b')",
        "(SELECT 1)",
        "SELECT * FROM orders",
        "SELECT o.* FROM public.orders AS o WHERE o.id = $1 ORDER BY 1 DESC NULLS LAST LIMIT 10 OFFSET 5",
        "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b USING <",
        "SELECT count(*) FILTER (WHERE a > 1), string_agg(a, ',' ORDER BY b) FROM t GROUP BY ROLLUP (c) HAVING sum(d) > 3",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM t",
        "SELECT row_number() OVER w, lag(a, 1) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t WINDOW w AS (ORDER BY d)",
        "SELECT CASE WHEN a THEN 1 ELSE 2 END, CASE a WHEN 1 THEN 'x' END, coalesce(a, 1), nullif(a, b), greatest(1, 2) FROM t",
        "SELECT a IN (1, 2), a NOT IN (SELECT b FROM u), EXISTS (SELECT FROM u), a = ANY (ARRAY[1, 2]), a > ALL (SELECT 1) FROM t",
        "SELECT a BETWEEN 1 AND 2, a LIKE 'x%', a ILIKE 'x', a SIMILAR TO 'x', a ~ 'x', a IS NULL, b IS NOT TRUE, a IS DISTINCT FROM b FROM t",
        "SELECT a[1], a[1:2], (r).x, (r).*, ROW(1, 2), ARRAY[[1], [2]], ARRAY(SELECT 1) FROM t",
        "SELECT '1'::int, CAST('x' AS varchar(3)), int '3', interval '1 day', a::text[], now() AT TIME ZONE 'UTC', a COLLATE \"C\" FROM t",
        "SELECT current_date, current_user, localtime, extract(year FROM now()), position('a' IN 'b'), trim(both 'x' FROM 'y'), substring('abc' FROM 1 FOR 2)",
        "SELECT grouping(a) FROM t GROUP BY GROUPING SETS ((a), ())",
        "WITH recent AS MATERIALIZED (SELECT 1 AS a) SELECT * FROM recent",
        "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING p SELECT * FROM t",
        "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT (SELECT 4)",
        "SELECT * FROM a JOIN b USING (id) LEFT JOIN c ON c.x = a.x NATURAL JOIN d, LATERAL (SELECT 1) e CROSS JOIN f",
        "SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS g(a, b)",
        "SELECT * FROM ROWS FROM (generate_series(1, 2), json_to_record('{}') AS (a int, b text)) AS x",
        "SELECT * FROM t TABLESAMPLE system (1) REPEATABLE (3)",
        "SELECT * FROM XMLTABLE('/a' PASSING x COLUMNS b int PATH 'c' DEFAULT 1)",
        "SELECT xmlelement(name a, xmlattributes(1 AS b)), xmlserialize(content x AS text), x IS DOCUMENT FROM t",
        "SELECT JSON_VALUE(a, '$.b' RETURNING int DEFAULT 0 ON EMPTY), JSON_OBJECT('a': 1), JSON_ARRAYAGG(b), a IS JSON FROM t",
        "SELECT * FROM JSON_TABLE(j, '$[*]' COLUMNS (a int PATH '$.a', NESTED PATH '$.b' COLUMNS (c text))) AS jt",
        "SELECT f(a => 1, VARIADIC b => ARRAY[1])",
        "SELECT a FROM t ORDER BY a FETCH FIRST 3 ROWS WITH TIES",
        "SELECT a OPERATOR(pg_catalog.+) 1 FROM t",
        "SELECT 'DROP TABLE x; --', $$COMMIT; DELETE FROM y$$, $t$ $$ $t$, E'\\'; DROP TABLE z; --', U&'\\0061'",
        "SELECT 1 -- ; DROP TABLE x",
        "SELECT 1 /* ; DROP TABLE x /* nested */ */",
        "SELECT \"drop table x; --\" FROM \"delete\"",
    ];
    for sql in reads {
        match parse_read_only(sql) {
            Ok(statement) => assert_eq!(statement.kind(), Kind::Rows, "{sql}"),
            Err(refusal) => panic!("{sql}\n{refusal}"),
        }
    }
}

#[test]
fn show_and_explain_are_allowed() {
    let cases = [
        ("SHOW server_version", Kind::Show),
        ("SHOW ALL", Kind::Show),
        ("SHOW TRANSACTION ISOLATION LEVEL", Kind::Show),
        ("EXPLAIN SELECT 1", Kind::Explain),
        ("EXPLAIN VERBOSE TABLE t", Kind::Explain),
        (
            "EXPLAIN (FORMAT JSON, COSTS off, SETTINGS, GENERIC_PLAN) SELECT * FROM t WHERE a = $1",
            Kind::Explain,
        ),
    ];
    for (sql, kind) in cases {
        assert_eq!(
            parse_read_only(sql).map(|statement| statement.kind()),
            Ok(kind),
            "{sql}"
        );
    }
}

#[test]
fn what_is_not_surely_a_read_is_refused() {
    let write = codes::NOT_READ_ONLY;
    let cases = [
        // Plain writes.
        ("INSERT INTO t VALUES (1)", write),
        ("UPDATE t SET a = 1", write),
        ("DELETE FROM t", write),
        ("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", write),
        ("TRUNCATE t", write),
        ("DROP TABLE t", write),
        ("CREATE TABLE t (a int)", write),
        ("CREATE TABLE t AS SELECT 1", write),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", write),
        ("REFRESH MATERIALIZED VIEW v", write),
        ("ALTER TABLE t ADD b int", write),
        ("CREATE INDEX ON t (a)", write),
        ("CREATE EXTENSION dblink", write),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", write),
        ("GRANT SELECT ON t TO u", write),
        ("COMMENT ON TABLE t IS 'x'", write),
        ("VACUUM t", write),
        ("ANALYZE t", write),
        ("CLUSTER t", write),
        ("REINDEX TABLE t", write),
        ("CHECKPOINT", write),
        ("LOAD 'plpgsql'", write),
        ("ALTER SYSTEM SET work_mem = '1GB'", write),
        ("REASSIGN OWNED BY a TO b", write),
        ("IMPORT FOREIGN SCHEMA s FROM SERVER f INTO public", write),
        ("SECURITY LABEL ON TABLE t IS 'x'", write),
        // Writes that look like reads.
        ("SELECT 1 INTO t", write),
        ("SELECT * INTO TEMP t FROM u", write),
        ("SELECT 1 INTO UNLOGGED t UNION SELECT 2", write),
        ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", write),
        ("WITH x AS (INSERT INTO t VALUES (1)) SELECT 1", write),
        ("WITH x AS (UPDATE t SET a = 1 RETURNING a) TABLE x", write),
        (
            "WITH x AS (MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE) SELECT 1",
            write,
        ),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", write),
        (
            "SELECT * FROM (WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x) y",
            write,
        ),
        (
            "SELECT * FROM t WHERE a IN (WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x)",
            write,
        ),
        ("SELECT * FROM t FOR UPDATE", write),
        ("SELECT * FROM t FOR SHARE", write),
        ("SELECT * FROM t FOR NO KEY UPDATE OF t SKIP LOCKED", write),
        ("SELECT * FROM (SELECT * FROM t FOR KEY SHARE) u", write),
        ("WITH x AS (SELECT * FROM t FOR UPDATE) SELECT 1", write),
        ("SELECT 1 WHERE EXISTS (SELECT FROM t FOR UPDATE)", write),
        // The session, the transaction, the role.
        ("SET ROLE postgres", write),
        ("SET SESSION AUTHORIZATION postgres", write),
        ("SET LOCAL statement_timeout = 0", write),
        ("SET transaction_read_only = off", write),
        ("SET TRANSACTION READ WRITE", write),
        ("RESET ROLE", write),
        ("RESET ALL", write),
        ("DISCARD ALL", write),
        ("BEGIN", write),
        ("COMMIT", write),
        ("ROLLBACK", write),
        ("SAVEPOINT s", write),
        ("PREPARE TRANSACTION 'x'", write),
        ("COMMIT PREPARED 'x'", write),
        // Other ways in.
        ("COPY t TO PROGRAM 'rm -rf /'", write),
        ("COPY t FROM PROGRAM 'curl x'", write),
        ("COPY (SELECT 1) TO '/tmp/x'", write),
        ("COPY t TO STDOUT", write),
        ("DO $$ BEGIN DELETE FROM t; END $$", write),
        ("CALL p()", write),
        ("PREPARE s AS DELETE FROM t", write),
        ("EXECUTE s", write),
        ("DEALLOCATE s", write),
        ("DECLARE c CURSOR FOR SELECT 1", write),
        ("FETCH ALL FROM c", write),
        ("CLOSE c", write),
        ("LISTEN c", write),
        ("UNLISTEN *", write),
        ("NOTIFY c, 'x'", write),
        ("LOCK TABLE t", write),
        ("EXPLAIN ANALYZE SELECT 1", write),
        ("EXPLAIN (ANALYZE) SELECT 1", write),
        ("EXPLAIN (ANALYZE true, VERBOSE) DELETE FROM t", write),
        ("EXPLAIN (ANALYZE false) SELECT 1", write),
        ("EXPLAIN ANALYZE DELETE FROM t", write),
        ("EXPLAIN ANALYZE INSERT INTO t VALUES (1)", write),
        ("EXPLAIN DELETE FROM t", write),
        ("EXPLAIN CREATE TABLE t AS SELECT 1", write),
        ("EXPLAIN EXECUTE s", write),
        ("EXPLAIN (own_option) SELECT 1", write),
        ("EXPLAIN WITH x AS (DELETE FROM t RETURNING 1) SELECT 1", write),
        // More than one.
        ("COMMIT; DROP TABLE x", codes::SEVERAL_STATEMENTS),
        ("SELECT 1; SELECT 2", codes::SEVERAL_STATEMENTS),
        ("SELECT 1;; SELECT 2", codes::SEVERAL_STATEMENTS),
        ("SELECT 1 /* ' */; DROP TABLE x; --'", codes::SEVERAL_STATEMENTS),
        ("SELECT $a$ $b$ $a$; DROP TABLE x; --$b$", codes::SEVERAL_STATEMENTS),
        ("SELECT '\\'; DROP TABLE x; --'", codes::SEVERAL_STATEMENTS),
        ("SELECT E'\\\\'; DROP TABLE x; --'", codes::SEVERAL_STATEMENTS),
        ("SELECT 1 -- x\n; DROP TABLE x", codes::SEVERAL_STATEMENTS),
        ("SELECT 1 --\r; DROP TABLE x", codes::SEVERAL_STATEMENTS),
        // None.
        ("", codes::EMPTY_STATEMENT),
        (" ;; ", codes::EMPTY_STATEMENT),
        ("-- SELECT 1", codes::EMPTY_STATEMENT),
        ("/* SELECT 1 */", codes::EMPTY_STATEMENT),
        // Not SQL, or not known.
        ("show me the slow queries", codes::UNKNOWN_SYNTAX),
        ("SELECT 1 /* never closed", codes::UNKNOWN_SYNTAX),
        ("SELECT 'never closed", codes::UNKNOWN_SYNTAX),
        ("SELECT 1\0; DROP TABLE x", codes::UNKNOWN_SYNTAX),
        ("\\! rm -rf /", codes::UNKNOWN_SYNTAX),
        ("SELECT * FROM other_database.public.t", codes::UNKNOWN_SYNTAX),
        ("SELECT other_database.public.f(1)", codes::UNKNOWN_SYNTAX),
        ("VALUES (DEFAULT)", write),
    ];
    for (sql, code) in cases {
        match parse_read_only(sql) {
            Ok(_) => panic!("allowed: {sql}"),
            Err(refusal) => {
                assert_eq!(refusal.code, code, "{sql}\n{refusal}");
                assert!(refusal.sentence.ends_with('.'), "{sql}\n{refusal}");
            }
        }
    }
}

#[test]
fn the_sentence_says_what_is_wrong() {
    let cases = [
        ("SELECT 1 INTO t", "SELECT … INTO creates a table"),
        ("SELECT 1 FROM t FOR UPDATE", "lock the rows"),
        ("SET ROLE x", "its role"),
        ("ALTER TABLE t DROP a", "a statement of the kind alter table"),
        (
            "EXPLAIN ANALYZE SELECT 1",
            "EXPLAIN ANALYZE runs the statement it explains",
        ),
        ("WITH x AS (DELETE FROM t RETURNING 1) SELECT 1", "DELETE removes rows"),
        ("SELECT 1; SELECT 2; SELECT 3", "3 statements"),
    ];
    for (sql, words) in cases {
        let sentence = parse_read_only(sql).unwrap_err().sentence;
        assert!(sentence.contains(words), "{sql}\n{sentence}");
    }
}

#[test]
fn explain_analyze_is_allowed_only_where_it_is_asked_for_and_only_of_a_read() {
    let allowed = [
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM t",
    ];
    for sql in allowed {
        let kind = parse_explain_analyze(sql).map(|statement| statement.kind());
        assert_eq!(kind, Ok(Kind::ExplainAnalyze), "{sql}");
    }
    let refused = [
        "SELECT 1",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE DELETE FROM t",
        "EXPLAIN ANALYZE WITH x AS (DELETE FROM t RETURNING 1) SELECT 1",
        "EXPLAIN ANALYZE SELECT 1 INTO t",
        "EXPLAIN ANALYZE SELECT * FROM t FOR UPDATE",
        "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
        "EXPLAIN ANALYZE EXECUTE s",
    ];
    for sql in refused {
        assert_eq!(
            parse_explain_analyze(sql).map_err(|refusal| refusal.code),
            Err(codes::NOT_READ_ONLY),
            "{sql}"
        );
    }
}

#[test]
fn everything_named_is_collected_wherever_it_hides() {
    // Every place of the grammar that holds an expression, each with a function of its own.
    let sql = "
        WITH a AS (SELECT f01()) SEARCH DEPTH FIRST BY x SET y CYCLE x SET c TO 1 DEFAULT 2 USING p
        SELECT DISTINCT ON (f04()) f02(VARIADIC f03()), f05(f06()), x.f07, (y).f08, f09() OVER (PARTITION BY f10() ORDER BY f11() ROWS f12() PRECEDING),
            count(*) FILTER (WHERE f13()), s.agg(1 ORDER BY f14()), CASE f15() WHEN f16() THEN f17() ELSE f18() END,
            ARRAY[f19()], (ARRAY[1])[f20():f21()], ROW(f22()), f23()::int, f24() COLLATE \"C\", coalesce(f25()), least(f26()),
            f27() IS NULL, f28() IS TRUE, NOT f29(), f30() IN (f31()), f32() = ANY (SELECT f33()), EXISTS (SELECT f34()),
            xmlelement(name e, xmlattributes(f35() AS z), f36()), f37(n => f38()), JSON_OBJECT('k': f39()),
            JSON_VALUE(f40(), '$' PASSING f41() AS v DEFAULT f42() ON EMPTY), JSON_ARRAY(SELECT f43()), 'a'::varchar(3)
        FROM f44() AS g, ROWS FROM (f45(), f46() AS (a int)) h, LATERAL (SELECT f47()) i
            JOIN t ON f48(), t2 TABLESAMPLE m49 (f50()) REPEATABLE (f51()),
            XMLTABLE(f52() PASSING f53() COLUMNS q int PATH f54() DEFAULT f55()), JSON_TABLE(f56(), '$' COLUMNS (a int DEFAULT f57() ON EMPTY)) jt
        WHERE f58() GROUP BY f59(), ROLLUP (f60()) HAVING f61() WINDOW w AS (ORDER BY f62())
        UNION (SELECT f63() ORDER BY f64() LIMIT f65() OFFSET f66())";
    let statement = parse_read_only(sql).unwrap_or_else(|refusal| panic!("{refusal}"));
    let functions: Vec<&str> = statement
        .names()
        .functions
        .iter()
        .map(|call| call.name.name.as_str())
        .collect();
    for number in 1..=66 {
        let name = if number == 49 {
            "m49".to_owned()
        } else {
            format!("f{number:02}")
        };
        assert!(functions.contains(&name.as_str()), "{name} was not collected");
    }
    assert!(
        statement
            .names()
            .functions
            .iter()
            .any(|call| call.name == Name::in_schema("s", "agg"))
    );
}

#[test]
fn relations_types_operators_and_settings_are_collected() {
    let sql = "SELECT a::mood, b OPERATOR(s.===) c, CAST(d AS s.point3), XMLSERIALIZE(CONTENT e AS mytext), f ~~~ g \
               FROM s.t JOIN u USING (id) ORDER BY h USING <<<, k IN (SELECT v.x FROM v)";
    let names = parse_read_only(sql).unwrap().names().clone();
    let relations: Vec<String> = names.relations.iter().map(ToString::to_string).collect();
    assert_eq!(relations, ["u", "v", "s.t"]);
    let types: Vec<String> = names.types.iter().map(|used| used.name.to_string()).collect();
    assert_eq!(types, ["mood", "mytext", "s.point3"]);
    for operator in ["s.===", "~~~", "<<<", "="] {
        assert!(
            names.operators.iter().any(|name| name.to_string() == operator),
            "{operator}"
        );
    }
    assert!(
        parse_read_only("SHOW work_mem")
            .unwrap()
            .names()
            .settings
            .contains("work_mem")
    );
}

#[test]
fn words_that_an_older_server_reads_as_functions_are_collected() {
    let statement = parse_read_only("SELECT JSON_SCALAR(1)").unwrap();
    assert!(
        statement
            .names()
            .functions
            .iter()
            .any(|call| call.name.name == "json_scalar")
    );
}

#[test]
fn texts_too_long_or_too_deep_are_refused() {
    let long = format!("SELECT '{}'", "x".repeat(LONGEST_STATEMENT_BYTES));
    let deep = [
        format!("SELECT 1{}", " + 1".repeat(10_000)),
        format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(3_000)),
        format!("SELECT {}1{}", "(SELECT ".repeat(5_000), ")".repeat(5_000)),
        format!("SELECT 1{}", "::int".repeat(10_000)),
        format!("SELECT 1 FROM t{}", " NATURAL JOIN t".repeat(3_000)),
    ];
    for sql in deep.iter().chain([&long]) {
        let code = parse_read_only(sql).map_err(|refusal| refusal.code).map(|_| ());
        assert_eq!(code, Err(codes::TOO_COMPLEX), "{}", &sql[..40]);
    }
    let concatenated = format!("SELECT 'a'{}", " || 'b'".repeat(40));
    assert!(parse_read_only(&concatenated).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_text_never_panics(sql in any::<String>()) {
        let _ = parse_read_only(&sql);
        let _ = parse_explain_analyze(&sql);
    }

    #[test]
    fn words_of_sql_in_any_order_never_panic_and_never_hide_a_write(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..25)
    ) {
        let sql = words.join(" ");
        if let Ok(statement) = parse_read_only(&sql) {
            // Keywords that only a write has; reserved, so never a name, but for the one after AS. In a comment or a
            // quoted text they are no keywords.
            let quotes = words.iter().any(|word| ["/*", "$$"].contains(word));
            let writes = ["INTO", "FOR", "DROP TABLE t"];
            let before = std::iter::once(&"").chain(&words);
            let hidden = before.zip(&words).any(|(before, word)| *before != "AS" && writes.contains(word));
            prop_assert!(quotes || !hidden, "{}", statement.text());
        }
    }
}

const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "t",
    "a",
    "(",
    ")",
    ",",
    "*",
    "1",
    "'x'",
    "WITH",
    "AS",
    "INTO",
    "FOR",
    "UPDATE",
    "DELETE",
    "INSERT",
    "VALUES",
    "SET",
    ";",
    "--\n",
    "/*",
    "*/",
    "$$",
    "::",
    "int",
    ".",
    "EXPLAIN",
    "ANALYZE",
    "TABLE",
    "UNION",
    "JOIN",
    "ON",
    "=",
    "f(",
    "DROP TABLE t",
    "COPY",
    "TO",
    "ARRAY[",
    "]",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "OVER",
    "ORDER BY",
    "LIMIT",
    "$1",
    "\"x\"",
    "E'\\''",
];
