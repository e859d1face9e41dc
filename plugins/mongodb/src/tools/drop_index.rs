//! The tool *drop index*.

use super::create_index::{collection_of, find_planned, name_of};
use crate::{
    activity,
    collection::{self, Collection},
    command,
    connection::{Bounds, Read, Reader, Steps, Writer},
    indexes::{self, Index},
    problem, server, show, verify,
};
use bson::{Bson, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Limits, Plan, Problem, Receipt, Resource, Risk, SuggestedCall, Undo, Verification},
};

pub(crate) struct DropIndex;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The index to drop, by name. Example: `customer_id_1`.
    #[schemars(extend("x-slot" = "index"))]
    index: String,
    /// Its collection; may be left out where only one collection has an index of that name. Example: `orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "collection"))]
    collection: Option<String>,
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// Only hide it from queries: it stays and is kept up, and is shown again in a moment. Example: `false`.
    #[serde(default)]
    hide: bool,
}

#[async_trait]
impl Change for DropIndex {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.drop_index",
            title: "Drop an index",
            description: "Drops one index of a collection and keeps its exact specification as the undo; or only hides it from \
                          queries first, to see whether it is missed; never the index on _id",
            example: "drop the index customer_id_1 of the collection orders on {target}",
            synonyms: &[
                "remove index",
                "delete index",
                "get rid of the index",
                "hide index",
                "dropIndexes",
            ],
            category: "database",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan drop_index"))?;
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
                    watch: None,
                },
            )
            .await?;
        Ok(Receipt {
            sentence: format!(
                "The server carried it out in {}",
                show::duration(done.elapsed_ms as f64)
            ),
            elapsed_ms: done.elapsed_ms,
            facts: BTreeMap::new(),
        })
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let read = match verify::settled(cx, reader, plan).await {
            Ok(read) => read,
            Err(cannot_tell) => return Ok(cannot_tell),
        };
        Ok(outcome(&read, plan)
            .await
            .unwrap_or_else(|problem| verify::cannot_tell(&problem)))
    }
}

/// Errors: `mongodb.not_primary`, `mongodb.no_such_index`, `mongodb.several_indexes`, `mongodb.needed_index`,
/// `mongodb.is_hidden`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let database = collection::database(read, input.database.as_deref())?;
    let (collection, index, all) = locate(read, &database, &input).await?;
    refuse(read, &index, &input)?;
    let activity = activity::on_collection(cx, read, &collection.namespace()).await?;
    let usage = indexes::usage(read, &collection).await?;
    let times = usage
        .as_ref()
        .and_then(|usage| usage.get(&index.name))
        .map(|usage| (usage.times, usage.since.clone()));
    let fields = vec![
        ("index", json!(index.name)),
        ("collection", json!(collection.namespace())),
        ("fields", json!(index.key_in_words())),
        ("definition", json!(index.definition())),
        ("uses so far", json!(times.as_ref().map(|(times, _)| times))),
        ("since", json!(times.as_ref().map(|(_, since)| since))),
        ("running on it now", json!(activity.in_words())),
        ("replicas", json!(server.replicas_in_words())),
    ];
    let mut observed = vec![show::record(cx, "Before", fields)];
    observed.extend(activity.block.clone());
    let mut all_warnings = warnings(&index, &all, times.map(|(times, _)| times), input.hide);
    all_warnings.extend(server.warnings());
    all_warnings.extend(activity.warnings());
    let name = &collection.name;
    let hidden = |is_hidden: bool| doc! { "collMod": name, "index": { "name": &index.name, "hidden": is_hidden } };
    let (verb, step, undo) = if input.hide {
        ("Hide", hidden(true), hidden(false))
    } else {
        let recreate = doc! { "createIndexes": name, "indexes": [index.spec.clone()] };
        ("Drop", doc! { "dropIndexes": name, "index": &index.name }, recreate)
    };
    Ok(Draft {
        arguments: json!(Input {
            collection: Some(name.clone()),
            database: Some(database.clone()),
            ..input.clone()
        }),
        summary: format!("{verb} the index {} of {}", index.name, collection.namespace()),
        steps: vec![command::step(&database, &step)],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "index".to_owned(),
            name: format!("{}.{}", collection.namespace(), index.name),
            how: if input.hide {
                "no longer used by queries"
            } else {
                "removed"
            }
            .to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("collection".to_owned(), collection.must_hold()),
            (
                "index".to_owned(),
                json!({ "name": index.name, "spec": index.definition(), "hide": input.hide }),
            ),
        ]),
        observed,
        undo: Undo::Reversible {
            steps: vec![command::step(&database, &undo)],
            call: if input.hide {
                None
            } else {
                create_call(cx, &collection, &index)
            },
        },
        limits: Limits {
            time_ms: 120_000,
            ..Limits::default()
        },
        facts: server.facts(),
        warnings: all_warnings,
    })
}

