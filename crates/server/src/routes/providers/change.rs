//! Editing a provider.

use super::{ProviderView, form};
use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, Failed, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use steersman_protocol::{Permission, ProviderId, ProviderKind};
use steersman_runtime::{
    store::ModelProviderRow,
    toolkit::{ExposeSecret, SecretString},
};

/// What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ProviderChange {
    #[serde(default)]
    name: Option<String>,
    /// Which API it speaks.
    #[serde(default)]
    #[schema(value_type = Option<ProviderKind>)]
    kind: Option<String>,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    model: Option<String>,
    /// Takes the place of the old key. Absent or empty keeps it; `null` removes it.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "given")]
    api_key: Option<Option<SecretString>>,
    /// `true`: asked first from now on. `false`: no longer, and the built-in one takes over if it was.
    #[serde(default)]
    is_default: Option<bool>,
}

/// Tells `null` from absent.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<SecretString>>, D::Error> {
    Option::<SecretString>::deserialize(from).map(Some)
}

/// Change a model provider. Needs `provider:manage`.
#[utoipa::path(patch, path = "/api/models/{id}", tag = "models", params(("id" = ProviderId, Path)), request_body = ProviderChange, responses((status = 200, body = ProviderView)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ProviderId>,
    Body(change): Body<ProviderChange>,
) -> Result<Json<ProviderView>, Detailed> {
    let what = "Could not change the model provider";
    caller.must(&app, Permission::PROVIDER_MANAGE, what).await?;
    let organization_id = caller.actor.organization_id;
    let store = app.runtime.store();
    let rows = store.providers(organization_id).await.doing(what)?;
    let mut row = rows
        .into_iter()
        .find(|row| row.id == id)
        .ok_or_else(|| Failed::new("store.not_found", what, "there is no such provider", "See /api/models"))?;
    let before = seen(&row);
    row.kind = form::kind(change.kind.as_deref(), what)?.unwrap_or(row.kind);
    row.name = change.name.unwrap_or(row.name).trim().to_owned();
    let base_url = change.base_url.as_deref().unwrap_or(&row.base_url).trim().to_owned();
    let has_moved = std::mem::replace(&mut row.base_url, base_url) != row.base_url;
    row.model = change.model.unwrap_or(row.model).trim().to_owned();
    row.is_default = change.is_default.unwrap_or(row.is_default);
    form::check(&row.name, &row.base_url, &row.model, what)?;
    let removes_key = matches!(change.api_key, Some(None));
    let api_key = change
        .api_key
        .flatten()
        .filter(|key| !key.expose_secret().trim().is_empty());
    let with_key = store.providers_with_key(organization_id).await.doing(what)?;
    if has_moved && api_key.is_none() && !removes_key && with_key.contains(&id) {
        return Err(form::key_needed(what));
    }
    let entry = app.runtime.audit_of(
        &caller.actor,
        "provider.changed",
        format!("Changed the model provider {}.", row.name),
        json!({ "before": before, "after": seen(&row), "new_key": api_key.is_some(), "removed_key": removes_key }),
    );
    store
        .update_provider(row.clone(), api_key, removes_key, app.runtime.now(), entry)
        .await
        .doing(what)
        .map_err(|Failed(problem)| form::at_its_field(problem))?;
    app.runtime.choose_provider().await?;
    let with_key = store.providers_with_key(organization_id).await.doing(what)?;
    Ok(Json(ProviderView::of(row, &with_key)))
}

/// For the audit: all but the key.
fn seen(row: &ModelProviderRow) -> Value {
    json!({
        "name": row.name, "kind": row.kind, "base_url": row.base_url, "model": row.model, "is_default": row.is_default,
    })
}
