//! Editing a target.

use super::{
    Place, TargetView,
    form::{Split, at_its_field, environment},
    found,
};
use crate::{access::Caller, app::App, problem::Detailed, request::Body};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use steersman_protocol::{Permission, ServerId, TargetId};
use steersman_runtime::TargetDraft;

#[derive(Deserialize, utoipa::ToSchema)]
pub struct TargetChange {
    /// The revision that was edited; 409 when somebody else was faster.
    revision: i64,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    is_enabled: Option<bool>,
    /// Replaces the settings; a secret that is left out or empty stays as it is, and `null` removes it.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    settings: Option<Value>,
}

/// Change a target. Needs `target:manage`. Approvals for the older revision no longer hold.
///
/// What is wrong with a field is in `errors` of the problem, by JSON pointer.
#[utoipa::path(patch, path = "/api/servers/{serverId}/plugins/{id}", tag = "targets", params(("serverId" = ServerId, Path), ("id" = TargetId, Path)), request_body = TargetChange, responses((status = 200, body = TargetView)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    place: Place,
    Body(change): Body<TargetChange>,
) -> Result<Json<TargetView>, Detailed> {
    let what = "Could not change the target";
    let old = found(&app, &caller, &place, Permission::TARGET_MANAGE, what).await?;
    let split = match change.settings {
        Some(settings) => Split::of(&app, &old.plugin, settings).checked(&app, &old.plugin, what)?,
        None => Split::unchanged(old.settings.clone()),
    };
    let draft = TargetDraft {
        server_id: old.server_id,
        name: change.name.unwrap_or_else(|| old.name.clone()),
        plugin: old.plugin.clone(),
        environment: environment(change.environment.as_deref().unwrap_or(&old.environment), what)?,
        settings: split.open,
        secrets: split.secrets,
    };
    let is_enabled = change.is_enabled.unwrap_or(old.is_enabled);
    let target = app
        .runtime
        .update_target(
            &caller.actor,
            old.id,
            change.revision,
            draft,
            &split.removed,
            is_enabled,
        )
        .await
        .map_err(at_its_field)?;
    let health = if target.is_enabled {
        Some(app.runtime.look_at(&target).await.health)
    } else {
        None
    };
    Ok(Json(TargetView { target, health }))
}
