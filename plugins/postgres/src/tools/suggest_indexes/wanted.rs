//! What a statement asks of each table, read from its parse tree: the raw material of candidates.
//!
//! The tree is walked in its serialised form, because there every part of every node is reached by one loop. What is
//! found here is a guess at what could help; whether it does is for the planner to say. So a column that is found
//! wrongly costs a look, and nothing else.

use super::table::Table;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

type Node = Map<String, Value>;

/// What one query level asks of one table. Columns are their places in [`Table::columns`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Place of the table in the list that was given.
    pub table: usize,
    /// Compared for equality with a value, a list, or a row of another table.
    pub equal: Vec<usize>,
    pub joined: Vec<usize>,
    /// Compared with `<`, `<=`, `>`, `>=` or BETWEEN.
    pub range: Vec<usize>,
    /// All in one direction, of this table alone.
    pub order: Vec<usize>,
    pub group: Vec<usize>,
    /// Every column that is read; `None` when all are.
    pub read: Option<BTreeSet<usize>>,
    /// Conditions that are the same in every execution.
    pub fixed: Vec<Fixed>,
}

/// A condition without a value that changes: `deleted_at IS NULL`, `status = 'open'`, `is_paid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fixed {
    pub column: usize,
    pub test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    IsNull,
    IsNotNull,
    IsTrue,
    IsFalse,
    /// The text of a string constant.
    Equals(String),
}

/// Schema (where given) and name of every relation that a tree names.
pub(super) fn relations(tree: &Value) -> BTreeSet<(Option<String>, String)> {
    let mut found = BTreeSet::new();
    each_node(tree, &mut |kind, fields| {
        if kind == "RangeVar" {
            let schema = text(fields, "schemaname");
            let schema = (!schema.is_empty()).then(|| schema.to_owned());
            found.insert((schema, text(fields, "relname").to_owned()));
        }
    });
    found
}

/// Reads one statement's tree.
pub(super) fn wanted(tree: &Value, tables: &[Table]) -> Vec<Wanted> {
    let mut walk = Walk {
        tables,
        levels: Vec::new(),
        found: Vec::new(),
    };
    walk.visit(tree);
    let is_of_use = |wanted: &Wanted| {
        !(wanted.equal.is_empty()
            && wanted.joined.is_empty()
            && wanted.range.is_empty()
            && wanted.order.is_empty()
            && wanted.group.is_empty()
            && wanted.fixed.is_empty())
    };
    walk.found.retain(is_of_use);
    walk.found
}

struct Walk<'a> {
    tables: &'a [Table],
    levels: Vec<Level>,
    found: Vec<Wanted>,
}

/// One SELECT and the tables of its FROM.
#[derive(Default)]
struct Level {
    sources: Vec<Source>,
    /// Names of WITH queries: not tables, whatever tables there are.
    with_queries: BTreeSet<String>,
}

struct Source {
    alias: String,
    wanted: Wanted,
}

/// A column of a table of some level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    level: usize,
    source: usize,
    column: usize,
}

