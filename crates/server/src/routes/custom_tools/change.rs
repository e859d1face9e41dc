//! Changing a saved query.

use super::{SavedToolView, detailed};
use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{CustomParameter, CustomTool, CustomToolId, Permission};

/// What is absent stays as it is. The plugin stays in any case.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolChange {
    /// The one that was read.
    revision: i64,
    name: Option<String>,
    title: Option<String>,
    description: Option<String>,
    example: Option<String>,
    synonyms: Option<Vec<String>>,
    statement: Option<String>,
    parameters: Option<Vec<CustomParameter>>,
}

/// Change a saved query. Needs `target:manage`.
///
/// Errors: 409 `store.tool_changed` when somebody saved another revision meanwhile; else as for saving one.
#[utoipa::path(patch, path = "/api/tools/custom/{id}", tag = "tools", params(("id" = CustomToolId, Path)), request_body = ToolChange, responses((status = 200, body = SavedToolView)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<CustomToolId>,
    Body(change): Body<ToolChange>,
) -> Result<Json<SavedToolView>, Detailed> {
    let what = "Could not change the saved tool";
    caller.must(&app, Permission::TARGET_MANAGE, what).await?;
    let organization_id = caller.actor.organization_id;
    let old = app.runtime.store().custom_tool(organization_id, id).await.doing(what)?;
    let old = old.definition;
    let definition = CustomTool {
        name: change.name.unwrap_or(old.name),
        title: change.title.unwrap_or(old.title),
        description: change.description.unwrap_or(old.description),
        example: change.example.unwrap_or(old.example),
        synonyms: change.synonyms.unwrap_or(old.synonyms),
        plugin: old.plugin,
        statement: change.statement.unwrap_or(old.statement),
        parameters: change.parameters.unwrap_or(old.parameters),
    };
    let saved = app
        .runtime
        .change_custom_tool(&caller.actor, id, definition, change.revision)
        .await
        .map_err(detailed)?;
    let registry = app.runtime.registry_of(organization_id);
    Ok(Json(SavedToolView::of(saved, &registry)))
}
