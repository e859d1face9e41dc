//! The end of a provider.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::PathId,
};
use axum::{extract::State, http::StatusCode};
use serde_json::json;
use steersman_protocol::{Permission, ProviderId};

/// Remove a model provider and its key. Needs `provider:manage`. The built-in one takes over when it was the default.
#[utoipa::path(delete, path = "/api/models/{id}", tag = "models", params(("id" = ProviderId, Path)), responses((status = 204)))]
pub async fn remove(State(app): State<App>, caller: Caller, PathId(id): PathId<ProviderId>) -> Result<StatusCode> {
    let what = "Could not remove the model provider";
    caller.must(&app, Permission::PROVIDER_MANAGE, what).await?;
    let entry = app.runtime.audit_of(
        &caller.actor,
        "provider.removed",
        "Removed a model provider.",
        json!({ "id": id }),
    );
    app.runtime
        .store()
        .delete_provider(caller.actor.organization_id, id, app.runtime.now(), entry)
        .await
        .doing(what)?;
    app.runtime.choose_provider().await?;
    Ok(StatusCode::NO_CONTENT)
}
