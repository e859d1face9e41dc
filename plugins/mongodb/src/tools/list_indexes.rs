//! The tool *list indexes*.

use crate::{
    collection::{self, Collection},
    connection::{Bounds, Read, Reader},
    indexes::{self, Index, Usage},
    show,
};
use bson::doc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Cell, Problem, Risk, SuggestedCall},
};

pub(crate) struct ListIndexes;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only the indexes of this collection; of the whole database when left out. Example: `orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "collection"))]
    collection: Option<String>,
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

/// Collections that are looked into when none is named.
const MAX_COLLECTIONS: usize = 100;

const HEADINGS: [show::Heading; 8] = [
    ("collection", ""),
    ("index", ""),
    ("fields", ""),
    ("size", "bytes"),
    ("uses", "count"),
    ("since", "time"),
    ("traits", ""),
    ("remark", ""),
];

#[async_trait]
impl Query for ListIndexes {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.list_indexes",
            title: "List indexes",
            description: "Lists the indexes of one collection or of the whole database with fields, size and uses; says which \
                          are unused, superfluous, hidden or being built",
            example: "which indexes does the collection orders have on {target}",
            synonyms: &[
                "show indexes",
                "unused indexes",
                "duplicate indexes",
                "index usage",
                "index size",
                "ttl indexes",
            ],
            category: "database",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "list the indexes"))?;
        let database = collection::database(&read, input.database.as_deref())?;
        let collections = match &input.collection {
            Some(name) => vec![collection::find_stored(&read, &database, name).await?],
            None => {
                let mut all = collection::list(&read, &database).await?;
                all.retain(|collection| !collection.is_view());
                all.truncate(MAX_COLLECTIONS);
                all
            }
        };
        let mut entries = Vec::new();
        for collection in &collections {
            entries.extend(entries_of(&read, collection).await?);
        }
        entries.truncate(cx.limits.rows as usize);
        Ok(answer(cx, &entries))
    }
}

struct Entry {
    collection: Collection,
    index: Index,
    bytes: Option<f64>,
    usage: Option<Usage>,
    covered_by: Option<String>,
}

impl Entry {
    fn is_unused(&self) -> bool {
        let deletes_or_keeps = self.index.flag("unique") || self.index.ttl_seconds().is_some();
        self.index.name != "_id_" && !deletes_or_keeps && self.usage.as_ref().is_some_and(|usage| usage.times == 0)
    }

    fn remark(&self) -> Option<String> {
        match &self.covered_by {
            Some(other) => Some(format!("superfluous: \"{other}\" does the same")),
            None if self.index.is_building => Some("is being built".to_owned()),
            None if self.is_unused() => Some("not used on this server since then".to_owned()),
            None => None,
        }
    }

    fn row(&self) -> Vec<Cell> {
        let usage = self.usage.as_ref();
        vec![
            json!(self.collection.name),
            json!(self.index.name),
            json!(self.index.key_in_words()),
            show::whole(self.bytes),
            json!(usage.map(|usage| usage.times)),
            json!(usage.map(|usage| usage.since.clone())),
            json!(self.index.traits()),
            json!(self.remark()),
        ]
    }
}

async fn entries_of(read: &Read<'_>, collection: &Collection) -> Result<Vec<Entry>, Problem> {
    let all = indexes::specs(read, collection).await?;
    let mut usage = indexes::usage(read, collection).await?.unwrap_or_default();
    let stats = read
        .run(&collection.database, doc! { "collStats": &collection.name })
        .await
        .unwrap_or_default();
    let sizes = stats.get_document("indexSizes").cloned().unwrap_or_default();
    let entry = |index: &Index| Entry {
        collection: collection.clone(),
        bytes: show::number(sizes.get(&index.name)),
        usage: usage.remove(&index.name),
        covered_by: indexes::covered_by(index, &all).map(|other| other.name.clone()),
        index: index.clone(),
    };
    Ok(all.iter().map(entry).collect())
}

fn answer(cx: &Cx, entries: &[Entry]) -> Answer {
    let bytes: f64 = entries.iter().filter_map(|entry| entry.bytes).sum();
    let number = |keep: &dyn Fn(&Entry) -> bool| entries.iter().filter(|entry| keep(entry)).count();
    let mut summary = format!(
        "{}, {}",
        show::plural(entries.len(), "index", "indexes"),
        show::bytes(bytes)
    );
    for (count, word) in [
        (number(&|entry| entry.covered_by.is_some()), "superfluous"),
        (number(&Entry::is_unused), "not used since the server started"),
        (number(&|entry| entry.index.is_building), "being built"),
        (number(&|entry| entry.index.flag("hidden")), "hidden"),
    ] {
        if count > 0 {
            summary = format!("{summary}; {count} {word}");
        }
    }
    Answer {
        summary,
        blocks: vec![show::table(
            cx,
            "Indexes",
            &HEADINGS,
            entries.iter().map(Entry::row).collect(),
        )],
        suggestions: entries
            .iter()
            .filter_map(|entry| suggestion(cx, entry))
            .take(3)
            .collect(),
    }
}

/// Only what is certainly superfluous: use is counted for one server, and since its start.
fn suggestion(cx: &Cx, entry: &Entry) -> Option<SuggestedCall> {
    let other = entry.covered_by.as_ref()?;
    let arguments: Value = json!({ "index": entry.index.name, "collection": entry.collection.name, "database": entry.collection.database });
    Some(show::suggest(
        cx,
        "mongodb.drop_index",
        arguments,
        format!("the index \"{other}\" does the same"),
    ))
}
