//! The tool *get table statistics*.

mod details;

use crate::{
    bloat, catalogue,
    connection::{Bounds, Reader},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Problem, Risk},
};
use tokio_postgres::{Row, types::Type};

pub(crate) struct GetTableStats;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only this table. Example: `orders` or `sales.orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "table"))]
    table: Option<String>,
}

/// The largest tables first; the estimate of bloat costs a look at every column, so only these get one.
const ESTIMATED: i64 = 100;

fn tables() -> String {
    format!(
        "SELECT c.oid::regclass::text, q.total, q.heap, pg_catalog.pg_indexes_size(c.oid), q.toast, s.n_live_tup, \
             s.n_dead_tup, CASE WHEN s.n_live_tup + s.n_dead_tup > 0 \
               THEN pg_catalog.round(100.0 * s.n_dead_tup / (s.n_live_tup + s.n_dead_tup), 1)::float8 END, \
             s.seq_scan, s.seq_tup_read, s.idx_scan, s.n_tup_ins + s.n_tup_upd + s.n_tup_del, \
             greatest(s.last_vacuum, s.last_autovacuum), greatest(s.last_analyze, s.last_autoanalyze), \
             s.n_mod_since_analyze, \
             CASE WHEN c.relfrozenxid <> '0'::xid THEN pg_catalog.age(c.relfrozenxid)::int8 END, \
             pg_catalog.pg_relation_size(c.oid), CASE WHEN q.position <= {ESTIMATED} THEN {} END \
        FROM (SELECT p.*, pg_catalog.row_number() OVER (ORDER BY p.total DESC NULLS LAST, p.oid) AS position FROM \
               (SELECT k.oid, pg_catalog.pg_total_relation_size(k.oid) AS total, \
                    coalesce(pg_catalog.pg_total_relation_size(nullif(k.reltoastrelid, 0)), 0) AS toast, \
                    pg_catalog.pg_table_size(k.oid) \
                      - coalesce(pg_catalog.pg_total_relation_size(nullif(k.reltoastrelid, 0)), 0) AS heap \
                  FROM pg_catalog.pg_stat_user_tables u JOIN pg_catalog.pg_class k ON k.oid = u.relid \
                 WHERE $1::oid IS NULL OR u.relid = $1 \
                    OR u.relid IN (SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = $1)) p \
               ORDER BY 2 DESC NULLS LAST LIMIT $2) q \
        JOIN pg_catalog.pg_class c ON c.oid = q.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid ORDER BY q.position",
        bloat::TABLE_NEEDS
    )
}

const HEADINGS: [show::Heading; 17] = [
    ("table", ""),
    ("total size", "bytes"),
    ("heap size", "bytes"),
    ("index size", "bytes"),
    ("toast size", "bytes"),
    ("live rows", "count"),
    ("dead rows", "count"),
    ("dead", "percent"),
    ("full scans", "count"),
    ("rows read by full scans", "count"),
    ("index scans", "count"),
    ("rows written", "count"),
    ("last vacuum", "time"),
    ("last analyze", "time"),
    ("changed since analyze", "count"),
    ("ids in use", "count"),
    ("bloat (estimate)", "percent"),
];

const WITHOUT_ESTIMATE: &str = "Where bloat is empty there is no estimate: the table was not analyzed yet, our role may \
     not read it (widths of columns are shown to readers only), or it is not among the 100 largest.";

/// Fewer dead rows than this are no reason to talk about them.
const MANY_DEAD_ROWS: i64 = 10_000;

#[async_trait]
impl Query for GetTableStats {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.get_table_stats",
            title: "Show table statistics",
            description: "Shows how big tables are (heap, indexes, TOAST), live and dead rows, full scans against index \
                          scans, bloat, distance to wraparound, and when each was last vacuumed and analyzed; the \
                          largest first",
            example: "how big are the tables on {target}",
            synonyms: &[
                "table size",
                "biggest tables",
                "largest tables",
                "how big is",
                "bloat",
                "is there bloat",
                "stale statistics",
                "toast size",
                "dead rows",
                "last vacuum",
                "last analyze",
                "sequential scans",
                "table statistics",
                "rows in table",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "read the table statistics")).await?;
        let table = match &input.table {
            Some(name) => Some(catalogue::find_table(&mut read, name).await?),
            None => None,
        };
        let oid = table.as_ref().map(|table| table.oid);
        let rows = read
            .rows(&tables(), &[(&oid, Type::OID), (&(cx.limits.rows as i64), Type::INT8)])
            .await?;
        let details = match &table {
            Some(table) => details::look(cx, &mut read, table).await?,
            None => Vec::new(),
        };
        read.end().await;

        let mut blocks = vec![show::table_of(
            cx,
            "Table statistics",
            &HEADINGS,
            rows.iter().map(cells).collect(),
        )];
        blocks.extend(details);
        if rows
            .iter()
            .any(|row| row.get::<_, i64>(5) > 0 && row.get::<_, Option<i64>>(17).is_none())
        {
            blocks.push(Block::text(WITHOUT_ESTIMATE));
        }
        let mut answer = Answer {
            summary: summary(&rows),
            blocks,
            suggestions: Vec::new(),
        };
        for row in rows.iter().filter(|row| is_stale(row)).take(2) {
            let arguments = json!({ "table": row.get::<_, &str>(0) });
            let because = "its statistics are missing or a fifth of its rows changed since they were taken";
            answer
                .suggestions
                .push(show::suggest(cx, "postgres.analyze_table", arguments, because));
        }
        Ok(answer)
    }
}

fn cells(row: &Row) -> Vec<Cell> {
    let mut cells: Vec<Cell> = (0..16).map(|at| show::cell(row, at)).collect();
    cells.push(json!(bloat::percent(row.get(16), row.get(17))));
    cells
}

fn is_stale(row: &Row) -> bool {
    let (live, analyzed, changed): (i64, Option<jiff::Timestamp>, i64) = (row.get(5), row.get(13), row.get(14));
    live > 1_000 && (analyzed.is_none() || changed > live / 5)
}

fn summary(rows: &[Row]) -> String {
    let Some(first) = rows.first() else {
        return "There are no statistics: no table here, or none that our role may see".to_owned();
    };
    let dead: i64 = rows.iter().map(|row| row.get::<_, i64>(6)).sum();
    let about_dead = match dead {
        dead if dead >= MANY_DEAD_ROWS => format!("; {} dead rows wait for vacuum", show::count(dead as f64)),
        _ => String::new(),
    };
    let (name, size, live): (&str, i64, i64) = (first.get(0), first.get(1), first.get(5));
    let one = format!(
        "\"{name}\" takes {} with its indexes and has about {} rows",
        show::bytes(size),
        show::count(live as f64)
    );
    if rows.len() == 1 {
        format!("{one}{about_dead}")
    } else {
        format!("{} tables; the largest, {one}{about_dead}", rows.len())
    }
}
