//! The queue.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Paging, Query},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{ApprovalStatus, ApprovalView, Page, Permission, RunId, SessionId};
use steersman_runtime::store::ApprovalFilter;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Filter {
    status: Option<ApprovalStatus>,
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
    let filter = ApprovalFilter {
        status: filter.status,
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
