//! Finds tables and indexes by the names that people use.

use crate::{connection::Read, identifier, identifier::Name, problem};
use steersman_toolkit::protocol::Problem;
use tokio_postgres::types::Type;

/// A table as the catalogue has it.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// As short as it can be said here: the schema only outside of the search path.
    pub shown: String,
    pub kind: TableKind,
    /// Estimate of the last ANALYZE or VACUUM; `None` before the first.
    pub rows: Option<f64>,
    /// The table itself, without indexes.
    pub bytes: i64,
    /// True when our role may do what only the owner may.
    pub is_ours: bool,
    pub owner: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableKind {
    Table,
    Partitioned,
    MaterializedView,
    View,
    Foreign,
}

impl Table {
    /// `public.orders`, quoted where needed: means the same whatever the search path.
    pub(crate) fn qualified(&self) -> String {
        identifier::qualified(&self.schema, &self.name)
    }
}

/// An index as the catalogue has it.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub shown: String,
    pub table_oid: u32,
    /// `pg_get_indexdef`.
    pub definition: String,
    pub is_valid: bool,
    pub is_partitioned: bool,
    /// Name of a constraint that stands on it: a key of its own table, or a foreign key of another.
    pub constraint: Option<String>,
    pub bytes: i64,
    pub scans: i64,
    pub is_ours: bool,
    pub owner: String,
    pub is_unique: bool,
    /// Logical replication finds rows by it.
    pub is_replica_identity: bool,
    /// `None` when it leads with an expression.
    pub leading_column: Option<String>,
}

impl Index {
    pub(crate) fn qualified(&self) -> String {
        identifier::qualified(&self.schema, &self.name)
    }
}

/// Visible ones first, so that an unqualified name means what it means in SQL.
const FIND_RELATIONS: &str = "SELECT c.oid, n.nspname::text, c.relname::text, c.oid::regclass::text, \
       pg_catalog.pg_table_is_visible(c.oid) \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
 WHERE c.relname = ANY ($1) AND ($2::text IS NULL OR n.nspname = $2) AND c.relkind::text = ANY ($3) \
   AND n.nspname !~ '^pg_toast' \
 ORDER BY pg_catalog.array_position($1, c.relname::text), pg_catalog.pg_table_is_visible(c.oid) DESC, n.nspname \
 LIMIT 20";

/// Names close to one that is not there: same letters in another case, or one within the other.
const SIMILAR: &str = "SELECT c.oid::regclass::text \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
 WHERE c.relkind::text = ANY ($2) AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' \
   AND (pg_catalog.strpos(pg_catalog.lower(c.relname::text), pg_catalog.lower($1)) > 0 \
        OR pg_catalog.strpos(pg_catalog.lower($1), pg_catalog.lower(c.relname::text)) > 0) \
 ORDER BY pg_catalog.abs(pg_catalog.length(c.relname::text) - pg_catalog.length($1)), 1 LIMIT 3";

const TABLE: &str = "SELECT c.oid, n.nspname::text, c.relname::text, c.oid::regclass::text, c.relkind::text, \
       c.reltuples::float8, pg_catalog.pg_table_size(c.oid), \
       pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.pg_get_userbyid(c.relowner)::text \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1";

const INDEX: &str = "SELECT i.oid, n.nspname::text, i.relname::text, i.oid::regclass::text, x.indrelid, \
       pg_catalog.pg_get_indexdef(i.oid), x.indisvalid AND x.indisready, i.relkind = 'I', \
       (SELECT k.conname::text FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid \
         ORDER BY k.contype = 'f', k.conname LIMIT 1), \
       coalesce(pg_catalog.pg_relation_size(i.oid), 0), coalesce(s.idx_scan, 0), \
       pg_catalog.pg_has_role(i.relowner, 'USAGE'), pg_catalog.pg_get_userbyid(i.relowner)::text, \
       x.indisunique, x.indisreplident, \
       (SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.indrelid AND a.attnum = x.indkey[0]) \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
  JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
  LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = i.oid WHERE i.oid = $1";

const TABLE_KINDS: [&str; 5] = ["r", "p", "m", "v", "f"];
const INDEX_KINDS: [&str; 2] = ["i", "I"];

