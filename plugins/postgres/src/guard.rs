//! The judge of one SQL statement that is to run as a read.
//!
//! Two stages. [`parse_read_only`] is pure: PostgreSQL's own grammar reads the text, every
//! node of the tree is visited against a table of what a read may hold, and everything
//! named is collected. [`check_catalogue`] then asks the server what those names mean there:
//! which functions they could call, what views, operators, casts and types hide. Both
//! refuse when unsure, with a sentence that says why.
//!
//! Neither is the only wall: the statement runs in a read-only transaction with time-outs
//! ([`begin_read_only`]), by the extended protocol (one statement), under a role with no more
//! than it needs.
//!
//! A good addition: a reviewed extension or function in `rating`. Deliberately absent: any
//! way to allow a statement by its looks, by a comment in it, or by a setting of a target.

mod catalogue;
mod explain;
mod forbidden;
mod grammar;
mod names;
mod rating;
mod refusal;
mod session;
mod statement;
mod walk;

pub use catalogue::{CheckFailure, CheckedStatement, Lookups, check_catalogue};
pub use names::{FunctionCall, Name, Names, TypeUse};
pub use refusal::Refusal;
pub use session::{ReadLimits, begin_read_only};
pub use statement::{Kind, LONGEST_STATEMENT_BYTES, ReadOnlyStatement, parse_explain_analyze, parse_read_only};

/// Stable codes of refusals, for callers that match on them.
pub mod codes {
    pub use super::refusal::{
        EMPTY_STATEMENT, FOREIGN_TABLE, FUNCTION_REFUSED, NOT_PERMITTED, NOT_READ_ONLY, SECRET, SEVERAL_STATEMENTS,
        TOO_COMPLEX, TYPE_REFUSED, UNKNOWN_NAME, UNKNOWN_SYNTAX, UNSAFE_SESSION,
    };
}
