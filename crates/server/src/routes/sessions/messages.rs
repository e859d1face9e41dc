//! What was said.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{Json, extract::State};
use steersman_protocol::{ChatMessage, Page, SessionId};

/// Messages read at most; the newest.
const MOST: u32 = 500;

/// The newest messages of the session's active path, oldest first. Needs `ai:chat`.
#[utoipa::path(get, path = "/api/sessions/{id}/messages", tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = Page<ChatMessage>)))]
pub async fn messages(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SessionId>,
) -> Result<Json<Page<ChatMessage>>> {
    let what = "Could not read the messages";
    let session = super::own(&app, &caller, id, what).await?;
    let items = match session.leaf_run_id {
        Some(leaf) => app.runtime.store().messages_on_path(id, leaf, MOST).await.doing(what)?,
        None => Vec::new(),
    };
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
