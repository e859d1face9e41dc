//! Yes.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{ApprovalId, ApprovalView, Command, Digest};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct Yes {
    /// The digest of the plan that was read.
    digest: String,
    /// Mandatory where the verdict says so.
    #[serde(default)]
    reason: Option<String>,
}

/// Approve the plan with this digest. Needs `approval:decide`.
///
/// Errors: 409 `approval.already_decided`, `approval.changed_plan`, `approval.changed_policy`; 410 `approval.expired`;
/// 403 `approval.not_allowed`, `approval.needs_second_person`; 422 `approval.reason_required`.
#[utoipa::path(post, path = "/api/approvals/{id}/approve", tag = "approvals", params(("id" = ApprovalId, Path)), request_body = Yes, responses((status = 200, body = ApprovalView)))]
pub async fn approve(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ApprovalId>,
    Body(yes): Body<Yes>,
) -> Result<Json<ApprovalView>> {
    let digest = Digest::parse(&yes.digest).ok_or_else(|| {
        Failed::new(
            "request.bad_digest",
            "Could not decide on the approval",
            "the digest is not 64 hex characters",
            "Send the digest of the plan that you read",
        )
    })?;
    let command = Command::Decide {
        approval_id: id,
        approve: true,
        digest: Some(digest),
        reason: yes.reason,
        actor: caller.actor.clone(),
    };
    app.runtime.submit(command).await?;
    Ok(Json(
        super::visible(&app, &caller, id, "Could not read the approval").await?,
    ))
}
