//! All tools, or those that fit a few words.

use crate::{access::Caller, app::App, problem::Result, request::Query};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use steersman_protocol::{Page, Risk, ToolSpec};

#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Filter {
    category: Option<String>,
    risk: Option<Risk>,
    plugin: Option<String>,
    /// A few words; then the list is ranked, the best first.
    q: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Listed {
    #[serde(flatten)]
    spec: ToolSpec,
    /// How well it fits `q`; only there with `q`.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    /// Whether the caller's role gives the right.
    is_allowed: bool,
}

/// Tools by category, risk, plugin or words.
#[utoipa::path(get, path = "/api/tools", tag = "tools", params(Filter), responses((status = 200, body = Page<Listed>)))]
pub async fn list(State(app): State<App>, caller: Caller, Query(filter): Query<Filter>) -> Result<Json<Page<Listed>>> {
    let registry = app.runtime.registry_of(caller.actor.organization_id);
    let ranked: Vec<(ToolSpec, Option<f32>)> = match filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        Some(q) => registry
            .catalogue()
            .search(q, |_| true, 50)
            .into_iter()
            .filter_map(|found| Some((registry.spec(&found.tool)?.clone(), Some(found.score))))
            .collect(),
        None => registry.specs().into_iter().map(|spec| (spec, None)).collect(),
    };
    let items = ranked
        .into_iter()
        .filter(|(spec, _)| {
            filter
                .category
                .as_ref()
                .is_none_or(|category| *category == spec.category)
        })
        .filter(|(spec, _)| filter.risk.is_none_or(|risk| risk == spec.floor))
        .filter(|(spec, _)| filter.plugin.as_ref().is_none_or(|plugin| plugin == spec.name.plugin()))
        .map(|(spec, score)| Listed {
            is_allowed: caller.actor.may(&spec.permission),
            spec,
            score,
        })
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
