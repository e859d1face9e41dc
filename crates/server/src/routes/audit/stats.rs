//! Numbers about entries.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::collections::BTreeMap;
use steersman_protocol::Permission;
use steersman_runtime::store::AuditStats;

#[derive(Serialize, utoipa::ToSchema)]
pub struct Stats {
    entries: i64,
    by_risk: BTreeMap<String, i64>,
    by_result: BTreeMap<String, i64>,
    /// The last 30 days, UTC.
    by_day: BTreeMap<String, i64>,
    /// The ten most used tools.
    top_tools: Vec<(String, i64)>,
}

/// Counts of entries. Needs `audit:read`.
#[utoipa::path(get, path = "/api/audit/stats", tag = "audit", responses((status = 200, body = Stats)))]
pub async fn stats(State(app): State<App>, caller: Caller) -> Result<Json<Stats>> {
    let what = "Could not count audit entries";
    caller.must(&app, Permission::AUDIT_READ, what).await?;
    let AuditStats {
        entries,
        by_risk,
        by_result,
        by_day,
        top_tools,
    } = app
        .runtime
        .store()
        .audit_stats(caller.actor.organization_id)
        .await
        .doing(what)?;
    Ok(Json(Stats {
        entries,
        by_risk,
        by_result,
        by_day,
        top_tools,
    }))
}
