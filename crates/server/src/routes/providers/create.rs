//! A new provider.

use super::ProviderView;
use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::Body,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use steersman_protocol::{Permission, ProviderId};
use steersman_runtime::{store::ModelProviderRow, toolkit::SecretString};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewProvider {
    name: String,
    /// `openai_chat`: any server that speaks OpenAI's Chat Completions.
    #[serde(default = "openai_chat")]
    dialect: String,
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

fn openai_chat() -> String {
    "openai_chat".into()
}

/// Add a model provider. Needs `provider:manage`.
#[utoipa::path(post, path = "/api/models", tag = "models", request_body = NewProvider, responses((status = 201, body = ProviderView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewProvider>,
) -> Result<(StatusCode, Json<ProviderView>)> {
    let what = "Could not add the model provider";
    caller.must(&app, Permission::PROVIDER_MANAGE, what).await?;
    if new.dialect != "openai_chat" {
        return Err(Failed::new(
            "model.bad_dialect",
            what,
            format!("\"{}\" is no dialect of this build", new.dialect),
            "Use openai_chat",
        ));
    }
    if !(new.base_url.starts_with("http://") || new.base_url.starts_with("https://"))
        || ["", "local"].contains(&new.name.trim())
        || new.name.len() > 63
    {
        return Err(Failed::new(
            "model.bad_settings",
            what,
            "the name is empty, longer than 63 bytes or \"local\", or the address does not begin with http:// or https://",
            "Correct them",
        ));
    }
    // The address is shown and audited.
    if new.base_url.contains('@') || new.base_url.contains('?') {
        return Err(Failed::new(
            "model.bad_settings",
            what,
            "the address holds a user name, password or query",
            "Leave them out, and send the key as api_key",
        ));
    }
    let now = app.runtime.now();
    let row = ModelProviderRow {
        id: ProviderId::from_uuid(app.runtime.fresh_id()),
        organization_id: caller.actor.organization_id,
        name: new.name.trim().to_owned(),
        dialect: new.dialect,
        base_url: new.base_url,
        model: new.model,
        is_default: new.is_default,
        created_at: now,
    };
    let entry = app.runtime.audit_of(
        &caller.actor,
        "provider.created",
        format!("Added the model provider {}.", row.name),
        json!({ "base_url": row.base_url, "model": row.model, "is_default": row.is_default }),
    );
    app.runtime
        .store()
        .create_provider(row.clone(), new.api_key, now, entry)
        .await
        .doing(what)?;
    app.runtime.choose_provider().await?;
    Ok((StatusCode::CREATED, Json(ProviderView::from(row))))
}
