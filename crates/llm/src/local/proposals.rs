//! What results propose as next steps, in the order in which they are shown and numbered.

use super::{
    conversation::{Done, Memory, Turn},
    outcome::{Outcome, Planned},
    reading::Reading,
    request::about_calls,
    undo::is_inverse,
    world::World,
};

/// At most so many are shown.
const MOST_SHOWN: usize = 5;

/// Open proposals of a turn, the newest result's first: offered, not called in this turn, and not merely taking back
/// what the turn just did.
pub fn open(world: &World<'_>, turn: &Turn<'_>) -> Vec<(Planned, String)> {
    let mut open: Vec<(Planned, String)> = Vec::new();
    for done in turn.done.iter().rev() {
        for suggestion in done.result.map_or(&[][..], |result| result.suggestions) {
            let is_done = turn.done.iter().any(|done| done.is_call_of(suggestion));
            let takes_back = suggestion.is_undo
                || turn.done.iter().any(|done| {
                    world
                        .find_called(&done.call.name)
                        .is_some_and(|tool| is_inverse(&world.tools[tool].tool, &suggestion.tool))
                });
            if let Some(planned) = Planned::from_suggestion(world, suggestion)
                && !is_done
                && !takes_back
                && open.iter().all(|(known, _)| *known != planned)
                && open.len() < MOST_SHOWN
            {
                open.push((planned, suggestion.because.clone()));
            }
        }
    }
    open
}

/// The proposals that a "do it" or "the second one" speaks of: those of the latest turn that made any.
pub fn latest(world: &World<'_>, memory: &Memory<'_, '_>) -> Vec<(Planned, String)> {
    let turns = memory.turns.iter().rev().filter(|turn| !turn.done.is_empty()).take(3);
    turns
        .map(|turn| open(world, turn))
        .find(|open| !open.is_empty())
        .unwrap_or_default()
}

/// Whether the conversation already made this call after it was proposed.
pub fn is_called(world: &World<'_>, planned: &Planned, memory: &Memory<'_, '_>) -> bool {
    memory.calls().any(|done| is_same_call(world, planned, done))
}

pub fn is_same_call(world: &World<'_>, planned: &Planned, done: &Done<'_>) -> bool {
    done.call.name == world.tools[planned.tool].name
        && done.target() == Some(&planned.target)
        && done.arguments() == planned.arguments
}

/// "explain the slowest one", "create the index": the tool is said, the rest stands in the last results.
pub fn of_same_tool(world: &World<'_>, tool: usize, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    let names_own_object = !reading.resources.is_empty() || reading.sql.is_some() || !reading.lists.is_empty();
    if names_own_object {
        return None;
    }
    let mut fitting: Vec<Planned> = latest(world, memory)
        .into_iter()
        .map(|(planned, _)| planned)
        .filter(|p| p.tool == tool)
        .collect();
    if !reading.targets.is_empty() {
        fitting.retain(|planned| reading.targets.contains(&planned.target));
    }
    if let Some(ordinal) = reading.ordinal {
        return ordinal
            .pick(&fitting)
            .map(|planned| Outcome::Call(vec![planned.clone()]));
    }
    match fitting.len() {
        0 => None,
        1 => Some(Outcome::Call(fitting)),
        _ if reading.says_it() => Some(Outcome::Call(fitting.into_iter().take(1).collect())),
        _ => {
            let mut text = "Which one do you mean?".to_owned();
            for (number, planned) in fitting.iter().enumerate() {
                text.push_str(&format!("\n{}. {}", number + 1, planned.in_words(world)));
            }
            Some(Outcome::Ask(about_calls(text, fitting, world)))
        }
    }
}
