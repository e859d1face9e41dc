//! Stop.

use crate::{access::Caller, app::App, problem::Result, request::PathId};
use axum::{Json, extract::State, http::StatusCode};
use steersman_protocol::{Command, RunId, RunView};

/// Stop a run: mine, or anybody's with `approval:decide`.
///
/// 202: the stop is recorded and on its way to what is running; what was already done is verified and told.
#[utoipa::path(post, path = "/api/runs/{id}/cancel", tag = "runs", params(("id" = RunId, Path)), responses((status = 202, body = RunView)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<RunId>,
) -> Result<(StatusCode, Json<RunView>)> {
    super::visible(&app, &caller, id, "Could not stop the run").await?;
    app.runtime
        .submit(Command::Cancel {
            run_id: id,
            actor: caller.actor.clone(),
        })
        .await?;
    Ok((
        StatusCode::ACCEPTED,
        Json(super::visible(&app, &caller, id, "Could not read the run").await?),
    ))
}
