//! Entries.

use super::Filter;
use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Paging, Query},
};
use axum::{Json, extract::State};
use steersman_protocol::{AuditEntry, Page, Permission};

/// Audit entries, newest first. Needs `audit:read`.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(Filter, Paging), responses((status = 200, body = Page<AuditEntry>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<AuditEntry>>> {
    let what = "Could not read the audit log";
    caller.must(&app, Permission::AUDIT_READ, what).await?;
    Ok(Json(
        app.runtime
            .store()
            .audit(caller.actor.organization_id, filter.into(), paging.into())
            .await
            .doing(what)?,
    ))
}
