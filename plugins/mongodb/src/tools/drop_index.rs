//! The tool *drop index*.

use super::create_index::{collection_of, find_planned, name_of};
use crate::{
    activity,
    collection::{self, Collection},
    command,
    connection::{Bounds, Read, Reader, Steps, Writer},
    indexes::{self, Index, Usage},
    problem,
    rights::{self, Need},
    server, show, verify,
};
use bson::{Bson, Document, doc};
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
    /// `drop` removes it; `hide` only keeps queries from using it, while it is kept up and comes back in a moment; `show`
    /// lets queries use it again. Example: `hide`.
    #[serde(default)]
    mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Drop,
    Hide,
    Show,
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
        Ok(verify::read_back(cx, reader, plan, |read| async move { outcome(&read, plan).await }).await)
    }
}

/// Errors: `mongodb.not_primary`, `mongodb.no_such_index`, `mongodb.several_indexes`, `mongodb.needed_index`,
/// `mongodb.no_change`, `mongodb.permission_denied`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let database = collection::database(read, input.database.as_deref())?;
    let (collection, index, all) = droppable(read, &database, &input).await?;
    let activity = activity::on_collection(cx, read, &collection.namespace()).await?;
    let usage = indexes::usage(read, &collection).await?;
    let usage = usage.as_ref().and_then(|usage| usage.get(&index.name));
    let mut fields = vec![("collection", json!(collection.namespace()))];
    fields.extend(fields_of(&index, usage));
    fields.extend([
        ("running on it now", json!(activity.in_words())),
        ("replicas", json!(server.replicas_in_words())),
    ]);
    let mut observed = vec![show::record(cx, "Before", fields)];
    observed.extend(activity.block.clone());
    let mut all_warnings = warnings(&index, &all, usage.map(|usage| usage.times), input.mode);
    all_warnings.extend(server.warnings());
    all_warnings.extend(activity.warnings());
    let change = change(cx, &collection, &index, input.mode);
    let spec = json!({ "name": index.name, "spec": index.definition(), "mode": input.mode });
    Ok(Draft {
        arguments: json!(Input {
            collection: Some(collection.name.clone()),
            database: Some(database.clone()),
            ..input.clone()
        }),
        summary: format!("{} the index {} of {}", change.verb, index.name, collection.namespace()),
        steps: vec![command::step(&database, &change.command)],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "index".to_owned(),
            name: format!("{}.{}", collection.namespace(), index.name),
            how: change.how.to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("collection".to_owned(), collection.must_hold()),
            ("index".to_owned(), spec),
        ]),
        observed,
        undo: Undo::Reversible {
            steps: vec![command::step(&database, &change.undo)],
            call: change.undo_call,
        },
        limits: Limits {
            time_ms: 120_000,
            ..Limits::default()
        },
        facts: server.facts(),
        warnings: all_warnings,
    })
}

fn fields_of(index: &Index, usage: Option<&Usage>) -> Vec<(&'static str, Value)> {
    vec![
        ("index", json!(index.name)),
        ("fields", json!(index.key_in_words())),
        ("definition", json!(index.definition())),
        ("uses so far", json!(usage.map(|usage| usage.times))),
        ("since", json!(usage.map(|usage| usage.since.clone()))),
    ]
}

/// What is sent, and what takes it back.
struct Planned {
    verb: &'static str,
    how: &'static str,
    command: Document,
    undo: Document,
    undo_call: Option<SuggestedCall>,
}

fn change(cx: &Cx, collection: &Collection, index: &Index, mode: Mode) -> Planned {
    let name = &collection.name;
    let hidden = |is_hidden: bool| doc! { "collMod": name, "index": { "name": &index.name, "hidden": is_hidden } };
    let back = |mode: Mode, because: &str| {
        let arguments =
            json!({ "index": index.name, "collection": name, "database": collection.database, "mode": mode });
        Some(SuggestedCall {
            is_undo: true,
            ..show::suggest(cx, "mongodb.drop_index", arguments, because)
        })
    };
    match mode {
        Mode::Drop => Planned {
            verb: "Drop",
            how: "removed",
            command: doc! { "dropIndexes": name, "index": &index.name },
            undo: doc! { "createIndexes": name, "indexes": [index.spec.clone()] },
            undo_call: create_call(cx, collection, index),
        },
        Mode::Hide => Planned {
            verb: "Hide",
            how: "no longer used by queries",
            command: hidden(true),
            undo: hidden(false),
            undo_call: back(Mode::Show, "queries use the index again"),
        },
        Mode::Show => Planned {
            verb: "Show",
            how: "used by queries again",
            command: hidden(false),
            undo: hidden(true),
            undo_call: back(Mode::Hide, "queries do without the index again"),
        },
    }
}

/// The index of the request, its collection and all of that one's indexes, where it may be changed as asked.
async fn droppable(read: &Read<'_>, database: &str, input: &Input) -> Result<(Collection, Index, Vec<Index>), Problem> {
    let (collection, index, all) = locate(read, database, input).await?;
    refuse(read, &index, input)?;
    let (action, verb) = match input.mode {
        Mode::Drop => ("dropIndex", "dropIndexes"),
        Mode::Hide | Mode::Show => ("collMod", "collMod"),
    };
    let right = Need {
        action,
        database,
        collection: &collection.name,
        verb,
    };
    rights::need(read, right).await?;
    Ok((collection, index, all))
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
    let is_hidden = index.flag("hidden");
    if input.mode == Mode::Hide && is_hidden || input.mode == Mode::Show && !is_hidden {
        let word = if is_hidden { "hidden from" } else { "used by" };
        return Err(Problem::new(
            "mongodb.no_change",
            read.what(),
            format!("\"{}\" is {word} queries already", index.name),
            "Nothing is to be done",
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

fn warnings(index: &Index, all: &[Index], times: Option<i64>, mode: Mode) -> Vec<String> {
    let mut warnings = Vec::new();
    if mode == Mode::Show {
        return warnings;
    }
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
    if index.flag("unique") && mode == Mode::Drop {
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
    if mode == Mode::Drop && !index.flag("hidden") {
        warnings.push(
            "Ask for it with mode = hide first: queries then do without it, and it is back in a moment if they suffer"
                .to_owned(),
        );
    }
    warnings
}

async fn outcome(read: &Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let (name, collection) = (name_of(plan), collection_of(plan));
    let mode = plan.must_hold.get("index").map_or(&Value::Null, |index| &index["mode"]);
    let mode: Mode = serde_json::from_value(mode.clone()).unwrap_or_default();
    let found = find_planned(read, plan).await?;
    let is_hidden = found.as_ref().is_some_and(|index| index.flag("hidden"));
    Ok(match (mode, found.is_some()) {
        (Mode::Drop, false) => verify::holds(format!("The index {name} of {} is gone", collection.namespace())),
        (Mode::Drop, true) => verify::fails(format!("The index {name} of {} is still there", collection.namespace())),
        (Mode::Hide | Mode::Show, false) => verify::fails(format!("The index {name} is gone")),
        (Mode::Hide, true) if is_hidden => verify::holds(format!("The index {name} is hidden from queries")),
        (Mode::Hide, true) => verify::fails(format!("The index {name} is not hidden")),
        (Mode::Show, true) if !is_hidden => verify::holds(format!("The index {name} is used by queries")),
        (Mode::Show, true) => verify::fails(format!("The index {name} is still hidden")),
    })
}
