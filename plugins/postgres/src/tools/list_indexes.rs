//! The tool *list indexes*.

use crate::{
    catalogue,
    connection::{Bounds, Read, Reader},
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

pub(crate) struct ListIndexes;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only the indexes of this table. Example: `orders` or `sales.orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "table"))]
    table: Option<String>,
}

/// Two indexes are duplicates when everything that a scan cares about is equal. The larger one is named second.
const INDEXES: &str = "SELECT i.oid::regclass::text, x.indrelid::regclass::text, \
       coalesce(pg_catalog.pg_relation_size(i.oid), 0), coalesce(s.idx_scan, 0), x.indisunique, \
       x.indisvalid AND x.indisready, pg_catalog.pg_get_indexdef(i.oid), \
       EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')), \
       (SELECT pg_catalog.min(y.indexrelid::regclass::text) FROM pg_catalog.pg_index y \
          JOIN pg_catalog.pg_class j ON j.oid = y.indexrelid \
         WHERE y.indrelid = x.indrelid AND y.indexrelid <> x.indexrelid AND j.relam = i.relam \
           AND y.indkey = x.indkey AND y.indclass = x.indclass AND y.indcollation = x.indcollation \
           AND y.indoption = x.indoption \
           AND pg_catalog.pg_get_expr(y.indexprs, y.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(x.indexprs, x.indrelid) \
           AND pg_catalog.pg_get_expr(y.indpred, y.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(x.indpred, x.indrelid)) \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
  JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
  LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = i.oid \
 WHERE CASE WHEN $1::oid IS NULL THEN n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' \
            ELSE x.indrelid = $1 END \
 ORDER BY 3 DESC, 1 LIMIT $2";

const STATISTICS_SINCE: &str =
    "SELECT stats_reset FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()";

#[async_trait]
impl Query for ListIndexes {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.list_indexes",
            title: "List indexes",
            description: "Lists the indexes of a table or of the whole database with size, number of scans, definition, \
                          and whether each is unique, invalid, unused or a duplicate; the largest first",
            example: "which indexes does orders have on {target}",
            synonyms: &[
                "show indexes",
                "indices",
                "unused indexes",
                "duplicate indexes",
                "invalid indexes",
                "index size",
                "index usage",
                "what is indexed",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "list the indexes")).await?;
        let table = match &input.table {
            Some(name) => Some(catalogue::find_table(&mut read, name).await?),
            None => None,
        };
        let rows = indexes(&mut read, table.as_ref().map(|table| table.oid), cx.limits.rows).await?;
        let since = read.row(STATISTICS_SINCE, &[]).await?;
        read.end().await;

        let cells = rows
            .iter()
            .map(|row| {
                let mut cells: Vec<_> = (0..7).map(|at| show::cell(row, at)).collect();
                cells.insert(6, json!(remarks(row)));
                cells
            })
            .collect();
        let headings = [
            ("index", ""),
            ("table", ""),
            ("size", "bytes"),
            ("scans", "count"),
            ("unique", ""),
            ("valid", ""),
            ("remarks", ""),
            ("definition", "sql"),
        ];
        let whose = table
            .as_ref()
            .map_or("this database".to_owned(), |table| format!("\"{}\"", table.shown));
        let mut answer = Answer {
            summary: summary(&rows, &whose),
            blocks: vec![show::table_of(cx, "Indexes", &headings, cells)],
            suggestions: Vec::new(),
        };
        if let Some(since) = since.and_then(|row| row.get::<_, Option<jiff::Timestamp>>(0)) {
            answer.blocks.push(steersman_toolkit::protocol::Block::text(format!(
                "Scans are counted since {since}."
            )));
        }
        if let Some(broken) = rows.iter().find(|row| !row.get::<_, bool>(5) && !row.get::<_, bool>(7)) {
            let because = "it is invalid: it costs writes and serves no query";
            let arguments = json!({ "index": broken.get::<_, &str>(0) });
            answer
                .suggestions
                .push(show::suggest(cx, "postgres.drop_index", arguments, because));
        }
        Ok(answer)
    }
}

async fn indexes(read: &mut Read<'_>, table: Option<u32>, limit: u64) -> Result<Vec<Row>, Problem> {
    read.rows(INDEXES, &[(&table, Type::OID), (&(limit as i64), Type::INT8)])
        .await
}

fn remarks(row: &Row) -> Vec<String> {
    let (scans, is_unique, is_valid, backs_constraint): (i64, bool, bool, bool) =
        (row.get(3), row.get(4), row.get(5), row.get(7));
    let twin: Option<String> = row.get(8);
    let mut remarks = Vec::new();
    if !is_valid {
        remarks.push("invalid".to_owned());
    }
    if let Some(twin) = twin {
        remarks.push(format!("same columns as {twin}"));
    }
    // A unique index works without ever being scanned: it keeps duplicates out.
    if scans == 0 && !is_unique && !backs_constraint {
        remarks.push("unused".to_owned());
    }
    if backs_constraint {
        remarks.push("backs a constraint".to_owned());
    }
    remarks
}

fn summary(rows: &[Row], whose: &str) -> String {
    let having = |remark: &str| {
        rows.iter()
            .filter(|row| remarks(row).iter().any(|r| r.starts_with(remark)))
            .count()
    };
    let mut parts = Vec::new();
    for (remark, words) in [
        ("invalid", "invalid"),
        ("unused", "never scanned"),
        ("same columns", "duplicates of another"),
    ] {
        match having(remark) {
            0 => {}
            n => parts.push(format!("{n} {words}")),
        }
    }
    let bytes: i64 = rows.iter().map(|row| row.get::<_, i64>(2)).sum();
    let count = show::plural(rows.len(), "index", "indexes");
    match (rows.is_empty(), parts.is_empty()) {
        (true, _) => format!("There are no indexes on {whose}"),
        (false, true) => format!("{count} on {whose}, {} in all", show::bytes(bytes)),
        (false, false) => format!(
            "{count} on {whose}, {} in all: {}",
            show::bytes(bytes),
            parts.join(", ")
        ),
    }
}
