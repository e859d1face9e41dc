//! The last call once more with another value in one place: "and for customers?", "same on the other database".

use super::{
    conversation::{Done, Memory},
    fill::fill,
    intent::unknown_place,
    outcome::{Draft, Outcome, Planned},
    place::{Where, place},
    question,
    reading::{Reading, Use},
    slot::SlotKind,
    verbs::VerbClass,
    world::World,
};
use serde_json::{Value, json};

/// "and for customers?", "same on the other database", "on staging too", "and the top 10": the last call with another
/// value in one place.
pub fn replace(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    if !reading
        .mood
        .orders
        .iter()
        .all(|order| is_marker(order) || !matches!(VerbClass::of(order), VerbClass::Known(_)))
        || reading.mood.wants_fix
        || reading.mood.wants_reasons
        || reading.sql.is_some()
    {
        return None;
    }
    let calls = memory.last_calls(world);
    let last = calls.last()?;
    let tool = world.find_called(&last.call.name)?;
    let mut filled = fill(world, tool, reading);
    let marked = reading.has_word(&[
        "same", "and", "what", "how", "also", "too", "now", "instead", "other", "again",
    ]) || reading.tokens.len() <= 3;
    let unknown = unknown_place(world, reading, &filled);
    let mut rest = reading.content_at();
    rest.retain(|at| !filled.tokens.contains(at) && !is_marker(reading.word(*at)));
    let named_table = unlisted_table(world, tool, reading, &rest);
    if let Some((slot, at)) = named_table {
        filled.arguments.insert(slot, json!(reading.tokens[at].text));
        rest.retain(|other| *other != at);
    } else if unknown.is_some() {
        rest.retain(|at| Some(&reading.tokens[*at].text) != unknown.as_ref());
    }
    let says_place = !reading.targets.is_empty()
        || reading.wants_other_target
        || reading.wants_all_targets
        || reading.environment.is_some()
        || !reading.perhaps_targets.is_empty();
    let says_something = says_place || !filled.arguments.is_empty() || unknown.is_some();
    if !marked || !rest.is_empty() || !says_something {
        return None;
    }
    if filled.arguments.is_empty() && !reading.resources.is_empty() {
        return None; // the last tool has no use for what is named now
    }

    let mut arguments = last.arguments();
    arguments.extend(filled.arguments.clone());
    let unknown = if named_table_was_used(&filled.arguments, unknown.as_ref()) {
        None
    } else {
        unknown
    };
    let targets = match says_place || unknown.is_some() || moves(&filled.on, last) {
        true => match place(world, tool, reading, &filled, memory, unknown) {
            Where::On(targets) => targets,
            Where::Either(names) => {
                return Some(Outcome::Ask(question::which_target(
                    world,
                    draft(tool, arguments),
                    &names,
                )));
            }
            Where::Unknown { said, known } => {
                return Some(Outcome::Ask(question::unknown_target(
                    draft(tool, arguments),
                    &said,
                    &known,
                )));
            }
            Where::Nowhere => return None,
        },
        false => calls
            .iter()
            .filter_map(|done| done.target())
            .map(str::to_owned)
            .collect(),
    };
    let offered = world.targets_of(tool);
    let calls: Vec<Planned> = targets
        .into_iter()
        .filter(|target| offered.contains(&target.as_str()))
        .map(|target| Planned {
            tool,
            target,
            arguments: arguments.clone(),
        })
        .collect();
    (!calls.is_empty()).then_some(Outcome::Call(calls))
}

fn draft(tool: usize, arguments: serde_json::Map<String, Value>) -> Draft {
    Draft {
        tool,
        said: String::new(),
        arguments,
        targets: Vec::new(),
    }
}

/// The named thing is on other targets than the last call went to.
fn moves(on: &Option<Vec<String>>, last: &Done<'_>) -> bool {
    on.as_ref()
        .is_some_and(|on| !on.is_empty() && !on.iter().any(|target| Some(target.as_str()) == last.target()))
}

fn named_table_was_used(arguments: &serde_json::Map<String, Value>, unknown: Option<&String>) -> bool {
    unknown.is_some_and(|name| arguments.values().any(|value| value.as_str() == Some(name)))
}

/// "and for invoices?": a name that the inventory lacks, for a tool that has just been asked about a table.
fn unlisted_table(world: &World<'_>, tool: usize, reading: &Reading, rest: &[usize]) -> Option<(String, usize)> {
    let slot = world.entry(tool).slot(|kind| matches!(kind, SlotKind::Resource(_)))?;
    let [at] = rest else { return None };
    let is_name = reading.uses[*at] == Use::Free
        && matches!(reading.word_before(*at), "for" | "of" | "about" | "on" | "and")
        && !world.toolbox.knows(&reading.tokens[*at].stem)
        && !reading.word(*at).contains('-');
    is_name.then(|| (slot.name.clone(), *at))
}

fn is_marker(word: &str) -> bool {
    matches!(
        word,
        "same"
            | "thing"
            | "too"
            | "again"
            | "repeat"
            | "compare"
            | "now"
            | "instead"
            | "next"
            | "target"
            | "one"
            | "do"
            | "run"
            | "try"
    )
}
