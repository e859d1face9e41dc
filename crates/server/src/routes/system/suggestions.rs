//! What one could ask.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::Query,
};
use axum::{Json, extract::State};
use serde::Deserialize;
use std::collections::BTreeSet;
use steersman_protocol::{InventoryTarget, Page, Permission, RunId, ToolKind, ToolSpec};

/// Suggestions at most, and as many as there should be.
const MOST: usize = 5;
/// Inputs that an example can only guess: what it names may not be there.
const GUESSED: [&str; 3] = ["path", "pid", "sql"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    #[default]
    Dashboard,
    Sessions,
    Approvals,
    Runs,
    Run,
    Audit,
    Agents,
    Server,
    Target,
    Tools,
    Settings,
}

impl Place {
    /// Categories of tools that fit best, the best first; the others follow.
    fn categories(self) -> &'static [&'static str] {
        match self {
            Place::Dashboard | Place::Agents | Place::Settings => &["monitoring", "host"],
            Place::Server => &["host", "monitoring"],
            Place::Sessions | Place::Tools => &["query", "database", "monitoring"],
            Place::Approvals | Place::Runs | Place::Run => &["monitoring", "database"],
            Place::Audit => &["database", "monitoring"],
            // In the plugin's own order.
            Place::Target => &[],
        }
    }
}

#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Looking {
    /// Where the person is.
    #[param(inline)]
    page: Place,
    /// What they look at there: name or id of a target, id of a server or of a run.
    resource: Option<String>,
}

/// Example requests that work now, on targets that are there and answer; at most five. Needs `ai:chat`.
///
/// With a resource they are about that target, that server's targets or that run's targets.
#[utoipa::path(get, path = "/api/suggestions", tag = "system", params(Looking), responses((status = 200, body = Page<String>)))]
pub async fn suggestions(
    State(app): State<App>,
    caller: Caller,
    Query(looking): Query<Looking>,
) -> Result<Json<Page<String>>> {
    let what = "Could not suggest anything";
    caller.must(&app, Permission::CHAT, what).await?;
    let inventory = app.runtime.inventory_for(&caller.actor).await?;
    let named = match looking.resource.as_deref().filter(|text| !text.is_empty()) {
        Some(resource) => Some(names(&app, &caller, resource, what).await?),
        None => None,
    };
    let mut specs = app.runtime.registry_of(caller.actor.organization_id).specs();
    let wanted = looking.page.categories();
    let rank = |spec: &ToolSpec| {
        wanted
            .iter()
            .position(|one| *one == spec.category)
            .unwrap_or(wanted.len())
    };
    specs.sort_by_key(rank);
    let by_target: Vec<Vec<String>> = inventory
        .targets
        .iter()
        .filter(|target| target.is_healthy && named.as_ref().is_none_or(|names| names.contains(&target.name)))
        // The newest kinds of target first: a database says more about somebody's trouble than the machine we run on.
        .rev()
        .map(|target| examples(&caller, &specs, target))
        .collect();
    Ok(Json(Page {
        items: dealt(&by_target),
        next_cursor: None,
    }))
}

/// One of each in turn.
fn dealt(by_target: &[Vec<String>]) -> Vec<String> {
    let longest = by_target.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|index| by_target.iter().filter_map(move |list| list.get(index).cloned()))
        .take(MOST)
        .collect()
}

fn examples(caller: &Caller, specs: &[ToolSpec], target: &InventoryTarget) -> Vec<String> {
    let largest_table = target
        .resources
        .iter()
        .find(|resource| resource.kind == "table")
        .map(|resource| resource.name.as_str());
    specs
        .iter()
        .filter(|spec| {
            spec.kind == ToolKind::Query
                && spec.name.plugin() == target.plugin
                && caller.actor.may(&spec.permission)
                && !is_guessed(spec)
        })
        .filter_map(|spec| example(&spec.example, &target.name, largest_table))
        .take(MOST)
        .collect()
}

fn is_guessed(spec: &ToolSpec) -> bool {
    let required = spec.input_schema["required"].as_array().into_iter().flatten();
    required
        .filter_map(|name| spec.input_schema["properties"][name.as_str()?]["x-slot"].as_str())
        .any(|slot| GUESSED.contains(&slot))
}

/// Names of the targets that a resource stands for; of nothing where there is no such resource, or none of the caller's.
async fn names(app: &App, caller: &Caller, resource: &str, what: &str) -> Result<BTreeSet<String>> {
    let organization_id = caller.actor.organization_id;
    let store = app.runtime.store();
    let targets = store.targets(organization_id).await.doing(what)?;
    let mut names: BTreeSet<String> = targets
        .into_iter()
        .filter(|target| {
            target.name == resource || target.id.to_string() == resource || target.server_id.to_string() == resource
        })
        .map(|target| target.name)
        .collect();
    if let (true, Ok(id)) = (names.is_empty(), resource.parse::<RunId>())
        && let Ok(run) = store.run(organization_id, id).await
        && (run.user_id == caller.user.id || caller.actor.may(Permission::APPROVE))
    {
        names.extend(run.executions.into_iter().map(|execution| execution.target.name));
    }
    Ok(names)
}

/// The example with this target's name in it, about a table that is there. Examples with SQL of their own are left out:
/// their columns are not.
fn example(text: &str, target: &str, largest_table: Option<&str>) -> Option<String> {
    // The table first: the target's name may hold the same word.
    let about = match (text.contains("orders"), largest_table) {
        _ if text.to_lowercase().contains("select ") => return None,
        (true, Some(table)) => text.replace("orders", table),
        (true, None) => return None,
        (false, _) => text.to_owned(),
    };
    Some(about.replace("{target}", target))
}
