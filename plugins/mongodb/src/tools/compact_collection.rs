//! The tool *compact collection*.

use super::create_index::collection_of;
use crate::{
    activity, collection, command,
    connection::{Bounds, Read, Reader, Steps, Writer},
    rights::{self, Need},
    server, show, verify,
};
use bson::doc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Limits, Plan, Problem, Receipt, Resource, Risk, Undo, Verification},
};

pub(crate) struct CompactCollection;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The collection whose free space goes back to the disk. Example: `orders`.
    #[schemars(extend("x-slot" = "collection"))]
    collection: String,
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

#[async_trait]
impl Change for CompactCollection {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.compact_collection",
            title: "Compact a collection",
            description: "Gives free space inside of the files of one collection and its indexes on the primary back to the \
                          disk; reads and writes go on, more slowly",
            example: "compact the collection orders on {target}",
            synonyms: &[
                "reclaim disk space",
                "defragment collection",
                "shrink collection",
                "free space of collection",
            ],
            category: "database",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan compact_collection"))?;
        draft(cx, &read, input).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let (plan, key) = (granted.plan(), granted.idempotency_key());
        let steps = Steps {
            plan,
            steps: &plan.steps,
            key: &key,
            secret: None,
            watch: Some("^Compact"),
        };
        compact(cx, writer, steps).await
    }

    /// The command reports what it freed and leaves no other trace: without a report the files say little.
    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        Ok(verify::read_back(
            cx,
            reader,
            plan,
            |read| async move { outcome(&read, plan, receipt).await },
        )
        .await)
    }
}

/// Errors: `mongodb.not_primary`, `mongodb.no_such_collection`, `mongodb.is_a_view`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let database = collection::database(read, input.database.as_deref())?;
    let found = collection::find_stored(read, &database, &input.collection).await?;
    let right = Need {
        action: "compact",
        database: &database,
        collection: &found.name,
        verb: "compact",
    };
    rights::need(read, right).await?;
    let size = collection::size(read, &found).await?;
    let activity = activity::on_collection(cx, read, &found.namespace()).await?;
    let reusable = show::at(
        &size.stats,
        &["wiredTiger", "block-manager", "file bytes available for reuse"],
    );
    let mut fields = vec![("collection", json!(found.namespace()))];
    fields.extend(size.fields());
    fields.extend([
        ("free inside of its file", json!(reusable.map(show::bytes))),
        ("running on it now", json!(activity.in_words())),
        ("replicas", json!(server.replicas_in_words())),
    ]);
    let mut observed = vec![show::record(cx, "Before", fields)];
    observed.extend(activity.block.clone());
    let mut warnings = server.warnings();
    warnings.extend(activity.warnings());
    warnings.push("Before MongoDB 4.4 it blocks the whole database; since then it makes reads and writes of the collection slower".to_owned());
    if server.replicas() > 0 {
        warnings.push("It works on the primary only: each secondary has files of its own".to_owned());
    }
    if reusable.is_some_and(|bytes| bytes < size.storage_bytes * 0.2) {
        warnings.push("Little of its file is free: there is not much to win".to_owned());
    }
    let mut facts = server.facts();
    facts.push(size.fact());
    // The server refuses it on a primary that has a set, unless it is told to.
    let mut compact = doc! { "compact": &found.name };
    if server.set_name().is_some() {
        compact.insert("force", true);
    }
    Ok(Draft {
        arguments: json!(Input {
            database: Some(database.clone()),
            ..input
        }),
        summary: format!("Compact the collection {}", found.namespace()),
        steps: vec![command::step(&database, &compact)],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "collection".to_owned(),
            name: found.namespace(),
            how: "its files are rewritten; slower meanwhile".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("collection".to_owned(), found.must_hold()),
        ]),
        observed,
        undo: Undo::NotNeeded {
            why: "the documents stay as they are; only free space goes back to the disk".to_owned(),
        },
        limits: Limits {
            time_ms: 3_600_000,
            ..Limits::default()
        },
        facts,
        warnings,
    })
}

pub(super) async fn compact(cx: &Cx, writer: &Writer, steps: Steps<'_>) -> Result<Receipt, Problem> {
    let done = writer.run(cx, steps).await?;
    let freed = done
        .answers
        .first()
        .and_then(|answer| show::number(answer.get("bytesFreed")))
        .unwrap_or(0.0);
    Ok(Receipt {
        sentence: format!(
            "The server compacted it in {} and freed {}",
            show::duration(done.elapsed_ms as f64),
            show::bytes(freed)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::from([("bytes_freed".to_owned(), json!(freed))]),
    })
}

async fn outcome(read: &Read<'_>, plan: &Plan, receipt: Option<&Receipt>) -> Result<Verification, Problem> {
    let planned = collection_of(plan);
    let found = collection::lookup(read, &planned.database, &planned.name).await?;
    let is_same = found.is_some_and(|found| found.uuid == planned.uuid);
    Ok(
        match receipt.and_then(|receipt| receipt.facts.get("bytes_freed")?.as_f64()) {
            _ if !is_same => verify::fails(format!("The collection {} is no longer there", planned.namespace())),
            Some(freed) => verify::holds(format!(
                "{} was compacted; {} went back to the disk",
                planned.namespace(),
                show::bytes(freed)
            )),
            None => Verification::CannotTell {
                sentence: format!(
                    "The collection {} is as it was for readers; whether its files were compacted, the server does not tell \
                 afterwards. Compacting it again does no harm",
                    planned.namespace()
                ),
            },
        },
    )
}
