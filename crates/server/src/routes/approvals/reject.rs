//! No.

use crate::{
    access::Caller,
    app::App,
    problem::Result,
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{ApprovalId, ApprovalView, Command};

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct No {
    reason: Option<String>,
}

/// Reject. Needs `approval:decide`.
#[utoipa::path(post, path = "/api/approvals/{id}/reject", tag = "approvals", params(("id" = ApprovalId, Path)), request_body = No, responses((status = 200, body = ApprovalView)))]
pub async fn reject(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ApprovalId>,
    Body(no): Body<No>,
) -> Result<Json<ApprovalView>> {
    let command = Command::Decide {
        approval_id: id,
        approve: false,
        digest: None,
        reason: no.reason,
        actor: caller.actor.clone(),
    };
    app.runtime.submit(command).await?;
    Ok(Json(
        super::visible(&app, &caller, id, "Could not read the approval").await?,
    ))
}
