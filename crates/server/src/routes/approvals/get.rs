//! One approval.

use crate::{access::Caller, app::App, problem::Result, request::PathId};
use axum::{Json, extract::State};
use steersman_protocol::{ApprovalId, ApprovalView};

/// One approval with its whole plan: of my own request, or any with `approval:decide`.
#[utoipa::path(get, path = "/api/approvals/{id}", tag = "approvals", params(("id" = ApprovalId, Path)), responses((status = 200, body = ApprovalView)))]
pub async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<ApprovalId>) -> Result<Json<ApprovalView>> {
    Ok(Json(
        super::visible(&app, &caller, id, "Could not open the approval").await?,
    ))
}
