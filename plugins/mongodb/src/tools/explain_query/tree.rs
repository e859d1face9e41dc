//! The server's account of a plan, as a tree. Its form differs with version and engine; what is not known is left out.

use crate::{command, show};
use bson::{Bson, Document};
use serde_json::json;
use steersman_toolkit::protocol::TreeNode;

/// A plan is cut below this.
const MAX_DEPTH: usize = 40;

#[derive(Default)]
pub(super) struct Plan {
    pub roots: Vec<TreeNode>,
    pub has_collscan: bool,
    pub has_memory_sort: bool,
    pub indexes: Vec<String>,
}

pub(super) struct Counts {
    pub returned: f64,
    pub documents: f64,
    pub keys: f64,
    pub ms: f64,
}

/// Totals, where the query was run.
pub(super) fn counts(answer: &Document) -> Option<Counts> {
    let stats = stats(answer)?;
    let number = |name: &str| show::number(stats.get(name)).unwrap_or(0.0);
    Some(Counts {
        returned: last_stage_returned(answer).unwrap_or_else(|| number("nReturned")),
        documents: number("totalDocsExamined"),
        keys: number("totalKeysExamined"),
        ms: number("executionTimeMillis"),
    })
}

fn stats(answer: &Document) -> Option<&Document> {
    answer
        .get_document("executionStats")
        .ok()
        .or_else(|| cursor(answer)?.get_document("executionStats").ok())
}

/// A pipeline returns what its last stage does, not what its cursor reads.
fn last_stage_returned(answer: &Document) -> Option<f64> {
    show::number(answer.get_array("stages").ok()?.last()?.as_document()?.get("nReturned"))
}

/// The part of a pipeline that reads the collection.
fn cursor(answer: &Document) -> Option<&Document> {
    answer
        .get_array("stages")
        .ok()?
        .first()?
        .as_document()?
        .get_document("$cursor")
        .ok()
}

pub(super) fn read(answer: &Document) -> Plan {
    let mut plan = Plan::default();
    let source = cursor(answer).unwrap_or(answer);
    let planner = source
        .get_document("queryPlanner")
        .ok()
        .and_then(|planner| planner.get_document("winningPlan").ok());
    let measured = source
        .get_document("executionStats")
        .ok()
        .and_then(|stats| stats.get_document("executionStages").ok());
    // The slot-based engine measures in its own words; its plan is told in the classic ones beside.
    let is_slot_based = planner.is_some_and(|planner| planner.contains_key("slotBasedPlan"));
    let classic = planner.map(|planner| planner.get_document("queryPlan").unwrap_or(planner));
    let root = if is_slot_based { classic } else { measured.or(classic) };
    if let Some(root) = root {
        let mut node = node(root, 0, &mut plan);
        // Later stages of a pipeline stand above the part that reads.
        for stage in answer.get_array("stages").map_or(&[][..], Vec::as_slice).iter().skip(1) {
            if let Some(name) = stage
                .as_document()
                .and_then(|stage| stage.keys().find(|name| name.starts_with('$')))
            {
                plan.has_memory_sort |= name == "$sort";
                node = TreeNode {
                    label: name.clone(),
                    facts: Vec::new(),
                    warning: None,
                    children: vec![node],
                };
            }
        }
        plan.roots.push(node);
    }
    for shard in answer
        .get_document("shards")
        .ok()
        .into_iter()
        .flat_map(|shards| shards.iter())
    {
        if let Bson::Document(answer) = shard.1 {
            let of_shard = read(answer);
            plan.has_collscan |= of_shard.has_collscan;
            plan.has_memory_sort |= of_shard.has_memory_sort;
            plan.indexes.extend(of_shard.indexes);
            plan.roots.extend(of_shard.roots);
        }
    }
    plan
}

fn node(stage: &Document, depth: usize, plan: &mut Plan) -> TreeNode {
    let name = stage.get_str("stage").unwrap_or("?");
    let mut facts = Vec::new();
    for (field, label) in [
        ("nReturned", "returned"),
        ("docsExamined", "documents examined"),
        ("keysExamined", "keys examined"),
        ("executionTimeMillisEstimate", "ms"),
        ("memLimit", "memory limit"),
    ] {
        if stage.contains_key(field) {
            facts.push((label.to_owned(), show::cell_at(stage, field)));
        }
    }
    for field in ["keyPattern", "filter", "sortPattern", "indexBounds"] {
        if let Ok(document) = stage.get_document(field) {
            facts.push((
                field.to_owned(),
                json!(show::shortened(&command::to_line(document), 400)),
            ));
        }
    }
    let index = stage.get_str("indexName").ok();
    if let Some(index) = index
        && !plan.indexes.iter().any(|known| known == index)
    {
        plan.indexes.push(index.to_owned());
    }
    let warning = match name {
        "COLLSCAN" => {
            plan.has_collscan = true;
            Some("reads every document of the collection")
        }
        "SORT" | "SORT_KEY_GENERATOR" => {
            plan.has_memory_sort = true;
            Some("sorts in memory: no index gives this order")
        }
        _ => None,
    };
    let mut below: Vec<&Document> = ["inputStage", "outerStage", "innerStage", "thenStage", "elseStage"]
        .iter()
        .filter_map(|name| stage.get_document(name).ok())
        .collect();
    below.extend(
        stage
            .get_array("inputStages")
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .filter_map(Bson::as_document),
    );
    let children = if depth < MAX_DEPTH {
        below.iter().map(|stage| node(stage, depth + 1, plan)).collect()
    } else {
        Vec::new()
    };
    TreeNode {
        label: index.map_or(name.to_owned(), |index| {
            format!("{name} {}", show::one_line(index, 120))
        }),
        facts,
        warning: warning.map(str::to_owned),
        children,
    }
}
