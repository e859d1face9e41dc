//! Who is calling: a cookie of a signed-in browser or a bearer token of a program.

use crate::{
    app::App,
    problem::{Failed, Result, While},
};
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{LazyLock, Mutex},
};
use steersman_protocol::{Actor, Face, LoginId, Problem, Timestamp, User, sha256_hex};
use steersman_runtime::{Runtime, store::StoreError};

pub(crate) const COOKIE: &str = "steersman_login";
/// A login ends this long after it began.
pub(crate) const LOGIN_SECONDS: i64 = 14 * 24 * 3600;

/// The person behind a request. Extracting it fails with `auth.required`, or `auth.other_site` for a change that
/// another site's page tries to make with the person's cookie.
pub struct Caller {
    pub actor: Actor,
    pub user: User,
    /// Set when signed in by cookie.
    pub login_id: Option<LoginId>,
    pub pass: Pass,
}

/// What somebody signed in with, to look again while they stay connected.
#[derive(Clone, Debug)]
pub struct Pass {
    token_sha256: String,
    is_login: bool,
}

impl Pass {
    /// The person as they are now; `None` when the login has ended, the token was revoked, or they are disabled.
    pub async fn holder(&self, app: &App) -> std::result::Result<Option<User>, StoreError> {
        let (store, now) = (app.runtime.store(), app.runtime.now());
        if self.is_login {
            let found = store.login_by_token_hash(&self.token_sha256, now).await?;
            return Ok(found.map(|(_, user)| user));
        }
        store.token_user(&self.token_sha256, now).await
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let what = "Could not take the request";
        let now = app.runtime.now();
        let pass = |token: &str, is_login: bool| Pass {
            token_sha256: sha256_hex(token.as_bytes()),
            is_login,
        };
        let (user, login_id, pass, face) = if let Some(token) = bearer(&parts.headers) {
            let pass = pass(token, false);
            let user = pass.holder(app).await.doing(what)?;
            (user, None, pass, face_of(&parts.headers))
        } else if let Some(token) = cookie(&parts.headers) {
            check_same_site(parts)?;
            let pass = pass(token, true);
            let found = app
                .runtime
                .store()
                .login_by_token_hash(&pass.token_sha256, now)
                .await
                .doing(what)?;
            let (login_id, user) = found.unzip();
            (user, login_id, pass, Face::Page)
        } else {
            return Err(Failed(not_signed_in(what)));
        };
        let user = user.ok_or_else(|| Failed(not_signed_in(what)))?;
        let actor = Actor {
            user_id: user.id,
            name: user.name.clone(),
            organization_id: user.organization_id,
            role: user.role,
            face,
            ip: ip_of(parts),
            user_agent: text_of(&parts.headers, header::USER_AGENT).map(|text| text.chars().take(200).collect()),
        };
        Ok(Caller {
            actor,
            user,
            login_id,
            pass,
        })
    }
}

/// Nobody, or nobody any more.
pub fn not_signed_in(what: &str) -> Problem {
    Problem::new(
        "auth.required",
        what,
        "you are not signed in, or your login has ended",
        "Sign in, or send a token as \"Authorization: Bearer …\"",
    )
}

impl Caller {
    /// Fails with `auth.forbidden`, and an audit entry, when the person lacks the right.
    pub async fn must(&self, app: &App, permission: &str, what: &str) -> Result<()> {
        Ok(app.runtime.must_hold(&self.actor, permission, what).await?)
    }
}

/// The address of the peer, for audit. Proxy headers are not believed.
pub fn ip_of(parts: &Parts) -> Option<String> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_string())
}

fn face_of(headers: &HeaderMap) -> Face {
    match text_of(headers, header::USER_AGENT) {
        Some(agent) if agent.starts_with("steersman-cli/") => Face::CommandLine,
        _ => Face::Api,
    }
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    text_of(headers, header::AUTHORIZATION)?
        .strip_prefix("Bearer ")
        .map(str::trim)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    text_of(headers, header::COOKIE)?
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// A cookie travels by itself; a change must therefore come from our own page. SameSite=Strict is the first lock, this
/// is the second.
fn check_same_site(parts: &Parts) -> Result<()> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let site = parts
        .headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok());
    if site.map_or_else(|| is_same_host(&parts.headers), |site| site == "same-origin") {
        return Ok(());
    }
    Err(from_elsewhere())
}

