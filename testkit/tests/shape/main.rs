//! The shape of the workspace: who may import whom, what may be done in one place only, and tidiness.
//!
//! Each rule is a function from what is there to violations, and is itself tested with a planted one. A failure lists
//! `file:line`, what was found and the rule in a sentence. Rules come from ARCHITECTURE.md; change that first.

mod edges;
mod names;
mod places;
mod shipped;
mod tidy;
mod tools;
mod workspace;

/// Something that breaks a rule, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    pub path: String,
    pub line: usize,
    pub found: String,
    pub rule: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {} ({})", self.path, self.line, self.found, self.rule)
    }
}

/// Fails with every violation on a line of its own.
#[track_caller]
pub fn none(violations: Vec<Violation>) {
    let lines: Vec<String> = violations.iter().map(|violation| format!("\n  {violation}")).collect();
    assert!(
        lines.is_empty(),
        "{} places break a rule:{}",
        lines.len(),
        lines.concat()
    );
}

/// The places of the violations, `path:line`, for tests of the rules.
pub fn places_of(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(|v| format!("{}:{}", v.path, v.line)).collect()
}
