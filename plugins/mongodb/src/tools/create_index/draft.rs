//! The plan of an index.

use super::{Input, new_index};
use crate::{
    activity,
    collection::{self, Collection, Size},
    command,
    connection::Read,
    indexes::{self, Index},
    rights::{self, Need},
    server::{self, ServerState},
    show,
};
use bson::{Document, doc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Limits, Problem, Resource, Step, SuggestedCall, Undo},
};

/// Documents that a build reads in a second, roughly: a low estimate.
const DOCUMENTS_A_SECOND: f64 = 50_000.0;

/// Errors: `mongodb.not_primary`, `mongodb.no_such_collection`, `mongodb.is_a_view`, `mongodb.bad_index`,
/// `mongodb.index_exists`, `mongodb.too_large`, `mongodb.member_down`.
pub(super) async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let spec = new_index::spec(read.what(), &input)?;
    let server = server::primary(read).await?;
    let database = collection::database(read, input.database.as_deref())?;
    let collection = collection::find_stored(read, &database, &input.collection).await?;
    let right = Need {
        action: "createIndex",
        database: &database,
        collection: &collection.name,
        verb: "createIndexes",
    };
    rights::need(read, right).await?;
    let size = collection::size(read, &collection).await?;
    let existing = indexes::specs(read, &collection).await?;
    refuse(read, &collection, &size, &spec, &existing)?;
    let activity = activity::on_collection(cx, read, &collection.namespace()).await?;
    let name = spec.get_str("name").unwrap_or_default().to_owned();

    let mut create = doc! { "createIndexes": &collection.name, "indexes": [spec.clone()] };
    if server.set_name().is_some() {
        create.insert("commitQuorum", "votingMembers");
    }
    let drop = command::step(&database, &doc! { "dropIndexes": &collection.name, "index": &name });
    let on_failure = Step {
        note: Some("only if a build was interrupted and goes on, or left something".to_owned()),
        ..drop.clone()
    };
    let new = Index {
        name: name.clone(),
        spec: spec.clone(),
        is_building: false,
    };
    let mut fields = vec![("collection", json!(collection.namespace()))];
    fields.extend(size.fields());
    fields.extend([
        ("indexes so far", json!(existing.len())),
        (
            "rough time",
            json!(show::duration(size.documents * 1_000.0 / DOCUMENTS_A_SECOND + 100.0)),
        ),
        ("running on it now", json!(activity.in_words())),
        ("replicas", json!(server.replicas_in_words())),
    ]);
    let mut observed = vec![show::record(cx, "Before", fields)];
    observed.extend(activity.block.clone());
    let mut all_warnings = warnings(&server, &size, &new, &existing);
    all_warnings.extend(activity.warnings());
    let mut facts = server.facts();
    facts.push(size.fact());
    Ok(Draft {
        arguments: json!(Input {
            database: Some(database.clone()),
            name: Some(name.clone()),
            ..input
        }),
        summary: format!(
            "Create the index {name} on {} ({})",
            collection.namespace(),
            new.key_in_words()
        ),
        steps: vec![command::step(&database, &create)],
        on_failure: vec![on_failure],
        touches: touches(&collection, &name),
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("collection".to_owned(), collection.must_hold()),
            (
                "index".to_owned(),
                json!({ "name": name, "spec": new.definition(), "exists": false }),
            ),
        ]),
        observed,
        undo: Undo::Reversible {
            steps: vec![drop],
            call: Some(drop_call(cx, &collection, &name)),
        },
        limits: Limits {
            time_ms: 3_600_000,
            ..Limits::default()
        },
        facts,
        warnings: all_warnings,
    })
}

fn touches(collection: &Collection, name: &str) -> Vec<Resource> {
    let resource = |kind: &str, name: String, how: &str| Resource {
        kind: kind.to_owned(),
        name,
        how: how.to_owned(),
    };
    vec![
        resource("index", format!("{}.{name}", collection.namespace()), "new"),
        resource(
            "collection",
            collection.namespace(),
            "read while building; locked for a moment at begin and end",
        ),
    ]
}

fn drop_call(cx: &Cx, collection: &Collection, name: &str) -> SuggestedCall {
    let arguments: Value = json!({ "index": name, "collection": collection.name, "database": collection.database });
    SuggestedCall {
        is_undo: true,
        ..show::suggest(
            cx,
            "mongodb.drop_index",
            arguments,
            format!("it removes the index {name} again"),
        )
    }
}

fn refuse(
    read: &Read<'_>,
    collection: &Collection,
    size: &Size,
    spec: &Document,
    existing: &[Index],
) -> Result<(), Problem> {
    let name = spec.get_str("name").unwrap_or_default();
    let key = spec.get_document("key").ok();
    if let Some(same) = existing
        .iter()
        .find(|index| index.name == name || Some(&index.key()) == key && index.spec.len() == spec.len())
    {
        return Err(Problem::new(
            "mongodb.index_exists",
            read.what(),
            format!(
                "\"{}\" has an index \"{}\" on \"{}\" already",
                collection.name,
                same.name,
                same.key_in_words()
            ),
            if same.is_building {
                "It is being built; wait for it"
            } else {
                "Use that one, or give another name or other fields"
            },
        ));
    }
    if existing.len() >= 64 {
        return Err(Problem::new(
            "mongodb.too_many_indexes",
            read.what(),
            "a collection has at most 64 indexes, and this one has them",
            "Drop one that is not used; mongodb.list_indexes shows which",
        ));
    }
    let limit_gib = read.settings().max_collection_gib;
    if size.data_bytes > limit_gib as f64 * 1024.0 * 1024.0 * 1024.0 {
        return Err(Problem::new(
            "mongodb.too_large",
            read.what(),
            format!(
                "the collection has {} of data, over this target's limit of {limit_gib} GiB",
                show::bytes(size.data_bytes)
            ),
            "Raise the limit in the target's settings, or build it in a maintenance window",
        ));
    }
    Ok(())
}

fn warnings(server: &ServerState, size: &Size, new: &Index, existing: &[Index]) -> Vec<String> {
    let mut warnings = server.warnings();
    if !server.unreachable().is_empty() {
        warnings
            .push("The build waits for all voting members: while one cannot be reached, it does not finish".to_owned());
    }
    let mut all = existing.to_vec();
    all.push(new.clone());
    if let Some(other) = indexes::covered_by(new, &all) {
        warnings.push(format!(
            "It would be superfluous: the index \"{}\" begins with the same fields",
            other.name
        ));
    }
    for index in existing {
        if indexes::covered_by(index, &all).is_some_and(|cover| cover.name == new.name) {
            warnings.push(format!("It makes the index \"{}\" superfluous", index.name));
        }
    }
    if new.flag("unique") {
        warnings.push(
            "Where documents have equal values the build fails, and later writes of such documents fail too".to_owned(),
        );
    }
    if let Some(seconds) = new.ttl_seconds() {
        warnings.push(format!(
            "Documents are DELETED {seconds} s after the time in the field, on all members, beginning within a minute"
        ));
    }
    if size.documents > 10_000_000.0 {
        warnings.push(
            "The collection is large: the build takes memory and disk on every member for a long time".to_owned(),
        );
    }
    warnings
}
