//! Signing out.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header::SET_COOKIE},
};
use serde_json::json;

/// Sign out.
///
/// Ends the login of this browser. A token is not a login and stays.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", responses((status = 204)))]
pub async fn logout(State(app): State<App>, caller: Caller) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1])> {
    if let Some(login_id) = caller.login_id {
        let entry = app
            .runtime
            .audit_of(&caller.actor, "login.ended", "Signed out.", json!({}));
        app.runtime
            .store()
            .delete_login(login_id, app.runtime.now(), entry)
            .await
            .doing("Could not sign out")?;
    }
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, super::cookie(&app, "", 0))]))
}
