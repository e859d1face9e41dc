//! Indexes that could help: made from what statements want, kept apart from what there is.

use super::{
    table::Table,
    wanted::{Fixed, Test, Wanted},
};
use crate::{identifier, statement::Written};
use std::collections::{BTreeMap, BTreeSet};

/// More key columns make an index that few other statements can use.
const MOST_KEYS: usize = 3;
/// INCLUDE makes an index larger for every row; beyond this it is a second table.
const MOST_INCLUDED: usize = 3;
const WIDEST_INCLUDED_BYTES: f64 = 64.0;
/// A condition that keeps more of the rows than this makes an index that is hardly smaller.
const PARTIAL_BELOW: f64 = 0.2;
/// A column of at most so many values holds a state or a kind.
const MOST_KINDS: f64 = 20.0;
/// Below this many rows, reading the whole table is as good as anything.
const SMALL_TABLE_ROWS: f64 = 1_000.0;

/// An index to try. Columns are places in [`Table::columns`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    /// Place of the table.
    pub table: usize,
    pub keys: Vec<usize>,
    pub included: Vec<usize>,
    /// SQL, made of a quoted name and a quoted constant.
    pub condition: Option<String>,
    pub reason: Reason,
}

/// What speaks for it, in the order of the keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Reason {
    Filter,
    Join,
    Order,
    Group,
}

impl Reason {
    pub(super) fn in_words(&self) -> &'static str {
        match self {
            Reason::Filter => "filtered by",
            Reason::Join => "joined on",
            Reason::Order => "sorted by",
            Reason::Group => "grouped by",
        }
    }
}

impl Candidate {
    /// `CREATE INDEX ON public.orders (customer_id)`: without a name, which create_index chooses.
    pub(super) fn statement(&self, tables: &[Table], how: &str) -> String {
        let table = &tables[self.table];
        let list = |columns: &[usize]| {
            let names: Vec<String> = columns
                .iter()
                .map(|at| identifier::plain(&table.columns[*at].name))
                .collect();
            names.join(", ")
        };
        let included = match self.included.as_slice() {
            [] => String::new(),
            columns => format!(" INCLUDE ({})", list(columns)),
        };
        let condition = self
            .condition
            .as_ref()
            .map_or(String::new(), |text| format!(" WHERE {text}"));
        format!(
            "CREATE INDEX {how}ON {} ({}){included}{condition}",
            table.qualified(),
            list(&self.keys)
        )
    }

    pub(super) fn key_names<'a>(&self, tables: &'a [Table]) -> Vec<&'a str> {
        self.names(&self.keys, tables)
    }

    fn names<'a>(&self, places: &[usize], tables: &'a [Table]) -> Vec<&'a str> {
        let columns = &tables[self.table].columns;
        places.iter().map(|at| columns[*at].name.as_str()).collect()
    }

    /// How many entries the recorded statements would write to it: one for each new row, one for an update of its
    /// columns, and one for an update of others as often as those of its table found no room in place.
    pub(super) fn entries(&self, tables: &[Table], written: &BTreeMap<Written, f64>) -> f64 {
        let table = &tables[self.table];
        let names = [self.names(&self.keys, tables), self.names(&self.included, tables)].concat();
        let meant = written
            .iter()
            .filter(|(what, _)| table.is_called(what.schema.as_deref().unwrap_or(""), &what.table));
        meant
            .map(|(what, rows)| match &what.columns {
                Some(set) if !set.iter().any(|column| names.contains(&column.as_str())) => {
                    rows * table.writes.not_in_place()
                }
                _ => *rows,
            })
            .sum()
    }

    /// True when an index like this one makes the other superfluous: same table and condition, and it begins alike.
    pub(super) fn covers(&self, other: &Candidate) -> bool {
        self.table == other.table
            && (self.condition == other.condition || self.condition.is_none())
            && self.keys.starts_with(&other.keys)
            && other
                .included
                .iter()
                .all(|column| self.keys.contains(column) || self.included.contains(column))
    }

    /// True when the table has an index that begins alike and holds all the columns.
    fn is_there(&self, table: &Table) -> bool {
        table.indexes.iter().any(|index| {
            !index.is_partial
                && index.keys.starts_with(&self.keys)
                && self.included.iter().all(|column| index.all.contains(column))
        })
    }
}

