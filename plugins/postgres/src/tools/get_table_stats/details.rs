//! What is worth knowing of one table, besides its row among the others.

use crate::{
    catalogue::{Table, TableKind},
    connection::Read,
    identifier, show,
    version::XIDS,
};
use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Problem},
};
use tokio_postgres::{Row, types::Type};

/// A large table that is not all visible takes long to sample; then the estimate has to do.
const MEASURING_MS: u64 = 5_000;

const DETAILS: &str = "SELECT s.last_vacuum, s.last_autovacuum, s.last_analyze, s.last_autoanalyze, \
       s.vacuum_count, s.autovacuum_count, s.n_ins_since_vacuum, s.n_tup_upd, s.n_tup_hot_upd, \
       CASE WHEN c.relfrozenxid <> '0'::xid THEN greatest(pg_catalog.age(c.relfrozenxid), pg_catalog.age(t.relfrozenxid)) \
       END::int8, \
       CASE WHEN c.relminmxid <> '0'::xid THEN pg_catalog.mxid_age(c.relminmxid) END::int8, \
       pg_catalog.current_setting('autovacuum_freeze_max_age')::int8, \
       pg_catalog.array_to_string(c.reloptions, ', '), \
       CASE WHEN c.relpages > 0 THEN pg_catalog.round(100.0 * c.relallvisible / c.relpages)::float8 END \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid \
  LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid AND c.reltoastrelid <> 0 WHERE c.oid = $1";

/// Where the extension pgstattuple is, and whether our role may use it.
const MEASURE: &str = "SELECT n.nspname::text, coalesce(pg_catalog.has_function_privilege(p.oid, 'EXECUTE'), false) \
         AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::regclass \
    AND d.refobjid = e.oid AND d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'e' \
  JOIN pg_catalog.pg_proc p ON p.oid = d.objid AND p.proname = 'pgstattuple_approx' \
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE e.extname = 'pgstattuple' LIMIT 1";

pub(super) async fn look(cx: &Cx, read: &mut Read<'_>, table: &Table) -> Result<Vec<Block>, Problem> {
    let Some(row) = read.row(DETAILS, &[(&table.oid, Type::OID)]).await? else {
        return Ok(Vec::new());
    };
    let mut fields = fields(&row);
    if matches!(table.kind, TableKind::Table | TableKind::MaterializedView) {
        fields.extend(measured(read, table.oid).await?);
    }
    let title = format!("Table {}", table.shown);
    Ok(vec![show::record(cx, &title, fields)])
}

fn fields(row: &Row) -> Vec<(&'static str, Value)> {
    let age: Option<i64> = row.get(9);
    let left = age.map(|age| (XIDS - age).max(0));
    let percent = left.map(|left| (left as f64 * 1_000.0 / XIDS as f64).round() / 10.0);
    vec![
        ("vacuumed by hand", show::cell(row, 0)),
        ("vacuumed by autovacuum", show::cell(row, 1)),
        ("analyzed by hand", show::cell(row, 2)),
        ("analyzed by autovacuum", show::cell(row, 3)),
        ("vacuums by hand", show::cell(row, 4)),
        ("vacuums by autovacuum", show::cell(row, 5)),
        ("rows inserted since vacuum", show::cell(row, 6)),
        ("rows updated", show::cell(row, 7)),
        ("rows updated in their page", show::cell(row, 8)),
        ("transaction ids in use", json!(age)),
        ("transaction ids left", json!(left)),
        ("transaction ids left (%)", json!(percent)),
        ("frozen by force at", show::cell(row, 11)),
        ("multixact ids in use", show::cell(row, 10)),
        ("storage options", show::cell(row, 12)),
        ("pages all visible (%)", show::cell(row, 13)),
    ]
}

/// What pgstattuple measures, where it is installed and allowed; its absence is told, not an error.
async fn measured(read: &mut Read<'_>, table: u32) -> Result<Vec<(&'static str, Value)>, Problem> {
    const HOW: &str = "bloat measured";
    let schema: String = match read.row(MEASURE, &[]).await? {
        None => {
            return Ok(vec![(
                HOW,
                json!("no: the extension pgstattuple is not installed in this database"),
            )]);
        }
        Some(row) if !row.get::<_, bool>(1) => {
            return Ok(vec![(
                HOW,
                json!("no: our role lacks pg_stat_scan_tables, which is part of pg_monitor"),
            )]);
        }
        Some(row) => row.get(0),
    };
    let sql = format!(
        "SELECT m.table_len, m.dead_tuple_len, m.approx_free_space, \
             (m.dead_tuple_percent + m.approx_free_percent)::float8, m.scanned_percent::float8 FROM {}($1::oid::regclass) m",
        identifier::qualified(&schema, "pgstattuple_approx")
    );
    read.aside(MEASURING_MS).await?;
    let row = read.row(&sql, &[(&table, Type::OID)]).await;
    read.back().await?;
    Ok(match row {
        Ok(Some(row)) => vec![
            (HOW, json!("by pgstattuple_approx")),
            ("dead rows, bytes", show::cell(&row, 1)),
            ("free space, bytes", show::cell(&row, 2)),
            ("dead or free (%)", show::cell(&row, 3)),
            ("pages read for it (%)", show::cell(&row, 4)),
        ],
        Ok(None) => Vec::new(),
        Err(problem) => vec![(HOW, json!(format!("no: {}", problem.why)))],
    })
}
