//! What the catalogue knows of the table that a statement writes to.

use crate::{
    catalogue::{self, Table, TableKind},
    connection::Read,
    identifier,
    writing::{Kind, Rows},
};
use steersman_toolkit::protocol::Problem;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

/// Everything below belongs to PostgreSQL itself (transam.h, FirstNormalObjectId).
const FIRST_USER_OID: u32 = 16_384;

const COLUMNS: &str = "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated <> '', \
       a.attidentity = 'a', pg_catalog.array_position(x.indkey::int2[], a.attnum) \
  FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_index x ON x.indrelid = a.attrelid AND x.indisprimary \
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// Triggers of users that fire for these events (bits of pg_trigger.tgtype), and what they run.
const TRIGGERS: &str = "SELECT pg_catalog.format('%s runs %s', t.tgname, t.tgfoid::regprocedure) \
  FROM pg_catalog.pg_trigger t \
 WHERE t.tgrelid = $1 AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgtype & $2::int4) <> 0 ORDER BY 1";

const RULES: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = $1";

/// Other tables whose rows follow when rows of this one are removed (or their keys change).
const FOLLOWERS: &str = "SELECT c.conrelid::regclass::text, \
       CASE c.confdeltype WHEN 'c' THEN 'deleted' WHEN 'n' THEN 'set to NULL' ELSE 'set to the default' END \
  FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' AND c.confrelid = $1 AND c.confdeltype IN ('c', 'n', 'd') \
 ORDER BY 1";

const MAY: &str = "SELECT pg_catalog.bool_and(CASE WHEN p IN ('DELETE') THEN pg_catalog.has_table_privilege($1::oid, p) \
         ELSE pg_catalog.has_any_column_privilege($1::oid, p) END) FROM pg_catalog.unnest($2::text[]) p";

const MEANT: &str = "SELECT coalesce(pg_catalog.to_regclass($1)::oid, 0)";

pub(super) struct Column {
    pub name: String,
    pub kind: String,
    pub is_generated: bool,
    pub is_always_identity: bool,
    /// Its place in the primary key.
    pub key: Option<i32>,
}

pub(super) struct Written {
    pub table: Table,
    pub columns: Vec<Column>,
    pub triggers: Vec<String>,
    /// "rows of items are deleted".
    pub followers: Vec<String>,
}

impl Written {
    /// The primary key's columns in its order; empty without one.
    pub(super) fn key(&self) -> Vec<&Column> {
        let mut key: Vec<&Column> = self.columns.iter().filter(|column| column.key.is_some()).collect();
        key.sort_by_key(|column| column.key);
        key
    }
}

/// Errors: `postgres.no_such_table`, `postgres.not_a_table`, `postgres.system_table`, `postgres.has_rules`,
/// `postgres.permission_denied`.
pub(super) async fn look(read: &mut Read<'_>, rows: &Rows) -> Result<Written, Problem> {
    let table = catalogue::find_table(read, &rows.table).await?;
    let oid: [(&(dyn ToSql + Sync), Type); 1] = [(&table.oid, Type::OID)];
    let meant: u32 = read.rows(MEANT, &[(&rows.table, Type::TEXT)]).await?[0].get(0);
    if meant != table.oid {
        return Err(Problem::new(
            "postgres.no_such_table",
            read.what(),
            format!("\"{}\" is not in the search path", rows.table),
            format!("Write {}", table.qualified()),
        ));
    }
    refuse(read.what(), &table)?;
    if read.rows(RULES, &oid).await?[0].get::<_, i64>(0) > 0 {
        return Err(Problem::new(
            "postgres.has_rules",
            read.what(),
            format!("rules of \"{}\" turn the statement into another", table.shown),
            "Have it run by hand by somebody who knows them",
        ));
    }
    let (events, privileges) = events_and_privileges(rows);
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&table.oid, Type::OID), (&privileges, Type::TEXT_ARRAY)];
    if read.rows(MAY, &values).await?[0].get::<_, Option<bool>>(0) == Some(false) {
        return Err(Problem::new(
            "postgres.permission_denied",
            read.what(),
            format!("our role may not {} rows of \"{}\"", rows.kind.word(), table.shown),
            format!("GRANT {} ON {} TO our role", rows.kind.word(), table.qualified()),
        ));
    }
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&table.oid, Type::OID), (&events, Type::INT4)];
    let triggers = read.rows(TRIGGERS, &values).await?;
    let followers = match rows.kind {
        Kind::Delete | Kind::Merge => read.rows(FOLLOWERS, &oid).await?,
        Kind::Insert | Kind::Update => Vec::new(),
    };
    let columns = read.rows(COLUMNS, &oid).await?;
    refuse_unknown_column(read.what(), &table, rows, &columns)?;
    Ok(Written {
        columns: columns
            .iter()
            .map(|row| Column {
                name: row.get(0),
                kind: row.get(1),
                is_generated: row.get(2),
                is_always_identity: row.get(3),
                key: row.get(4),
            })
            .collect(),
        triggers: triggers.iter().map(|row| row.get(0)).collect(),
        followers: followers
            .iter()
            .map(|row| format!("rows of {} are {}", row.get::<_, &str>(0), row.get::<_, &str>(1)))
            .collect(),
        table,
    })
}

/// The events whose triggers fire (bits of pg_trigger.tgtype), and the privileges that it needs.
fn events_and_privileges(rows: &Rows) -> (i32, Vec<&'static str>) {
    match (rows.kind, rows.added.is_some()) {
        (Kind::Insert, true) => (4, vec!["INSERT"]),
        (Kind::Insert, false) => (4 | 16, vec!["INSERT"]),
        (Kind::Delete, _) => (8, vec!["DELETE"]),
        (Kind::Update, _) => (16, vec!["UPDATE"]),
        (Kind::Merge, _) => (4 | 8 | 16, vec![]),
    }
}

fn refuse_unknown_column(what: &str, table: &Table, rows: &Rows, columns: &[Row]) -> Result<(), Problem> {
    let named = rows.set.iter().map(|(name, _)| name);
    let named = named.chain(rows.added.iter().flat_map(|added| &added.columns));
    for name in named {
        if !columns.iter().any(|row| row.get::<_, &str>(0) == name) {
            return Err(Problem::new(
                "postgres.no_such_column",
                what,
                format!("table \"{}\" has no column \"{name}\"", table.shown),
                "postgres.describe_table shows its columns",
            ));
        }
    }
    Ok(())
}

fn refuse(what: &str, table: &Table) -> Result<(), Problem> {
    if table.oid < FIRST_USER_OID {
        return Err(Problem::new(
            "postgres.system_table",
            what,
            format!("\"{}\" belongs to PostgreSQL itself", table.shown),
            "Use the statement that PostgreSQL has for it",
        ));
    }
    match table.kind {
        TableKind::Table | TableKind::Partitioned => Ok(()),
        TableKind::View | TableKind::MaterializedView | TableKind::Foreign => Err(Problem::new(
            "postgres.not_a_table",
            what,
            format!(
                "\"{}\" is a view or a foreign table, and what writing to it does is not seen from here",
                table.shown
            ),
            "Write to the tables behind it",
        )),
    }
}

/// Columns as a list, quoted where needed, each after `prefix`.
pub(super) fn list(columns: &[&Column], prefix: &str) -> String {
    columns
        .iter()
        .map(|column| format!("{prefix}{}", identifier::plain(&column.name)))
        .collect::<Vec<_>>()
        .join(", ")
}
