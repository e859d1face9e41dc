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
use steersman_runtime::store::SessionFilter;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Filter {
    status: Option<SessionStatus>,
    /// Words that stand together in the title or in what was said, in any case; at most 200 characters.
    q: Option<String>,
}

/// My sessions, the latest used first. Needs `ai:chat`.
///
/// A page of a search may be short, or empty, and still have a next one: it looks at 2,000 sessions at most, and at the
/// newest 1,000 messages of each.
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
            SessionFilter {
                status: filter.status,
                words: filter.q,
            },
            paging.into(),
        )
        .await
        .doing(what)?;
    Ok(Json(page))
}
