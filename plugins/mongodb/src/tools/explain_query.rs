//! The tool *explain query*.

mod tree;

use super::run_query::{Asked, command};
use crate::{
    collection::{self, Collection},
    connection::{Bounds, Reader},
    guard::{self, Judged},
    show,
};
use bson::{Bson, Document, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk, SuggestedCall},
};

pub(crate) struct ExplainQuery;

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
    /// Whether to run the query and count what it looks at, within the time limit. Example: `true`.
    #[serde(default)]
    measure: bool,
}

/// What a query would return if it were run.
const NO_LIMIT: usize = 1_000_000;
/// Reading this many documents for each one returned is worth an index.
const WASTEFUL: f64 = 10.0;

#[async_trait]
impl Query for ExplainQuery {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.explain_query",
            title: "Explain a query",
            description: "Shows how MongoDB would carry out a find or aggregation: the plan as a tree, which index it uses, \
                          whether it reads the whole collection; counts documents only when asked to measure",
            example: "explain the query on the collection orders on {target}",
            synonyms: &[
                "why is the query slow",
                "query plan",
                "execution plan",
                "winning plan",
                "collscan",
                "explain find",
            ],
            category: "query",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let bounds = Bounds::of(cx, "explain the query");
        let asked = Asked {
            filter: input.filter,
            projection: input.projection,
            sort: input.sort,
            pipeline: input.pipeline,
        };
        let judged = asked.judge().map_err(|refusal| refusal.into_problem(&bounds.what))?;
        let read = reader.begin(bounds)?;
        let database = collection::database(&read, input.database.as_deref())?;
        let collection = guard::follow(&read, &database, &input.collection, &judged).await?;
        let mut explained = command(&collection.name, &judged, NO_LIMIT);
        explained.remove("limit");
        explained.remove("readConcern");
        let verbosity = if input.measure {
            "executionStats"
        } else {
            "queryPlanner"
        };
        let answer = read
            .run(&database, doc! { "explain": explained, "verbosity": verbosity })
            .await?;
        Ok(report(cx, &collection, &judged, &answer))
    }
}

fn report(cx: &Cx, collection: &Collection, judged: &Judged, answer: &Document) -> Answer {
    let plan = tree::read(answer);
    let mut sentences = Vec::new();
    if plan.has_collscan {
        sentences.push(format!(
            "It reads the whole collection \"{}\" (COLLSCAN)",
            show::one_line(&collection.name, 120)
        ));
    } else if plan.indexes.is_empty() {
        sentences.push("No index is read".to_owned());
    } else {
        sentences.push(format!(
            "It uses {}",
            plan.indexes
                .iter()
                .map(|name| format!("\"{name}\""))
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    if plan.has_memory_sort {
        sentences.push("it sorts in memory".to_owned());
    }
    let mut blocks = vec![Block::Tree {
        origin: show::origin(cx),
        title: "Winning plan".to_owned(),
        roots: plan.roots,
    }];
    if let Some(counts) = tree::counts(answer) {
        if counts.returned > 0.0 && counts.documents / counts.returned >= WASTEFUL {
            sentences.push(format!(
                "it looks at {} documents for each that it returns",
                show::count(counts.documents / counts.returned)
            ));
        }
        let fields = vec![
            ("documents returned", show::whole(Some(counts.returned))),
            ("documents examined", show::whole(Some(counts.documents))),
            ("index keys examined", show::whole(Some(counts.keys))),
            ("time", json!(show::duration(counts.ms))),
        ];
        blocks.push(show::record(cx, "Measured", fields));
    }
    let suggestions = if plan.has_collscan {
        suggestion(cx, collection, judged)
    } else {
        None
    };
    Answer {
        summary: sentences.join("; "),
        blocks,
        suggestions: suggestions.into_iter().collect(),
    }
}

/// An index for the query: fields compared for equality, then those of the order, then ranges.
fn suggestion(cx: &Cx, collection: &Collection, judged: &Judged) -> Option<SuggestedCall> {
    if collection.is_view() {
        return None;
    }
    let (filter, sort) = match judged {
        Judged::Find(parts) => (parts.filter.clone(), parts.sort.clone()),
        Judged::Aggregate { pipeline } => {
            let first = pipeline.first()?.get_document("$match").ok()?.clone();
            let sort = pipeline
                .get(1)
                .and_then(|stage| stage.get_document("$sort").ok())
                .cloned();
            (first, sort.unwrap_or_default())
        }
    };
    let fields = worthwhile(&filter, &sort);
    if fields.is_empty() {
        return None;
    }
    // The database is always named: the suggestion then means the same after the target's settings changed.
    let arguments = json!({ "collection": collection.name, "database": collection.database, "fields": fields });
    Some(show::suggest(
        cx,
        "mongodb.create_index",
        arguments,
        "the query reads the whole collection for lack of an index",
    ))
}

fn worthwhile(filter: &Document, sort: &Document) -> Vec<String> {
    let is_range = |value: &Bson| {
        value.as_document().is_some_and(|d| {
            d.keys()
                .any(|name| name.starts_with('$') && name != "$eq" && name != "$in")
        })
    };
    let plain = |(name, _): &(&String, &Bson)| !name.starts_with('$');
    let mut fields: Vec<String> = filter
        .iter()
        .filter(plain)
        .filter(|(_, v)| !is_range(v))
        .map(|(name, _)| name.clone())
        .collect();
    for (name, direction) in sort {
        let is_down = show::number(Some(direction)).is_some_and(|direction| direction < 0.0);
        if !fields.contains(name) {
            fields.push(if is_down { format!("-{name}") } else { name.clone() });
        }
    }
    for (name, _) in filter.iter().filter(plain).filter(|(_, value)| is_range(value)) {
        if !fields.iter().any(|known| known.trim_start_matches('-') == name) {
            fields.push(name.clone());
        }
    }
    fields.truncate(5);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_comes_first_then_order_then_ranges() {
        for (filter, sort, expected) in [
            (
                doc! { "total": { "$gt": 5 }, "status": "open" },
                doc! { "placed_at": -1 },
                vec!["status", "-placed_at", "total"],
            ),
            (doc! { "$or": [] }, doc! {}, vec![]),
            (
                doc! { "a": { "$in": [1] }, "b": { "c": 1 } },
                doc! { "a": 1 },
                vec!["a", "b"],
            ),
        ] {
            assert_eq!(worthwhile(&filter, &sort), expected, "{filter}");
        }
    }
}
