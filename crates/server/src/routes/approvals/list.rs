//! The queue.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Paging, Query, Several},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{ApprovalStatus, ApprovalView, Page, Permission, Risk, RunId, SessionId};
use steersman_runtime::store::ApprovalFilter;

/// All that is set must match.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Filter {
    /// One or several with commas between them: `approved,rejected`.
    #[param(value_type = Option<String>)]
    status: Several<ApprovalStatus>,
    risk: Option<Risk>,
    /// Name of a target.
    target: Option<String>,
    /// Name of the person who asked.
    requested_by: Option<String>,
    session: Option<SessionId>,
    run: Option<RunId>,
}

/// Approvals, newest first: everybody's with `approval:decide`, otherwise those of my own requests.
#[utoipa::path(get, path = "/api/approvals", tag = "approvals", params(Filter, Paging), responses((status = 200, body = Page<ApprovalView>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<ApprovalView>>> {
    let set = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let filter = ApprovalFilter {
        statuses: filter.status.0,
        risk: filter.risk,
        target: set(filter.target),
        requested_by_name: set(filter.requested_by),
        session: filter.session,
        run: filter.run,
        requested_by: (!caller.actor.may(Permission::APPROVE)).then_some(caller.user.id),
    };
    let page = app
        .runtime
        .store()
        .approvals(caller.actor.organization_id, filter, paging.into())
        .await
        .doing("Could not list approvals")?;
    Ok(Json(page))
}
