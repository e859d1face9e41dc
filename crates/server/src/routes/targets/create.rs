//! A new target.

use super::{
    TargetView,
    form::{Split, at_its_field, environment},
};
use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::Value;
use steersman_protocol::{Permission, ServerId};
use steersman_runtime::TargetDraft;

#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewTarget {
    name: String,
    plugin: String,
    /// `production` when absent.
    #[serde(default = "production")]
    environment: String,
    /// As the plugin's settings schema says; secrets among them are sealed and never shown again.
    #[schema(value_type = Object)]
    #[serde(default)]
    settings: Value,
}

fn production() -> String {
    "production".into()
}

/// Add a target to a server, and look at it. Needs `target:manage`.
///
/// What is wrong with a field is in `errors` of the problem, by JSON pointer.
#[utoipa::path(post, path = "/api/servers/{serverId}/plugins", tag = "targets", params(("serverId" = ServerId, Path)), request_body = NewTarget, responses((status = 201, body = TargetView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    PathId(server_id): PathId<ServerId>,
    Body(new): Body<NewTarget>,
) -> Result<(StatusCode, Json<TargetView>), Detailed> {
    let what = "Could not add the target";
    caller.must(&app, Permission::TARGET_MANAGE, what).await?;
    app.runtime
        .store()
        .server(caller.actor.organization_id, server_id)
        .await
        .doing(what)?;
    let Split { open, secrets, .. } = Split::of(&app, &new.plugin, new.settings).checked(&app, &new.plugin, what)?;
    let draft = TargetDraft {
        server_id,
        name: new.name,
        plugin: new.plugin,
        environment: environment(&new.environment, what)?,
        settings: open,
        secrets,
    };
    let target = app
        .runtime
        .create_target(&caller.actor, draft)
        .await
        .map_err(at_its_field)?;
    let health = app.runtime.look_at(&target).await.health;
    Ok((
        StatusCode::CREATED,
        Json(TargetView {
            target,
            health: Some(health),
        }),
    ))
}
