//! The targets of one server.

use super::TargetView;
use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{Json, extract::State};
use steersman_protocol::{Page, Permission, ServerId};

/// Targets on a server, with their health at the last look. Needs `target:read`.
#[utoipa::path(get, path = "/api/servers/{serverId}/plugins", tag = "targets", params(("serverId" = ServerId, Path)), responses((status = 200, body = Page<TargetView>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    PathId(server_id): PathId<ServerId>,
) -> Result<Json<Page<TargetView>>> {
    let what = "Could not list targets";
    caller.must(&app, Permission::TARGET_READ, what).await?;
    let organization_id = caller.actor.organization_id;
    app.runtime
        .store()
        .server(organization_id, server_id)
        .await
        .doing(what)?;
    let targets = app.runtime.store().targets(organization_id).await.doing(what)?;
    let items = targets
        .into_iter()
        .filter(|target| target.server_id == server_id)
        .map(|target| TargetView {
            health: app.runtime.last_look(&target).map(|status| status.health),
            target,
        })
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
