//! The tool *reindex collection*.

use super::create_index::collection_of;
use crate::{
    activity, collection, command,
    connection::{Bounds, Read, Reader, Steps, Writer},
    indexes, server, show, verify,
};
use bson::doc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Fact, Limits, Plan, Problem, Receipt, Resource, Risk, Undo, Verification},
};

pub(crate) struct ReindexCollection;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The collection whose indexes are built anew. Example: `orders`.
    #[schemars(extend("x-slot" = "collection"))]
    collection: String,
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

#[async_trait]
impl Change for ReindexCollection {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.reindex_collection",
            title: "Rebuild indexes of a collection",
            description: "Builds all indexes of one collection anew on a standalone MongoDB server, which blocks the \
                          collection; replica sets do not allow it, and then it says what to do instead",
            example: "reindex the collection orders on {target}",
            synonyms: &[
                "rebuild indexes of the collection",
                "reIndex",
                "repair indexes of the collection",
            ],
            category: "database",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan reindex_collection"))?;
        draft(cx, &read, input).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let (plan, key) = (granted.plan(), granted.idempotency_key());
        let done = writer
            .run(
                cx,
                Steps {
                    plan,
                    steps: &plan.steps,
                    key: &key,
                    secret: None,
                    watch: Some("^Index Build"),
                },
            )
            .await?;
        Ok(Receipt {
            sentence: format!(
                "The server built the indexes anew in {}",
                show::duration(done.elapsed_ms as f64)
            ),
            elapsed_ms: done.elapsed_ms,
            facts: BTreeMap::new(),
        })
    }

    /// A rebuilt index looks like the one before: without a report, only that all of them are there can be said.
    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let read = match verify::settled(cx, reader, plan).await {
            Ok(read) => read,
            Err(cannot_tell) => return Ok(cannot_tell),
        };
        let found = match indexes::specs(&read, &collection_of(plan)).await {
            Ok(found) => found,
            Err(problem) => return Ok(verify::cannot_tell(&problem)),
        };
        let definitions: Vec<String> = found.iter().map(indexes::Index::definition).collect();
        let are_all_there =
            plan.must_hold.get("indexes") == Some(&json!(definitions)) && found.iter().all(|index| !index.is_building);
        Ok(match (are_all_there, receipt) {
            (true, Some(_)) => verify::holds("All indexes of the collection are there, built anew"),
            (true, None) => Verification::CannotTell {
                sentence: "All indexes are there; whether they were built anew, the server does not tell afterwards"
                    .to_owned(),
            },
            (false, _) => verify::fails("Not all indexes of the collection are there as before"),
        })
    }
}

/// Errors: `mongodb.not_on_replica_sets`, `mongodb.no_such_collection`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let database = collection::database(read, input.database.as_deref())?;
    let found = collection::find_stored(read, &database, &input.collection).await?;
    if server.set_name().is_some() || server.is_router() {
        return Err(Problem::new(
            "mongodb.not_on_replica_sets",
            read.what(),
            format!(
                "this is {}, and MongoDB allows reIndex only on a standalone server",
                server.role()
            ),
            "Rebuild a single index with mongodb.drop_index and its undo, or let a secondary sync anew. Neither is often \
             needed: indexes of MongoDB do not wear out",
        ));
    }
    let size = collection::size(read, &found).await?;
    let all = indexes::specs(read, &found).await?;
    let activity = activity::on_collection(cx, read, &found.namespace()).await?;
    let mut fields = vec![("collection", json!(found.namespace()))];
    fields.extend(size.fields());
    fields.extend([
        ("number of indexes", json!(all.len())),
        ("running on it now", json!(activity.in_words())),
    ]);
    let mut warnings = activity.warnings();
    warnings.push("Reads and writes of the collection wait until it is done".to_owned());
    Ok(Draft {
        arguments: json!(Input {
            database: Some(database.clone()),
            ..input
        }),
        summary: format!(
            "Build all {} of {} anew",
            show::plural(all.len(), "index", "indexes"),
            found.namespace()
        ),
        steps: vec![command::step(&database, &doc! { "reIndex": &found.name })],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "collection".to_owned(),
            name: found.namespace(),
            how: "blocked while its indexes are built".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("collection".to_owned(), found.must_hold()),
            (
                "indexes".to_owned(),
                json!(all.iter().map(indexes::Index::definition).collect::<Vec<_>>()),
            ),
        ]),
        observed: vec![show::record(cx, "Before", fields)],
        undo: Undo::NotNeeded {
            why: "the indexes are the same as before, only newly written".to_owned(),
        },
        limits: Limits {
            time_ms: 3_600_000,
            ..Limits::default()
        },
        facts: vec![
            size.fact(),
            Fact::BlocksReads {
                what: found.namespace(),
            },
            Fact::BlocksWrites {
                what: found.namespace(),
            },
        ],
        warnings,
    })
}
