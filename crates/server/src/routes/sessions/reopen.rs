//! Out of the archive.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{Json, extract::State};
use serde_json::json;
use steersman_protocol::{Session, SessionId};

/// Take a session of mine out of the archive; it takes messages again. Needs `ai:chat`.
#[utoipa::path(post, path = "/api/sessions/{id}/reopen", tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = Session)))]
pub async fn reopen(State(app): State<App>, caller: Caller, PathId(id): PathId<SessionId>) -> Result<Json<Session>> {
    let what = "Could not reopen the session";
    let session = super::own(&app, &caller, id, what).await?;
    let entry = app.runtime.audit_of(
        &caller.actor,
        "session.reopened",
        "Took a chat session out of the archive.",
        json!({ "session": id }),
    );
    app.runtime
        .store()
        .reopen_session(session.organization_id, id, app.runtime.now(), entry)
        .await
        .doing(what)?;
    Ok(Json(super::own(&app, &caller, id, what).await?))
}
