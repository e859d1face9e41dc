//! The end of a token.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{extract::State, http::StatusCode};
use serde_json::json;
use steersman_protocol::TokenId;

/// Revoke a token.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "tokens", params(("id" = TokenId, Path)), responses((status = 204)))]
pub async fn revoke(State(app): State<App>, caller: Caller, PathId(id): PathId<TokenId>) -> Result<StatusCode> {
    let entry = app
        .runtime
        .audit_of(&caller.actor, "token.revoked", "Revoked a token.", json!({ "id": id }));
    app.runtime
        .store()
        .revoke_token(caller.user.id, id, app.runtime.now(), entry)
        .await
        .doing("Could not revoke the token")?;
    Ok(StatusCode::NO_CONTENT)
}
