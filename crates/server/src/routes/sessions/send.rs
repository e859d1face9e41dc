//! Saying something.

use super::said::NewMessage;
use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::{Body, PathId, has_key, id_for, reused_key},
    ui_stream::follow,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::ACCEPT},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use steersman_protocol::{Command, MessageId, RunId, SessionId};

#[derive(Serialize, utoipa::ToSchema)]
pub struct Taken {
    run_id: RunId,
    /// Follow `/api/sessions/{id}/events?after=` this position for what comes of it, event by event.
    seq: i64,
}

/// Say something in a session of mine. Needs `ai:chat`.
///
/// 202 when it is durably taken. With `Accept: text/event-stream`, or a body in the form of an AI SDK client, the answer
/// streams on this very request, as an AI SDK UI message stream (`x-vercel-ai-ui-message-stream: v1`) that ends with the
/// run or where a person has to decide. A lost connection is resumed on `/api/sessions/{id}/stream`, and the run goes on
/// meanwhile. An `Idempotency-Key` makes a repeated request find the first one's run; with another body it is refused
/// (`request.key_reused`).
///
/// The run continues the session's active path, and a model remembers that path only; `replaces` branches off.
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
    let said = new.read()?;
    let replaces = match said.is_again && said.replaces.is_none() {
        // A client that names no answer means the last one.
        true => {
            app.runtime
                .store()
                .path_runs(session_id, None, None, 1)
                .await
                .doing(what)?
                .leaf
        }
        false => said.replaces,
    };
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
        text: said.text,
        replaces,
        page: said.page,
        actor: caller.actor.clone(),
    };
    match app.runtime.submit(command).await {
        Ok(_) => {}
        Err(problem) if problem.code == "run.already_started" && has_key(&headers) => {}
        Err(problem) => return Err(Failed(reused_key(problem, what))),
    }
    let accepts_stream = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kinds| kinds.contains("text/event-stream"));
    if accepts_stream || said.is_foreign {
        return Ok(follow::response(app, caller.pass, run_id));
    }
    let events = app.runtime.store().run_events(run_id, 0).await.doing(what)?;
    let seq = events.first().map_or(0, |first| first.position - 1);
    Ok((StatusCode::ACCEPTED, Json(Taken { run_id, seq })).into_response())
}
