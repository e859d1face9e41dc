//! Taking back the last change.

use super::{
    conversation::{Done, Memory},
    outcome::{Draft, Outcome, Planned},
    question,
    reading::Reading,
    slot::SlotKind,
    verbs::VerbClass,
    world::World,
};
use serde_json::{Map, Value, json};
use steersman_protocol::{SuggestedCall, ToolName};

const OPPOSITES: &[(&str, &str)] = &[
    ("add", "remove"),
    ("attach", "detach"),
    ("cordon", "uncordon"),
    ("create", "delete"),
    ("create", "drop"),
    ("create", "remove"),
    ("enable", "disable"),
    ("grant", "revoke"),
    ("lock", "unlock"),
    ("mount", "unmount"),
    ("pause", "resume"),
    ("pause", "unpause"),
    ("start", "shutdown"),
    ("start", "stop"),
];

/// Whether one tool takes back what the other does, by their names: create_index and drop_index.
pub fn is_inverse(one: &ToolName, other: &ToolName) -> bool {
    let (Some((verb, noun)), Some((other_verb, other_noun))) =
        (one.short().split_once('_'), other.short().split_once('_'))
    else {
        return false;
    };
    let are_opposite = OPPOSITES
        .iter()
        .any(|(a, b)| (*a, *b) == (verb, other_verb) || (*b, *a) == (verb, other_verb));
    one.plugin() == other.plugin() && noun == other_noun && are_opposite
}

/// "undo it", "and drop it again". `None` when the message says nothing of the kind.
pub fn undo(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    let is_undo = reading.has_word(&["undo", "revert", "rollback"])
        || reading
            .tokens
            .windows(2)
            .any(|pair| pair[0].lower == "roll" && pair[1].lower == "back")
        || reading.has_word(&["back"]) && reading.has_word(&["take", "put", "change"]);
    let is_order = !reading.mood.orders.is_empty() && reading.has_word(&["it", "that", "again", "this", "them"]);
    let names_another_thing = !reading.resources.is_empty() || !reading.numbers.is_empty() || !reading.paths.is_empty();
    if !(is_undo || is_order) || names_another_thing || !reading.mood.allows_changes() {
        return None;
    }
    let Some(last) = memory.calls().find(|done| is_change(world, done)) else {
        return is_undo.then(|| Outcome::Say("There is no change in this conversation to take back.".into()));
    };
    let plain_undo = is_undo
        && reading
            .mood
            .orders
            .iter()
            .all(|order| matches!(order.as_str(), "undo" | "revert" | "rollback" | "roll"));
    let is_wanted = |tool: usize| plain_undo || is_undo || reading.mood.asks_for(&world.entry(tool).verb);
    let last_tool = world.find_called(&last.call.name)?;
    let inverse = (0..world.tools.len())
        .find(|tool| is_inverse(&world.tools[last_tool].tool, &world.tools[*tool].tool) && is_wanted(*tool));
    let suggested = last.result.and_then(|result| {
        let takes_back = |suggestion: &&SuggestedCall| {
            suggestion.is_undo || is_inverse(&world.tools[last_tool].tool, &suggestion.tool)
        };
        let planned = result
            .suggestions
            .iter()
            .filter(takes_back)
            .filter_map(|suggestion| Planned::from_suggestion(world, suggestion));
        planned.into_iter().find(|planned| is_wanted(planned.tool))
    });
    if inverse.is_none() && suggested.is_none() && !is_undo {
        return None; // the order was for something else
    }
    if !last.succeeded() {
        return Some(Outcome::Say(
            "The last change was not carried out, so there is nothing to take back.".into(),
        ));
    }
    Some(match (suggested, inverse) {
        (Some(planned), _) => Outcome::Call(vec![planned]),
        (None, Some(tool)) => from_names(world, tool, last),
        (None, None) => Outcome::Say("I have no tool here that takes the last change back.".into()),
    })
}

fn is_change(world: &World<'_>, done: &Done<'_>) -> bool {
    world
        .find_called(&done.call.name)
        .is_some_and(|tool| world.is_change(tool) && world.entry(tool).verb != VerbClass::Read)
}

/// The inverse call with what the first call and its result name.
fn from_names(world: &World<'_>, tool: usize, last: &Done<'_>) -> Outcome {
    let given = last.arguments();
    let target = last.target().unwrap_or_default().to_owned();
    let mut arguments = Map::new();
    for slot in &world.entry(tool).slots {
        let value = match &slot.kind {
            SlotKind::Resource(_) if given.contains_key(&slot.name) => given.get(&slot.name).cloned(),
            SlotKind::Resource(_) => given
                .get("name")
                .filter(|name| name.is_string())
                .cloned()
                .or_else(|| name_in_summary(last).map(|n| json!(n))),
            _ if slot.is_required => given.get(&slot.name).cloned(),
            _ => None,
        };
        if let Some(value) = value {
            arguments.insert(slot.name.clone(), value);
        }
    }
    let missing = world
        .entry(tool)
        .slots
        .iter()
        .position(|slot| slot.is_required && !arguments.contains_key(&slot.name));
    match missing {
        None if world.targets_of(tool).contains(&target.as_str()) => Outcome::Call(vec![Planned {
            tool,
            target,
            arguments,
        }]),
        None => Outcome::Say(format!("I can no longer reach {target} to take the change back.")),
        Some(slot) => {
            let draft = Draft {
                tool,
                said: given
                    .get("table")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                arguments,
                targets: vec![target.clone()],
            };
            Outcome::Ask(question::missing_slot(
                world,
                draft,
                slot,
                &Default::default(),
                &[target],
            ))
        }
    }
}

/// "Index orders_customer_id_idx on orders is valid": the name that the change gave. Only a word that is made of the
/// call's own names counts.
fn name_in_summary(last: &Done<'_>) -> Option<String> {
    let given = last.arguments();
    let table = given.get("table").and_then(Value::as_str)?;
    let table = table.rsplit('.').next().unwrap_or(table).to_ascii_lowercase();
    let is_given = |word: &str| {
        given
            .values()
            .any(|value| value.as_str() == Some(word) || value.as_array().is_some_and(|a| a.iter().any(|v| v == word)))
    };
    last.result?
        .summary
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .map(|word| word.trim_matches('.'))
        .find(|word| {
            word.to_ascii_lowercase().contains(&table)
                && word.contains('_')
                && word.len() > table.len() + 1
                && !is_given(word)
        })
        .map(str::to_owned)
}
