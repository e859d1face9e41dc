//! A new token.

use crate::{
    access::{Caller, login_link_token},
    app::App,
    problem::{Detailed, Failed, FieldError, While},
    request::Body,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_protocol::{Timestamp, TokenId, sha256_hex};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewToken {
    /// What it is for.
    name: String,
    /// Days until it ends; without, it does not end by itself.
    #[serde(default)]
    days: Option<u32>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CreatedToken {
    id: TokenId,
    /// Shown this once; only its SHA-256 is kept.
    token: String,
}

/// Create a token.
///
/// It has the rights of the person who made it. Send it as `Authorization: Bearer …`.
#[utoipa::path(post, path = "/api/tokens", tag = "tokens", request_body = NewToken, responses((status = 201, body = CreatedToken)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<CreatedToken>), Detailed> {
    let what = "Could not create the token";
    if new.name.trim().is_empty() || new.name.len() > 100 {
        let next = "Say in a few words what it is for";
        let failed = Failed::new(
            "request.bad_name",
            what,
            "its name is empty or longer than 100 bytes",
            next,
        );
        return Err(Detailed {
            errors: vec![FieldError::at(
                "/name",
                "1 to 100 bytes: in a few words, what it is for.",
            )],
            ..failed.into()
        });
    }
    let now = app.runtime.now();
    let expires_at = new
        .days
        .map(|days| Timestamp::from_second(now.as_second() + i64::from(days) * 86_400).unwrap_or(Timestamp::MAX));
    let token = format!("stm_{}", login_link_token());
    let id = TokenId::from_uuid(app.runtime.fresh_id());
    let entry = app.runtime.audit_of(
        &caller.actor,
        "token.created",
        format!("Created the token \"{}\".", new.name),
        json!({ "days": new.days }),
    );
    app.runtime
        .store()
        .create_token(
            id,
            caller.user.id,
            new.name,
            sha256_hex(token.as_bytes()),
            expires_at,
            now,
            entry,
        )
        .await
        .doing(what)?;
    Ok((StatusCode::CREATED, Json(CreatedToken { id, token })))
}
