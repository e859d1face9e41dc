//! What the catalogue knows about the tables of a workload: columns, statistics, indexes, writes.

use crate::{connection::Read, identifier};
use std::collections::{BTreeSet, HashMap};
use steersman_toolkit::protocol::Problem;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

/// A table, materialised view or partition with rows of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// As short as it can be said here.
    pub shown: String,
    /// True when the bare name means this table.
    pub is_visible: bool,
    pub rows: f64,
    pub columns: Vec<Column>,
    pub indexes: Vec<Existing>,
    pub writes: Writes,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Column {
    pub name: String,
    /// A btree can hold it: its type has an order, and its values are not so long that an entry would not fit.
    pub is_indexable: bool,
    /// Distinct values among all rows; `None` without statistics.
    pub distinct: Option<f64>,
    /// Part of the rows where it is NULL, 0 to 1.
    pub nulls: Option<f64>,
    /// Average, in bytes.
    pub width: f64,
    /// Most common values, as text, with the part of the rows that have them.
    pub common: Vec<(String, f64)>,
}

/// A valid btree index that the table has. Columns are places in [`Table::columns`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Existing {
    pub keys: Vec<usize>,
    /// Keys and INCLUDE.
    pub all: BTreeSet<usize>,
    pub is_partial: bool,
}

/// Row changes since statistics are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Writes {
    pub inserted: i64,
    pub updated: i64,
    /// Of the updates, those that needed no new index entries.
    pub hot: i64,
    pub deleted: i64,
    pub indexes: usize,
}

/// Longer values than this, on average, are kept out: an entry must fit on a third of a page, and a few values are
/// always much longer than the average.
const WIDEST_BYTES: f64 = 200.0;

impl Writes {
    /// Part of the updates that needed new index entries, 0 to 1; all, where nothing is known.
    pub(super) fn not_in_place(&self) -> f64 {
        match self.updated {
            0 => 1.0,
            updated => 1.0 - self.hot as f64 / updated as f64,
        }
    }
}

impl Table {
    pub(super) fn qualified(&self) -> String {
        identifier::qualified(&self.schema, &self.name)
    }

