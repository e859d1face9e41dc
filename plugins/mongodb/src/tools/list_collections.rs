//! The tool *list collections*.

use crate::{
    collection::{self, Collection, Size},
    connection::{Bounds, Read, Reader},
    show,
};
use bson::doc;
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Cell, Problem, Risk},
};

pub(crate) struct ListCollections;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

/// More are listed without sizes.
const MAX_MEASURED: usize = 500;
/// Measured at the same time.
const AT_ONCE: usize = 3;

const HEADINGS: [show::Heading; 6] = [
    ("collection", ""),
    ("kind", ""),
    ("documents", "count"),
    ("data", "bytes"),
    ("on disk", "bytes"),
    ("indexes", "bytes"),
];

#[async_trait]
impl Query for ListCollections {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.list_collections",
            title: "List collections",
            description: "Lists the collections, views and time series of one database with documents, size and size of \
                          their indexes; the largest first",
            example: "which collections are there on {target}",
            synonyms: &[
                "show collections",
                "what collections",
                "list views",
                "database contents",
                "what is in the database",
                "largest collections",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "list the collections"))?;
        let database = collection::database(&read, input.database.as_deref())?;
        let collections = collection::list(&read, &database).await?;
        let mut measured = measure_all(&read, &collections).await;
        measured.sort_by(|a, b| bytes_of(b).total_cmp(&bytes_of(a)));
        let bytes: f64 = measured.iter().map(bytes_of).sum();
        let total = measured.len();
        measured.truncate(cx.limits.rows as usize);
        let rows = measured.iter().map(row).collect();
        let summary = match measured.first() {
            None => format!("There are no collections in the database \"{database}\""),
            Some((first, _)) => format!(
                "{} in the database \"{database}\", {} on disk with indexes; the largest is \"{}\"",
                show::plural(total, "collection or view", "collections and views"),
                show::bytes(bytes),
                show::one_line(&first.name, 120),
            ),
        };
        Ok(Answer {
            summary,
            blocks: vec![show::table(cx, "Collections", &HEADINGS, rows)],
            suggestions: Vec::new(),
        })
    }
}

pub(crate) type Measured = (Collection, Option<Size>);

/// Sizes where our user may see them; views have none.
pub(crate) async fn measure_all(read: &Read<'_>, collections: &[Collection]) -> Vec<Measured> {
    let measure = async |(at, collection): (usize, &Collection)| {
        let is_measured = at < MAX_MEASURED && !collection.is_view();
        let stats = match is_measured {
            true => read
                .run(&collection.database, doc! { "collStats": &collection.name })
                .await
                .ok(),
            false => None,
        };
        (collection.clone(), stats.map(collection::size_of))
    };
    stream::iter(collections.iter().enumerate())
        .map(measure)
        .buffered(AT_ONCE)
        .collect()
        .await
}

pub(crate) fn bytes_of((_, size): &Measured) -> f64 {
    size.as_ref().map_or(0.0, |size| size.storage_bytes + size.index_bytes)
}

fn row((collection, size): &Measured) -> Vec<Cell> {
    let size = size.as_ref();
    vec![
        json!(show::shortened(&collection.name, 255)),
        json!(collection.kind),
        show::whole(size.map(|size| size.documents)),
        show::whole(size.map(|size| size.data_bytes)),
        show::whole(size.map(|size| size.storage_bytes)),
        show::whole(size.map(|size| size.index_bytes)),
    ]
}