/// Every candidate for these wants, without repetition, without what is there, at most `most`.
pub(super) fn candidates(wants: &[Wanted], tables: &[Table], most: usize) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    // Round by round, so that a limit cuts the least likely ones of every statement.
    let mut lists: Vec<std::vec::IntoIter<Candidate>> = wants
        .iter()
        .filter(|wanted| tables[wanted.table].rows >= SMALL_TABLE_ROWS)
        .map(|wanted| of_one(wanted, &tables[wanted.table]).into_iter())
        .collect();
    while !lists.is_empty() && found.len() < most {
        lists.retain_mut(|list| {
            let Some(candidate) = list.next() else { return false };
            let is_known = found.iter().any(|known| {
                Candidate {
                    reason: known.reason.clone(),
                    ..candidate.clone()
                } == *known
            });
            if !is_known && found.len() < most && !candidate.is_there(&tables[candidate.table]) {
                found.push(candidate);
            }
            true
        });
    }
    found
}

/// The likeliest first.
fn of_one(wanted: &Wanted, table: &Table) -> Vec<Candidate> {
    let usable = |columns: &[usize]| -> Vec<usize> {
        columns
            .iter()
            .copied()
            .filter(|at| table.columns[*at].is_indexable)
            .collect()
    };
    let mut equal = usable(&wanted.equal);
    equal.sort_by(|a, b| table.distinct(*b).total_cmp(&table.distinct(*a)));
    let (joined, range) = (usable(&wanted.joined), usable(&wanted.range));
    let whole = |columns: &[usize]| usable(columns).len() == columns.len();
    let order = if whole(&wanted.order) {
        wanted.order.clone()
    } else {
        Vec::new()
    };
    let group = if whole(&wanted.group) {
        wanted.group.clone()
    } else {
        Vec::new()
    };

    let mut lists: Vec<(Vec<usize>, Reason)> = Vec::new();
    let mut add = |parts: &[&[usize]], reason: Reason| {
        let mut keys: Vec<usize> = Vec::new();
        for column in parts.iter().copied().flatten() {
            if !keys.contains(column) && keys.len() < MOST_KEYS {
                keys.push(*column);
            }
        }
        if !keys.is_empty() {
            lists.push((keys, reason));
        }
    };
    add(&[&equal], Reason::Filter);
    equal.iter().for_each(|column| add(&[&[*column]], Reason::Filter));
    joined.iter().for_each(|column| add(&[&[*column]], Reason::Join));
    range
        .iter()
        .for_each(|column| add(&[&equal, &[*column]], Reason::Filter));
    add(
        &[&equal, &order],
        if equal.is_empty() {
            Reason::Order
        } else {
            Reason::Filter
        },
    );
    for column in &joined {
        add(
            &[&equal, &[*column]],
            if equal.is_empty() { Reason::Join } else { Reason::Filter },
        );
        add(&[&[*column], &equal], Reason::Join);
        range
            .iter()
            .for_each(|bound| add(&[&[*column], &[*bound]], Reason::Join));
    }
    range.iter().for_each(|column| add(&[&[*column]], Reason::Filter));
    add(&[&order], Reason::Order);
    add(&[&group], Reason::Group);

    let mut found = Vec::new();
    for (keys, reason) in lists {
        found.push(plain(wanted, keys.clone(), reason.clone()));
        found.extend(partial(wanted, table, &keys, &reason));
        found.extend(covering(wanted, table, keys, reason));
    }
    found
}

fn plain(wanted: &Wanted, keys: Vec<usize>, reason: Reason) -> Candidate {
    Candidate {
        table: wanted.table,
        keys,
        included: Vec::new(),
        condition: None,
        reason,
    }
}

