//! Server-sent events: stored events by position, and the live rest.

use crate::{access::Pass, app::App};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use futures::Stream;
use serde_json::json;
use std::{collections::VecDeque, convert::Infallible, time::Duration};
use steersman_protocol::{EventRecord, OrganizationId, RunId, SessionId};
use steersman_runtime::{FeedItem, Tail, TailItem};
use tokio::time::{Instant, sleep_until};

/// Events read from the store at a time.
const BATCH: u32 = 200;

/// What somebody may follow.
#[derive(Clone, Copy)]
pub enum Scope {
    Session(SessionId),
    Run(RunId),
    /// Everything of the caller's organization, without streamed text.
    Organization,
}

/// How long somebody who may no longer look is still shown something.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Everything in `scope` after `position`, then live, until the client goes or is no longer signed in, the run of a
/// `Run` scope ends or the server stops. A follower who is too slow catches up from the store.
pub fn follow(
    app: App,
    pass: Pass,
    organization_id: OrganizationId,
    scope: Scope,
    position: i64,
) -> Sse<impl Stream<Item = Result<Frame, Infallible>>> {
    // Listening begins before the store is read, so that nothing falls between.
    let tail = app.runtime.tail();
    let follower = Follower {
        app,
        pass,
        look_again_at: Instant::now() + LOOK_AGAIN,
        organization_id,
        scope,
        position,
        tail,
        waiting: VecDeque::new(),
        is_caught_up: false,
        is_over: false,
    };
    let frames = futures::stream::unfold(follower, |mut follower| async move {
        let frame = follower.next().await?;
        Some((Ok(frame), follower))
    });
    Sse::new(frames).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)).text("keep-alive"))
}

struct Follower {
    app: App,
    pass: Pass,
    look_again_at: Instant,
    organization_id: OrganizationId,
    scope: Scope,
    position: i64,
    tail: Tail,
    waiting: VecDeque<Frame>,
    is_caught_up: bool,
    is_over: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some(frame);
            }
            if self.is_over {
                return None;
            }
            if !self.is_caught_up {
                if self.catch_up().await.is_err() {
                    return None;
                }
                continue;
            }
            let runtime = self.app.runtime.clone();
            tokio::select! {
                item = self.tail.next() => match item {
                    TailItem::Item(item) => self.take(&item),
                    TailItem::Behind => self.is_caught_up = false,
                    TailItem::Closed => return None,
                },
                () = runtime.stopping() => return None,
                () = sleep_until(self.look_again_at) => {
                    self.look_again_at = Instant::now() + LOOK_AGAIN;
                    if !matches!(self.pass.holder(&self.app).await, Ok(Some(_))) {
                        return None;
                    }
                }
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), ()> {
        let store = self.app.runtime.store();
        let records = match self.scope {
            Scope::Session(id) => store.session_events(id, self.position, BATCH).await,
            Scope::Run(id) => store
                .run_events(id, 0)
                .await
                .map(|all| all.into_iter().filter(|r| r.position > self.position).collect()),
            Scope::Organization => store.events_after(self.organization_id, self.position, BATCH).await,
        };
        let records = records.map_err(|error| tracing::warn!(%error, "could not read events for a stream"))?;
        let is_whole = matches!(self.scope, Scope::Run(_)) || records.len() < BATCH as usize;
        let mut open_run = None;
        for record in &records {
            match record.event {
                steersman_protocol::Event::RunEnded { .. } => open_run = None,
                _ => open_run = Some(record.run_id),
            }
            self.push(record);
        }
        if is_whole {
            self.is_caught_up = true;
            if let (Some(run_id), false) = (open_run, matches!(self.scope, Scope::Organization)) {
                self.push_partial(run_id);
            }
        }
        Ok(())
    }

    fn push(&mut self, record: &EventRecord) {
        self.position = self.position.max(record.position);
        if matches!(
            (self.scope, &record.event),
            (Scope::Run(_), steersman_protocol::Event::RunEnded { .. })
        ) {
            self.is_over = true;
        }
        if let Ok(data) = serde_json::to_string(record) {
            self.waiting.push_back(
                Frame::default()
                    .id(record.position.to_string())
                    .event("event")
                    .data(data),
            );
        }
    }

    /// The answer that is being written right now, whole, for somebody who comes in the middle.
    fn push_partial(&mut self, run_id: RunId) {
        if let Some((turn, text)) = self.app.runtime.partial_answer(run_id) {
            let data = json!({ "run_id": run_id, "turn": turn, "text": text, "reset": true });
            self.waiting
                .push_back(Frame::default().event("delta").data(data.to_string()));
        }
    }

    fn take(&mut self, item: &FeedItem) {
        let is_mine = |session_id: Option<SessionId>, run_id: RunId| match self.scope {
            Scope::Session(id) => session_id == Some(id),
            Scope::Run(id) => run_id == id,
            Scope::Organization => false,
        };
        match item {
            FeedItem::Event {
                organization_id,
                record,
            } => {
                let is_wanted = match self.scope {
                    Scope::Organization => true,
                    Scope::Session(_) | Scope::Run(_) => is_mine(record.session_id, record.run_id),
                };
                if *organization_id == self.organization_id && is_wanted && record.position > self.position {
                    self.push(record);
                }
            }
            FeedItem::Delta {
                session_id,
                run_id,
                turn,
                text,
                ..
            } if is_mine(*session_id, *run_id) => {
                self.send("delta", &json!({ "run_id": run_id, "turn": turn, "text": text }));
            }
            FeedItem::Progress {
                session_id,
                run_id,
                execution_id,
                line,
                ..
            } if is_mine(*session_id, *run_id) => {
                self.send(
                    "progress",
                    &json!({ "run_id": run_id, "execution_id": execution_id, "line": line }),
                );
            }
            FeedItem::Notice {
                session_id,
                run_id,
                problem,
            } if is_mine(*session_id, *run_id) => {
                self.send("notice", &json!({ "run_id": run_id, "problem": problem }));
            }
            FeedItem::Delta { .. } | FeedItem::Progress { .. } | FeedItem::Notice { .. } => {}
            // Told on `/api/ws`.
            FeedItem::Health { .. }
            | FeedItem::TargetChanged { .. }
            | FeedItem::AuditAppended { .. }
            | FeedItem::Typing { .. } => {}
        }
    }

    fn send(&mut self, kind: &str, data: &serde_json::Value) {
        self.waiting
            .push_back(Frame::default().event(kind).data(data.to_string()));
    }
}
