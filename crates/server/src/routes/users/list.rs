//! Everybody.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use steersman_protocol::{Page, Permission, User};

/// Users of the organization. Needs `user:manage`.
#[utoipa::path(get, path = "/api/users", tag = "users", responses((status = 200, body = Page<User>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<User>>> {
    let what = "Could not list users";
    caller.must(&app, Permission::USER_MANAGE, what).await?;
    let items = app
        .runtime
        .store()
        .users(caller.actor.organization_id)
        .await
        .doing(what)?;
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
