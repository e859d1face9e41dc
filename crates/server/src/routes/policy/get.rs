//! The rules in force.

use crate::{access::Caller, app::App, problem::Result};
use axum::{Json, extract::State};
use steersman_protocol::{Permission, Policy};

/// The policy in force. Needs `policy:read`.
#[utoipa::path(get, path = "/api/policy", tag = "policy", responses((status = 200, body = Policy)))]
pub async fn get(State(app): State<App>, caller: Caller) -> Result<Json<Policy>> {
    caller
        .must(&app, Permission::POLICY_READ, "Could not read the policy")
        .await?;
    Ok(Json((*app.runtime.policy(caller.actor.organization_id).await?).clone()))
}
