//! All servers.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use steersman_protocol::{Page, Permission, Server};

/// Servers of the organization. Needs `target:read`.
#[utoipa::path(get, path = "/api/servers", tag = "targets", responses((status = 200, body = Page<Server>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<Server>>> {
    let what = "Could not list servers";
    caller.must(&app, Permission::TARGET_READ, what).await?;
    let items = app
        .runtime
        .store()
        .servers(caller.actor.organization_id)
        .await
        .doing(what)?;
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
