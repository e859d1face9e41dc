//! The tool *get table statistics*.

use crate::{
    catalogue,
    connection::{Bounds, Reader},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Problem, Risk},
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

const TABLES: &str = "SELECT s.relid::regclass::text, pg_catalog.pg_total_relation_size(s.relid), \
       pg_catalog.pg_table_size(s.relid), pg_catalog.pg_indexes_size(s.relid), s.n_live_tup, s.n_dead_tup, \
       CASE WHEN s.n_live_tup + s.n_dead_tup > 0 \
            THEN pg_catalog.round(100.0 * s.n_dead_tup / (s.n_live_tup + s.n_dead_tup), 1)::float8 END, \
       s.seq_scan, s.seq_tup_read, s.idx_scan, s.n_tup_ins + s.n_tup_upd + s.n_tup_del, \
       greatest(s.last_vacuum, s.last_autovacuum), greatest(s.last_analyze, s.last_autoanalyze), s.n_mod_since_analyze \
  FROM pg_catalog.pg_stat_user_tables s \
 WHERE $1::oid IS NULL OR s.relid = $1 OR s.relid IN (SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = $1) \
 ORDER BY 2 DESC NULLS LAST LIMIT $2";

const HEADINGS: [show::Heading; 14] = [
    ("table", ""),
    ("total size", "bytes"),
    ("table size", "bytes"),
    ("index size", "bytes"),
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
];

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
            description: "Shows how big tables and their indexes are, live and dead rows, full scans against index scans, \
                          and when each was last vacuumed and analyzed; the largest first",
            example: "how big are the tables on {target}",
            synonyms: &[
                "table size",
                "biggest tables",
                "largest tables",
                "how big is",
                "bloat",
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
            .rows(TABLES, &[(&oid, Type::OID), (&(cx.limits.rows as i64), Type::INT8)])
            .await?;
        read.end().await;

        let mut answer = Answer {
            summary: summary(&rows),
            blocks: vec![show::table(cx, "Table statistics", &HEADINGS, &rows)],
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

fn is_stale(row: &Row) -> bool {
    let (live, analyzed, changed): (i64, Option<jiff::Timestamp>, i64) = (row.get(4), row.get(12), row.get(13));
    live > 1_000 && (analyzed.is_none() || changed > live / 5)
}

fn summary(rows: &[Row]) -> String {
    let Some(first) = rows.first() else {
        return "There are no statistics: no table here, or none that our role may see".to_owned();
    };
    let dead: i64 = rows.iter().map(|row| row.get::<_, i64>(5)).sum();
    let about_dead = match dead {
        dead if dead >= MANY_DEAD_ROWS => format!("; {} dead rows wait for vacuum", show::count(dead as f64)),
        _ => String::new(),
    };
    let (name, size, live): (&str, i64, i64) = (first.get(0), first.get(1), first.get(4));
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
