//! The tool *run query*.

use crate::{
    collection,
    connection::{Bounds, Reader},
    guard::{self, Judged, Refusal},
    show,
};
use bson::{Document, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Column, Limits, Problem, Risk},
};

pub(crate) struct RunQuery;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The collection or view. Example: `orders`.
    #[schemars(extend("x-slot" = "collection"))]
    collection: String,
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// Condition, as the text of a JSON object; extended JSON for ids and dates. Example: `{"status": "open", "placed_at":
    /// {"$gte": {"$date": "2026-01-01T00:00:00Z"}}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// Fields to return, as the text of a JSON object. Example: `{"status": 1, "total": 1}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projection: Option<String>,
    /// Order, as the text of a JSON object. Example: `{"placed_at": -1}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sort: Option<String>,
    /// Stages of an aggregation, as the text of a JSON array; then without filter, projection and sort. Example:
    /// `[{"$group": {"_id": "$status", "orders": {"$sum": 1}}}]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pipeline: Option<String>,
    /// At most this many documents, up to 1000. Example: `20`.
    #[serde(default = "usual_limit")]
    #[schemars(range(min = 1, max = 1000), extend("x-slot" = "count"))]
    limit: u64,
}

/// A query as it is asked, for running and for explaining it.
pub(super) struct Asked {
    pub filter: Option<String>,
    pub projection: Option<String>,
    pub sort: Option<String>,
    pub pipeline: Option<String>,
}

fn usual_limit() -> u64 {
    100
}

/// A wider result has no use for a reader.
const MAX_COLUMNS: usize = 60;

#[async_trait]
impl Query for RunQuery {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.run_query",
            title: "Run a query",
            description: "Runs one find or aggregation that only reads (no $where, $function, $out, $merge) on a collection \
                          and returns at most 1000 documents",
            example: "find documents in the collection orders on {target}",
            synonyms: &[
                "find",
                "aggregate",
                "query the collection",
                "count documents",
                "look up documents",
                "show documents",
            ],
            category: "query",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let bounds = Bounds::of(cx, "run the query");
        let judged = input
            .asked()
            .judge()
            .map_err(|refusal| refusal.into_problem(&bounds.what))?;
        let read = reader.begin(bounds)?;
        let database = collection::database(&read, input.database.as_deref())?;
        let collection = guard::follow(&read, &database, &input.collection, &judged).await?;
        let limit = input.limit.clamp(1, cx.limits.rows.max(1)) as usize;
        // One more than shown tells whether there are more.
        let command = command(&collection.name, &judged, limit + 1);
        let mut documents = read.rows(&database, command, limit + 1).await?;
        let is_more = documents.len() > limit;
        documents.truncate(limit);
        Ok(answer(cx, &documents, is_more))
    }
}

impl Input {
    fn asked(&self) -> Asked {
        Asked {
            filter: self.filter.clone(),
            projection: self.projection.clone(),
            sort: self.sort.clone(),
            pipeline: self.pipeline.clone(),
        }
    }
}

impl Asked {
    /// Errors: those of [`guard::find`] and [`guard::aggregate`], `mongodb.bad_query`.
    pub(crate) fn judge(&self) -> Result<Judged, Refusal> {
        match &self.pipeline {
            None => guard::find(self.filter.as_deref(), self.projection.as_deref(), self.sort.as_deref()),
            Some(_) if self.filter.is_some() || self.projection.is_some() || self.sort.is_some() => Err(Refusal {
                code: "mongodb.bad_query",
                sentence:
                    "A pipeline stands alone: put the filter into a $match stage, the rest into $project and $sort"
                        .to_owned(),
            }),
            Some(pipeline) => guard::aggregate(pipeline),
        }
    }
}

/// The command for what was judged, bounded on the server.
pub(crate) fn command(collection: &str, judged: &Judged, limit: usize) -> Document {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    match judged {
        Judged::Find(parts) => doc! {
            "find": collection, "filter": parts.filter.clone(), "projection": parts.projection.clone(),
            "sort": parts.sort.clone(),
            "limit": limit, "allowDiskUse": false, "readConcern": { "level": "local" }
        },
        Judged::Aggregate { pipeline } => {
            let mut pipeline = pipeline.clone();
            pipeline.push(doc! { "$limit": limit });
            doc! {
                "aggregate": collection, "pipeline": pipeline, "cursor": {}, "allowDiskUse": false,
                "readConcern": { "level": "local" }
            }
        }
    }
}

fn answer(cx: &Cx, documents: &[Document], is_more: bool) -> Answer {
    let columns = columns(documents);
    let (rows, is_full) = rows(documents, &columns, &cx.limits);
    let many = show::plural(rows.len(), "document", "documents");
    let summary = match (is_full, is_more) {
        (true, _) => format!(
            "The first {many}; more would be over the limit of {} bytes",
            cx.limits.bytes
        ),
        (false, true) => format!("The first {many}; there are more"),
        (false, false) => many,
    };
    let mut blocks = vec![Block::Table {
        origin: show::origin(cx),
        title: Some("Result".to_owned()),
        columns: columns
            .iter()
            .take(MAX_COLUMNS)
            .map(|name| Column::new(show::shortened(name, 120)))
            .collect(),
        rows,
        total_rows: None,
    }];
    if columns.len() > MAX_COLUMNS {
        blocks.push(Block::text(format!(
            "{} more fields are not shown. Name the fields that you need.",
            columns.len() - MAX_COLUMNS
        )));
    }
    if is_full || is_more {
        blocks.push(Block::text(format!(
            "{summary}. Ask for fewer fields or add a condition to see the rest."
        )));
    }
    Answer {
        summary,
        blocks,
        suggestions: Vec::new(),
    }
}

/// Names of all fields, in the order in which they first come.
fn columns(documents: &[Document]) -> Vec<String> {
    let mut known = std::collections::HashSet::new();
    documents
        .iter()
        .flat_map(Document::keys)
        .filter(|name| known.insert(*name))
        .cloned()
        .collect()
}

/// Rows within the byte limit, and whether it cut them. The first is always there.
fn rows(documents: &[Document], columns: &[String], limits: &Limits) -> (Vec<Vec<Cell>>, bool) {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut size = 0;
    for document in documents {
        let row: Vec<Cell> = columns
            .iter()
            .take(MAX_COLUMNS)
            .map(|name| show::cell_at(document, name))
            .collect();
        size += json!(row).to_string().len();
        if size as u64 > limits.bytes && !rows.is_empty() {
            return (rows, true);
        }
        rows.push(row);
    }
    (rows, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn documents_of_different_shapes_share_a_table() {
        let documents = [doc! { "_id": 1, "a": "x" }, doc! { "_id": 2, "b": [1, 2] }];
        let columns = columns(&documents);
        assert_eq!(columns, ["_id", "a", "b"]);
        let (found, is_full) = rows(&documents, &columns, &Limits::default());
        assert_eq!(
            found,
            [
                vec![json!(1), json!("x"), Value::Null],
                vec![json!(2), Value::Null, json!([1, 2])]
            ]
        );
        assert!(!is_full);
        let tight = Limits {
            bytes: 5,
            ..Limits::default()
        };
        let (found, is_full) = rows(&documents, &columns, &tight);
        assert_eq!((found.len(), is_full), (1, true));
    }
}
