//! Questions about the text of a statement, answered by PostgreSQL's own grammar.

use pg_query::{
    DeparseOptions, NodeEnum,
    protobuf::{AExpr, AExprKind, BoolExprType, Node, SelectStmt, Token},
};
use std::panic::catch_unwind;

/// Columns that a filter compares with values that do not come from the same row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterColumns {
    /// Compared for equality, or with a list.
    pub equal: Vec<String>,
    /// Compared with `<`, `<=`, `>`, `>=` or BETWEEN.
    pub range: Vec<String>,
}

/// The parser's Rust side indexes without checks in places; a text that makes it panic is one that cannot be read.
fn parse(text: &str) -> Option<pg_query::ParseResult> {
    catch_unwind(|| pg_query::parse(text, 0)).ok()?.ok()
}

/// The one statement of the text, without what follows its semicolon. `None` for none, several, or no SQL.
pub(crate) fn only(text: &str) -> Option<&str> {
    let parsed = parse(text)?;
    let [statement] = parsed.protobuf.stmts.as_slice() else {
        return None;
    };
    let start = usize::try_from(statement.stmt_location).ok()?;
    let length = usize::try_from(statement.stmt_len).ok()?;
    let rest = text.get(start..)?;
    Some(if length == 0 { rest } else { rest.get(..length)? }.trim())
}

/// How many values the statement leaves open: the largest n of its `$n`.
pub(crate) fn placeholders(text: &str) -> usize {
    let Ok(scanned) = pg_query::scan(text) else {
        return 0;
    };
    let numbers = scanned
        .tokens
        .iter()
        .filter(|token| token.token == Token::Param as i32)
        .filter_map(|token| {
            text.get(token.start as usize..token.end as usize)?
                .trim_start_matches('$')
                .parse::<usize>()
                .ok()
        });
    numbers.max().unwrap_or(0)
}

/// Where the statement has `:name`, and which name, in order. `None` for a text that the scanner cannot read.
///
/// A colon between brackets that touches a name (`a[1:n]`) is one too: it cannot be told apart from a place.
pub(crate) fn named_places(text: &str) -> Option<Vec<(std::ops::Range<usize>, String)>> {
    let scanned = catch_unwind(|| pg_query::scan(text)).ok()?.ok()?;
    let range = |token: &pg_query::protobuf::ScanToken| token.start as usize..token.end as usize;
    let mut places = Vec::new();
    for pair in scanned.tokens.windows(2) {
        let (colon, name) = (range(&pair[0]), range(&pair[1]));
        if text.get(colon.clone()) != Some(":") || colon.end != name.start {
            continue;
        }
        let word = text.get(name.clone())?;
        let is_name = word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if is_name {
            places.push((colon.start..name.end, word.to_owned()));
        }
    }
    Some(places)
}

/// The statement written anew. pg_stat_statements puts placeholders where the grammar of a server has none
/// (`timestamptz $1`); written anew they are casts (`$1::timestamptz`).
pub(crate) fn rewritten(text: &str) -> Option<String> {
    parse(text)?.deparse(DeparseOptions::default()).ok()
}

/// The query inside of an EXPLAIN, written anew; `None` for anything else.
pub(crate) fn explained(text: &str) -> Option<String> {
    let parsed = parse(text)?;
    let [NodeEnum::ExplainStmt(explain)] = nodes_of(&parsed)[..] else {
        return None;
    };
    explain
        .query
        .as_ref()?
        .node
        .as_ref()?
        .deparse(DeparseOptions::default())
        .ok()
}

/// True for a single SELECT (or VALUES, TABLE, WITH … SELECT).
pub(crate) fn is_select(text: &str) -> bool {
    parse(text).is_some_and(|parsed| matches!(nodes_of(&parsed).as_slice(), [NodeEnum::SelectStmt(_)]))
}

/// True for reading and writing of rows: not for BEGIN, SET, CREATE and the like.
pub(crate) fn works_on_rows(text: &str) -> bool {
    parse(text).is_some_and(|parsed| {
        nodes_of(&parsed).iter().all(|node| {
            matches!(
                node,
                NodeEnum::SelectStmt(_)
                    | NodeEnum::InsertStmt(_)
                    | NodeEnum::UpdateStmt(_)
                    | NodeEnum::DeleteStmt(_)
                    | NodeEnum::MergeStmt(_)
            )
        })
    })
}

