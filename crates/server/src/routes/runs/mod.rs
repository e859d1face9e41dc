//! Runs: one piece of work each.

pub mod cancel;
pub mod events;
pub mod get;
pub mod list;

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
};
use steersman_protocol::{Permission, RunId, RunView};

/// A run that the caller may see: their own, or any with `approval:decide`.
pub(in crate::routes) async fn visible(app: &App, caller: &Caller, id: RunId, what: &str) -> Result<RunView> {
    let run = app
        .runtime
        .store()
        .run(caller.actor.organization_id, id)
        .await
        .doing(what)?;
    if run.user_id != caller.user.id && !caller.actor.may(Permission::APPROVE) {
        return Err(Failed::new(
            "store.not_found",
            what,
            "there is no such run of yours",
            "Look at the list of your runs",
        ));
    }
    Ok(run)
}
