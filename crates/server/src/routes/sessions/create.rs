//! A new session.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::{Body, has_key, id_for},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use serde_json::json;
use steersman_protocol::{Anchor, PageAnchor, Permission, Session, SessionId, SessionStatus};

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewSession {
    /// Without one, the first message becomes the title.
    title: Option<String>,
    anchor: Anchor,
}

/// Open a session. Needs `ai:chat`.
#[utoipa::path(post, path = "/api/sessions", tag = "sessions", request_body = NewSession, responses((status = 201, body = Session)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(new): Body<NewSession>,
) -> Result<(StatusCode, Json<Session>)> {
    let what = "Could not open a session";
    caller.must(&app, Permission::CHAT, what).await?;
    let title = new.title.unwrap_or_default().trim().to_owned();
    if title.chars().count() > 200 {
        return Err(Failed::new(
            "session.long_title",
            what,
            "the title is longer than 200 characters",
            "Shorten it",
        ));
    }
    if let Some(Err(why)) = new.anchor.page.as_ref().map(PageAnchor::check) {
        return Err(Failed::new(
            "session.bad_page",
            what,
            format!("what it says of the page is not in order: {why}"),
            "Shorten it",
        ));
    }
    let now = app.runtime.now();
    let id = SessionId::from_uuid(id_for(&headers, caller.user.id, "session", app.runtime.fresh_id()));
    let organization_id = caller.actor.organization_id;
    if has_key(&headers)
        && let Ok(there) = app.runtime.store().session(organization_id, id).await
    {
        return Ok((StatusCode::CREATED, Json(there)));
    }
    let session = Session {
        id,
        organization_id,
        user_id: caller.user.id,
        title,
        status: SessionStatus::Active,
        anchor: new.anchor,
        created_at: now,
        updated_at: now,
        leaf_run_id: None,
        is_unread: false,
        waiting: 0,
        preview: None,
    };
    let entry = app.runtime.audit_of(
        &caller.actor,
        "session.created",
        "Opened a chat session.",
        json!({ "session": id }),
    );
    let created = app.runtime.store().create_session(session.clone(), now, entry).await;
    if created.is_err()
        && has_key(&headers)
        && let Ok(there) = app.runtime.store().session(organization_id, id).await
    {
        // The same request, sent twice at once.
        return Ok((StatusCode::CREATED, Json(there)));
    }
    created.doing(what)?;
    Ok((StatusCode::CREATED, Json(session)))
}
