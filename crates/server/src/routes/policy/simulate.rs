//! Who may do what where, and why.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::Body,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use steersman_protocol::{Permission, Role, TargetId, ToolName, Verdict};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct Question {
    tool: ToolName,
    target_id: TargetId,
    role: Role,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Simulated {
    /// Whether the role gives the tool's permission at all.
    is_permitted: bool,
    permission: String,
    verdict: Verdict,
}

/// What the judge would say about a tool on a target for a role, by the tool's floor. Needs `policy:read`.
///
/// The facts of a real plan can only make it stricter.
#[utoipa::path(post, path = "/api/policy/simulate", tag = "policy", request_body = Question, responses((status = 200, body = Simulated)))]
pub async fn simulate(
    State(app): State<App>,
    caller: Caller,
    Body(question): Body<Question>,
) -> Result<Json<Simulated>> {
    let what = "Could not simulate";
    caller.must(&app, Permission::POLICY_READ, what).await?;
    let organization_id = caller.actor.organization_id;
    let spec = app
        .runtime
        .registry_of(organization_id)
        .spec(&question.tool)
        .cloned()
        .ok_or_else(|| Failed::new("call.unknown_tool", what, "there is no such tool", "See /api/tools"))?;
    let target = app
        .runtime
        .store()
        .target(organization_id, question.target_id)
        .await
        .doing(what)?;
    let policy = app.runtime.policy(organization_id).await?;
    let verdict = steersman_runtime::judge_by_floor(&policy, &spec, &target.to_ref(), question.role);
    Ok(Json(Simulated {
        is_permitted: question
            .role
            .permissions()
            .iter()
            .any(|held| held.gives(&spec.permission)),
        permission: spec.permission,
        verdict,
    }))
}
