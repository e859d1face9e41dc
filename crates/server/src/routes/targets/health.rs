//! A look at a target.

use super::{Place, found_to_read};
use crate::{access::Caller, app::App, problem::Result};
use axum::{Json, extract::State};
use steersman_protocol::{Health, ServerId, TargetId};

/// Look at a target now (at most 5 s). Needs `target:read`.
#[utoipa::path(get, path = "/api/servers/{serverId}/plugins/{id}/health", tag = "targets", params(("serverId" = ServerId, Path), ("id" = TargetId, Path)), responses((status = 200, body = Health)))]
pub async fn health(State(app): State<App>, caller: Caller, place: Place) -> Result<Json<Health>> {
    let target = found_to_read(&app, &caller, &place, "Could not look at the target").await?;
    Ok(Json(app.runtime.look_at(&target).await.health))
}
