//! The only SQL on our own database: event log, views, audit chain, approvals, sealed secrets.
//!
//! [`Store`] is what callers hold: reads go to a few read-only connections, writes queue for the one [`Writer`], which
//! commits what waits as a group with a single sync to disk. A write that returned `Ok` survives a power cut; one
//! that returned an error left nothing behind. Dropping a caller's future tears nothing: the writer owns the commit.
//!
//! A good addition is a table with its few plain statements in a file named after it. Deliberately absent: clocks
//! (times come in as values), decisions, spawning (the caller runs the writer), and statements that only SQLite
//! understands, outside of `db.rs`, `engine.rs` and `migrations/sqlite/`.

mod approvals;
mod audit;
mod branches;
mod commit;
mod credentials;
mod custom_tools;
mod db;
mod engine;
mod error;
mod executions;
mod following;
mod handovers;
mod log;
mod logins;
mod marks;
mod messages;
mod metrics;
mod migrate;
mod organizations;
mod overview;
mod page;
mod policies;
mod providers;
mod readers;
mod runs;
mod sealing;
mod servers;
mod sessions;
mod settings;
mod store;
mod targets;
mod tokens;
mod users;
mod writer;

pub use approvals::ApprovalFilter;
pub use audit::{AuditFilter, AuditStats, EraseFilter};
pub use branches::{LeafStep, PathPage, PathRun};
pub use commit::{Commit, NewEffect};
pub use custom_tools::SavedTool;
pub use error::{Conflict, Result, Source, StoreError};
pub use following::{EventFilter, EventKinds};
pub use handovers::{Handover, HandoverEnd, HandoverState, NewSecret};
pub use log::OpenEffect;
pub use metrics::{Look, MetricQuery, MetricSeries};
pub use organizations::Organization;
pub use overview::WorkCounts;
pub use page::PageRequest;
pub use policies::PolicyRevision;
pub use providers::ModelProviderRow;
pub use runs::{RunFilter, RunSummary};
pub use sealing::{KeyError, KeyRing, MasterKey};
pub use sessions::SessionFilter;
pub use steersman_protocol::AuditDraft;
pub use store::{Store, StoreOptions};
pub use tokens::ApiToken;
pub use writer::Writer;
