//! One entry.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{Json, extract::State};
use serde::Serialize;
use steersman_protocol::{AuditEntry, Permission};

/// An entry with what belongs to it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EntryView {
    #[serde(flatten)]
    entry: AuditEntry,
    /// Entries of the same execution, or else of the same run, oldest first; at most 100.
    related: Vec<AuditEntry>,
}

/// One audit entry, by id or number, with its related entries. Needs `audit:read`.
#[utoipa::path(get, path = "/api/audit/{id}", tag = "audit", params(("id" = String, Path)), responses((status = 200, body = EntryView)))]
pub async fn get(State(app): State<App>, caller: Caller, PathId(key): PathId<String>) -> Result<Json<EntryView>> {
    let what = "Could not open the audit entry";
    caller.must(&app, Permission::AUDIT_READ, what).await?;
    let store = app.runtime.store();
    let entry = store
        .audit_entry(caller.actor.organization_id, &key)
        .await
        .doing(what)?;
    let related = store.audit_related(&entry).await.doing(what)?;
    Ok(Json(EntryView { entry, related }))
}
