//! Indexes that could help: made from what statements want, kept apart from what there is.

use super::{
    table::Table,
    wanted::{Fixed, Test, Wanted},
};
use crate::identifier;
use std::collections::BTreeSet;

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