/// Finds a table (or view) by name.
///
/// Errors: `postgres.bad_name`, `postgres.no_such_table`, `postgres.ambiguous_table`.
pub(crate) async fn find_table(read: &mut Read<'_>, name: &str) -> Result<Table, Problem> {
    let oid = find(read, "table", name, &TABLE_KINDS).await?;
    match table(read, oid).await? {
        Some(table) => Ok(table),
        None => Err(problem::not_found(read.what(), "table", name, &[])),
    }
}

/// Finds an index by name.
///
/// Errors: `postgres.bad_name`, `postgres.no_such_index`, `postgres.ambiguous_index`.
pub(crate) async fn find_index(read: &mut Read<'_>, name: &str) -> Result<Index, Problem> {
    let oid = find(read, "index", name, &INDEX_KINDS).await?;
    match index(read, oid).await? {
        Some(index) => Ok(index),
        None => Err(problem::not_found(read.what(), "index", name, &[])),
    }
}

/// The table of this oid, where there still is one.
pub(crate) async fn table(read: &mut Read<'_>, oid: u32) -> Result<Option<Table>, Problem> {
    Ok(read.row(TABLE, &[(&oid, Type::OID)]).await?.map(|row| Table {
        oid: row.get(0),
        schema: row.get(1),
        name: row.get(2),
        shown: row.get(3),
        kind: match row.get::<_, &str>(4) {
            "p" => TableKind::Partitioned,
            "m" => TableKind::MaterializedView,
            "v" => TableKind::View,
            "f" => TableKind::Foreign,
            _ => TableKind::Table,
        },
        rows: Some(row.get::<_, f64>(5)).filter(|rows| *rows >= 0.0),
        bytes: row.get(6),
        is_ours: row.get(7),
        owner: row.get(8),
    }))
}

/// The index of this oid, where there still is one.
pub(crate) async fn index(read: &mut Read<'_>, oid: u32) -> Result<Option<Index>, Problem> {
    Ok(read.row(INDEX, &[(&oid, Type::OID)]).await?.map(|row| Index {
        oid: row.get(0),
        schema: row.get(1),
        name: row.get(2),
        shown: row.get(3),
        table_oid: row.get(4),
        definition: row.get(5),
        is_valid: row.get(6),
        is_partitioned: row.get(7),
        constraint: row.get(8),
        bytes: row.get(9),
        scans: row.get(10),
        is_ours: row.get(11),
        owner: row.get(12),
        is_unique: row.get(13),
        is_replica_identity: row.get(14),
        leading_column: row.get(15),
    }))
}

/// The one relation that a name means: first as written, then in lower case as SQL would fold it; in the search path
/// first, else wherever it is the only one.
async fn find(read: &mut Read<'_>, kind: &str, text: &str, kinds: &[&str]) -> Result<u32, Problem> {
    let name = Name::parse(text).map_err(|problem| problem.while_doing(read.what()))?;
    let mut spellings = vec![name.name.clone()];
    if !name.is_quoted && name.name.to_lowercase() != name.name {
        spellings.push(name.name.to_lowercase());
    }
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] = [
        (&spellings, Type::TEXT_ARRAY),
        (&name.schema, Type::TEXT),
        (&kinds, Type::TEXT_ARRAY),
    ];
    let found = read.rows(FIND_RELATIONS, &values).await?;
    let Some(first) = found.first() else {
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&name.name, Type::TEXT), (&kinds, Type::TEXT_ARRAY)];
        let similar: Vec<String> = read
            .rows(SIMILAR, &values)
            .await?
            .iter()
            .map(|row| row.get(0))
            .collect();
        return Err(problem::not_found(read.what(), kind, text.trim(), &similar));
    };
    let is_visible: bool = first.get(4);
    let same_spelling = found
        .iter()
        .filter(|row| row.get::<_, &str>(2) == first.get::<_, &str>(2))
        .count();
    if name.schema.is_none() && !is_visible && same_spelling > 1 {
        let places: Vec<&str> = found.iter().map(|row| row.get(3)).collect();
        return Err(Problem::new(
            format!("postgres.ambiguous_{kind}"),
            read.what(),
            format!("{} schemas have a {kind} \"{}\"", places.len(), name.name),
            format!("Say which: {}", places.join(", ")),
        ));
    }
    Ok(first.get(0))
}
