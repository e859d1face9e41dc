//! The tool *reindex table*.

mod draft;
mod rebuild;
#[cfg(test)]
mod tests;

use crate::{
    connection::{Bounds, Read, Reader, Writer},
    verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};
use tokio_postgres::types::Type;

pub(crate) struct ReindexTable;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The table whose indexes are all rebuilt; leave it out to rebuild one index. Example: `orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "table"))]
    table: Option<String>,
    /// The one index to rebuild. Example: `orders_customer_id_idx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "index"))]
    index: Option<String>,
    /// Whether reads and writes go on while it is rebuilt; slower, and nearly always right. Example: `true`.
    #[serde(default = "yes")]
    concurrently: bool,
}

fn yes() -> bool {
    true
}

/// An index of a table or of its TOAST table.
#[derive(Clone, Debug)]
struct IndexState {
    oid: u32,
    schema: String,
    name: String,
    file: Option<i64>,
    bytes: i64,
    is_valid: bool,
    is_exclusion: bool,
}

const INDEXES: &str = "SELECT i.oid, n.nspname::text, i.relname::text, pg_catalog.pg_relation_filenode(i.oid)::int8, \
       pg_catalog.pg_relation_size(i.oid), x.indisvalid AND x.indisready, x.indisexclusion \
  FROM pg_catalog.pg_class t JOIN pg_catalog.pg_index x ON x.indrelid IN (t.oid, t.reltoastrelid) \
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
 WHERE t.oid = $1 ORDER BY x.indrelid <> t.oid, i.relname";

async fn indexes(read: &mut Read<'_>, table: u32) -> Result<Vec<IndexState>, Problem> {
    let rows = read.rows(INDEXES, &[(&table, Type::OID)]).await?;
    Ok(rows
        .iter()
        .map(|row| IndexState {
            oid: row.get(0),
            schema: row.get(1),
            name: row.get(2),
            file: row.get(3),
            bytes: row.get(4),
            is_valid: row.get(5),
            is_exclusion: row.get(6),
        })
        .collect())
}

#[async_trait]
impl Change for ReindexTable {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.reindex_table",
            title: "Rebuild indexes",
            description: "Rebuilds all indexes of one table, or one index, by default CONCURRENTLY so that reads and writes \
                          go on; for bloated, invalid or damaged indexes; checks afterwards that all are valid and none \
                          is left over",
            example: "reindex the table orders on {target}",
            synonyms: &[
                "reindex",
                "rebuild index",
                "rebuild indexes",
                "bloated index",
                "corrupt index",
                "repair index",
            ],
            category: "database",
            floor: Risk::Medium,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan reindex_table")).await?;
        let draft = draft::draft(cx, &mut read, input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        rebuild::rebuild(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let look: verify::Look = |cx, read, plan| Box::pin(rebuild::outcome(cx, read, plan));
        Ok(verify::read_back(cx, reader, plan, Duration::ZERO, look).await)
    }

    async fn clean_up(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<String, Problem> {
        rebuild::clean_up(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }
}
