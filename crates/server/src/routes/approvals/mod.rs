//! Questions to people.

pub mod approve;
pub mod get;
pub mod list;
pub mod reject;

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
};
use steersman_protocol::{ApprovalId, ApprovalView, Permission};

/// An approval that the caller may see: of their own request, or any with `approval:decide`.
async fn visible(app: &App, caller: &Caller, id: ApprovalId, what: &str) -> Result<ApprovalView> {
    let approval = app
        .runtime
        .store()
        .approval(caller.actor.organization_id, id)
        .await
        .doing(what)?;
    if approval.requested_by != caller.user.id && !caller.actor.may(Permission::APPROVE) {
        return Err(Failed::new(
            "approval.not_found",
            what,
            "there is no such approval for you",
            "Look at the list of approvals",
        ));
    }
    Ok(approval)
}
