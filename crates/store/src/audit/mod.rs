//! The audit log: one hash chain an organization, its end sealed under a key outside of the database.
//!
//! A header (when, what, result, risk, run) is chained for good. A body (who, which parameters, from where) is chained
//! only by a salted digest, so that it can be erased. The head, number and hash of the last entry, is sealed in the same
//! transaction as the entry. What a walk cannot see: a whole database put back to an older state, head and all; compare
//! the head with one noted elsewhere for that.

mod append;
mod chain;
mod erase;
mod filter;
mod list;
mod search;
mod stats;
mod verify;

pub(crate) use chain::Head;
pub use erase::EraseFilter;
pub use filter::AuditFilter;
pub(crate) use search::search_pattern;
use search::{escaped, search_text};
pub use stats::AuditStats;