/// With the other columns that the statement reads, where those are few and short.
fn covering(wanted: &Wanted, table: &Table, keys: Vec<usize>, reason: Reason) -> Option<Candidate> {
    let rest: BTreeSet<usize> = wanted
        .read
        .as_ref()?
        .iter()
        .copied()
        .filter(|at| !keys.contains(at))
        .collect();
    let width: f64 = rest.iter().map(|at| table.columns[*at].width).sum();
    (!rest.is_empty() && rest.len() <= MOST_INCLUDED && width <= WIDEST_INCLUDED_BYTES).then(|| Candidate {
        included: rest.into_iter().collect(),
        ..plain(wanted, keys, reason)
    })
}

/// For the rows of a fixed condition only, where those are few. A constant in a statement that somebody gave may be one
/// of many; it counts as fixed only in a column of few values, beside other columns to look up.
fn partial(wanted: &Wanted, table: &Table, keys: &[usize], reason: &Reason) -> Vec<Candidate> {
    let mut found = Vec::new();
    for fixed in &wanted.fixed {
        let others: Vec<usize> = keys.iter().copied().filter(|key| *key != fixed.column).collect();
        let is_kind = !others.is_empty() && table.distinct(fixed.column) <= MOST_KINDS;
        let is_fixed = is_kind || !matches!(fixed.test, Test::Equals(_));
        if is_fixed && part_of_rows(fixed, table).is_some_and(|part| part < PARTIAL_BELOW) {
            found.push(Candidate {
                condition: Some(condition(fixed, table)),
                ..plain(
                    wanted,
                    if others.is_empty() { keys.to_vec() } else { others },
                    reason.clone(),
                )
            });
        }
    }
    found
}

/// How many of the rows meet a fixed condition, 0 to 1, by the column's statistics.
fn part_of_rows(fixed: &Fixed, table: &Table) -> Option<f64> {
    let column = &table.columns[fixed.column];
    let common = |value: &str| {
        column
            .common
            .iter()
            .find(|(known, _)| known == value)
            .map(|(_, part)| *part)
    };
    match &fixed.test {
        Test::IsNull => column.nulls,
        Test::IsNotNull => column.nulls.map(|nulls| 1.0 - nulls),
        Test::IsTrue => common("t"),
        Test::IsFalse => common("f"),
        // What is not among the common values is rare; without statistics nothing is known.
        Test::Equals(value) => common(value).or(column
            .distinct
            .filter(|distinct| *distinct > 1.0)
            .map(|distinct| 1.0 / distinct)),
    }
}

fn condition(fixed: &Fixed, table: &Table) -> String {
    let name = identifier::plain(&table.columns[fixed.column].name);
    match &fixed.test {
        Test::IsNull => format!("{name} IS NULL"),
        Test::IsNotNull => format!("{name} IS NOT NULL"),
        Test::IsTrue => name,
        Test::IsFalse => format!("NOT {name}"),
        Test::Equals(value) => format!("{name} = {}", identifier::literal(value)),
    }
}

