//! Looked at.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{Session, SessionId};

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Seen {
    /// Position of the last event that was seen; everything so far when absent.
    seq: Option<i64>,
}

/// Mark a session of mine as looked at. It never becomes unread by this. Needs `ai:chat`.
///
/// A mark for this person's own list: it leaves no audit entry.
#[utoipa::path(post, path = "/api/sessions/{id}/read", tag = "sessions", params(("id" = SessionId, Path)), request_body = Seen, responses((status = 200, body = Session)))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SessionId>,
    Body(seen): Body<Seen>,
) -> Result<Json<Session>> {
    let what = "Could not mark the session as read";
    let session = super::own(&app, &caller, id, what).await?;
    app.runtime
        .store()
        .mark_read(session.organization_id, id, seen.seq)
        .await
        .doing(what)?;
    Ok(Json(super::own(&app, &caller, id, what).await?))
}
