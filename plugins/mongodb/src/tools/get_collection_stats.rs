//! The tool *get collection stats*.

use crate::{
    collection,
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

pub(crate) struct GetCollectionStats;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The collection. Example: `orders`.
    #[schemars(extend("x-slot" = "collection"))]
    collection: String,
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

const INDEX_HEADINGS: [show::Heading; 2] = [("index", ""), ("size", "bytes")];

#[async_trait]
impl Query for GetCollectionStats {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.get_collection_stats",
            title: "Collection statistics",
            description: "Shows documents, data size, size on disk, reusable space, average document and index sizes of one \
                          collection, and what it was made with (capped, time series, validator)",
            example: "show the statistics of the collection orders on {target}",
            synonyms: &[
                "collection size",
                "how big is the collection",
                "how many documents",
                "collStats",
                "storage size",
                "fragmentation",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "read the collection's statistics"))?;
        let database = collection::database(&read, input.database.as_deref())?;
        let found = collection::find_stored(&read, &database, &input.collection).await?;
        let size = collection::size(&read, &found).await?;
        let reusable = show::at(
            &size.stats,
            &["wiredTiger", "block-manager", "file bytes available for reuse"],
        );
        let mut fields = size.fields();
        fields.extend([
            (
                "average document",
                json!(show::number(size.stats.get("avgObjSize")).map(show::bytes)),
            ),
            ("reusable on disk", json!(reusable.map(show::bytes))),
            ("number of indexes", show::cell_at(&size.stats, "nindexes")),
            ("kind", json!(found.kind)),
            ("options", json!(show::pretty(&found.options))),
        ]);
        let sizes = size.stats.get_document("indexSizes").cloned().unwrap_or_default();
        let indexes = sizes
            .iter()
            .map(|(name, bytes)| vec![json!(name), show::whole(show::number(Some(bytes)))])
            .collect();
        let suggestions = reusable
            .filter(|bytes| *bytes > size.storage_bytes / 2.0 && *bytes > 100_000_000.0)
            .map(|bytes| {
                let arguments = json!({ "collection": found.name, "database": found.database });
                show::suggest(
                    cx,
                    "mongodb.compact_collection",
                    arguments,
                    format!("{} of its files are free", show::bytes(bytes)),
                )
            });
        Ok(Answer {
            summary: format!(
                "\"{}\" holds {}, {} of data in {} on disk, with {} of indexes",
                show::one_line(&found.name, 120),
                show::plural(size.documents as usize, "document", "documents"),
                show::bytes(size.data_bytes),
                show::bytes(size.storage_bytes),
                show::bytes(size.index_bytes)
            ),
            blocks: vec![
                show::record(cx, "Collection", fields),
                show::table(cx, "Index sizes", &INDEX_HEADINGS, indexes),
            ],
            suggestions: suggestions.into_iter().collect(),
        })
    }
}
