//! Signing in with name and password.

use super::{Entered, SignedIn, begin, entered};
use crate::{
    access,
    app::App,
    problem::{Detailed, Failed, While},
    request::Body,
};
use axum::{extract::State, http::request::Parts};
use serde::Deserialize;
use steersman_protocol::sha256_hex;
use steersman_runtime::store::StoreError;

#[derive(Deserialize, utoipa::ToSchema)]
pub struct Credentials {
    name: String,
    password: String,
}

/// Sign in with name and password.
///
/// Sets an HttpOnly cookie. Errors: `auth.bad_login` (401), `auth.too_many` (429) after ten failures in 15 minutes.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Credentials, responses((status = 200, body = SignedIn)))]
pub async fn login(
    State(app): State<App>,
    parts: Parts,
    Body(Credentials { name, password }): Body<Credentials>,
) -> Result<Entered, Detailed> {
    let key = sha256_hex(format!("{name}\n{}", access::ip_of(&parts).unwrap_or_default()).as_bytes());
    // Counted before it is checked: many guesses sent at once are many guesses.
    if let Some(seconds) = app.failures.count(key.clone(), app.runtime.now()) {
        let failed = Failed::new(
            "auth.too_many",
            "Did not sign in",
            "there were too many failed attempts",
            &format!("Try again in {seconds} seconds"),
        );
        return Err(Detailed {
            retry_after: Some(seconds),
            ..failed.into()
        });
    }
    let what = "Could not sign in";
    let found = match app.runtime.store().user_by_name(app.organization_id, &name).await {
        Ok(user) => Some(user),
        Err(StoreError::NotFound { .. }) => None,
        Err(error) => return Err(error).doing(what)?,
    };
    let hash = match &found {
        Some(user) => app.runtime.store().password_hash(user.id).await.doing(what)?,
        None => None,
    };
    let is_right = app
        .runtime
        .heavy(move || {
            // Always one check, so that its time tells nothing about the name.
            let hash = hash.or_else(|| access::DUMMY_HASH.clone());
            hash.is_some_and(|hash| access::verify_password(&password, &hash))
        })
        .await;
    match found.filter(|user| is_right && user.is_enabled) {
        Some(user) => {
            app.failures.forget(&key);
            let cookie = begin(&app, &user, &parts, "password").await?;
            Ok(entered(cookie, user))
        }
        None => {
            app.runtime
                .note_failed_login(app.organization_id, &name, access::ip_of(&parts))
                .await;
            Err(Failed::new(
                "auth.bad_login",
                "Did not sign in",
                "name or password is wrong",
                "Try again, or run `steersman login-link` on the server",
            )
            .into())
        }
    }
}
