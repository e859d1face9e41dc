//! What the server acknowledged, written down outside of it.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};
use steersman_protocol::{ApprovalId, ExecutionId, RunId, SessionId};

/// Shared by all people of one chaos.
#[derive(Default)]
pub struct Book {
    pages: Mutex<Pages>,
    marks: AtomicU64,
}

#[derive(Clone, Default)]
pub struct Pages {
    pub sessions: Vec<SessionId>,
    pub said: Vec<Said>,
    pub changes: Vec<Change>,
    /// Runs of queries called by hand.
    pub queried: Vec<RunId>,
    /// Events that a stream showed: run and number, position and content.
    pub seen: BTreeMap<(RunId, i64), (i64, Value)>,
    /// Anything that must not be, found while driving.
    pub broken: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Said {
    /// Sent again with the same key until it is taken.
    pub key: String,
    pub session_id: SessionId,
    pub text: String,
    pub run_id: Option<RunId>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub mark: String,
    pub key: String,
    pub fate: Fate,
    /// Set when the server had taken it.
    pub proposed: Option<Proposed>,
    pub is_decided: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    pub run_id: RunId,
    pub execution_id: ExecutionId,
    pub approval_id: ApprovalId,
}

/// What its person means to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Approve,
    Reject,
    /// Left to wait.
    Leave,
    /// Approved, and the run stopped right after.
    Stop,
}

impl Book {
    pub fn open(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A number that no change had before.
    pub fn next_mark(&self) -> u64 {
        self.marks.fetch_add(1, Ordering::Relaxed) + 1
    }
}
