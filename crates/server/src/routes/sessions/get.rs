//! One session.

use crate::{access::Caller, app::App, problem::Result, request::PathId};
use axum::{Json, extract::State};
use steersman_protocol::{Session, SessionId};

/// One session of mine. Needs `ai:chat`.
#[utoipa::path(get, path = "/api/sessions/{id}", tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = Session)))]
pub async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<SessionId>) -> Result<Json<Session>> {
    Ok(Json(super::own(&app, &caller, id, "Could not open the session").await?))
}
