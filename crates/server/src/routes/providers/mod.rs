//! Model providers.

pub mod change;
pub mod create;
mod form;
pub mod list;
pub mod remove;
pub mod test;

use serde::Serialize;
use steersman_protocol::ProviderId;
use steersman_runtime::store::ModelProviderRow;

/// A provider without its key.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProviderView {
    /// Absent for the built-in provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<ProviderId>,
    name: String,
    /// Which API it speaks: one of the kinds that can be added, or `local` for the built-in provider.
    kind: String,
    base_url: String,
    model: String,
    is_default: bool,
    /// Whether a key is set; the key itself is never shown.
    has_key: bool,
}

impl ProviderView {
    fn of(row: ModelProviderRow, with_key: &[ProviderId]) -> Self {
        let ModelProviderRow {
            id,
            name,
            kind,
            base_url,
            model,
            is_default,
            ..
        } = row;
        Self {
            id: Some(id),
            name,
            kind: kind.to_string(),
            base_url,
            model,
            is_default,
            has_key: with_key.contains(&id),
        }
    }
}
