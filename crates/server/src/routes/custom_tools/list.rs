//! All of them.

use super::SavedToolView;
use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use steersman_protocol::{Page, Permission};

/// The organization's saved queries, by name. Needs `target:read`.
#[utoipa::path(get, path = "/api/tools/custom", tag = "tools", responses((status = 200, body = Page<SavedToolView>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<SavedToolView>>> {
    let what = "Could not list the saved tools";
    caller.must(&app, Permission::TARGET_READ, what).await?;
    let organization_id = caller.actor.organization_id;
    let registry = app.runtime.registry_of(organization_id);
    let saved = app.runtime.store().custom_tools(organization_id).await.doing(what)?;
    Ok(Json(Page {
        items: saved.into_iter().map(|one| SavedToolView::of(one, &registry)).collect(),
        next_cursor: None,
    }))
}
