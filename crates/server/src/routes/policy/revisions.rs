//! The rules over time.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Paging, Query},
};
use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use steersman_protocol::{Page, Permission};
use steersman_runtime::{engine::policy::what_changed, store::PolicyRevision};

#[derive(Serialize, utoipa::ToSchema)]
pub struct RevisionView {
    revision: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who saved it; absent where that was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
    /// What it changed, in a sentence.
    sentence: String,
    /// How many rules it has.
    rules: usize,
}

impl From<&PolicyRevision> for RevisionView {
    fn from(one: &PolicyRevision) -> Self {
        Self {
            revision: one.policy.revision,
            created_at: one.created_at,
            changed_by: one.changed_by.clone(),
            sentence: what_changed(one.previous.as_ref(), &one.policy),
            rules: one.policy.rules.len(),
        }
    }
}

/// Revisions of the policy, newest first. Needs `policy:read`.
#[utoipa::path(get, path = "/api/policy/revisions", tag = "policy", params(Paging), responses((status = 200, body = Page<RevisionView>)))]
pub async fn revisions(
    State(app): State<App>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<RevisionView>>> {
    let what = "Could not list the policy's revisions";
    caller.must(&app, Permission::POLICY_READ, what).await?;
    let store = app.runtime.store();
    let page = store
        .policy_revisions(caller.actor.organization_id, paging.into())
        .await
        .doing(what)?;
    Ok(Json(Page {
        items: page.items.iter().map(RevisionView::from).collect(),
        next_cursor: page.next_cursor,
    }))
}
