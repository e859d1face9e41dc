//! A failure, told to a person or a model.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Says what we were doing, why it stopped and what to do next. Never holds a secret or a raw vendor error.
///
/// `code` is stable and dotted (`postgres.too_large`); clients match it. The sentences are for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// Stable, dotted, lower case: `area.what`.
    pub code: String,
    /// What we were doing and to what: "Could not plan create_index on orders-db".
    pub what: String,
    /// Why it stopped.
    pub why: String,
    /// What the reader can do now. Empty only where there is truly nothing to do.
    pub next: String,
}

impl Problem {
    pub fn new(
        code: impl Into<String>,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            what: what.into(),
            why: why.into(),
            next: next.into(),
        }
    }

    /// The same problem with another account of what we were doing: callers know the tool and the target.
    pub fn while_doing(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            self.what.trim_end_matches('.'),
            self.why.trim_end_matches('.')
        )?;
        if self.next.is_empty() {
            write!(f, ". ({})", self.code)
        } else {
            write!(f, ". {}. ({})", self.next.trim_end_matches('.'), self.code)
        }
    }
}

impl std::error::Error for Problem {}
