//! Deleting.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{extract::State, http::StatusCode};
use serde_json::json;
use steersman_protocol::SessionId;

/// Delete a session of mine with its messages. Runs and audit stay. Needs `ai:chat`.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "sessions", params(("id" = SessionId, Path)), responses((status = 204)))]
pub async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<SessionId>) -> Result<StatusCode> {
    let what = "Could not delete the session";
    let session = super::own(&app, &caller, id, what).await?;
    let entry = app.runtime.audit_of(
        &caller.actor,
        "session.deleted",
        "Deleted a chat session.",
        json!({ "session": id }),
    );
    app.runtime
        .store()
        .delete_session(session.organization_id, id, app.runtime.now(), entry)
        .await
        .doing(what)?;
    Ok(StatusCode::NO_CONTENT)
}
