//! What can be done to a target.

use super::{Place, found_to_read};
use crate::{access::Caller, app::App, problem::Result};
use axum::{Json, extract::State};
use steersman_protocol::{Page, ServerId, TargetId, ToolSpec};

/// The tools of a target's plugin. Needs `target:read`.
#[utoipa::path(get, path = "/api/servers/{serverId}/plugins/{id}/tools", tag = "targets", params(("serverId" = ServerId, Path), ("id" = TargetId, Path)), responses((status = 200, body = Page<ToolSpec>)))]
pub async fn tools(State(app): State<App>, caller: Caller, place: Place) -> Result<Json<Page<ToolSpec>>> {
    let target = found_to_read(&app, &caller, &place, "Could not list the target's tools").await?;
    let items = app
        .runtime
        .registry_of(caller.actor.organization_id)
        .specs()
        .into_iter()
        .filter(|spec| spec.name.plugin() == target.plugin)
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
