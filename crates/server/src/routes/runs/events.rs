//! Following a run.

use crate::{
    access::Caller,
    app::App,
    problem::Result,
    request::{PathId, Query},
    stream::{Scope, follow},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use steersman_protocol::RunId;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct After {
    /// Position of the last event seen.
    after: Option<i64>,
}

/// Follow a run to its end: mine, or anybody's with `approval:decide`. Frames as on a session's events.
#[utoipa::path(get, path = "/api/runs/{id}/events", tag = "runs", params(("id" = RunId, Path), After), responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<RunId>,
    Query(after): Query<After>,
) -> Result<Response> {
    super::visible(&app, &caller, id, "Could not follow the run").await?;
    Ok(follow(
        app,
        caller.pass,
        caller.actor.organization_id,
        Scope::Run(id),
        after.after.unwrap_or(0),
    )
    .into_response())
}
