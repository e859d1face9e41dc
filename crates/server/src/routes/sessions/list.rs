//! My sessions.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Paging, Query},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{Page, Permission, Session, SessionStatus};

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Filter {
    status: Option<SessionStatus>,
}

/// My sessions, the latest used first. Needs `ai:chat`.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", params(Filter, Paging), responses((status = 200, body = Page<Session>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Session>>> {
    let what = "Could not list your sessions";
    caller.must(&app, Permission::CHAT, what).await?;
    let page = app
        .runtime
        .store()
        .sessions(
            caller.actor.organization_id,
            caller.user.id,
            filter.status,
            paging.into(),
        )
        .await
        .doing(what)?;
    Ok(Json(page))
}
