//! Saying something.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::{Body, PathId, has_key, id_for},
    stream::{Scope, follow},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::ACCEPT},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use steersman_protocol::{Command, MessageId, RunId, SessionId};

#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewMessage {
    /// At most 16,000 characters.
    text: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Taken {
    run_id: RunId,
    /// Follow `/api/sessions/{id}/events?after=` this position for what comes of it.
    seq: i64,
}

/// Say something in a session of mine. Needs `ai:chat`.
///
/// 202 when it is durably taken. With `Accept: text/event-stream` the answer streams on this very request; a lost
/// connection is resumed on `/api/sessions/{id}/events`, and the run goes on meanwhile. An `Idempotency-Key` makes a
/// repeated request find the first one's run.
#[utoipa::path(post, path = "/api/sessions/{id}/messages", tag = "sessions", params(("id" = SessionId, Path)), request_body = NewMessage, responses((status = 202, body = Taken)))]
pub async fn send(
    State(app): State<App>,
    caller: Caller,
    PathId(session_id): PathId<SessionId>,
    headers: HeaderMap,
    Body(new): Body<NewMessage>,
) -> Result<Response> {
    let what = "Could not take your message";
    super::own(&app, &caller, session_id, what).await?;
    let run_id = RunId::from_uuid(id_for(
        &headers,
        caller.user.id,
        &format!("message {session_id}"),
        app.runtime.fresh_id(),
    ));
    let command = Command::Say {
        run_id,
        session_id,
        message_id: MessageId::from_uuid(app.runtime.fresh_id()),
        text: new.text,
        actor: caller.actor.clone(),
    };
    match app.runtime.submit(command).await {
        Ok(_) => {}
        Err(problem) if problem.code == "run.already_started" && has_key(&headers) => {}
        Err(problem) => return Err(Failed(problem)),
    }
    let wants_stream = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kinds| kinds.contains("text/event-stream"));
    if wants_stream {
        return Ok(follow(app, caller.actor.organization_id, Scope::Run(run_id), 0).into_response());
    }
    let events = app.runtime.store().run_events(run_id, 0).await.doing(what)?;
    let seq = events.first().map_or(0, |first| first.position - 1);
    Ok((StatusCode::ACCEPTED, Json(Taken { run_id, seq })).into_response())
}
