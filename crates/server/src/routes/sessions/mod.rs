//! Chat sessions and their messages.

pub mod close;
pub mod create;
pub mod delete;
pub mod events;
pub mod get;
pub mod leaf;
pub mod list;
pub mod messages;
pub mod read;
pub mod rename;
pub mod reopen;
pub mod said;
pub mod send;
pub mod stream;
pub mod transcript;

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
};
use steersman_protocol::{Permission, Session, SessionId};

/// The caller's own session.
///
/// Errors: `auth.forbidden` without `ai:chat`, `store.not_found` when there is none or it is somebody else's.
async fn own(app: &App, caller: &Caller, id: SessionId, what: &str) -> Result<Session> {
    caller.must(app, Permission::CHAT, what).await?;
    let session = app
        .runtime
        .store()
        .session(caller.actor.organization_id, id)
        .await
        .doing(what)?;
    if session.user_id != caller.user.id {
        return Err(Failed::new(
            "store.not_found",
            what,
            "there is no such session of yours",
            "Look at the list of your sessions",
        ));
    }
    Ok(session)
}