/// The parse tree of one statement, in its serialised form.
pub(crate) fn tree(text: &str) -> Option<serde_json::Value> {
    let mut parsed = parse(text)?;
    match parsed.protobuf.stmts.as_mut_slice() {
        [one] => serde_json::to_value(one.stmt.take()?).ok(),
        _ => None,
    }
}

/// For an UPDATE or DELETE, the query that finds the rows it works on; for a query, itself. The rows' places (`ctid`)
/// are asked for, so that the planner reckons with a visit to the table, as the statement itself makes it.
pub(crate) fn finding_its_rows(text: &str) -> Option<String> {
    let parsed = parse(text)?;
    let (relation, more, condition, with) = match nodes_of(&parsed)[..] {
        [NodeEnum::SelectStmt(_)] => return Some(text.to_owned()),
        [NodeEnum::UpdateStmt(update)] => (
            update.relation.clone()?,
            update.from_clause.clone(),
            update.where_clause.clone()?,
            update.with_clause.clone(),
        ),
        [NodeEnum::DeleteStmt(delete)] => (
            delete.relation.clone()?,
            delete.using_clause.clone(),
            delete.where_clause.clone()?,
            delete.with_clause.clone(),
        ),
        _ => return None,
    };
    let name = relation
        .alias
        .as_ref()
        .map_or(&relation.relname, |alias| &alias.aliasname);
    let place = format!("SELECT {}.ctid", crate::identifier::quoted(name));
    let template = parse(&place)?;
    let [NodeEnum::SelectStmt(template)] = nodes_of(&template)[..] else {
        return None;
    };
    let mut from_clause = vec![Node {
        node: Some(NodeEnum::RangeVar(relation)),
    }];
    from_clause.extend(more);
    let select = SelectStmt {
        from_clause,
        where_clause: Some(condition),
        with_clause: with,
        ..(**template).clone()
    };
    NodeEnum::SelectStmt(Box::new(select))
        .deparse(DeparseOptions::default())
        .ok()
}

/// What a statement writes that indexes have to follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Written {
    /// Where given.
    pub schema: Option<String>,
    pub table: String,
    /// The columns that an UPDATE sets; `None` for new rows, which every index follows.
    pub columns: Option<Vec<String>>,
}

/// What an INSERT, UPDATE or MERGE writes. A DELETE writes no index entries; those of its rows go with the next vacuum.
pub(crate) fn written(text: &str) -> Option<Written> {
    let parsed = parse(text)?;
    let (relation, columns) = match nodes_of(&parsed)[..] {
        [NodeEnum::InsertStmt(insert)] => (insert.relation.as_ref()?, None),
        [NodeEnum::MergeStmt(merge)] => (merge.relation.as_ref()?, None),
        [NodeEnum::UpdateStmt(update)] => {
            let set = update.target_list.iter().filter_map(|node| match &node.node {
                Some(NodeEnum::ResTarget(target)) => Some(target.name.clone()),
                _ => None,
            });
            (update.relation.as_ref()?, Some(set.collect()))
        }
        _ => return None,
    };
    Some(Written {
        schema: (!relation.schemaname.is_empty()).then(|| relation.schemaname.clone()),
        table: relation.relname.clone(),
        columns,
    })
}

/// True when the statement names this table, with its schema or without.
pub(crate) fn names_table(text: &str, schema: &str, table: &str) -> bool {
    let with_schema = format!("{schema}.{table}");
    parse(text).is_some_and(|parsed| parsed.tables().iter().any(|name| name == table || *name == with_schema))
}

fn nodes_of(parsed: &pg_query::ParseResult) -> Vec<&NodeEnum> {
    parsed
        .protobuf
        .stmts
        .iter()
        .filter_map(|raw| raw.stmt.as_ref()?.node.as_ref())
        .collect()
}

/// The condition of a partial index, written anew. `None` when the text is anything but one condition.
pub(crate) fn condition(text: &str) -> Option<String> {
    let parsed = parse(&format!("SELECT WHERE {text}"))?;
    let [NodeEnum::SelectStmt(select)] = nodes_of(&parsed)[..] else {
        return None;
    };
    let condition = select.where_clause.clone()?;
    let alone = SelectStmt {
        where_clause: Some(condition),
        ..bare(select)
    };
    // Anything else in the statement (ORDER BY, UNION, LIMIT) came from the text and does not belong there.
    if **select != alone {
        return None;
    }
    let written = NodeEnum::SelectStmt(Box::new(alone))
        .deparse(DeparseOptions::default())
        .ok()?;
    Some(written.strip_prefix("SELECT WHERE ")?.to_owned())
}

