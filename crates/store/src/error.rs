//! Why the store could not do something.

use std::{error::Error, fmt, sync::Arc};
use steersman_protocol::{GrantId, GrantUse, Problem, RunId, SessionId, TargetId};

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Whatever the variant: nothing of the failed call is in the database.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else was written first, or is there already.
    #[error("{0}")]
    Conflict(Conflict),
    /// It is not there, or it belongs to another organization.
    #[error("there is no such {what}")]
    NotFound { what: &'static str },
    /// The caller's request makes no sense; the sentence says why.
    #[error("{0}")]
    Invalid(String),
    /// No space left. The store works again by itself when there is.
    #[error("no space is left for the database")]
    Full(#[source] Source),
    /// Another process holds the database for longer than we wait (5 seconds).
    #[error("another process holds the database")]
    Busy(#[source] Source),
    /// The store is shut or its writer has ended.
    #[error("the store is closed")]
    Closed,
    /// A secret or seal needs a master key that was not given.
    #[error("the database was sealed under master key {key_id}, which was not given")]
    UnknownKey { key_id: String },
    /// A seal does not fit what it seals: somebody changed the database by hand.
    #[error("{0}")]
    Tampered(String),
    /// The database was written by a newer Steersman.
    #[error("the database has version {found}, this program knows versions up to {known}")]
    Newer { found: i64, known: i64 },
    /// Anything else, with its source.
    #[error("the database failed")]
    Broken(#[source] Source),
}

/// What stood in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The run has moved on: its last event is not the one that the commit was decided upon.
    Sequence { run_id: RunId, expected: i64, found: i64 },
    /// A grant is for one use, and that has been.
    GrantUsed { grant_id: GrantId, grant_use: GrantUse },
    /// The organization's rules are at another revision.
    PolicyRevision { expected: i64, found: i64 },
    /// The target was edited (`found`) or removed (`None`).
    TargetRevision {
        target_id: TargetId,
        expected: i64,
        found: Option<i64>,
    },
    /// The saved tool was changed meanwhile.
    ToolRevision { expected: i64, found: i64 },
    /// Something else was said in the session first, or another branch is shown now.
    LeafMoved { session_id: SessionId },
    /// Names are unique; `what` is the thing with its name.
    Exists { what: String },
}

/// A source that can be told to every member of a group that failed together.
#[derive(Clone, Debug)]
pub struct Source(Arc<dyn Error + Send + Sync>);

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl Error for Source {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl StoreError {
    pub(crate) fn broken(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        StoreError::Broken(Source(source.into().into()))
    }

    pub(crate) fn not_found(what: &'static str) -> Self {
        StoreError::NotFound { what }
    }

    /// Says which thing is there already, where a unique column refused.
    pub(crate) fn naming(self, thing: &str, name: &str) -> Self {
        match self {
            StoreError::Conflict(Conflict::Exists { .. }) => StoreError::Conflict(Conflict::Exists {
                what: format!("a {thing} named \"{name}\""),
            }),
            other => other,
        }
    }

    /// True when SQLite may have given up the whole transaction, not only the statement that failed.
    pub(crate) fn ends_the_transaction(&self) -> bool {
        match self {
            StoreError::Full(_) | StoreError::Busy(_) | StoreError::Closed => true,
            StoreError::Broken(source) => !source.is_refusal(),
            StoreError::Conflict(_)
            | StoreError::NotFound { .. }
            | StoreError::Invalid(_)
            | StoreError::UnknownKey { .. }
            | StoreError::Tampered(_)
            | StoreError::Newer { .. } => false,
        }
    }

    /// `what` says what we were doing and to what: "Could not save the policy". The source goes to the log here, not
    /// into the problem.
    ///
    /// Codes: `store.conflict`, `store.grant_used`, `store.policy_changed`, `store.target_changed`, `store.tool_changed`, `store.leaf_moved`, `store.exists`,
    /// `store.not_found`, `store.invalid`, `store.disk_full`, `store.unavailable`, `store.unknown_key`,
    /// `store.tampered`, `store.newer`, `store.broken`.
    pub fn to_problem(&self, what: &str) -> Problem {
        let (code, next) = self.code_and_next();
        if let StoreError::Broken(source) | StoreError::Busy(source) | StoreError::Full(source) = self {
            tracing::error!(code, what, %source, "the database failed");
        }
        Problem::new(code, what, sentence(&self.to_string()), next)
    }

    fn code_and_next(&self) -> (&'static str, &'static str) {
        match self {
            StoreError::Conflict(conflict) => conflict.code_and_next(),
            StoreError::NotFound { .. } => ("store.not_found", "Check the id, or look it up in its list."),
            StoreError::Invalid(_) => ("store.invalid", "Correct the request."),
            StoreError::Full(_) => (
                "store.disk_full",
                "Make space on the disk of the data directory; nothing was done and nothing has to be restarted.",
            ),
            StoreError::Busy(_) => (
                "store.unavailable",
                "Try again; if it stays, look for a second Steersman or a tool that has the database file open.",
            ),
            StoreError::Closed => ("store.unavailable", "Wait until Steersman has started again."),
            StoreError::UnknownKey { .. } => (
                "store.unknown_key",
                "Start with the key that this database was made with (the key file or STEERSMAN_KEY).",
            ),
            StoreError::Tampered(_) => (
                "store.tampered",
                "Run `steersman audit verify`, keep the database file as evidence, and restore a backup.",
            ),
            StoreError::Newer { .. } => (
                "store.newer",
                "Start the newer version again, or restore the backup from before the upgrade.",
            ),
            StoreError::Broken(_) => ("store.broken", "See the log for the cause."),
        }
    }
}

impl Conflict {
    fn code_and_next(&self) -> (&'static str, &'static str) {
        match self {
            Conflict::Sequence { .. } => ("store.conflict", "Load the run again and decide anew."),
            Conflict::GrantUsed { .. } => ("store.grant_used", "Propose the change again; it needs a new approval."),
            Conflict::PolicyRevision { .. } => (
                "store.policy_changed",
                "Load the rules again; what was decided under the old ones has to be decided anew.",
            ),
            Conflict::TargetRevision { .. } => (
                "store.target_changed",
                "Load the target again; what was planned for the old one has to be planned anew.",
            ),
            Conflict::ToolRevision { .. } => ("store.tool_changed", "Load the saved tool again and change that."),
            Conflict::LeafMoved { .. } => ("store.leaf_moved", "Load the session again and send the message anew."),
            Conflict::Exists { .. } => ("store.exists", "Choose another name, or use the one that is there."),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conflict::Sequence {
                run_id,
                expected,
                found,
            } => write!(f, "run {run_id} is at event {found}, not {expected}"),
            Conflict::GrantUsed { grant_id, .. } => write!(f, "grant {grant_id} has been used"),
            Conflict::PolicyRevision { expected, found } => {
                write!(f, "the rules are at revision {found}, not {expected}")
            }
            Conflict::TargetRevision {
                expected,
                found: Some(found),
                ..
            } => write!(f, "the target is at revision {found}, not {expected}"),
            Conflict::TargetRevision { found: None, .. } => write!(f, "the target was removed"),
            Conflict::ToolRevision { expected, found } => {
                write!(f, "the saved tool is at revision {found}, not {expected}")
            }
            Conflict::LeafMoved { session_id } => write!(
                f,
                "something else was said in session {session_id} meanwhile, or another branch is shown"
            ),
            Conflict::Exists { what } => write!(f, "there is {what} already"),
        }
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

// Result codes: https://www.sqlite.org/rescode.html
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const FULL: i32 = 13;
const CONSTRAINT: i32 = 19;
const CONSTRAINT_FOREIGN_KEY: i32 = 787;
const CONSTRAINT_PRIMARY_KEY: i32 = 1555;
const CONSTRAINT_UNIQUE: i32 = 2067;
const ERROR: i32 = 1;
const MISMATCH: i32 = 20;
const RANGE: i32 = 25;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = sqlite_code(&error);
        match (code.unwrap_or_default(), code.map(|code| code & 0xff)) {
            (CONSTRAINT_UNIQUE | CONSTRAINT_PRIMARY_KEY, _) => StoreError::Conflict(Conflict::Exists {
                what: "a row with the same id or name".into(),
            }),
            (CONSTRAINT_FOREIGN_KEY, _) => StoreError::not_found("thing that this one refers to"),
            (_, Some(FULL)) => StoreError::Full(Source(Arc::new(error))),
            (_, Some(BUSY | LOCKED)) => StoreError::Busy(Source(Arc::new(error))),
            _ => StoreError::Broken(Source(Arc::new(error))),
        }
    }
}

/// The extended result code.
fn sqlite_code(error: &rusqlite::Error) -> Option<i32> {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => Some(failure.extended_code),
        _ => None,
    }
}

impl Source {
    pub(crate) fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }

    /// True when only one statement or value was refused and the transaction around it stands.
    fn is_refusal(&self) -> bool {
        match self.0.downcast_ref::<rusqlite::Error>() {
            Some(error) => match sqlite_code(error).map(|code| code & 0xff) {
                Some(code) => matches!(code, ERROR | CONSTRAINT | MISMATCH | RANGE),
                None => true,
            },
            None => true,
        }
    }

    /// True for input/output failures, which a full disk can cause too.
    pub(crate) fn is_input_output(&self) -> bool {
        const IOERR: i32 = 10;
        matches!(
            self.0
                .downcast_ref::<rusqlite::Error>()
                .and_then(sqlite_code)
                .map(|code| code & 0xff),
            Some(IOERR)
        )
    }
}
