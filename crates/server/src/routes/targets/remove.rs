//! Removing a target.

use super::{Place, found};
use crate::{access::Caller, app::App, problem::Result};
use axum::{extract::State, http::StatusCode};
use steersman_protocol::{Permission, ServerId, TargetId};

/// Remove a target from Steersman (the system behind it is not touched). Needs `target:manage`.
#[utoipa::path(delete, path = "/api/servers/{serverId}/plugins/{id}", tag = "targets", params(("serverId" = ServerId, Path), ("id" = TargetId, Path)), responses((status = 204)))]
pub async fn remove(State(app): State<App>, caller: Caller, place: Place) -> Result<StatusCode> {
    let target = found(
        &app,
        &caller,
        &place,
        Permission::TARGET_MANAGE,
        "Could not remove the target",
    )
    .await?;
    app.runtime.delete_target(&caller.actor, target.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
