//! One target.

use super::{Place, TargetView, found_to_read};
use crate::{access::Caller, app::App, problem::Result};
use axum::{Json, extract::State};
use steersman_protocol::{ServerId, TargetId};

/// One target. Needs `target:read`.
#[utoipa::path(get, path = "/api/servers/{serverId}/plugins/{id}", tag = "targets", params(("serverId" = ServerId, Path), ("id" = TargetId, Path)), responses((status = 200, body = TargetView)))]
pub async fn get(State(app): State<App>, caller: Caller, place: Place) -> Result<Json<TargetView>> {
    let target = found_to_read(&app, &caller, &place, "Could not open the target").await?;
    Ok(Json(TargetView {
        health: app.runtime.last_look(&target).map(|status| status.health),
        target,
    }))
}