/// The index by its name, in the collection named or in the only one that has it.
async fn locate(read: &Read<'_>, database: &str, input: &Input) -> Result<(Collection, Index, Vec<Index>), Problem> {
    let collections = match &input.collection {
        Some(name) => vec![collection::find_stored(read, database, name).await?],
        None => collection::list(read, database).await?,
    };
    let mut found = Vec::new();
    for collection in collections.into_iter().filter(|collection| !collection.is_view()) {
        let all = indexes::specs(read, &collection).await?;
        if let Some(index) = all.iter().find(|index| index.name == input.index).cloned() {
            found.push((collection, index, all));
        }
    }
    match found.len() {
        0 => Err(problem::not_found(
            read.what(),
            "index",
            &show::one_line(&input.index, 120),
            &[],
        )),
        1 => Ok(found.remove(0)),
        _ => {
            let names: Vec<&str> = found
                .iter()
                .take(5)
                .map(|(collection, _, _)| collection.name.as_str())
                .collect();
            Err(Problem::new(
                "mongodb.several_indexes",
                read.what(),
                format!(
                    "several collections have an index \"{}\": {}",
                    input.index,
                    names.join(", ")
                ),
                "Name the collection",
            ))
        }
    }
}

fn refuse(read: &Read<'_>, index: &Index, input: &Input) -> Result<(), Problem> {
    if index.name == "_id_" {
        return Err(Problem::new(
            "mongodb.needed_index",
            read.what(),
            "the index on _id holds the collection together, and the server does not let it go",
            "Keep it",
        ));
    }
    if input.hide && index.flag("hidden") {
        return Err(Problem::new(
            "mongodb.is_hidden",
            read.what(),
            format!("\"{}\" is hidden already", index.name),
            "Drop it, or leave it",
        ));
    }
    Ok(())
}

/// The call of create_index that makes the same index again, where it can be said that way.
fn create_call(cx: &Cx, collection: &Collection, index: &Index) -> Option<SuggestedCall> {
    let fields: Option<Vec<String>> = index
        .key()
        .iter()
        .map(|(field, direction)| match direction {
            Bson::String(kind) if matches!(kind.as_str(), "hashed" | "2dsphere" | "2d") => {
                Some(format!("{field}:{kind}"))
            }
            Bson::Int32(1) => Some(field.clone()),
            Bson::Int32(-1) => Some(format!("-{field}")),
            _ => None,
        })
        .collect();
    let mut arguments = json!({ "collection": collection.name, "database": collection.database, "name": index.name, "fields": fields? });
    for (name, value) in &index.spec {
        match (name.as_str(), value) {
            ("key" | "name" | "background", _) => {}
            ("unique" | "sparse", Bson::Boolean(value)) => arguments[name.as_str()] = json!(value),
            ("expireAfterSeconds", value) => arguments["expire_after_seconds"] = show::whole(show::number(Some(value))),
            ("partialFilterExpression", Bson::Document(filter)) => {
                arguments["where"] = Value::String(command::to_line(filter))
            }
            // Collations, weights, wildcards and the like are kept by the step alone.
            _ => return None,
        }
    }
    let because = format!("it makes the index {} again as it was", index.name);
    Some(SuggestedCall {
        is_undo: true,
        ..show::suggest(cx, "mongodb.create_index", arguments, because)
    })
}

fn warnings(index: &Index, all: &[Index], times: Option<i64>, hide: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    match times {
        Some(times) if times > 0 => {
            warnings.push(format!(
                "It was used {} on this server since it started",
                show::plural(times as usize, "time", "times")
            ));
        }
        Some(_) => {}
        None => warnings.push("Our user may not see how often it is used".to_owned()),
    }
    if indexes::covered_by(index, all).is_none() {
        warnings.push(format!("No other index begins with the same fields ({}): queries that look for them will read the whole collection", index.key_in_words()));
    }
    if index.flag("unique") && !hide {
        warnings.push(
            "It keeps equal values out; without it they may come in, and it cannot be made again then".to_owned(),
        );
    }
    if index.ttl_seconds().is_some() {
        warnings.push("It deletes documents that are too old; without it they stay".to_owned());
    }
    if index.is_building {
        warnings.push("It is still being built: the build ends".to_owned());
    }
    if !hide && !index.flag("hidden") {
        warnings.push(
            "Ask for it with hide = true first: queries then do without it, and it is back in a moment if they suffer"
                .to_owned(),
        );
    }
    warnings
}

async fn outcome(read: &Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let (name, collection) = (name_of(plan), collection_of(plan));
    let is_hiding = plan
        .must_hold
        .get("index")
        .is_some_and(|index| index["hide"] == json!(true));
    let found = find_planned(read, plan).await?;
    Ok(match found {
        None if is_hiding => verify::fails(format!("The index {name} is gone")),
        None => verify::holds(format!("The index {name} of {} is gone", collection.namespace())),
        Some(index) if is_hiding && index.flag("hidden") => {
            verify::holds(format!("The index {name} is hidden from queries"))
        }
        Some(_) if is_hiding => verify::fails(format!("The index {name} is not hidden")),
        Some(_) => verify::fails(format!("The index {name} of {} is still there", collection.namespace())),
    })
}
