//! All providers.

use super::ProviderView;
use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use steersman_protocol::{Page, Permission};

/// Model providers, the built-in one among them. Needs `provider:manage`.
#[utoipa::path(get, path = "/api/models", tag = "models", responses((status = 200, body = Page<ProviderView>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<ProviderView>>> {
    let what = "Could not list model providers";
    caller.must(&app, Permission::PROVIDER_MANAGE, what).await?;
    let rows = app
        .runtime
        .store()
        .providers(caller.actor.organization_id)
        .await
        .doing(what)?;
    let with_key = app
        .runtime
        .store()
        .providers_with_key(caller.actor.organization_id)
        .await
        .doing(what)?;
    let is_default = !rows.iter().any(|row| row.is_default);
    let built_in = ProviderView {
        id: None,
        name: "local".into(),
        kind: "local".into(),
        base_url: String::new(),
        model: "local".into(),
        is_default,
        has_key: false,
    };
    let items = std::iter::once(built_in)
        .chain(rows.into_iter().map(|row| ProviderView::of(row, &with_key)))
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
