//! Signing in with a one-time link.

use super::{Entered, SignedIn, begin, entered};
use crate::{
    app::App,
    problem::{Failed, Result, While},
    request::Body,
};
use axum::{extract::State, http::request::Parts};
use serde::Deserialize;
use steersman_protocol::sha256_hex;

#[derive(Deserialize, utoipa::ToSchema)]
pub struct LinkToken {
    /// From the address that `steersman up` or `steersman login-link` printed.
    token: String,
}

/// Sign in with a one-time link.
///
/// Uses the link up and sets an HttpOnly cookie. Error: `auth.bad_link` (401) when unknown, used or expired.
#[utoipa::path(post, path = "/api/auth/link", tag = "auth", request_body = LinkToken, responses((status = 200, body = SignedIn)))]
pub async fn link(State(app): State<App>, parts: Parts, Body(LinkToken { token }): Body<LinkToken>) -> Result<Entered> {
    let user = app
        .runtime
        .store()
        .take_login_link(&sha256_hex(token.as_bytes()), app.runtime.now())
        .await
        .doing("Could not sign in")?
        .ok_or_else(|| {
            Failed::new(
                "auth.bad_link",
                "Did not sign in",
                "the link is unknown, was used before, or is too old",
                "Run `steersman login-link` on the server for a new one",
            )
        })?;
    let cookie = begin(&app, &user, &parts, "one-time link").await?;
    Ok(entered(cookie, user))
}
