//! Asking back for exactly one thing, with numbered choices where there are some.

use super::{
    fill::Filled,
    intent::Candidate,
    names::is_same_noun,
    outcome::{About, Choice, Draft, Question},
    request::named_choice,
    slot::SlotKind,
    world::World,
};
use serde_json::Value;

const MOST_CHOICES: usize = 9;

pub fn which_target(world: &World<'_>, draft: Draft, names: &[String]) -> Question {
    let what = doing(world, draft.tool);
    let labels: Vec<String> = names
        .iter()
        .map(|name| match world.place(name).map_or("", |place| place.environment) {
            "" => name.clone(),
            environment => format!("{name} ({environment})"),
        })
        .collect();
    Question {
        text: listed(&format!("Where should I {what}?"), &labels),
        about: About::Target,
        choices: names.iter().take(MOST_CHOICES).map(|name| named_choice(name)).collect(),
        draft,
    }
}

pub fn unknown_target(draft: Draft, said: &str, known: &[String]) -> Question {
    let text = match known {
        [one] => format!("I know no target or table called \"{said}\". Do you mean {one}?"),
        several => listed(
            &format!("I know no target or table called \"{said}\". Which of these do you mean?"),
            several,
        ),
    };
    Question {
        text,
        about: About::Target,
        choices: known.iter().take(MOST_CHOICES).map(|name| named_choice(name)).collect(),
        draft,
    }
}

pub fn which_tool(world: &World<'_>, said: &str, candidates: &[&Candidate]) -> Question {
    let labels: Vec<String> = candidates
        .iter()
        .map(|candidate| {
            format!(
                "{} ({})",
                world.tools[candidate.tool].title,
                world.entry(candidate.tool).plugin
            )
        })
        .collect();
    Question {
        text: listed("What do you mean?", &labels),
        about: About::Tool,
        choices: candidates
            .iter()
            .take(MOST_CHOICES)
            .map(|candidate| Choice {
                name: world.tools[candidate.tool].title.clone(),
                call: None,
                tool: Some(candidate.tool),
            })
            .collect(),
        draft: Draft {
            said: said.to_owned(),
            ..Draft::default()
        },
    }
}

pub fn which_of(world: &World<'_>, draft: Draft, slot: usize, names: &[String]) -> Question {
    let slot_name = world.entry(draft.tool).slots[slot].name.replace('_', " ");
    Question {
        text: listed(&format!("Which {slot_name} do you mean?"), names),
        about: About::Slot(slot),
        choices: names.iter().take(MOST_CHOICES).map(|name| named_choice(name)).collect(),
        draft,
    }
}

/// One sentence for the slot, with choices where the inventory has some.
pub fn missing_slot(world: &World<'_>, draft: Draft, slot: usize, filled: &Filled, targets: &[String]) -> Question {
    let entry = world.entry(draft.tool);
    let what = doing(world, draft.tool);
    let place = targets.join(" and ");
    let wanted = &entry.slots[slot];
    let table = entry
        .slot(|kind| *kind == SlotKind::Resource("table".into()))
        .and_then(|slot| filled.arguments.get(&slot.name))
        .and_then(Value::as_str);
    let mut choices = Vec::new();
    let question = match &wanted.kind {
        SlotKind::Resource(kind) => {
            choices = resources(world, targets, kind, &draft.said);
            format!("Which {kind} do you mean, to {what} on {place}?")
        }
        SlotKind::Columns => match table {
            Some(table) => format!("Which column or columns of {table} do you mean, to {what} on {place}?"),
            None => format!("Which column or columns do you mean, to {what} on {place}?"),
        },
        SlotKind::Sql => format!("Which statement do you mean, to {what} on {place}? Put it in backticks."),
        SlotKind::Pid => format!("Which process id (pid) do you mean, to {what} on {place}?"),
        SlotKind::Path => format!("Which path do you mean, to {what} on {place}?"),
        SlotKind::Port => format!("Which port do you mean, to {what} on {place}?"),
        SlotKind::Choice(words) => {
            choices = words.clone();
            format!(
                "Which {} do you mean, to {what} on {place}?",
                wanted.name.replace('_', " ")
            )
        }
        SlotKind::DurationMs
        | SlotKind::DurationSeconds
        | SlotKind::SizeBytes
        | SlotKind::Count
        | SlotKind::Flag
        | SlotKind::Text
        | SlotKind::Other => {
            let hint = wanted.description.trim_end_matches('.');
            let hint = if hint.is_empty() {
                String::new()
            } else {
                format!(" ({hint})")
            };
            format!(
                "What should \"{}\" be{hint}, to {what} on {place}?",
                wanted.name.replace('_', " ")
            )
        }
    };
    Question {
        text: listed(&question, &choices),
        about: About::Slot(slot),
        choices: choices
            .iter()
            .take(MOST_CHOICES)
            .map(|name| named_choice(name))
            .collect(),
        draft: Draft {
            targets: targets.to_vec(),
            ..draft
        },
    }
}

/// Names of that kind, those that share a word with the request first and alone: "drop the index on orders".
fn resources(world: &World<'_>, targets: &[String], kind: &str, said: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for place in targets.iter().filter_map(|target| world.place(target)) {
        for resource in place.resources.iter().filter(|resource| resource.kind == kind) {
            if !names.contains(&resource.name) {
                names.push(resource.name.clone());
            }
        }
    }
    let words: Vec<String> = said
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 3 && *word != kind)
        .map(str::to_ascii_lowercase)
        .collect();
    let is_near = |name: &String| {
        name.split('_')
            .any(|part| words.iter().any(|word| is_same_noun(part, word)))
    };
    let near: Vec<String> = names.iter().filter(|name| is_near(name)).cloned().collect();
    if near.is_empty() { names } else { near }
}

/// "create an index": the title as something to do.
fn doing(world: &World<'_>, tool: usize) -> String {
    let tool = &world.tools[tool];
    let words = tool.tool.short().replace('_', " ");
    let title = tool.title.to_lowercase();
    let verb = words.split(' ').next().unwrap_or("");
    // Titles are sometimes nouns ("Slow queries"); the name always begins with a verb.
    if title.starts_with(verb) || verb.is_empty() {
        title
    } else {
        words
    }
}

fn listed(question: &str, labels: &[String]) -> String {
    if labels.is_empty() {
        return question.to_owned();
    }
    let mut text = question.to_owned();
    for (number, label) in labels.iter().take(MOST_CHOICES).enumerate() {
        text.push_str(&format!("\n{}. {label}", number + 1));
    }
    if labels.len() > MOST_CHOICES {
        text.push_str(&format!("\n… and {} more; name one", labels.len() - MOST_CHOICES));
    }
    text
}