impl Walk<'_> {
    fn visit(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.visit(item)),
            Value::Object(fields) => match kind_of(value) {
                Some(("SelectStmt", select)) => self.select(select),
                _ => fields.values().for_each(|inner| self.visit(inner)),
            },
            _ => {}
        }
    }

    fn select(&mut self, select: &Node) {
        let mut level = Level::default();
        if let Some(with) = select.get("with_clause") {
            each_node(with, &mut |kind, fields| {
                if kind == "CommonTableExpr" {
                    level.with_queries.insert(text(fields, "ctename").to_owned());
                }
            });
        }
        self.levels.push(level);
        for part in ["with_clause", "larg", "rarg"] {
            match (part, select.get(part)) {
                ("with_clause", Some(with)) => self.visit(with),
                (_, Some(Value::Object(arm))) => self.select(arm),
                _ => {}
            }
        }
        let mut conditions = Vec::new();
        self.sources(select.get("from_clause").unwrap_or(&Value::Null), &mut conditions);
        conditions.extend(select.get("where_clause").cloned());
        conditions.iter().for_each(|condition| self.condition(condition));
        self.note_reads(select);
        self.note_order(select);
        for part in [
            "target_list",
            "from_clause",
            "where_clause",
            "having_clause",
            "values_lists",
        ] {
            self.visit(select.get(part).unwrap_or(&Value::Null));
        }
        let level = self.levels.pop().unwrap_or_default();
        self.found.extend(level.sources.into_iter().map(|source| source.wanted));
    }

    /// Fills the level with the tables of its FROM, and gathers what joins are made on.
    fn sources(&mut self, from: &Value, conditions: &mut Vec<Value>) {
        if let Value::Array(items) = from {
            return items.iter().for_each(|item| self.sources(item, conditions));
        }
        match kind_of(from) {
            Some(("RangeVar", fields)) => self.source(fields),
            Some(("JoinExpr", join)) => {
                for side in ["larg", "rarg"] {
                    self.sources(join.get(side).unwrap_or(&Value::Null), conditions);
                }
                conditions.extend(join.get("quals").cloned());
                for column in strings(join.get("using_clause")) {
                    self.join_using(column);
                }
            }
            _ => {}
        }
    }

    fn source(&mut self, fields: &Node) {
        let (schema, name) = (text(fields, "schemaname"), text(fields, "relname"));
        let is_with_query = schema.is_empty() && self.levels.iter().any(|level| level.with_queries.contains(name));
        let table = self.tables.iter().position(|table| table.is_called(schema, name));
        if let (false, Some(table), Some(level)) = (is_with_query, table, self.levels.last_mut()) {
            let alias = fields.get("alias").map_or("", |alias| object_text(alias, "aliasname"));
            level.sources.push(Source {
                alias: if alias.is_empty() { name } else { alias }.to_owned(),
                wanted: Wanted {
                    table,
                    read: Some(BTreeSet::new()),
                    ..Wanted::default()
                },
            });
        }
    }

    fn join_using(&mut self, column: &str) {
        let Some(level) = self.levels.last_mut() else { return };
        for source in &mut level.sources {
            if let Some(at) = self.tables[source.wanted.table].column(column) {
                push(&mut source.wanted.joined, at);
            }
        }
    }

    fn condition(&mut self, node: &Value) {
        match kind_of(node) {
            Some(("BoolExpr", all)) if number(all, "boolop") == AND => {
                for part in array(all, "args") {
                    self.condition(part);
                }
            }
            Some(("BoolExpr", any)) if number(any, "boolop") == OR => self.alternatives(array(any, "args")),
            Some(("BoolExpr", not)) => {
                if let [inner] = array(not, "args")
                    && let Some(place) = self.column(inner)
                {
                    self.fix(place, Test::IsFalse);
                }
            }
            Some(("ColumnRef", _)) => {
                if let Some(place) = self.column(node) {
                    self.fix(place, Test::IsTrue);
                }
            }
            Some(("NullTest", test)) => self.null_test(test),
            Some(("AExpr", comparison)) => self.comparison(comparison),
            Some(("SubLink", link)) => {
                // `column IN (SELECT …)` becomes a join.
                if let Some(place) = link.get("testexpr").and_then(|column| self.column(column)) {
                    push(&mut self.at(place).joined, place.column);
                }
            }
            _ => {}
        }
    }

    /// Each arm of an OR may use an index of its own; the planner puts them together.
    fn alternatives(&mut self, arms: &[Value]) {
        let Some(level) = self.levels.last() else { return };
        let plain: Vec<Wanted> = level.sources.iter().map(|source| source.wanted.clone()).collect();
        for arm in arms {
            self.condition(arm);
            let Some(level) = self.levels.last_mut() else { return };
            for (source, plain) in level.sources.iter_mut().zip(&plain) {
                let with_arm = std::mem::replace(&mut source.wanted, plain.clone());
                if with_arm != *plain {
                    self.found.push(Wanted { read: None, ..with_arm });
                }
            }
        }
    }

    fn null_test(&mut self, test: &Node) {
        let Some(place) = test.get("arg").and_then(|column| self.column(column)) else {
            return;
        };
        if number(test, "nulltesttype") == IS_NULL {
            push(&mut self.at(place).equal, place.column);
            self.fix(place, Test::IsNull);
        } else {
            self.fix(place, Test::IsNotNull);
        }
    }

    fn comparison(&mut self, comparison: &Node) {
        let (Some(left), Some(right)) = (comparison.get("lexpr"), comparison.get("rexpr")) else {
            return;
        };
        let operator = strings(comparison.get("name")).last().unwrap_or_default();
        let is_equal = match (number(comparison, "kind"), operator) {
            (PLAIN | ANY | IN, "=") => true,
            (PLAIN, "<" | "<=" | ">" | ">=") | (BETWEEN, _) => false,
            _ => return,
        };
        let innermost = self.levels.len().saturating_sub(1);
        match (self.column(left), self.column(right)) {
            (Some(one), Some(other)) if (one.level, one.source) == (other.level, other.source) => {}
            (Some(one), Some(other)) => {
                for place in [one, other] {
                    if is_equal && place.level == innermost {
                        push(&mut self.at(place).joined, place.column);
                    }
                }
            }
            (Some(place), None) | (None, Some(place)) => {
                let wanted = self.at(place);
                push(
                    if is_equal { &mut wanted.equal } else { &mut wanted.range },
                    place.column,
                );
                let other = if self.column(left).is_some() { right } else { left };
                if let (true, Some(constant)) = (is_equal, constant(other)) {
                    self.fix(place, Test::Equals(constant.to_owned()));
                }
            }
            (None, None) => {}
        }
    }

    fn fix(&mut self, place: Place, test: Test) {
        let fixed = Fixed {
            column: place.column,
            test,
        };
        let wanted = self.at(place);
        if !wanted.fixed.contains(&fixed) {
            wanted.fixed.push(fixed);
        }
    }

    fn note_order(&mut self, select: &Node) {
        let group: Option<Vec<Place>> = array(select, "group_clause")
            .iter()
            .map(|node| self.column(node))
            .collect();
        if let Some((place, columns)) = of_one_table(group) {
            self.at(place).group = columns;
        }
        let sort: Vec<&Node> = array(select, "sort_clause")
            .iter()
            .filter_map(|node| Some(kind_of(node)?.1))
            .collect();
        let directions: BTreeSet<bool> = sort.iter().map(|by| number(by, "sortby_dir") == DESCENDING).collect();
        let order = sort.iter().map(|by| self.column(by.get("node")?)).collect();
        if let (true, Some((place, columns))) = (directions.len() == 1, of_one_table(order)) {
            self.at(place).order = columns;
        }
    }

    fn note_reads(&mut self, select: &Node) {
        let mut columns = Vec::new();
        let mut has_star = false;
        for part in select.values() {
            each_node(part, &mut |kind, fields| match kind {
                "ColumnRef" => columns.push(fields.clone()),
                "AStar" => has_star = true,
                _ => {}
            });
        }
        for fields in &columns {
            if let Some(place) = self.resolve(fields)
                && let Some(read) = &mut self.at(place).read
            {
                read.insert(place.column);
            }
        }
        if let (true, Some(level)) = (has_star, self.levels.last_mut()) {
            level.sources.iter_mut().for_each(|source| source.wanted.read = None);
        }
    }

    /// The column that a node is, perhaps under a cast.
    fn column(&self, node: &Value) -> Option<Place> {
        match kind_of(node)? {
            ("ColumnRef", fields) => self.resolve(fields),
            ("TypeCast", cast) => self.column(cast.get("arg")?),
            _ => None,
        }
    }

    /// Looks from the innermost level outwards. A bare name must fit exactly one table of its level.
    fn resolve(&self, reference: &Node) -> Option<Place> {
        let parts: Vec<&str> = strings(reference.get("fields")).collect();
        let (name, alias) = match parts[..] {
            [name] => (name, None),
            [.., alias, name] => (name, Some(alias)),
            [] => return None,
        };
        for (level, found) in self.levels.iter().enumerate().rev() {
            let mut fitting = found.sources.iter().enumerate().filter_map(|(at, source)| {
                let is_meant = alias.is_none_or(|alias| source.alias == alias);
                let column = self.tables[source.wanted.table].column(name).filter(|_| is_meant)?;
                Some(Place {
                    level,
                    source: at,
                    column,
                })
            });
            match (fitting.next(), fitting.next()) {
                (Some(place), None) => return Some(place),
                (Some(_), Some(_)) => return None,
                (None, _) => {}
            }
        }
        None
    }

    fn at(&mut self, place: Place) -> &mut Wanted {
        &mut self.levels[place.level].sources[place.source].wanted
    }
}

