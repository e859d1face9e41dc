//! Trying a provider.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::PathId,
};
use axum::{extract::State, http::StatusCode};
use steersman_protocol::{Permission, ProviderId};
use steersman_runtime::{Gateway, ProviderSettings};

/// Ask a provider one small question and say exactly what is wrong, if anything. Needs `provider:manage`.
#[utoipa::path(post, path = "/api/models/{id}/test", tag = "models", params(("id" = ProviderId, Path)), responses((status = 204)))]
pub async fn test(State(app): State<App>, caller: Caller, PathId(id): PathId<ProviderId>) -> Result<StatusCode> {
    let what = "Could not test the model provider";
    caller.must(&app, Permission::PROVIDER_MANAGE, what).await?;
    let rows = app
        .runtime
        .store()
        .providers(caller.actor.organization_id)
        .await
        .doing(what)?;
    let row = rows
        .into_iter()
        .find(|row| row.id == id)
        .ok_or_else(|| Failed::new("store.not_found", what, "there is no such provider", "See /api/models"))?;
    let api_key = app.runtime.store().provider_key(id).await.doing(what)?;
    Gateway::test(ProviderSettings {
        kind: row.kind,
        name: row.name,
        base_url: row.base_url,
        model: row.model,
        api_key,
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
