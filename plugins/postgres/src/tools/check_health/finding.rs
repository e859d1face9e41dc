//! What one check found.

use serde_json::{Value, json};
use steersman_toolkit::protocol::{Cell, Problem};

/// From the best to the worst, but for what is not known: that is less than a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    Ok,
    NotKnown,
    Warning,
    Problem,
}

impl Verdict {
    /// By two limits: a warning from the first on, a problem from the second on.
    pub(super) fn of<T: PartialOrd>(value: T, limits: [T; 2]) -> Self {
        let [warning, problem] = limits;
        match value {
            value if value >= problem => Verdict::Problem,
            value if value >= warning => Verdict::Warning,
            _ => Verdict::Ok,
        }
    }

    pub(super) fn warning_if(is_so: bool) -> Self {
        if is_so { Verdict::Warning } else { Verdict::Ok }
    }

    fn in_words(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::NotKnown => "not known",
            Verdict::Warning => "warning",
            Verdict::Problem => "problem",
        }
    }
}

pub(super) struct Finding {
    /// Set by whoever runs the family.
    pub family: &'static str,
    pub what: &'static str,
    pub value: String,
    pub limit: String,
    pub verdict: Verdict,
    /// Empty where nothing is to be done.
    pub advice: String,
    /// Tool, arguments, why.
    pub suggestion: Option<(&'static str, Value, String)>,
}

impl Finding {
    pub(super) fn new(
        what: &'static str,
        verdict: Verdict,
        value: impl Into<String>,
        limit: impl Into<String>,
    ) -> Self {
        Self {
            family: "",
            what,
            value: value.into(),
            limit: limit.into(),
            verdict,
            advice: String::new(),
            suggestion: None,
        }
    }

    /// `lacks` says which right or setting is missing.
    pub(super) fn not_known(what: &'static str, why: impl Into<String>, lacks: impl Into<String>) -> Self {
        Self::new(what, Verdict::NotKnown, why, "").advice_always(lacks)
    }

    /// A family that could not be looked at to its end.
    pub(super) fn failed(problem: &Problem) -> Self {
        Self::not_known("the rest of these checks", problem.why.clone(), problem.next.clone())
    }

    /// What to do, where it is not well.
    pub(super) fn advice(self, advice: impl Into<String>) -> Self {
        if self.verdict == Verdict::Ok {
            return self;
        }
        self.advice_always(advice)
    }

    fn advice_always(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// The tool that helps, where it is not well.
    pub(super) fn suggest(mut self, tool: &'static str, arguments: Value, because: impl Into<String>) -> Self {
        if matches!(self.verdict, Verdict::Warning | Verdict::Problem) {
            self.suggestion = Some((tool, arguments, because.into()));
        }
        self
    }

    pub(super) fn cells(&self) -> Vec<Cell> {
        vec![
            json!(self.family),
            json!(self.what),
            json!(self.verdict.in_words()),
            json!(self.value),
            json!(self.limit),
            json!(self.advice),
        ]
    }
}

/// `3: "a", "b" and 1 more`, or `none`.
pub(super) fn some_of(names: &[String], total: usize) -> String {
    const SHOWN: usize = 3;
    if total == 0 {
        return "none".to_owned();
    }
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("\"{name}\"")).collect();
    match total - shown.len() {
        0 => format!("{total}: {}", shown.join(", ")),
        more => format!("{total}: {} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_follows_from_two_limits() {
        for (value, expected) in [
            (0, Verdict::Ok),
            (79, Verdict::Ok),
            (80, Verdict::Warning),
            (95, Verdict::Problem),
        ] {
            assert_eq!(Verdict::of(value, [80, 95]), expected, "{value}");
        }
    }

    #[test]
    fn names_are_few_and_the_rest_is_counted() {
        let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(some_of(&[], 0), "none");
        assert_eq!(some_of(&names[..2], 2), "2: \"a\", \"b\"");
        assert_eq!(some_of(&names, 9), "9: \"a\", \"b\", \"c\" and 6 more");
    }
}
