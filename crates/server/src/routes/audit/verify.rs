//! Walking the chain.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use steersman_protocol::{AuditVerification, Permission};

/// Check every entry of the hash chain. Needs `audit:read`.
#[utoipa::path(get, path = "/api/audit/verify", tag = "audit", responses((status = 200, body = AuditVerification)))]
pub async fn verify(State(app): State<App>, caller: Caller) -> Result<Json<AuditVerification>> {
    let what = "Could not verify the audit log";
    caller.must(&app, Permission::AUDIT_READ, what).await?;
    Ok(Json(
        app.runtime
            .store()
            .verify_audit(caller.actor.organization_id)
            .await
            .doing(what)?,
    ))
}
