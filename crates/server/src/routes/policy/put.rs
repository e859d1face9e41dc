//! New rules.

use crate::{access::Caller, app::App, problem::Result, request::Body};
use axum::{Json, extract::State};
use steersman_protocol::{Permission, Policy};

/// Put new rules in force. Needs `policy:manage`.
///
/// `revision` must be the one that was read. Every open approval was for the old rules and no longer holds. Errors:
/// 422 `policy.bad_rules` with every complaint, 409 `store.policy_changed`.
#[utoipa::path(put, path = "/api/policy", tag = "policy", request_body = Policy, responses((status = 200, body = Policy)))]
pub async fn put(State(app): State<App>, caller: Caller, Body(policy): Body<Policy>) -> Result<Json<Policy>> {
    caller
        .must(&app, Permission::POLICY_MANAGE, "Could not save the policy")
        .await?;
    let expected = policy.revision;
    Ok(Json(app.runtime.set_policy(&caller.actor, policy, expected).await?))
}