/// A SELECT without anything, in the parser's way of saying so.
fn bare(like: &SelectStmt) -> SelectStmt {
    SelectStmt {
        limit_option: like.limit_option,
        op: like.op,
        ..SelectStmt::default()
    }
}

/// True when both are CREATE INDEX statements that mean the same, CONCURRENTLY aside.
pub(crate) fn is_same_index(one: &str, other: &str) -> bool {
    let normal = |text: &str| {
        let parsed = parse(text)?;
        let [NodeEnum::IndexStmt(statement)] = nodes_of(&parsed)[..] else {
            return None;
        };
        let mut statement = (**statement).clone();
        statement.concurrent = false;
        NodeEnum::IndexStmt(Box::new(statement))
            .deparse(DeparseOptions::default())
            .ok()
    };
    normal(one).is_some_and(|one| normal(other) == Some(one))
}

/// What the condition of a plan node compares. Empty when it cannot be read: conditions of plans are text for people,
/// and some of them (subplans) are no SQL.
pub(crate) fn filter_columns(condition: &str) -> FilterColumns {
    let mut columns = FilterColumns::default();
    if let Some(parsed) = parse(&format!("SELECT WHERE {condition}"))
        && let [NodeEnum::SelectStmt(select)] = nodes_of(&parsed)[..]
        && let Some(condition) = &select.where_clause
    {
        collect(condition, &mut columns);
    }
    columns.range.retain(|column| !columns.equal.contains(column));
    columns
}

fn collect(node: &Node, columns: &mut FilterColumns) {
    match &node.node {
        Some(NodeEnum::BoolExpr(all)) if all.boolop == BoolExprType::AndExpr as i32 => {
            all.args.iter().for_each(|part| collect(part, columns));
        }
        Some(NodeEnum::AExpr(comparison)) => {
            if let Some((column, is_equal)) = compared(comparison) {
                let list = if is_equal {
                    &mut columns.equal
                } else {
                    &mut columns.range
                };
                if !list.contains(&column) {
                    list.push(column);
                }
            }
        }
        _ => {}
    }
}

/// The column of `column = value`, `value < column`, `column IN (…)` and the like, and whether it is for equality.
fn compared(comparison: &AExpr) -> Option<(String, bool)> {
    let (left, right) = (comparison.lexpr.as_deref()?, comparison.rexpr.as_deref()?);
    let operator = comparison.name.iter().rev().find_map(|node| match &node.node {
        Some(NodeEnum::String(text)) => Some(text.sval.as_str()),
        _ => None,
    })?;
    let kind = AExprKind::try_from(comparison.kind).ok()?;
    let is_equal = match (kind, operator) {
        (AExprKind::AexprOp | AExprKind::AexprOpAny | AExprKind::AexprIn, "=") => true,
        (AExprKind::AexprOp, "<" | "<=" | ">" | ">=") | (AExprKind::AexprBetween, _) => false,
        _ => return None,
    };
    match (column(left), column(right)) {
        (Some(name), None) | (None, Some(name)) => Some((name, is_equal)),
        _ => None,
    }
}