/// Opening a WebSocket is a GET, and yet lets its page act: it must come from our own page too. Browsers always send
/// an `Origin` with it.
pub(crate) fn check_same_origin(headers: &HeaderMap) -> Result<()> {
    if is_same_host(headers) {
        return Ok(());
    }
    Err(from_elsewhere())
}

fn is_same_host(headers: &HeaderMap) -> bool {
    match headers.get(header::ORIGIN) {
        None => true,
        // Among the rest is `null`: a sandboxed frame, or a page that hides where it is from.
        Some(origin) => {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(_, host)| Some(host) == text_of(headers, header::HOST))
        }
    }
}

fn from_elsewhere() -> Failed {
    Failed::new(
        "auth.other_site",
        "Did not take the request",
        "it came from another site's page",
        "Use Steersman's own page, or a token",
    )
}

/// How long a login link may be used.
const LINK_SECONDS: i64 = 15 * 60;

/// Makes a one-time login link for `user`, asked for by `actor`: an address of the page at `url`.
pub async fn login_link(
    runtime: &Runtime,
    url: &str,
    actor: &Actor,
    user: &User,
) -> std::result::Result<String, Problem> {
    let token = login_link_token();
    let now = runtime.now();
    let expires_at = Timestamp::from_second(now.as_second() + LINK_SECONDS).unwrap_or(Timestamp::MAX);
    let entry = runtime.audit_of(
        actor,
        "login.link_created",
        format!("Made a one-time login link for {}.", user.name),
        serde_json::json!({}),
    );
    runtime
        .store()
        .create_login_link(sha256_hex(token.as_bytes()), user.id, expires_at, now, entry)
        .await
        .map_err(|error| error.to_problem("Could not make a login link"))?;
    Ok(format!("{url}/?login={token}"))
}

/// 256 random bits, URL-safe.
pub fn login_link_token() -> String {
    let mut bytes = [0u8; 32];
    // Without randomness there is no safe way on.
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Argon2id in PHC form. Takes some 50 ms of CPU: call it where blocking is fine.
pub fn hash_password(password: &str) -> std::result::Result<String, Problem> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| {
            Problem::new(
                "user.bad_password",
                "Could not set the password",
                error.to_string(),
                "Choose another",
            )
        })
}

/// What a password is checked against where there is none, so that an unknown name takes as long as a known one. Of a
/// random password that nobody knows.
pub(crate) static DUMMY_HASH: LazyLock<Option<String>> = LazyLock::new(|| hash_password(&login_link_token()).ok());

pub(crate) fn verify_password(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Failed logins by name and address, so that guessing gets slow.
#[derive(Default)]
pub(crate) struct Failures(Mutex<HashMap<String, (u32, Timestamp)>>);

impl Failures {
    const MOST: u32 = 10;
    const WINDOW_SECONDS: i64 = 15 * 60;
    /// Keys remembered at most; beyond that all are forgotten, because a flood of names must not fill the memory.
    const REMEMBERED: usize = 10_000;

    /// Counts an attempt, which [`Failures::forget`] takes back when it succeeds. Returns the seconds to wait when
    /// there were too many.
    pub fn count(&self, key: String, now: Timestamp) -> Option<u64> {
        let mut failures = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let age = |since: Timestamp| now.as_second() - since.as_second();
        if failures.len() >= Self::REMEMBERED {
            failures.retain(|_, (_, since)| age(*since) < Self::WINDOW_SECONDS);
        }
        if failures.len() >= Self::REMEMBERED {
            failures.clear();
        }
        let entry = failures.entry(key).or_insert((0, now));
        if age(entry.1) >= Self::WINDOW_SECONDS {
            *entry = (0, now);
        }
        if entry.0 >= Self::MOST {
            return u64::try_from(Self::WINDOW_SECONDS - age(entry.1)).ok().or(Some(1));
        }
        entry.0 += 1;
        None
    }

    pub fn forget(&self, key: &str) {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(key);
    }
}
