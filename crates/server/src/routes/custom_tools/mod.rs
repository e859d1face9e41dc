//! Queries that an organization saved as tools.

pub mod change;
pub mod create;
pub mod list;
pub mod remove;
pub mod test;

use crate::problem::{Detailed, FieldError};
use serde::Serialize;
use steersman_protocol::{CustomTool, CustomToolId, Timestamp, ToolName};
use steersman_runtime::{Unfit, store::SavedTool};

#[derive(Serialize, utoipa::ToSchema)]
pub struct SavedToolView {
    id: CustomToolId,
    /// The name to call it by; absent while the saved statement is no tool in this build.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<ToolName>,
    /// Send the one that was read when changing it.
    revision: i64,
    #[serde(flatten)]
    definition: CustomTool,
    changed_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl SavedToolView {
    fn of(saved: SavedTool, registry: &steersman_runtime::Registry) -> Self {
        let name: Option<ToolName> = saved.definition.tool_name().parse().ok();
        Self {
            id: saved.id,
            tool: name.filter(|name| registry.spec(name).is_some()),
            revision: saved.revision,
            definition: saved.definition,
            changed_by: saved.changed_by,
            created_at: saved.created_at,
            updated_at: saved.updated_at,
        }
    }
}

fn detailed(unfit: Unfit) -> Detailed {
    let errors = unfit.errors.iter();
    Detailed {
        errors: errors.map(|bad| FieldError::at(bad.pointer(), bad.message())).collect(),
        ..unfit.problem.into()
    }
}
