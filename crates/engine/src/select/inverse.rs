//! Tools that take back what another one did, by the verbs of their names.

use std::collections::HashMap;
use steersman_protocol::{ToolName, ToolSpec};

const OPPOSITES: &[(&str, &str)] = &[
    ("add", "remove"),
    ("attach", "detach"),
    ("cordon", "uncordon"),
    ("create", "delete"),
    ("create", "drop"),
    ("create", "remove"),
    ("disable", "enable"),
    ("grant", "revoke"),
    ("lock", "unlock"),
    ("mount", "unmount"),
    ("pause", "resume"),
    ("pause", "unpause"),
    ("shutdown", "start"),
    ("start", "stop"),
];

/// For every tool, the numbers of those that undo it within the same plugin.
pub(super) fn inverses(tools: &[ToolSpec]) -> HashMap<ToolName, Vec<usize>> {
    let numbers: HashMap<&str, usize> = tools
        .iter()
        .enumerate()
        .map(|(number, tool)| (tool.name.as_str(), number))
        .collect();
    tools
        .iter()
        .filter_map(|tool| {
            let (verb, noun) = tool.name.short().split_once('_')?;
            let undoing: Vec<usize> = opposites(verb)
                .filter_map(|opposite| numbers.get(format!("{}.{opposite}_{noun}", tool.name.plugin()).as_str()))
                .copied()
                .collect();
            (!undoing.is_empty()).then(|| (tool.name.clone(), undoing))
        })
        .collect()
}

fn opposites(verb: &str) -> impl Iterator<Item = &'static str> {
    OPPOSITES.iter().filter_map(move |(one, other)| match verb {
        v if v == *one => Some(*other),
        v if v == *other => Some(*one),
        _ => None,
    })
}
