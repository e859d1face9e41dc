//! Understanding the answer to a question that was asked back.

use super::{
    columns::bare_columns,
    conversation::Memory,
    fill::whole,
    intent::{Scope, rank},
    names::nearest,
    numbers::{Ordinal, Role, Unit},
    outcome::{About, Choice, Draft, Outcome, Question},
    reading::{Reading, Use},
    request::complete,
    slot::SlotKind,
    sql::Sql,
    words::is_reading_verb,
    world::World,
};
use serde_json::{Value, json};

/// What `said` means as an answer. `None` when it is no answer but a new request.
pub fn answered(world: &World<'_>, asked: Question, said: &str, memory: &Memory<'_, '_>) -> Option<Outcome> {
    let reading = Reading::new(said, world);
    if super::followup::is_no(&reading) {
        return Some(Outcome::Say("All right, nothing was done.".into()));
    }
    if asked.about != About::Tool && is_new_request(&reading) {
        return None;
    }
    if let Some(outcome) = completed_by(world, &asked, said, &reading, memory) {
        return Some(outcome);
    }
    let chosen = chosen(&asked, &reading, said);
    let original = Reading::new(&asked.draft.said, world);
    match asked.about {
        About::Call => chosen
            .and_then(|at| asked.choices[at].call.clone())
            .map(|call| Outcome::Call(vec![call])),
        About::Tool => {
            let tool = match chosen {
                Some(at) => asked.choices[at].tool?,
                None => by_words(world, &asked, &reading)?,
            };
            Some(complete(world, Draft { tool, ..asked.draft }, &original, memory))
        }
        About::Target => {
            let targets = match chosen {
                Some(at) => vec![asked.choices[at].name.clone()],
                None => targets(world, &asked, &reading)?,
            };
            Some(complete(world, Draft { targets, ..asked.draft }, &original, memory))
        }
        About::Slot(slot) => {
            let wanted = world.entry(asked.draft.tool).slots.get(slot)?;
            let value = match chosen {
                Some(at) => json!(asked.choices[at].name),
                None => value(world, &asked, &wanted.kind, &reading, said)?,
            };
            let mut draft = asked.draft;
            draft.arguments.insert(wanted.name.clone(), value);
            if let [target] = reading.targets.as_slice()
                && world.targets_of(draft.tool).contains(&target.as_str())
            {
                draft.targets = vec![target.clone()];
            }
            Some(complete(world, draft, &original, memory))
        }
    }
}

/// "orders(status)" as an answer to "which table?" or "where?" says more than was asked: it is read together with the
/// request.
fn completed_by(
    world: &World<'_>,
    asked: &Question,
    said: &str,
    reading: &Reading,
    memory: &Memory<'_, '_>,
) -> Option<Outcome> {
    let slot = match asked.about {
        About::Target => None,
        About::Slot(slot) => Some(&world.entry(asked.draft.tool).slots[slot].kind),
        About::Tool | About::Call => return None,
    };
    if reading.lists.is_empty() || slot == Some(&SlotKind::Columns) {
        return None;
    }
    let together = format!("{} on {said}", asked.draft.said);
    let draft = Draft {
        tool: asked.draft.tool,
        said: together.clone(),
        arguments: asked.draft.arguments.clone(),
        targets: Vec::new(),
    };
    Some(complete(world, draft, &Reading::new(&together, world), memory))
}

/// "show locks on shop-db" names a listed target, but asks for something else.
fn is_new_request(reading: &Reading) -> bool {
    let asks = reading
        .tokens
        .first()
        .is_some_and(|first| is_reading_verb(&first.lower))
        || reading.mood.is_exclusive;
    asks && !reading.content_at().is_empty()
}

/// The number of the listed choice that was said: by number, by name, or by a plain yes to a single one.
fn chosen(asked: &Question, reading: &Reading, said: &str) -> Option<usize> {
    if asked.choices.is_empty() {
        return None;
    }
    let whole = said.trim().trim_end_matches(['.', '!', '?']).to_lowercase();
    let by_name = asked
        .choices
        .iter()
        .position(|choice| choice.name.to_lowercase() == whole);
    let is_named = |choice: &&Choice| {
        reading
            .tokens
            .iter()
            .any(|token| token.lower == choice.name.to_lowercase())
    };
    let mut named = asked.choices.iter().enumerate().filter(|(_, choice)| is_named(choice));
    let by_word = named.next().filter(|_| named.next().is_none()).map(|(at, _)| at);
    if by_name.or(by_word).is_some() {
        return by_name.or(by_word);
    }
    if let Some(ordinal) = reading.ordinal {
        return match ordinal {
            Ordinal::Nth(n) => Some(n).filter(|n| *n < asked.choices.len()),
            Ordinal::Last => Some(asked.choices.len() - 1),
        };
    }
    let is_yes = asked.choices.len() == 1 && super::followup::is_yes(reading);
    let slip = || nearest(&whole, asked.choices.iter().map(|c| c.name.as_str()));
    is_yes
        .then_some(0)
        .or_else(|| slip().and_then(|name| asked.choices.iter().position(|c| c.name == name)))
}

