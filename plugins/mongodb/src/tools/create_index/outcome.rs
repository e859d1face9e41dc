//! Whether the index is there, as planned.

use crate::{
    collection::Collection,
    connection::Read,
    indexes::{self, Index},
    show, verify,
};
use bson::Document;
use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Plan, Problem, Verification},
};

pub(in crate::tools) fn name_of(plan: &Plan) -> &str {
    plan.must_hold
        .get("index")
        .and_then(|index| index["name"].as_str())
        .unwrap_or_default()
}

/// The collection that a plan is about, as it was when it was planned.
pub(in crate::tools) fn collection_of(plan: &Plan) -> Collection {
    let known = plan.must_hold.get("collection").unwrap_or(&Value::Null);
    let (database, name) = known["namespace"]
        .as_str()
        .and_then(|text| text.split_once('.'))
        .unwrap_or_default();
    Collection {
        database: database.to_owned(),
        name: name.to_owned(),
        kind: "collection".to_owned(),
        uuid: known["uuid"].as_str().map(str::to_owned),
        options: Document::new(),
    }
}

/// The index of the plan, if the collection has one of that name.
pub(in crate::tools) async fn find(read: &Read<'_>, plan: &Plan) -> Result<Option<Index>, Problem> {
    match indexes::specs(read, &collection_of(plan)).await {
        Ok(all) => Ok(all.into_iter().find(|index| index.name == name_of(plan))),
        Err(problem) if problem.code == "mongodb.no_such_collection" => Ok(None),
        Err(problem) => Err(problem),
    }
}

pub(super) async fn outcome(cx: &Cx, read: &Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let name = name_of(plan);
    let Some(index) = find(read, plan).await? else {
        return Ok(verify::fails(format!("There is no index {name}")));
    };
    let fields = vec![
        ("index", json!(index.name)),
        ("definition", json!(index.definition())),
        ("being built", json!(index.is_building)),
    ];
    let evidence = show::record(cx, "After", fields);
    let planned = plan.must_hold.get("index").map_or(&Value::Null, |index| &index["spec"]);
    let told = if index.is_building {
        Verification::DoesNotHold {
            sentence: format!("The index {name} is still being built, without us"),
            evidence: Vec::new(),
            left_behind: true,
        }
    } else if is_same(&index, planned.as_str().unwrap_or_default()) {
        verify::holds(format!("The index {name} is there and whole"))
    } else {
        // Somebody made another one of that name: it is not ours to remove.
        verify::fails(format!("There is an index {name}, but it is another one than planned"))
    };
    Ok(verify::with_evidence(told, evidence))
}

/// Whether every part of the planned specification is in the index. The server adds defaults of its own.
fn is_same(index: &Index, planned: &str) -> bool {
    let found: Value = serde_json::from_str(&index.definition()).unwrap_or_default();
    let Ok(Value::Object(planned)) = serde_json::from_str::<Value>(planned) else {
        return false;
    };
    planned.iter().all(|(name, value)| {
        // A text index is kept under names of its own.
        found.get(name) == Some(value) || name == "key" && found.get("textIndexVersion").is_some()
    })
}
