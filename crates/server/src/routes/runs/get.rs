//! One run.

use crate::{access::Caller, app::App, problem::Result, request::PathId};
use axum::{Json, extract::State};
use steersman_protocol::{RunId, RunView};

/// One run with its executions: mine, or anybody's with `approval:decide`.
#[utoipa::path(get, path = "/api/runs/{id}", tag = "runs", params(("id" = RunId, Path)), responses((status = 200, body = RunView)))]
pub async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<RunId>) -> Result<Json<RunView>> {
    Ok(Json(super::visible(&app, &caller, id, "Could not open the run").await?))
}
