//! Another title.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::{Body, PathId},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::json;
use steersman_protocol::{Session, SessionId};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewTitle {
    title: String,
}

/// Rename a session of mine. Needs `ai:chat`.
#[utoipa::path(patch, path = "/api/sessions/{id}", tag = "sessions", params(("id" = SessionId, Path)), request_body = NewTitle, responses((status = 200, body = Session)))]
pub async fn rename(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SessionId>,
    Body(new): Body<NewTitle>,
) -> Result<Json<Session>> {
    let what = "Could not rename the session";
    let session = super::own(&app, &caller, id, what).await?;
    let title = new.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > 200 {
        return Err(Failed::new(
            "session.bad_title",
            what,
            "a title has 1 to 200 characters",
            "Choose another",
        ));
    }
    let entry = app.runtime.audit_of(
        &caller.actor,
        "session.renamed",
        "Renamed a chat session.",
        json!({ "session": id }),
    );
    app.runtime
        .store()
        .rename_session(session.organization_id, id, title, app.runtime.now(), entry)
        .await
        .doing(what)?;
    Ok(Json(super::own(&app, &caller, id, what).await?))
}
