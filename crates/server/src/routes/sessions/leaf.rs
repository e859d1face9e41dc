//! Another branch.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::json;
use steersman_protocol::{RunId, Session, SessionId};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct Shown {
    /// A run of the session.
    run_id: RunId,
}

/// Show the branch of a session of mine that a run is on, down to its newest leaf. Needs `ai:chat`.
///
/// What is said next continues it, and what a model remembers is this path only.
#[utoipa::path(post, path = "/api/sessions/{id}/leaf", tag = "sessions", params(("id" = SessionId, Path)), request_body = Shown, responses((status = 200, body = Session)))]
pub async fn leaf(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SessionId>,
    Body(shown): Body<Shown>,
) -> Result<Json<Session>> {
    let what = "Could not show the other branch";
    let session = super::own(&app, &caller, id, what).await?;
    let entry = app.runtime.audit_of(
        &caller.actor,
        "session.branch_shown",
        "Went to another branch of a chat session.",
        json!({ "session": id, "run": shown.run_id }),
    );
    app.runtime
        .store()
        .show_branch(session.organization_id, id, shown.run_id, app.runtime.now(), entry)
        .await
        .doing(what)?;
    Ok(Json(super::own(&app, &caller, id, what).await?))
}
