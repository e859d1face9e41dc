//! What a change left for a person, and what became of it.

use super::{NO_STORE, visible};
use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{Json, extract::State, response::IntoResponse};
use serde::Serialize;
use steersman_protocol::{ExecutionId, Timestamp};
use steersman_runtime::store::{Handover, HandoverState};

#[derive(Serialize, utoipa::ToSchema)]
pub struct LeftSecrets {
    items: Vec<LeftSecretState>,
}

/// A secret that was left, without what it is.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LeftSecretState {
    label: String,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// `waiting`, `shown`, `expired` (nobody came for it in time) or `dropped` (the change came to nothing).
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Who was shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_to: Option<String>,
}

impl From<Handover> for LeftSecretState {
    fn from(left: Handover) -> Self {
        let (state, ended_at, shown_to) = match left.state {
            HandoverState::Waiting => ("waiting", None, None),
            HandoverState::Ended { r#as, at, by } => (r#as.as_str(), Some(at), by),
        };
        Self {
            label: left.label,
            until: left.expires_at,
            state,
            ended_at,
            shown_to,
        }
    }
}

/// Which secrets a call left to be shown once, and whether they still wait. Of my own run, or any with
/// `approval:decide`.
#[utoipa::path(get, path = "/api/executions/{id}/secrets", tag = "executions", params(("id" = ExecutionId, Path)), responses((status = 200, body = LeftSecrets)))]
pub async fn secrets(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ExecutionId>,
) -> Result<impl IntoResponse> {
    let what = "Could not see what the call left";
    let (_, call) = visible(&app, &caller, id, what).await?;
    let left = app.runtime.store().handovers(call.id).await.doing(what)?;
    let items = left.into_iter().map(LeftSecretState::from).collect();
    Ok((NO_STORE, Json(LeftSecrets { items })))
}
