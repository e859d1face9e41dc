//! Who am I.

use crate::{access::Caller, app::App, problem::Result};
use axum::{Json, extract::State};
use serde::Serialize;
use steersman_protocol::{Permission, User};

#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    user: User,
    permissions: Vec<Permission>,
    provider: ProviderName,
    version: &'static str,
}

/// The model provider that is asked first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProviderName {
    name: String,
    model: String,
}

/// The signed-in person, with rights.
#[utoipa::path(get, path = "/api/me", tag = "auth", responses((status = 200, body = Me)))]
pub async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Me>> {
    let provider = app.runtime.gateway().first(caller.actor.organization_id);
    Ok(Json(Me {
        permissions: caller.user.role.permissions().into_iter().collect(),
        user: caller.user,
        provider: ProviderName {
            name: provider.name().to_owned(),
            model: provider.default_model().to_owned(),
        },
        version: env!("CARGO_PKG_VERSION"),
    }))
}
