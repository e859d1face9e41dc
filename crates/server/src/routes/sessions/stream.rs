//! Coming back to an answer.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::{PathId, Query},
    ui_stream::follow,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use steersman_protocol::{RunId, SessionId};

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Which {
    /// A run of the session, ended or not. Without it: the newest of the active path, if it goes on.
    run_id: Option<RunId>,
}

/// The message of a run of mine, from its start, then live until it ends or waits for a person. Needs `ai:chat`.
///
/// An AI SDK UI message stream (`x-vercel-ai-ui-message-stream: v1`), as on `POST /api/sessions/{id}/messages`. 204
/// without `run_id` when nothing is going on.
#[utoipa::path(get, path = "/api/sessions/{id}/stream", tag = "sessions", params(("id" = SessionId, Path), Which), responses((status = 200, content_type = "text/event-stream", body = String), (status = 204)))]
pub async fn stream(
    State(app): State<App>,
    caller: Caller,
    PathId(session_id): PathId<SessionId>,
    Query(which): Query<Which>,
) -> Result<Response> {
    let what = "Could not go on with the answer";
    super::own(&app, &caller, session_id, what).await?;
    let store = app.runtime.store();
    let run_id = match which.run_id {
        Some(run_id) => {
            let run = store.run(caller.actor.organization_id, run_id).await.doing(what)?;
            if run.session_id != Some(session_id) {
                return Err(Failed::new(
                    "store.not_found",
                    what,
                    "the run is none of this session",
                    "Look at the session's transcript",
                ));
            }
            run_id
        }
        None => {
            let newest = store.path_runs(session_id, None, None, 1).await.doing(what)?;
            match newest.runs.first() {
                Some(newest) if !newest.run.status.is_over() => newest.run.id,
                Some(_) | None => return Ok(StatusCode::NO_CONTENT.into_response()),
            }
        }
    };
    Ok(follow::response(app, caller.pass, run_id))
}
