//! `/api/ws`: what happens, as it happens, and the few things that a page does while it watches.
//!
//! A connection is one task with one queue of frames. What a client asks for is asked of the REST routes in its name
//! ([`rest`]), so there is no second way to be allowed something or to act. What it follows is read from the store up
//! to the present and from the feed from there ([`subscription`]).

mod act;
mod ask;
mod broadcast;
mod connection;
mod hall;
mod outgoing;
mod pace;
mod rest;
mod subscription;
mod visitor;

pub use hall::Hall;
pub use rest::Rest;
pub use visitor::Visitor;

use crate::{
    app::App,
    problem::{Failed, Result},
};
use axum::{extract::WebSocketUpgrade, response::Response};

/// Longest frame that is taken.
const LONGEST_FRAME: usize = 64 * 1024;
/// Kept small: most sockets say little, and there are many.
const BUFFER: usize = 4 * 1024;

/// Upgrades the request and serves it until either side ends it.
///
/// Errors: `socket.too_many`.
pub fn answer(app: App, rest: Rest, visitor: Visitor, upgrade: WebSocketUpgrade) -> Result<Response> {
    let seat = app.hall.enter(visitor.caller.user.id).ok_or_else(|| {
        Failed::new(
            "socket.too_many",
            "Could not open a WebSocket",
            "too many are open",
            "Close some tabs, or try again later",
        )
    })?;
    let upgrade = upgrade
        .max_message_size(LONGEST_FRAME)
        .max_frame_size(LONGEST_FRAME)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let runtime = app.runtime.clone();
        runtime
            .tracked(connection::serve(app, rest, visitor, seat, socket))
            .await;
    }))
}
