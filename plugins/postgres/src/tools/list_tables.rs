//! The tool *list tables*.

use crate::{
    connection::{Bounds, Reader},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Problem, Risk},
};
use tokio_postgres::types::Type;

pub(crate) struct ListTables;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only the tables of this schema. Example: `public`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
}

const TABLES: &str = "SELECT c.oid::regclass::text, n.nspname::text, \
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'm' THEN 'materialized view' \
                      WHEN 'v' THEN 'view' ELSE 'foreign table' END, \
       CASE WHEN c.relkind IN ('r', 'p', 'm') THEN pg_catalog.pg_total_relation_size(c.oid) END, \
       CASE WHEN c.relkind IN ('r', 'p', 'm') AND c.reltuples >= 0 THEN c.reltuples::int8 END, \
       pg_catalog.obj_description(c.oid, 'pg_class') \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
 WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND NOT c.relispartition \
   AND CASE WHEN $1::text IS NULL THEN n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_' \
            ELSE n.nspname = $1 END \
 ORDER BY 4 DESC NULLS LAST, 1 LIMIT $2";

const HEADINGS: [show::Heading; 6] = [
    ("table", ""),
    ("schema", ""),
    ("kind", ""),
    ("size", "bytes"),
    ("rows (estimate)", "count"),
    ("comment", ""),
];

#[async_trait]
impl Query for ListTables {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.list_tables",
            title: "List tables",
            description: "Lists tables and views with size, estimated rows and comment; the largest first",
            example: "which tables are there on {target}",
            synonyms: &[
                "show tables",
                "what tables",
                "list views",
                "tables in schema",
                "schema overview",
                "database contents",
                "what is in the database",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "list the tables")).await?;
        // One more than shown tells whether there are more.
        let limit = cx.limits.rows as i64;
        let mut rows = read
            .rows(TABLES, &[(&input.schema, Type::TEXT), (&(limit + 1), Type::INT8)])
            .await?;
        read.end().await;
        let is_cut = rows.len() as i64 > limit;
        rows.truncate(limit as usize);

        let bytes: i64 = rows.iter().filter_map(|row| row.get::<_, Option<i64>>(3)).sum();
        let place = input
            .schema
            .as_ref()
            .map_or("this database".to_owned(), |schema| format!("schema \"{schema}\""));
        let summary = match rows.first() {
            None => format!("There are no tables in {place}"),
            Some(first) => format!(
                "{}{} in {place}, {} in all; the largest is \"{}\"",
                if is_cut { "The largest " } else { "" },
                show::plural(rows.len(), "table or view", "tables and views"),
                show::bytes(bytes),
                first.get::<_, &str>(0),
            ),
        };
        Ok(Answer {
            summary,
            blocks: vec![show::table(cx, "Tables", &HEADINGS, &rows)],
            suggestions: Vec::new(),
        })
    }
}