/// "both", "staging", "orders db".
fn targets(world: &World<'_>, asked: &Question, reading: &Reading) -> Option<Vec<String>> {
    let listed: Vec<String> = asked.choices.iter().map(|choice| choice.name.clone()).collect();
    let is_all = reading.wants_all_targets
        || reading.has_word(&["all", "both", "every", "each"]) && reading.content_at().is_empty();
    if is_all {
        return Some(listed);
    }
    let is_new_request = !reading.content_at().is_empty() && reading.tokens.len() > 4;
    let said: Vec<String> = listed
        .iter()
        .filter(|name| reading.targets.contains(name) || reading.perhaps_targets.contains(name))
        .cloned()
        .collect();
    if !said.is_empty() && !is_new_request {
        return Some(said);
    }
    let has_part = |name: &&String| {
        reading.tokens.iter().any(|token| {
            token.lower.len() > 2
                && name
                    .split(['-', '_', '.'])
                    .any(|part| part.eq_ignore_ascii_case(&token.lower))
        })
    };
    let by_part: Vec<String> = listed.iter().filter(has_part).cloned().collect();
    if by_part.len() == 1 && reading.tokens.len() <= 4 {
        return Some(by_part);
    }
    let environment = reading.environment.as_ref()?;
    let there: Vec<String> = listed
        .into_iter()
        .filter(|name| world.place(name).is_some_and(|p| p.environment == *environment))
        .collect();
    (there.len() == 1 && !is_new_request).then_some(there)
}

/// "the process": among the listed tools, the one whose words fit best.
fn by_words(world: &World<'_>, asked: &Question, reading: &Reading) -> Option<usize> {
    if reading.tokens.len() > 4 || !reading.plugins.is_empty() && reading.content_at().is_empty() {
        let of_plugin = |tool: &usize| reading.plugins.contains(&world.entry(*tool).plugin);
        return asked.choices.iter().filter_map(|choice| choice.tool).find(of_plugin);
    }
    let score = |tool: usize| {
        rank(world, reading, Scope::Only(tool))
            .first()
            .map_or(0.0, |candidate| candidate.score)
    };
    asked
        .choices
        .iter()
        .filter_map(|choice| choice.tool)
        .map(|tool| (tool, score(tool)))
        .filter(|(_, score)| *score > 0.2)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(tool, _)| tool)
}

/// An answer to "which columns?", "which pid?" and the like. `None` when it has another shape.
fn value(world: &World<'_>, asked: &Question, kind: &SlotKind, reading: &Reading, said: &str) -> Option<Value> {
    let is_new_request = || {
        rank(world, reading, Scope::AsSaid)
            .first()
            .is_some_and(|c| c.score > 0.5 && c.filled.missing.is_empty())
    };
    let number = |roles: &[Role]| {
        let fitting = reading
            .numbers
            .iter()
            .find(|n| n.unit == Unit::None && roles.contains(&n.role));
        fitting.map(|n| whole(n.value))
    };
    match kind {
        SlotKind::Sql => reading
            .sql
            .as_ref()
            .map(|sql| json!(sql.text))
            .or_else(|| Sql::parse(said).map(|sql| json!(sql.text))),
        SlotKind::Pid | SlotKind::Port | SlotKind::Count => number(&[Role::Pid, Role::Port, Role::Count, Role::Bare]),
        SlotKind::DurationMs | SlotKind::SizeBytes => reading.numbers.first().map(|n| whole(n.value)),
        SlotKind::DurationSeconds => reading
            .numbers
            .first()
            .map(|n| whole(if n.unit == Unit::Ms { n.value / 1e3 } else { n.value })),
        SlotKind::Path => reading.paths.first().map(|path| json!(path)),
        SlotKind::Columns => {
            let names = bare_columns(reading);
            let is_joint = |word: &str| {
                matches!(
                    word,
                    "and" | "plus" | "the" | "column" | "columns" | "by" | "on" | "please" | "just" | "only"
                )
            };
            let is_only_names = reading
                .tokens
                .iter()
                .all(|token| names.contains(&token.text) || is_joint(&token.lower));
            (!names.is_empty() && (is_only_names || !is_new_request())).then(|| json!(names))
        }
        SlotKind::Resource(kind) => {
            let known = reading
                .resources
                .iter()
                .find(|named| named.kind == *kind)
                .map(|named| named.name.clone());
            let listed: Vec<&str> = asked.choices.iter().map(|c| c.name.as_str()).collect();
            let words: Vec<usize> = (0..reading.tokens.len())
                .filter(|at| matches!(reading.uses[*at], Use::Free | Use::Resource))
                .collect();
            let single = || match words.as_slice() {
                [at] => nearest(reading.word(*at), listed.iter().copied())
                    .map(str::to_owned)
                    .or_else(|| Some(reading.tokens[*at].text.clone())),
                _ => None,
            };
            if is_new_request() {
                None
            } else {
                known.or_else(single).map(|name| json!(name))
            }
        }
        SlotKind::Text => (!is_new_request() && said.len() <= 200).then(|| {
            let quoted = reading.quoted.first().cloned();
            json!(quoted.unwrap_or_else(|| said.trim().trim_matches(['"', '`', '\'']).to_owned()))
        }),
        SlotKind::Flag => super::followup::is_yes(reading).then_some(json!(true)),
        SlotKind::Choice(_) | SlotKind::Other => None,
    }
}
