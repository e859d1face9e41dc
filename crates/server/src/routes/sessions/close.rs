//! Archiving.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{Json, extract::State};
use serde_json::json;
use steersman_protocol::{Session, SessionId};

/// Archive a session of mine. Needs `ai:chat`.
#[utoipa::path(post, path = "/api/sessions/{id}/close", tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = Session)))]
pub async fn close(State(app): State<App>, caller: Caller, PathId(id): PathId<SessionId>) -> Result<Json<Session>> {
    let what = "Could not archive the session";
    let session = super::own(&app, &caller, id, what).await?;
    let entry = app.runtime.audit_of(
        &caller.actor,
        "session.archived",
        "Archived a chat session.",
        json!({ "session": id }),
    );
    app.runtime
        .store()
        .archive_session(session.organization_id, id, app.runtime.now(), entry)
        .await
        .doing(what)?;
    Ok(Json(super::own(&app, &caller, id, what).await?))
}