/// Numbers of the parser's enumerations.
const AND: i64 = 1;
const OR: i64 = 2;
const IS_NULL: i64 = 1;
const DESCENDING: i64 = 3;
const PLAIN: i64 = 1;
const ANY: i64 = 2;
const IN: i64 = 7;
const BETWEEN: i64 = 11;

fn of_one_table(places: Option<Vec<Place>>) -> Option<(Place, Vec<usize>)> {
    let places = places?;
    let first = *places.first()?;
    let is_one = places
        .iter()
        .all(|place| (place.level, place.source) == (first.level, first.source));
    is_one.then(|| {
        let mut columns = Vec::new();
        places.iter().for_each(|place| push(&mut columns, place.column));
        (first, columns)
    })
}

fn push(list: &mut Vec<usize>, column: usize) {
    if !list.contains(&column) {
        list.push(column);
    }
}

/// The text of a constant in quotes, perhaps under a cast.
fn constant(node: &Value) -> Option<&str> {
    match kind_of(node)? {
        ("AConst", fields) => Some(fields.get("val")?.get("Sval")?.get("sval")?.as_str()?),
        ("TypeCast", cast) => constant(cast.get("arg")?),
        _ => None,
    }
}

fn each_node<'a>(value: &'a Value, see: &mut impl FnMut(&'a str, &'a Node)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_node(item, see)),
        Value::Object(fields) => {
            if let Some((kind, fields)) = kind_of(value) {
                see(kind, fields);
            }
            fields.values().for_each(|inner| each_node(inner, see));
        }
        _ => {}
    }
}

/// The kind of a node and its fields: `{"node": {"SelectStmt": {…}}}`.
fn kind_of(node: &Value) -> Option<(&str, &Node)> {
    let (kind, fields) = node.get("node")?.as_object()?.iter().next()?;
    Some((kind, fields.as_object()?))
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let items = list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| match kind_of(item) {
        Some(("String", fields)) => fields.get("sval").and_then(Value::as_str),
        _ => None,
    })
}

fn array<'a>(node: &'a Node, field: &str) -> &'a [Value] {
    node.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn number(node: &Node, field: &str) -> i64 {
    node.get(field).and_then(Value::as_i64).unwrap_or_default()
}

fn text<'a>(node: &'a Node, field: &str) -> &'a str {
    node.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn object_text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
