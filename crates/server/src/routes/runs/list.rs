//! Runs.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Paging, Query},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use steersman_protocol::{Page, Permission, RunStatus, RunView, SessionId};
use steersman_runtime::store::RunFilter;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Filter {
    session: Option<SessionId>,
    status: Option<RunStatus>,
}

/// Runs, newest first: mine, or everybody's with `approval:decide`.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(Filter, Paging), responses((status = 200, body = Page<RunView>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<RunView>>> {
    let user = (!caller.actor.may(Permission::APPROVE)).then_some(caller.user.id);
    let filter = RunFilter {
        session: filter.session,
        status: filter.status,
        user,
    };
    let page = app
        .runtime
        .store()
        .runs(caller.actor.organization_id, filter, paging.into())
        .await
        .doing("Could not list runs")?;
    Ok(Json(page))
}
