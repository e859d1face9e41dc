//! The WebSocket.

use crate::{
    app::App,
    problem::{Failed, Result},
    socket::{Rest, Visitor, answer},
};
use axum::{
    Extension,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::Response,
};

/// Everything live over one WebSocket, for anybody who is signed in. Each subscription needs what its REST route needs.
///
/// Text frames of JSON, at most 64 KiB each. The client sends `{type, id, …}` and is told
/// `{type: "ack", id, ok: true, position}` or `{type: "ack", id, ok: false, problem}`; a frame without an id that
/// cannot be taken is told `{type: "problem", problem}`. Broadcasts of stored events carry `seq`; a later join with
/// `after` set to the last one seen replays what was missed, in order, then goes on live, nothing twice.
///
/// Client: `chat:join` {session_id, after?}, `chat:leave`, `chat:message` {session_id, text, page?, key?},
/// `chat:typing` {session_id}, `approval:subscribe` {after?}, `approval:respond` {approval_id, approve, digest, reason?},
/// `run:subscribe` {run_id?, after?}, `plugin:subscribe` {after?}, `audit:subscribe`, `workspace:subscribe`,
/// `alert:subscribe`, and `…:unsubscribe`. `key` is an Idempotency-Key.
///
/// Server: `chat:event`, `chat:tool_execution`, `chat:typing`, `approval:request`, `approval:response`, `run:event`,
/// `plugin:health`, `plugin:status`, `plugin:tool_executed`, `audit:appended`.
///
/// Closed with 4001 (the login ended), 4008 (too slow: join again with `after`), 1012 (the server restarts, or your
/// rights changed: connect again), 1003 (not text), 1007 (not UTF-8), 1008 (too many frames), 1009 (a frame is too
/// long), 1011 (events could not be read). Errors before the upgrade: 401 `auth.required`, 403 `auth.other_site`,
/// 400 `request.no_upgrade`, 429 `socket.too_many`.
#[utoipa::path(get, path = "/api/ws", tag = "system", responses((status = 101, description = "The WebSocket is open.")))]
pub async fn socket(
    State(app): State<App>,
    Extension(rest): Extension<Rest>,
    visitor: Visitor,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|rejection| {
        Failed::new(
            "request.no_upgrade",
            "Could not open a WebSocket",
            rejection.body_text(),
            "Use a WebSocket client",
        )
    })?;
    answer(app, rest, visitor, upgrade)
}
