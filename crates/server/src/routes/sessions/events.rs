//! Following a session.

use crate::{
    access::Caller,
    app::App,
    problem::Result,
    request::{PathId, Query},
    stream::{Scope, follow},
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use steersman_protocol::SessionId;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct After {
    /// Position of the last event seen; 0 or absent for everything. `Last-Event-ID` counts when this is absent.
    after: Option<i64>,
}

/// Follow a session of mine: its events after a position, then live. Needs `ai:chat`.
///
/// Server-sent events: `event` (an EventRecord; its position is the event id), `delta` (text as it streams; `reset`
/// replaces what was streamed of that turn), `progress`, `notice`.
#[utoipa::path(get, path = "/api/sessions/{id}/events", tag = "sessions", params(("id" = SessionId, Path), After), responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SessionId>,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Result<Response> {
    super::own(&app, &caller, id, "Could not follow the session").await?;
    let last_event_id = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    let position = after.after.or(last_event_id).unwrap_or(0);
    Ok(follow(
        app,
        caller.pass,
        caller.actor.organization_id,
        Scope::Session(id),
        position,
    )
    .into_response())
}
