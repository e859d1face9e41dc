//! Saving a query as a tool.

use super::{SavedToolView, detailed};
use crate::{access::Caller, app::App, problem::Detailed, request::Body};
use axum::{Json, extract::State, http::StatusCode};
use steersman_protocol::{CustomTool, Permission};

/// Save a query as a tool: models, the assistant and people are offered it from now on. Needs `target:manage`.
///
/// The statement is judged as one that only reads, now by its text and at every run also by what it names there. What
/// is wrong is in `errors` of the problem, by JSON pointer. A repeated request with a name that is taken is 409
/// `store.exists`.
#[utoipa::path(post, path = "/api/tools/custom", tag = "tools", request_body = CustomTool, responses((status = 201, body = SavedToolView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(definition): Body<CustomTool>,
) -> Result<(StatusCode, Json<SavedToolView>), Detailed> {
    let what = "Could not save the tool";
    caller.must(&app, Permission::TARGET_MANAGE, what).await?;
    let saved = app
        .runtime
        .create_custom_tool(&caller.actor, definition)
        .await
        .map_err(detailed)?;
    let registry = app.runtime.registry_of(caller.actor.organization_id);
    Ok((StatusCode::CREATED, Json(SavedToolView::of(saved, &registry))))
}