/// The name of a bare column, perhaps under a cast that plans add (`(status)::text`).
fn column(node: &Node) -> Option<String> {
    match &node.node {
        Some(NodeEnum::ColumnRef(reference)) => reference.fields.last().and_then(|field| match &field.node {
            Some(NodeEnum::String(text)) => Some(text.sval.clone()),
            _ => None,
        }),
        Some(NodeEnum::TypeCast(cast)) => column(cast.arg.as_deref()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_is_taken_without_its_semicolon() {
        for (text, expected) in [
            ("SELECT 1", Some("SELECT 1")),
            (" SELECT 1 ; ", Some("SELECT 1")),
            ("SELECT ';' ;-- done", Some("SELECT ';'")),
            ("SELECT 1; SELECT 2", None),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(only(text), expected, "{text}");
        }
    }

    #[test]
    fn placeholders_are_counted_but_not_those_in_texts() {
        for (text, expected) in [("SELECT 1", 0), ("SELECT $1, $3", 3), ("SELECT '$7', $2 -- $9", 2)] {
            assert_eq!(placeholders(text), expected, "{text}");
        }
    }

    #[test]
    fn placeholders_in_places_that_servers_do_not_know_become_casts() {
        let text = "SELECT count(*) FROM orders WHERE placed_at >= timestamptz $1 AND age < interval $2 LIMIT $3";
        let rewritten = rewritten(text).unwrap();
        assert!(
            rewritten.contains("$1::timestamptz") || rewritten.contains("CAST($1 AS timestamptz)"),
            "{rewritten}"
        );
        assert_eq!(placeholders(&rewritten), 3);
    }

    #[test]
    fn a_condition_is_one_condition_and_nothing_more() {
        for (text, expected) in [
            ("status = 'open'", Some("status = 'open'")),
            ("(a > 1) and b is null", Some("a > 1 AND b IS NULL")),
            ("a > 1 ORDER BY b", None),
            ("a > 1 UNION SELECT 2", None),
            ("a > 1; DROP TABLE x", None),
            ("a > 1 LIMIT 1", None),
            ("a > 1 FOR UPDATE", None),
            ("", None),
        ] {
            assert_eq!(condition(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn filters_of_plans_name_the_columns_that_an_index_could_serve() {
        let columns = |equal: &[&str], range: &[&str]| FilterColumns {
            equal: equal.iter().map(|s| (*s).to_owned()).collect(),
            range: range.iter().map(|s| (*s).to_owned()).collect(),
        };
        for (text, expected) in [
            ("(orders.customer_id = 1)", columns(&["customer_id"], &[])),
            (
                "((o.customer_id = $1) AND (o.placed_at >= $2))",
                columns(&["customer_id"], &["placed_at"]),
            ),
            ("((o.status)::text = 'open'::text)", columns(&["status"], &[])),
            ("(5 > o.total)", columns(&[], &["total"])),
            ("(o.id = ANY ('{1,2}'::integer[]))", columns(&["id"], &[])),
            ("((o.a = 1) OR (o.b = 2))", columns(&[], &[])),
            ("(o.a = o.b)", columns(&[], &[])),
            ("(o.status <> 'returned'::text)", columns(&[], &[])),
            ("(NOT (hashed SubPlan 1))", columns(&[], &[])),
            ("(lower(o.email) = 'x'::text)", columns(&[], &[])),
        ] {
            assert_eq!(filter_columns(text), expected, "{text}");
        }
    }

    #[test]
    fn a_change_of_rows_is_turned_into_the_query_that_finds_them() {
        for (text, expected) in [
            ("SELECT 1", Some("SELECT 1")),
            (
                "UPDATE t SET a = a + $1 WHERE id = $2",
                Some("SELECT t.ctid FROM t WHERE id = $2"),
            ),
            (
                "UPDATE s.t x SET a = 1 FROM u WHERE u.b = x.b",
                Some("SELECT x.ctid FROM s.t x, u WHERE u.b = x.b"),
            ),
            (
                "DELETE FROM t USING u WHERE t.a = u.a",
                Some("SELECT t.ctid FROM t, u WHERE t.a = u.a"),
            ),
            ("DELETE FROM t", None),
            ("INSERT INTO t VALUES (1)", None),
        ] {
            assert_eq!(finding_its_rows(text).as_deref(), expected, "{text}");
        }
        let written = |text: &str| written(text).map(|written| (written.table, written.columns));
        assert_eq!(written("INSERT INTO s.t VALUES (1)"), Some(("t".to_owned(), None)));
        let set = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(written("UPDATE t SET a = 1, b = 2"), Some(("t".to_owned(), set)));
        assert_eq!(written("DELETE FROM t"), None);
    }

    #[test]
    fn indexes_are_compared_by_meaning() {
        let plain = "CREATE INDEX i ON public.orders USING btree (a, b) WHERE (a > 1)";
        assert!(is_same_index(
            plain,
            "create index CONCURRENTLY i on public.orders using btree (a,b) where a > 1"
        ));
        assert!(!is_same_index(
            plain,
            "CREATE INDEX i ON public.orders USING btree (a, b DESC) WHERE (a > 1)"
        ));
        assert!(!is_same_index(plain, "SELECT 1"));
    }

    #[test]
    fn tables_are_found_wherever_a_statement_names_them() {
        let text = "WITH x AS (SELECT 1 FROM sales.orders) SELECT * FROM x JOIN customers c ON true";
        for (schema, table, expected) in [
            ("sales", "orders", true),
            ("public", "customers", true),
            ("public", "x", false),
            ("public", "items", false),
        ] {
            assert_eq!(names_table(text, schema, table), expected, "{schema}.{table}");
        }
    }
}
