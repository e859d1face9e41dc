//! What one could ask.

use crate::{access::Caller, app::App, problem::Result};
use axum::{Json, extract::State};
use steersman_protocol::{Page, Permission, ToolKind};

/// Suggestions at most.
const MOST: usize = 6;

/// Example requests that work now, on targets that are there. Needs `ai:chat`.
#[utoipa::path(get, path = "/api/suggestions", tag = "system", responses((status = 200, body = Page<String>)))]
pub async fn suggestions(State(app): State<App>, caller: Caller) -> Result<Json<Page<String>>> {
    caller
        .must(&app, Permission::CHAT, "Could not suggest anything")
        .await?;
    let inventory = app.runtime.inventory_for(&caller.actor).await?;
    let specs = app.runtime.registry().specs();
    let mut by_target: Vec<Vec<String>> = Vec::new();
    // The newest kinds of target first: a database says more about somebody's trouble than the machine we run on.
    for target in inventory.targets.iter().filter(|target| target.is_healthy).rev() {
        let table = target
            .resources
            .iter()
            .find(|resource| resource.kind == "table")
            .map(|resource| resource.name.as_str());
        let examples = specs
            .iter()
            .filter(|spec| {
                spec.kind == ToolKind::Query
                    && spec.name.plugin() == target.plugin
                    && caller.actor.may(&spec.permission)
            })
            .filter_map(|spec| example(&spec.example, &target.name, table))
            .take(4);
        by_target.push(examples.collect());
    }
    let longest = by_target.iter().map(Vec::len).max().unwrap_or(0);
    let items = (0..longest)
        .flat_map(|index| by_target.iter().filter_map(move |list| list.get(index).cloned()))
        .take(MOST)
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}

/// The example with this target's name in it, about a table that is there. Examples with SQL of their own are left out:
/// their columns are not.
fn example(text: &str, target: &str, largest_table: Option<&str>) -> Option<String> {
    let filled = text.replace("{target}", target);
    match (filled.contains("orders"), largest_table) {
        _ if filled.to_lowercase().contains("select ") => None,
        (true, Some(table)) => Some(filled.replace("orders", table)),
        (true, None) => None,
        (false, _) => Some(filled),
    }
}
