//! All targets.

use super::TargetView;
use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use steersman_protocol::{Page, Permission};

/// Targets on all servers, with their health at the last look. Needs `target:read`.
#[utoipa::path(get, path = "/api/targets", tag = "targets", responses((status = 200, body = Page<TargetView>)))]
pub async fn list_all(State(app): State<App>, caller: Caller) -> Result<Json<Page<TargetView>>> {
    let what = "Could not list targets";
    caller.must(&app, Permission::TARGET_READ, what).await?;
    let targets = app
        .runtime
        .store()
        .targets(caller.actor.organization_id)
        .await
        .doing(what)?;
    let items = targets
        .into_iter()
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
