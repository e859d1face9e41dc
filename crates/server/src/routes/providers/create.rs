//! A new provider.

use super::{ProviderView, form};
use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, Failed, While},
    request::Body,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use steersman_protocol::{Permission, ProviderId, ProviderKind};
use steersman_runtime::{
    store::ModelProviderRow,
    toolkit::{ExposeSecret, SecretString},
};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewProvider {
    name: String,
    /// Which API it speaks: `openai` (Chat Completions, any compatible server) unless said otherwise.
    #[serde(default)]
    #[schema(value_type = Option<ProviderKind>)]
    kind: Option<String>,
    base_url: String,
    model: String,
    /// Sealed; never shown again.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    api_key: Option<SecretString>,
    /// Whether it is asked first from now on.
    #[serde(default)]
    is_default: bool,
}

/// Add a model provider. Needs `provider:manage`.
#[utoipa::path(post, path = "/api/models", tag = "models", request_body = NewProvider, responses((status = 201, body = ProviderView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewProvider>,
) -> Result<(StatusCode, Json<ProviderView>), Detailed> {
    let what = "Could not add the model provider";
    caller.must(&app, Permission::PROVIDER_MANAGE, what).await?;
    let kind = form::kind(new.kind.as_deref(), what)?.unwrap_or(ProviderKind::Openai);
    form::check(&new.name, new.base_url.trim(), &new.model, what)?;
    let now = app.runtime.now();
    let row = ModelProviderRow {
        id: ProviderId::from_uuid(app.runtime.fresh_id()),
        organization_id: caller.actor.organization_id,
        name: new.name.trim().to_owned(),
        kind,
        base_url: new.base_url.trim().to_owned(),
        model: new.model.trim().to_owned(),
        is_default: new.is_default,
        created_at: now,
    };
    let entry = app.runtime.audit_of(
        &caller.actor,
        "provider.created",
        format!("Added the model provider {}.", row.name),
        json!({ "kind": row.kind, "base_url": row.base_url, "model": row.model, "is_default": row.is_default }),
    );
    let api_key = new.api_key.filter(|key| !key.expose_secret().trim().is_empty());
    let with_key: Vec<ProviderId> = api_key.iter().map(|_| row.id).collect();
    app.runtime
        .store()
        .create_provider(row.clone(), api_key, now, entry)
        .await
        .doing(what)
        .map_err(|Failed(problem)| form::at_its_field(problem))?;
    app.runtime.choose_provider().await?;
    Ok((StatusCode::CREATED, Json(ProviderView::of(row, &with_key))))
}
