//! Following what happens: stored events by their position, and the live rest (text as it streams, progress, notices).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use steersman_protocol::{Event, EventRecord, ExecutionId, OrganizationId, Problem, RunId, SessionId};
use tokio::sync::broadcast;

/// Items kept for a slow follower; one that falls further behind catches up from the store.
const BACKLOG: usize = 4_096;

/// One thing that happened.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all items are events, and all travel behind an Arc"
)]
pub enum FeedItem {
    /// A committed event.
    Event {
        organization_id: OrganizationId,
        record: EventRecord,
    },
    /// A piece of a model's answer. Not stored; the whole answer is an event.
    Delta {
        session_id: Option<SessionId>,
        run_id: RunId,
        turn: u32,
        text: String,
    },
    /// A line of progress of long work. Not stored.
    Progress {
        session_id: Option<SessionId>,
        run_id: RunId,
        execution_id: ExecutionId,
        line: String,
    },
    /// Something a person should know now, such as a full disk. Not stored.
    Notice {
        session_id: Option<SessionId>,
        run_id: RunId,
        problem: Problem,
    },
}

/// What a follower reads next.
pub enum TailItem {
    Item(Arc<FeedItem>),
    /// The follower was too slow and missed items: read the store again from the last position seen.
    Behind,
    Closed,
}

/// A follower.
pub struct Tail(broadcast::Receiver<Arc<FeedItem>>);

impl Tail {
    pub async fn next(&mut self) -> TailItem {
        match self.0.recv().await {
            Ok(item) => TailItem::Item(item),
            Err(broadcast::error::RecvError::Lagged(_)) => TailItem::Behind,
            Err(broadcast::error::RecvError::Closed) => TailItem::Closed,
        }
    }
}

/// Tells followers.
pub(crate) struct Feed {
    sender: broadcast::Sender<Arc<FeedItem>>,
    /// Text of answers that are being written, for followers who come in the middle.
    partial: Mutex<HashMap<RunId, (u32, String)>>,
}

impl Feed {
    pub fn new() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
            partial: Mutex::default(),
        }
    }

    pub fn follow(&self) -> Tail {
        Tail(self.sender.subscribe())
    }

    pub fn tell(&self, item: FeedItem) {
        match &item {
            FeedItem::Delta { run_id, turn, text, .. } => self.add_partial(*run_id, *turn, text),
            FeedItem::Event { record, .. } => self.end_partial(record),
            FeedItem::Progress { .. } | FeedItem::Notice { .. } => {}
        }
        // Nobody listening is fine.
        let _ = self.sender.send(Arc::new(item));
    }

    /// The turn's text so far, while it is being written.
    pub fn partial(&self, run_id: RunId) -> Option<(u32, String)> {
        lock(&self.partial).get(&run_id).cloned()
    }

    fn add_partial(&self, run_id: RunId, turn: u32, text: &str) {
        let mut partial = lock(&self.partial);
        let entry = partial.entry(run_id).or_insert_with(|| (turn, String::new()));
        if entry.0 != turn {
            *entry = (turn, String::new());
        }
        entry.1.push_str(text);
    }

    /// The answer is complete, or given up: it is an event now.
    fn end_partial(&self, record: &EventRecord) {
        if matches!(
            record.event,
            Event::ModelAnswered { .. }
                | Event::ModelFailed { .. }
                | Event::CancelRequested { .. }
                | Event::RunEnded { .. }
        ) {
            lock(&self.partial).remove(&record.run_id);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
