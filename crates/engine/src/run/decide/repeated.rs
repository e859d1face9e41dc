//! A request that comes a second time: the same one finds its run, another one with the same id is refused.

use super::branches::Said;
use crate::audit::redact;
use crate::input::{ProposedCall, RefusedCall};
use crate::run::Run;
use serde_json::Value;
use steersman_protocol::{Problem, canonical_json};

/// `run.already_started` for the same message once more, `run.started_otherwise` for another one.
pub(super) fn message(run: &Run, said: &Said) -> Problem {
    let is_same = run.session_id == Some(said.session_id)
        && run.text == said.text
        && run.replaces == said.replaces.as_ref().map(|replaced| replaced.run_id)
        && (said.page.is_none() || run.page == said.page);
    already_started(is_same)
}

/// The same for calls by hand. Arguments of a refused call are kept without what was secret in them, so they are
/// compared without it.
pub(super) fn calls(run: &Run, again: &[Result<ProposedCall, RefusedCall>]) -> Problem {
    let is_same = run.calls.len() + run.refused.len() == again.len();
    already_started(is_same && (0..).zip(again).all(|(at, again)| is_same_call(run, at, again)))
}

fn is_same_call(run: &Run, at: usize, again: &Result<ProposedCall, RefusedCall>) -> bool {
    match (run.calls.get(at), again) {
        (Some(first), Ok(call)) => {
            first.tool == call.tool && first.target.id == call.target.id && is_equal(&first.arguments, &call.arguments)
        }
        (Some(first), Err(refused)) => {
            first.tool.as_str() == refused.call.name && is_equal(&redact(&first.arguments), &refused.call.arguments)
        }
        (None, again) => run.refused.get(at - run.calls.len()).is_some_and(|first| match again {
            Ok(call) => {
                first.call.name == call.tool.as_str() && is_equal(&first.call.arguments, &redact(&call.arguments))
            }
            Err(refused) => {
                first.call.name == refused.call.name && is_equal(&first.call.arguments, &refused.call.arguments)
            }
        }),
    }
}

fn is_equal(one: &Value, other: &Value) -> bool {
    canonical_json(one) == canonical_json(other)
}

fn already_started(is_same: bool) -> Problem {
    match is_same {
        true => Problem::new(
            "run.already_started",
            "Could not start the run",
            "a run with this id exists",
            "Use a new id",
        ),
        false => Problem::new(
            "run.started_otherwise",
            "Could not start the run",
            "a run with this id was started by another request",
            "Use a new id",
        ),
    }
}