/// Row changes of one table, in words, with what an index more means for them.
pub(super) fn writes_in_words(candidate: &Candidate, tables: &[Table]) -> String {
    let writes = tables[candidate.table].writes;
    let entries = writes.inserted + writes.updated - writes.hot;
    format!(
        "{} rows inserted, {} updated ({} in place), {} deleted so far: an index more would have had about {} entries to write, beside {}",
        crate::show::count(writes.inserted as f64),
        crate::show::count(writes.updated as f64),
        crate::show::count(writes.hot as f64),
        crate::show::count(writes.deleted as f64),
        crate::show::count(entries.max(0) as f64),
        crate::show::plural(writes.indexes, "index", "indexes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::suggest_indexes::table::{Column, Existing, Writes};

    /// A large table with the columns a, b, c and d, of which b has the most values.
    fn table() -> Table {
        let column = |name: &str, distinct: f64| Column {
            name: name.to_owned(),
            is_indexable: true,
            distinct: Some(distinct),
            nulls: Some(0.05),
            width: 8.0,
            common: vec![("open".to_owned(), 0.01)],
        };
        Table {
            schema: "public".to_owned(),
            name: "t".to_owned(),
            is_visible: true,
            rows: 50_000.0,
            columns: vec![
                column("a", 10.0),
                column("b", 900.0),
                column("c", 50.0),
                column("d", 9_000.0),
            ],
            writes: Writes {
                updated: 100,
                hot: 75,
                ..Writes::default()
            },
            ..Table::default()
        }
    }

    fn told(wanted: &Wanted, table: Table) -> Vec<String> {
        let tables = [table];
        let found = candidates(std::slice::from_ref(wanted), &tables, 100);
        found
            .iter()
            .map(|one| one.statement(&tables, "").replace("CREATE INDEX ON public.t ", ""))
            .collect()
    }

    #[test]
    fn keys_lead_with_equality_and_what_the_table_has_is_left_out() {
        let wanted = Wanted {
            equal: vec![0, 1],
            range: vec![2],
            ..Wanted::default()
        };
        let all = ["(b, a)", "(b)", "(a)", "(b, a, c)", "(c)"];
        assert_eq!(told(&wanted, table()), all);
        let existing = |keys: &[usize], is_partial| Existing {
            keys: keys.to_vec(),
            all: keys.iter().copied().collect(),
            is_partial,
        };
        for (index, expected) in [
            (existing(&[1, 0, 3], false), &["(a)", "(b, a, c)", "(c)"][..]),
            (existing(&[1, 0, 3], true), &all[..]),
            (existing(&[0], false), &["(b, a)", "(b)", "(b, a, c)", "(c)"][..]),
        ] {
            let table = Table {
                indexes: vec![index],
                ..table()
            };
            assert_eq!(told(&wanted, table), expected);
        }
        let small = Table { rows: 100.0, ..table() };
        assert!(told(&wanted, small).is_empty());
    }

    #[test]
    fn rare_rows_and_few_columns_make_smaller_and_covering_ones() {
        let fixed = |column, test| Wanted {
            equal: vec![3],
            fixed: vec![Fixed { column, test }],
            ..Wanted::default()
        };
        assert_eq!(told(&fixed(2, Test::IsNull), table()), ["(d)", "(d) WHERE c IS NULL"]);
        assert_eq!(told(&fixed(2, Test::IsNotNull), table()), ["(d)"]);
        assert_eq!(
            told(&fixed(0, Test::Equals("open".to_owned())), table()),
            ["(d)", "(d) WHERE a = 'open'"]
        );
        assert_eq!(
            told(&fixed(1, Test::Equals("open".to_owned())), table()),
            ["(d)"],
            "one of very many values"
        );
        let reading = Wanted {
            equal: vec![3],
            read: Some(BTreeSet::from([0, 3])),
            ..Wanted::default()
        };
        assert_eq!(told(&reading, table()), ["(d)", "(d) INCLUDE (a)"]);
    }

    #[test]
    fn a_longer_one_makes_a_shorter_one_superfluous() {
        let of = |keys: &[usize], included: &[usize], condition: Option<&str>| Candidate {
            table: 0,
            keys: keys.to_vec(),
            included: included.to_vec(),
            condition: condition.map(str::to_owned),
            reason: Reason::Filter,
        };
        for (one, other, expected) in [
            (of(&[1, 2], &[], None), of(&[1], &[], None), true),
            (of(&[1], &[], None), of(&[1, 2], &[], None), false),
            (of(&[2, 1], &[], None), of(&[1], &[], None), false),
            (of(&[1, 2], &[], None), of(&[1], &[2], None), true),
            (of(&[1], &[], None), of(&[1], &[2], None), false),
            (of(&[1], &[], None), of(&[1], &[], Some("a")), true),
            (of(&[1], &[], Some("a")), of(&[1], &[], None), false),
        ] {
            assert_eq!(one.covers(&other), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn an_update_of_other_columns_costs_only_where_it_moves_the_row() {
        let written = |columns: Option<&[&str]>| {
            let what = Written {
                schema: None,
                table: "t".to_owned(),
                columns: columns.map(|columns| columns.iter().map(|name| (*name).to_owned()).collect()),
            };
            let index = plain(&Wanted::default(), vec![1], Reason::Filter);
            index.entries(&[table()], &BTreeMap::from([(what, 1_000.0)]))
        };
        assert_eq!(
            (written(None), written(Some(&["b"])), written(Some(&["c"]))),
            (1_000.0, 1_000.0, 250.0)
        );
    }
}
