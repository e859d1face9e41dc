//! Signing in and out.

pub mod link;
pub mod links;
pub mod login;
pub mod logout;
pub mod me;

use crate::{
    access,
    app::App,
    problem::{Result, While},
};
use axum::http::{HeaderValue, header::SET_COOKIE, request::Parts};
use serde_json::json;
use steersman_protocol::{Actor, Face, LoginId, Timestamp, User, sha256_hex};

/// Begins a login and returns its cookie.
async fn begin(app: &App, user: &User, parts: &Parts, how: &str) -> Result<HeaderValue> {
    let what = "Could not sign in";
    let token = access::login_link_token();
    let actor = actor_of(user, parts);
    let now = app.runtime.now();
    let expires_at = Timestamp::from_second(now.as_second() + access::LOGIN_SECONDS).unwrap_or(Timestamp::MAX);
    let entry = app
        .runtime
        .audit_of(&actor, "login.succeeded", format!("Signed in by {how}."), json!({}));
    app.runtime
        .store()
        .create_login(
            LoginId::from_uuid(app.runtime.fresh_id()),
            user.id,
            sha256_hex(token.as_bytes()),
            expires_at,
            actor.ip,
            actor.user_agent,
            now,
            entry,
        )
        .await
        .doing(what)?;
    Ok(cookie(app, &token, access::LOGIN_SECONDS))
}

/// The cookie with this value; an age of 0 removes it.
fn cookie(app: &App, value: &str, age: i64) -> HeaderValue {
    let secure = if app.is_https { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}",
        access::COOKIE
    );
    // Our tokens are base64url, which is always a header value.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

fn actor_of(user: &User, parts: &Parts) -> Actor {
    Actor {
        user_id: user.id,
        name: user.name.clone(),
        organization_id: user.organization_id,
        role: user.role,
        face: Face::Page,
        ip: access::ip_of(parts),
        user_agent: None,
    }
}

/// The answer of both ways in.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct SignedIn {
    user: User,
}

type Entered = ([(axum::http::HeaderName, HeaderValue); 1], axum::Json<SignedIn>);

fn entered(cookie: HeaderValue, user: User) -> Entered {
    ([(SET_COOKIE, cookie)], axum::Json(SignedIn { user }))
}
