//! Tokens for programs.

pub mod create;
pub mod list;
pub mod revoke;

use serde::Serialize;
use steersman_protocol::TokenId;
use steersman_runtime::store::ApiToken;

/// A token without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenView {
    id: TokenId,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: jiff::Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<jiff::Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<jiff::Timestamp>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        let ApiToken {
            id,
            name,
            created_at,
            expires_at,
            revoked_at,
            ..
        } = token;
        Self {
            id,
            name,
            created_at,
            expires_at,
            revoked_at,
        }
    }
}
