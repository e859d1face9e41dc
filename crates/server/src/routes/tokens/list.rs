//! My tokens.

use super::TokenView;
use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use steersman_protocol::Page;

/// My tokens, newest first.
#[utoipa::path(get, path = "/api/tokens", tag = "tokens", responses((status = 200, body = Page<TokenView>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<TokenView>>> {
    let tokens = app
        .runtime
        .store()
        .tokens(caller.user.id)
        .await
        .doing("Could not list your tokens")?;
    Ok(Json(Page {
        items: tokens.into_iter().map(TokenView::from).collect(),
        next_cursor: None,
    }))
}
