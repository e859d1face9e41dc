//! Trying settings before they are saved.

use super::form::{Split, at_its_field};
use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, Failed, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use steersman_protocol::{Health, Permission, TargetId};

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Trial {
    /// As for a target of this plugin.
    #[schema(value_type = Object)]
    settings: Value,
    /// The target that is being edited: secrets that are left out of `settings` are taken from it.
    target_id: Option<TargetId>,
}

/// Try settings of a plugin without saving them. Needs `target:manage`. Answers within 10 s.
///
/// A system that does not answer is no error here: its health is `down`, with a sentence that says why. Errors: 404
/// `target.no_plugin`; 422 with `errors` by JSON pointer where the settings cannot be right.
#[utoipa::path(post, path = "/api/plugins/{id}/test", tag = "targets", params(("id" = String, Path, description = "Name of the plugin")), request_body = Trial, responses((status = 200, body = Health)))]
pub async fn try_settings(
    State(app): State<App>,
    caller: Caller,
    PathId(plugin): PathId<String>,
    Body(trial): Body<Trial>,
) -> Result<Json<Health>, Detailed> {
    let what = "Could not try the settings";
    caller.must(&app, Permission::TARGET_MANAGE, what).await?;
    if app.runtime.registry().plugin(&plugin).is_none() {
        return Err(Failed::new("request.not_found", what, "there is no such plugin", "See /api/plugins").into());
    }
    let like = match trial.target_id {
        Some(id) => Some(
            app.runtime
                .store()
                .target(caller.actor.organization_id, id)
                .await
                .doing(what)?,
        ),
        None => None,
    };
    let split = Split::of(&app, &plugin, trial.settings).checked(&app, &plugin, what)?;
    let health = app
        .runtime
        .try_settings(&caller.actor, &plugin, &split.open, split.secrets, like.as_ref())
        .await
        .map_err(at_its_field)?;
    Ok(Json(health))
}
