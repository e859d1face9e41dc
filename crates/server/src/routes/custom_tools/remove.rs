//! Removing a saved query.

use crate::{access::Caller, app::App, problem::Result, request::PathId};
use axum::{extract::State, http::StatusCode};
use steersman_protocol::{CustomToolId, Permission};

/// Remove a saved query: nobody is offered it from now on. Needs `target:manage`.
#[utoipa::path(delete, path = "/api/tools/custom/{id}", tag = "tools", params(("id" = CustomToolId, Path)), responses((status = 204)))]
pub async fn remove(State(app): State<App>, caller: Caller, PathId(id): PathId<CustomToolId>) -> Result<StatusCode> {
    caller
        .must(&app, Permission::TARGET_MANAGE, "Could not remove the saved tool")
        .await?;
    app.runtime.remove_custom_tool(&caller.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
