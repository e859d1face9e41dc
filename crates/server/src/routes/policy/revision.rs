//! The rules at one time.

use super::revisions::RevisionView;
use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::PathId,
};
use axum::{Json, extract::State};
use serde::Serialize;
use steersman_protocol::{Permission, Policy};

#[derive(Serialize, utoipa::ToSchema)]
pub struct WholeRevision {
    #[serde(flatten)]
    about: RevisionView,
    policy: Policy,
    /// The rules before, to compare; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<Policy>,
}

/// One revision of the policy, whole, by its number. Needs `policy:read`.
#[utoipa::path(get, path = "/api/policy/revisions/{id}", tag = "policy", params(("id" = i64, Path, description = "Number of the revision")), responses((status = 200, body = WholeRevision)))]
pub async fn revision(
    State(app): State<App>,
    caller: Caller,
    PathId(number): PathId<String>,
) -> Result<Json<WholeRevision>> {
    let what = "Could not open the policy's revision";
    caller.must(&app, Permission::POLICY_READ, what).await?;
    // After the rights: whether a number is one of ours is nobody else's business.
    let number: i64 = number.parse().map_err(|_| {
        Failed::new(
            "request.not_found",
            what,
            "revisions are numbered from 1",
            "See /api/policy/revisions",
        )
    })?;
    let found = app
        .runtime
        .store()
        .policy_revision_with_previous(caller.actor.organization_id, number)
        .await
        .doing(what)?;
    Ok(Json(WholeRevision {
        about: RevisionView::from(&found),
        policy: found.policy,
        previous: found.previous,
    }))
}
