//! What was said and done, as messages.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{PathId, Query},
    ui_stream::{
        encode::Encoder,
        read::{broken, read},
        reduce::{Part, Reducer, Role, UiMessage},
    },
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_protocol::{RunId, SessionId};
use steersman_runtime::store::PathRun;

/// Runs of a page when no number is asked for.
const SOME_RUNS: u32 = 30;
const MOST_RUNS: u32 = 100;
/// Bytes of answers after which a page ends early: results of tools may be large.
const PAGE_BYTES: usize = 4 << 20;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Which {
    /// Runs, 1 to 100; 30 when absent. A page may end earlier where what it shows is large.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    before: Option<RunId>,
    /// The end of the path to show; the session's active one when absent.
    leaf: Option<RunId>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Transcript {
    /// Oldest first, whole turns: what the person said, and the answer.
    items: Vec<UiMessage>,
    /// Absent where the conversation begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<RunId>,
    /// Where the path ends; absent before the first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf_run_id: Option<RunId>,
}

/// The newest part of a session of mine, or an older one. Needs `ai:chat`.
///
/// `items` are UIMessages of the AI SDK: exactly what streaming the runs would have made. The id of the assistant's
/// message is the run's id.
#[utoipa::path(get, path = "/api/sessions/{id}/transcript", tag = "sessions", params(("id" = SessionId, Path), Which), responses((status = 200, body = Transcript)))]
pub async fn transcript(
    State(app): State<App>,
    caller: Caller,
    PathId(session_id): PathId<SessionId>,
    Query(which): Query<Which>,
) -> Result<Json<Transcript>> {
    let what = "Could not read the conversation";
    super::own(&app, &caller, session_id, what).await?;
    let limit = which.limit.unwrap_or(SOME_RUNS).clamp(1, MOST_RUNS);
    let page = app
        .runtime
        .store()
        .path_runs(session_id, which.leaf, which.before, limit)
        .await
        .doing(what)?;
    let mut next_cursor = page.next;
    let mut newest_first = Vec::new();
    let (mut bytes, count) = (0, page.runs.len());
    for (index, path_run) in page.runs.iter().enumerate() {
        let (said, answer, size) = turn(&app, path_run, what).await?;
        newest_first.extend([answer, said]);
        bytes += size;
        if bytes > PAGE_BYTES && index + 1 < count {
            next_cursor = Some(path_run.run.id);
            break;
        }
    }
    newest_first.reverse();
    Ok(Json(Transcript {
        items: newest_first,
        next_cursor,
        leaf_run_id: page.leaf,
    }))
}

/// What the person said, the answer as it is now, and about how many bytes both are.
async fn turn(app: &App, path_run: &PathRun, what: &str) -> Result<(UiMessage, UiMessage, usize)> {
    let run_id = path_run.run.id;
    let (mut encoder, mut chunks) = (Encoder::new(run_id), Vec::new());
    read(&mut encoder, &app.runtime, what, &mut chunks).await?;
    let answer = Reducer::message_of(chunks).map_err(|unfit| broken(what, unfit.0))?;
    let run = encoder.run();
    let said = UiMessage {
        id: run.message_id.map_or_else(|| run_id.to_string(), |id| id.to_string()),
        role: Role::User,
        metadata: Some(json!({
            "run_id": run_id,
            "created_at": run.created_at,
            "siblings": path_run.siblings,
        })),
        parts: vec![Part::Text {
            text: run.text.clone(),
            state: None,
        }],
    };
    let mut size = Size(0);
    let _ = serde_json::to_writer(&mut size, &answer);
    Ok((said, answer, size.0))
}

/// Counts what is written, and keeps none of it.
struct Size(usize);

impl std::io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
