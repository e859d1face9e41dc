//! Showing, once, what a change left for a person.

use super::{NO_STORE, visible};
use crate::{access::Caller, app::App, problem::Result, request::PathId};
use axum::{Json, extract::State, response::IntoResponse};
use serde::Serialize;
use steersman_protocol::ExecutionId;
use steersman_runtime::toolkit::ExposeSecret;

#[derive(Serialize, utoipa::ToSchema)]
pub struct ShownSecrets {
    items: Vec<ShownSecret>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ShownSecret {
    /// What it is: "password of the role reporting".
    label: String,
    value: String,
}

/// Show what a change left for a person, such as a generated password: once, to the one who asked for the change or the
/// one who approved it.
///
/// It is forgotten before the answer is sent, so a repeated request gets nothing, whatever its `Idempotency-Key`.
/// Errors: 403 `secret.not_yours`; 409 `secret.not_yet`; 404 `secret.none`; 410 `secret.shown` (says when and to whom),
/// `secret.expired`, `secret.dropped`.
#[utoipa::path(post, path = "/api/executions/{id}/secrets/reveal", tag = "executions", params(("id" = ExecutionId, Path)), responses((status = 200, body = ShownSecrets)))]
pub async fn reveal(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ExecutionId>,
) -> Result<impl IntoResponse> {
    let (run, call) = visible(&app, &caller, id, "Could not show what the call left").await?;
    let items = app
        .runtime
        .reveal(&caller.actor, &run, &call)
        .await?
        .into_iter()
        .map(|(label, secret)| ShownSecret {
            label,
            value: secret.expose_secret().to_owned(),
        })
        .collect();
    Ok((NO_STORE, Json(ShownSecrets { items })))
}
