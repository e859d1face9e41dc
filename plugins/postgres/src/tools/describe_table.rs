//! The tool *describe table*.

use crate::{
    catalogue::{self, TableKind},
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
use tokio_postgres::types::Type;

pub(crate) struct DescribeTable;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The table or view. Example: `orders` or `sales.orders`.
    #[schemars(extend("x-slot" = "table"))]
    table: String,
}

const COLUMNS: &str = "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, \
       CASE WHEN a.attidentity <> '' THEN 'generated as identity' \
            WHEN a.attgenerated <> '' THEN 'generated: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) \
            ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid) END, \
       pg_catalog.col_description(a.attrelid, a.attnum) \
  FROM pg_catalog.pg_attribute a \
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

const CONSTRAINTS: &str = "SELECT k.conname::text, \
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' \
                      WHEN 'x' THEN 'exclusion' WHEN 'n' THEN 'not null' ELSE 'other' END, \
       pg_catalog.pg_get_constraintdef(k.oid), k.convalidated \
  FROM pg_catalog.pg_constraint k WHERE k.conrelid = $1 AND k.contype <> 'n' \
 ORDER BY pg_catalog.array_position(ARRAY['p', 'u', 'f', 'c', 'x'], k.contype::text), 1";

const REFERENCED_BY: &str = "SELECT k.conrelid::regclass::text, k.conname::text, pg_catalog.pg_get_constraintdef(k.oid) \
  FROM pg_catalog.pg_constraint k WHERE k.confrelid = $1 AND k.contype = 'f' ORDER BY 1, 2 LIMIT 100";

const INDEXES: &str = "SELECT x.indexrelid::regclass::text, pg_catalog.pg_get_indexdef(x.indexrelid), \
       x.indisvalid AND x.indisready, coalesce(pg_catalog.pg_relation_size(x.indexrelid), 0) \
  FROM pg_catalog.pg_index x WHERE x.indrelid = $1 ORDER BY x.indisprimary DESC, 1";

const COMMENT: &str = "SELECT pg_catalog.obj_description($1, 'pg_class')";

#[async_trait]
impl Query for DescribeTable {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.describe_table",
            title: "Describe a table",
            description: "Describes one table or view: columns with type, nullability, default and comment, keys and other \
                          constraints, indexes, and which tables refer to it",
            example: "describe the table orders on {target}",
            synonyms: &[
                "columns of",
                "table structure",
                "table schema",
                "data types",
                "primary key",
                "foreign keys",
                "what columns",
                "constraints",
                "\\d",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "describe the table")).await?;
        let table = catalogue::find_table(&mut read, &input.table).await?;
        let of_table = [(&table.oid as &(dyn tokio_postgres::types::ToSql + Sync), Type::OID)];
        let columns = read.rows(COLUMNS, &of_table).await?;
        let constraints = read.rows(CONSTRAINTS, &of_table).await?;
        let indexes = read.rows(INDEXES, &of_table).await?;
        let referenced_by = read.rows(REFERENCED_BY, &of_table).await?;
        let comment = read
            .row(COMMENT, &of_table)
            .await?
            .and_then(|row| row.get::<_, Option<String>>(0));
        read.end().await;

        let kind = match table.kind {
            TableKind::Table => "table",
            TableKind::Partitioned => "partitioned table",
            TableKind::MaterializedView => "materialized view",
            TableKind::View => "view",
            TableKind::Foreign => "foreign table",
        };
        let about = vec![
            ("name", json!(table.qualified())),
            ("kind", json!(kind)),
            ("owner", json!(table.owner)),
            ("rows (estimate)", json!(table.rows)),
            ("size", json!(show::bytes(table.bytes))),
            ("comment", json!(comment)),
        ];
        let headings = [
            ("column", ""),
            ("type", "code"),
            ("nullable", ""),
            ("default", "sql"),
            ("comment", ""),
        ];
        let mut blocks = vec![
            show::record(cx, "Table", about),
            show::table(cx, "Columns", &headings, &columns),
        ];
        if !constraints.is_empty() {
            let headings = [
                ("constraint", ""),
                ("kind", ""),
                ("definition", "sql"),
                ("validated", ""),
            ];
            blocks.push(show::table(cx, "Constraints", &headings, &constraints));
        }
        if !indexes.is_empty() {
            let headings = [("index", ""), ("definition", "sql"), ("valid", ""), ("size", "bytes")];
            blocks.push(show::table(cx, "Indexes", &headings, &indexes));
        }
        if !referenced_by.is_empty() {
            let headings = [("table", ""), ("constraint", ""), ("definition", "sql")];
            blocks.push(show::table(cx, "Referred to by", &headings, &referenced_by));
        }
        let summary = format!(
            "\"{}\" is a {kind} with {}, {} and {}",
            table.shown,
            show::plural(columns.len(), "column", "columns"),
            show::plural(constraints.len(), "constraint", "constraints"),
            show::plural(indexes.len(), "index", "indexes"),
        );
        Ok(Answer {
            summary,
            blocks,
            suggestions: Vec::new(),
        })
    }
}
