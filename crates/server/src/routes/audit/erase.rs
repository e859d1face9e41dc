//! Erasing what names people, without breaking the chain.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::Body,
};
use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_protocol::{Permission, RunId, UserId};
use steersman_runtime::store::EraseFilter;

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Which {
    user: Option<UserId>,
    run: Option<RunId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Erased {
    entries: u64,
}

/// Erase the bodies of entries (names, parameters, addresses). Needs `policy:manage`.
///
/// The chain still verifies; the erasure is an entry of its own. At least one condition has to be given.
#[utoipa::path(post, path = "/api/audit/erase", tag = "audit", request_body = Which, responses((status = 200, body = Erased)))]
pub async fn erase(State(app): State<App>, caller: Caller, Body(which): Body<Which>) -> Result<Json<Erased>> {
    let what = "Could not erase audit entries";
    caller.must(&app, Permission::POLICY_MANAGE, what).await?;
    if which.user.is_none() && which.run.is_none() && which.before.is_none() {
        return Err(Failed::new(
            "request.no_condition",
            what,
            "it is not said which",
            "Give a user, a run or a time",
        ));
    }
    let parameters = json!({ "user": which.user, "run": which.run, "before": which.before });
    let entry = app.runtime.audit_of(
        &caller.actor,
        "audit.erased",
        "Erased the bodies of audit entries.",
        parameters,
    );
    let filter = EraseFilter {
        user: which.user,
        run: which.run,
        before: which.before,
    };
    let entries = app
        .runtime
        .store()
        .erase_audit_bodies(caller.actor.organization_id, filter, entry.body, app.runtime.now())
        .await
        .doing(what)?;
    Ok(Json(Erased { entries }))
}
