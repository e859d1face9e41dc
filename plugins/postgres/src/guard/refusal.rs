//! Why a statement is not run as a read.

use std::fmt;

/// A refusal for a person or model: a stable code and a sentence that says why and what to
/// do instead. Never a secret, never a raw error of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub sentence: String,
}

impl Refusal {
    pub fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }

    pub(super) fn not_read_only(what: impl fmt::Display) -> Self {
        Self::new(
            NOT_READ_ONLY,
            format!(
                "This is not run as a read: {what}. Use one SELECT, VALUES, TABLE, SHOW or EXPLAIN, or the tool that makes this change."
            ),
        )
    }

    pub(super) fn function(what: impl fmt::Display) -> Self {
        Self::new(
            FUNCTION_REFUSED,
            format!("This is not run as a read: {what}. Leave that function out."),
        )
    }

    pub(super) fn type_or_cast(what: impl fmt::Display) -> Self {
        Self::new(
            TYPE_REFUSED,
            format!("This is not run as a read: {what}. Leave out what has that type."),
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.sentence, self.code)
    }
}

impl std::error::Error for Refusal {}

/// The statement writes, locks, or changes the session.
pub const NOT_READ_ONLY: &str = "postgres.not_read_only";
/// More than one statement in the text.
pub const SEVERAL_STATEMENTS: &str = "postgres.several_statements";
/// No statement in the text.
pub const EMPTY_STATEMENT: &str = "postgres.empty_statement";
/// PostgreSQL's grammar rejects it, or it holds something that was not reviewed.
pub const UNKNOWN_SYNTAX: &str = "postgres.unknown_syntax";
/// Too long, too deep, or over too many views to be judged.
pub const TOO_COMPLEX: &str = "postgres.too_complex";
/// It may call a function that does something, or that nobody reviewed.
pub const FUNCTION_REFUSED: &str = "postgres.function_refused";
/// It may use a type or a cast that runs code nobody reviewed.
pub const TYPE_REFUSED: &str = "postgres.type_refused";
/// A table, view, function or type of that name is not visible here.
pub const UNKNOWN_NAME: &str = "postgres.unknown_name";
/// The role may not look into a schema that it names.
pub const NOT_PERMITTED: &str = "postgres.not_permitted";
/// It reads a foreign table, which reaches another system.
pub const FOREIGN_TABLE: &str = "postgres.foreign_table";
/// It reads password hashes or stored credentials.
pub const SECRET: &str = "postgres.secret";
/// The session's settings make the meaning of the text uncertain.
pub const UNSAFE_SESSION: &str = "postgres.unsafe_session";
