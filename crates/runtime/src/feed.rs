//! Following what happens: stored events by their position, and the live rest (text as it streams, progress, notices).

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use steersman_engine::run::call_of;
use steersman_protocol::{
    Event, EventRecord, ExecutionId, Health, OrganizationId, Problem, RunId, SessionId, TargetId, Timestamp,
};
use tokio::sync::broadcast;

/// Items kept for a slow follower; one that falls further behind catches up from the store.
const BACKLOG: usize = 4_096;
/// Lines of progress that are shown of one call, the newest.
const MOST_LINES: usize = 20;
/// Bytes of a line of progress.
const LONGEST_LINE: usize = 500;

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
        /// Bytes of the turn's text before this piece, so that nobody takes a piece twice. Set by the feed.
        offset: usize,
    },
    /// A line of progress of long work. Not stored.
    Progress {
        session_id: Option<SessionId>,
        run_id: RunId,
        execution_id: ExecutionId,
        line: String,
        /// Grows with every line, so that nobody takes a line twice. Set by the feed.
        number: u64,
    },
    /// Something a person should know now, such as a full disk. Not stored.
    Notice {
        session_id: Option<SessionId>,
        run_id: RunId,
        problem: Problem,
    },
    /// What a look at a target found. Stored as samples, not as an event.
    Health {
        organization_id: OrganizationId,
        target_id: TargetId,
        at: Timestamp,
        health: Health,
    },
    /// A target was added, edited or removed by a person.
    TargetChanged {
        organization_id: OrganizationId,
        target_id: TargetId,
        change: TargetChange,
    },
    /// The organization's audit log reaches to this number now.
    AuditAppended {
        organization_id: OrganizationId,
        number: i64,
    },
    /// Somebody is writing a message. `from` is the connection they write on, which need not hear of it.
    Typing {
        session_id: SessionId,
        user_name: String,
        from: u64,
    },
}

/// What was done to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetChange {
    Created,
    Changed,
    Removed,
}

impl TargetChange {
    pub const fn as_str(self) -> &'static str {
        match self {
            TargetChange::Created => "created",
            TargetChange::Changed => "changed",
            TargetChange::Removed => "removed",
        }
    }
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

/// The newest lines of a call at work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(VecDeque<(u64, String)>);

impl Lines {
    /// Adds a line, and forgets the oldest of too many. False when it is no newer than what is there.
    pub fn add(&mut self, number: u64, line: String) -> bool {
        if self.0.back().is_some_and(|(last, _)| number <= *last) {
            return false;
        }
        self.0.push_back((number, line));
        while self.0.len() > MOST_LINES {
            self.0.pop_front();
        }
        true
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Oldest first.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(|(_, line)| line.clone()).collect()
    }
}

/// Tells followers.
pub(crate) struct Feed {
    sender: broadcast::Sender<Arc<FeedItem>>,
    /// Text of answers that are being written, for followers who come in the middle.
    partial: Mutex<HashMap<RunId, (u32, String)>>,
    /// Lines of calls at work since their last event, for the same followers.
    progress: Mutex<HashMap<ExecutionId, Lines>>,
    line_number: AtomicU64,
}

impl Feed {
    pub fn new() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
            partial: Mutex::default(),
            progress: Mutex::default(),
            line_number: AtomicU64::new(0),
        }
    }

    pub fn follow(&self) -> Tail {
        Tail(self.sender.subscribe())
    }

    pub fn tell(&self, mut item: FeedItem) {
        match &mut item {
            FeedItem::Delta {
                run_id,
                turn,
                text,
                offset,
                ..
            } => *offset = self.add_partial(*run_id, *turn, text),
            FeedItem::Event { record, .. } => {
                self.end_partial(record);
                if let Some(execution_id) = call_of(&record.event) {
                    lock(&self.progress).remove(&execution_id);
                }
            }
            FeedItem::Progress {
                execution_id,
                line,
                number,
                ..
            } => {
                crate::drivers::model::cut(line, LONGEST_LINE);
                *number = 1 + self.line_number.fetch_add(1, Ordering::Relaxed);
                let mut progress = lock(&self.progress);
                progress.entry(*execution_id).or_default().add(*number, line.clone());
            }
            FeedItem::Notice { .. }
            | FeedItem::Health { .. }
            | FeedItem::TargetChanged { .. }
            | FeedItem::AuditAppended { .. }
            | FeedItem::Typing { .. } => {}
        }
        // Nobody listening is fine.
        let _ = self.sender.send(Arc::new(item));
    }

    /// The turn's text so far, while it is being written.
    pub fn partial(&self, run_id: RunId) -> Option<(u32, String)> {
        lock(&self.partial).get(&run_id).cloned()
    }

    /// What a call at work has said since its last event, oldest first.
    pub fn progress(&self, execution_id: ExecutionId) -> Lines {
        lock(&self.progress).get(&execution_id).cloned().unwrap_or_default()
    }

    pub fn forget_progress(&self, execution_id: ExecutionId) {
        lock(&self.progress).remove(&execution_id);
    }

    /// Forgets what is left of a turn's text: pieces that came after the run was stopped.
    pub fn forget_partial(&self, run_id: RunId, turn: u32) {
        let mut partial = lock(&self.partial);
        if partial.get(&run_id).is_some_and(|(of, _)| *of == turn) {
            partial.remove(&run_id);
        }
    }

    /// Returns the bytes that were there before.
    fn add_partial(&self, run_id: RunId, turn: u32, text: &str) -> usize {
        let mut partial = lock(&self.partial);
        let entry = partial.entry(run_id).or_insert_with(|| (turn, String::new()));
        if entry.0 != turn {
            *entry = (turn, String::new());
        }
        let before = entry.1.len();
        entry.1.push_str(text);
        before
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
