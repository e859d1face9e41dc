//! One-time login links.

use crate::{
    access::{Caller, login_link},
    app::App,
    problem::{Failed, Result, While},
    request::Body,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use steersman_protocol::Permission;

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ForWhom {
    /// Name of a user; absent for the caller.
    user: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CreatedLink {
    /// Signs in once, within 15 minutes.
    url: String,
}

/// Make a one-time login link. For somebody else it needs `user:manage`.
#[utoipa::path(post, path = "/api/auth/links", tag = "auth", request_body = ForWhom, responses((status = 201, body = CreatedLink)))]
pub async fn links(
    State(app): State<App>,
    caller: Caller,
    Body(whom): Body<ForWhom>,
) -> Result<(StatusCode, Json<CreatedLink>)> {
    let what = "Could not make a login link";
    let user = match whom.user {
        None => caller.user.clone(),
        Some(name) => {
            caller.must(&app, Permission::USER_MANAGE, what).await?;
            app.runtime
                .store()
                .user_by_name(caller.actor.organization_id, &name)
                .await
                .doing(what)?
        }
    };
    let url = login_link(&app.runtime, &app.url, &caller.actor, &user)
        .await
        .map_err(Failed)?;
    Ok((StatusCode::CREATED, Json(CreatedLink { url })))
}
