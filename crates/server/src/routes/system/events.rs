//! Following everything.

use crate::{
    access::Caller,
    app::App,
    problem::Result,
    request::Query,
    stream::{Scope, follow},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use steersman_protocol::Permission;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct After {
    /// A position, or `now` (the default).
    after: Option<String>,
}

/// Follow all events of the organization. Needs `approval:decide`.
#[utoipa::path(get, path = "/api/events", tag = "system", params(After), responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(State(app): State<App>, caller: Caller, Query(after): Query<After>) -> Result<Response> {
    caller
        .must(&app, Permission::APPROVE, "Could not follow events")
        .await?;
    // A position beyond every event: nothing old is read, and live events are compared with what is stored now.
    let position = match after.after.as_deref().and_then(|text| text.parse().ok()) {
        Some(position) => position,
        None => app.runtime.last_position(caller.actor.organization_id).await?,
    };
    Ok(follow(
        app,
        caller.pass,
        caller.actor.organization_id,
        Scope::Organization,
        position,
    )
    .into_response())
}
