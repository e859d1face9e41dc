//! What can be operated.

use crate::{access::Caller, app::App, problem::Result};
use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use steersman_protocol::{Page, Permission, ToolName};

#[derive(Serialize, utoipa::ToSchema)]
pub struct PluginType {
    name: String,
    title: String,
    description: String,
    /// JSON Schema of a target's settings; `writeOnly` properties are secrets.
    #[schema(value_type = Object)]
    settings_schema: Value,
    tools: Vec<ToolName>,
}

/// Plugin types of this build, with the form of their settings. Needs `target:read`.
#[utoipa::path(get, path = "/api/plugins", tag = "targets", responses((status = 200, body = Page<PluginType>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<PluginType>>> {
    caller
        .must(&app, Permission::TARGET_READ, "Could not list plugins")
        .await?;
    let items = app
        .runtime
        .registry()
        .plugins()
        .map(|plugin| PluginType {
            name: plugin.name,
            title: plugin.title,
            description: plugin.description,
            settings_schema: plugin.settings_schema,
            tools: plugin.tools,
        })
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