    /// Whether a statement that says `schema.name` (or `name` alone) means this table.
    pub(super) fn is_called(&self, schema: &str, name: &str) -> bool {
        self.name == name && (self.schema == schema || schema.is_empty() && self.is_visible)
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Distinct values, where unknown so many that the column counts as selective.
    pub(super) fn distinct(&self, column: usize) -> f64 {
        self.columns[column].distinct.unwrap_or(self.rows)
    }
}

/// Only ordinary tables and materialised views: hypothetical indexes exist for them alone.
const TABLES: &str = "SELECT DISTINCT c.oid, n.nspname::text, c.relname::text, c.oid::regclass::text, \
       pg_catalog.pg_table_is_visible(c.oid), \
       CASE WHEN c.reltuples < 0 THEN coalesce(s.n_live_tup, 0) ELSE c.reltuples END::float8, \
       coalesce(s.n_tup_ins, 0), coalesce(s.n_tup_upd, 0), coalesce(s.n_tup_hot_upd, 0), coalesce(s.n_tup_del, 0), \
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index x WHERE x.indrelid = c.oid) \
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema, name) \
  JOIN pg_catalog.pg_class c ON c.relname = wanted.name \
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid \
 WHERE c.relkind IN ('r', 'm') AND c.oid >= 16384 AND c.relpersistence <> 't' \
   AND CASE WHEN wanted.schema IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = wanted.schema END \
 ORDER BY 1 LIMIT 100";

/// A varchar is compared as the text that it is; enums, ranges and arrays have orders for all their kind.
const COLUMNS: &str = "SELECT a.attrelid, a.attnum, a.attname::text, \
       t.typtype IN ('e', 'r', 'm') OR t.typelem <> 0 AND t.typlen = -1 OR EXISTS (SELECT FROM pg_catalog.pg_opclass o \
         JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod WHERE m.amname = 'btree' AND o.opcdefault \
          AND o.opcintype = CASE WHEN t.oid = 'pg_catalog.varchar'::regtype THEN 'pg_catalog.text'::regtype::oid \
                                 WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END), \
       s.n_distinct::float8, s.null_frac::float8, coalesce(s.avg_width, 8)::float8, \
       CASE WHEN t.typlen <> -1 OR s.avg_width < 100 THEN (s.most_common_vals::text)::text[] END, \
       s.most_common_freqs::float8[] \
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname \
        AND NOT s.inherited \
 WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";

/// Only orders that a plain index has too: another order, operator class or collation serves other queries.
const INDEXES: &str = "SELECT x.indrelid, x.indkey::int2[], x.indnkeyatts, x.indpred IS NOT NULL \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
  JOIN pg_catalog.pg_am m ON m.oid = i.relam \
 WHERE x.indrelid = ANY ($1) AND x.indisvalid AND m.amname = 'btree' AND x.indexprs IS NULL \
   AND 0 = ALL (x.indoption::int2[]) \
   AND NOT EXISTS (SELECT FROM pg_catalog.unnest(x.indclass::oid[]) AS used(class) \
         JOIN pg_catalog.pg_opclass o ON o.oid = used.class WHERE NOT o.opcdefault)";

/// Reads everything about the tables of these names.
pub(super) async fn load(
    read: &mut Read<'_>,
    names: &BTreeSet<(Option<String>, String)>,
) -> Result<Vec<Table>, Problem> {
    let (schemas, names): (Vec<Option<&str>>, Vec<&str>) = names
        .iter()
        .map(|(schema, name)| (schema.as_deref(), name.as_str()))
        .unzip();
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)];
    let mut tables: Vec<Table> = read.rows(TABLES, &values).await?.iter().map(of_row).collect();
    let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
    let mut numbers: HashMap<(u32, i16), usize> = HashMap::new();
    for row in read.rows(COLUMNS, &[(&oids, Type::OID_ARRAY)]).await? {
        let oid: u32 = row.get(0);
        if let Some(table) = tables.iter_mut().find(|table| table.oid == oid) {
            numbers.insert((oid, row.get(1)), table.columns.len());
            table.columns.push(column(&row, table.rows));
        }
    }
    for row in read.rows(INDEXES, &[(&oids, Type::OID_ARRAY)]).await? {
        let (oid, columns, keys): (u32, Vec<i16>, i16) = (row.get(0), row.get(1), row.get(2));
        let places: Option<Vec<usize>> = columns
            .iter()
            .map(|number| numbers.get(&(oid, *number)).copied())
            .collect();
        if let (Some(places), Some(table)) = (places, tables.iter_mut().find(|table| table.oid == oid)) {
            table.indexes.push(Existing {
                keys: places[..places.len().min(keys as usize)].to_vec(),
                all: places.into_iter().collect(),
                is_partial: row.get(3),
            });
        }
    }
    Ok(tables)
}

fn of_row(row: &Row) -> Table {
    Table {
        oid: row.get(0),
        schema: row.get(1),
        name: row.get(2),
        shown: row.get(3),
        is_visible: row.get(4),
        rows: row.get::<_, f64>(5).max(0.0),
        writes: Writes {
            inserted: row.get(6),
            updated: row.get(7),
            hot: row.get(8),
            deleted: row.get(9),
            indexes: row.get::<_, i64>(10) as usize,
        },
        ..Table::default()
    }
}

fn column(row: &Row, rows: f64) -> Column {
    let width: f64 = row.get(6);
    let values: Option<Vec<Option<String>>> = row.get(7);
    let parts: Option<Vec<f64>> = row.get(8);
    Column {
        name: row.get(2),
        is_indexable: row.get::<_, bool>(3) && width <= WIDEST_BYTES,
        // Negative: a part of the rows, as PostgreSQL keeps it for columns that grow with the table.
        distinct: row
            .get::<_, Option<f64>>(4)
            .map(|distinct| if distinct < 0.0 { -distinct * rows } else { distinct }),
        nulls: row.get(5),
        width,
        common: values
            .into_iter()
            .flatten()
            .zip(parts.into_iter().flatten())
            .filter_map(|(value, part)| Some((value?, part)))
            .collect(),
    }
}
