//! From what was said to calls, or to the one question that is missing.

use super::{
    abilities,
    clauses::clauses,
    conversation::{Memory, Turn},
    fill::{Filled, fill},
    followup,
    intent::{Candidate, MARGIN, Scope, rank, unknown_place},
    outcome::{About, Choice, Draft, Outcome, Planned, Question},
    place::{Where, place},
    proposals, question,
    reading::Reading,
    reply,
    slot::SlotKind,
    steps,
    world::World,
};

/// Questions may be answered by questions ("which table?", "which target?"), but not without end.
const MOST_QUESTIONS_IN_A_ROW: usize = 5;

/// What to do at the end of these turns. The last one may already have called something.
pub fn decide(world: &World<'_>, turns: &[Turn<'_>], only: Option<usize>) -> Outcome {
    decide_to_depth(world, turns, only, MOST_QUESTIONS_IN_A_ROW)
}

fn decide_to_depth(world: &World<'_>, turns: &[Turn<'_>], only: Option<usize>, depth: usize) -> Outcome {
    let Some((turn, earlier)) = turns.split_last() else {
        return Outcome::Say(abilities::overview(world));
    };
    if turn.batches > 0 {
        return steps::next(world, turns);
    }
    // The same turns give the same outcome, so a question asked before is found again by deciding again.
    if depth > 0
        && !earlier.is_empty()
        && let Some(asked) = asked_before(world, earlier, depth - 1)
        && let Some(outcome) = reply::answered(world, asked, turn.said, &Memory { turns: earlier })
    {
        return outcome;
    }
    let first = clauses(world, turn.said).into_iter().next().unwrap_or_default();
    understand(world, &first, &Memory { turns: earlier }, only)
}

/// The question that these turns ended with. The person may have come to another page since, so it is looked for
/// without a page too.
fn asked_before(world: &World<'_>, turns: &[Turn<'_>], depth: usize) -> Option<Question> {
    if let Outcome::Ask(asked) = decide_to_depth(world, turns, None, depth) {
        return Some(asked);
    }
    let is_settled = world.looking_at.is_empty() || turns.last().is_none_or(|turn| turn.batches > 0);
    if is_settled {
        return None;
    }
    let mut elsewhere = world.clone();
    elsewhere.looking_at = &[];
    match decide_to_depth(&elsewhere, turns, None, depth) {
        Outcome::Ask(asked) => Some(asked),
        Outcome::Call(_) | Outcome::Say(_) => None,
    }
}

/// One request, complete in itself or by what went before.
pub fn understand(world: &World<'_>, said: &str, memory: &Memory<'_, '_>, only: Option<usize>) -> Outcome {
    let reading = Reading::new(said, world);
    if let Some(tool) = only {
        let draft = Draft {
            tool,
            said: said.to_owned(),
            ..Draft::default()
        };
        return complete(world, draft, &reading, memory);
    }
    if let Some(text) = abilities::small_talk(world, &reading) {
        return Outcome::Say(text);
    }
    if abilities::is_told_not_to(&reading) {
        return Outcome::Say("All right, nothing was done.".into());
    }
    if let Some(outcome) = followup::follow(world, &reading, memory) {
        return outcome;
    }
    if reading.mood.is_about_doing
        && let Some(text) = abilities::told_how(world, &reading)
    {
        return Outcome::Say(text);
    }
    choose(world, said, &reading, memory)
}

fn choose(world: &World<'_>, said: &str, reading: &Reading, memory: &Memory<'_, '_>) -> Outcome {
    let looks_first = reading.mood.wants_fix || reading.mood.wants_reasons;
    let scope = if looks_first { Scope::Reading } else { Scope::AsSaid };
    let mut candidates = rank(world, reading, scope);
    if candidates.is_empty() && looks_first {
        if reading.names_nothing()
            && reading.plugins.is_empty()
            && reading.content_at().is_empty()
            && memory.calls().next().is_none()
            && world.looking_at.is_empty()
        {
            return Outcome::Say(abilities::fix_what(world));
        }
        candidates = look_around(world, said, reading);
    }
    if candidates.is_empty() {
        return Outcome::Say(abilities::nothing_fits(world, reading));
    }
    let rivals = rivals(world, &candidates, memory);
    // A look around is worth taking without a question.
    if rivals.len() > 1 && !looks_first {
        return Outcome::Ask(question::which_tool(world, said, &rivals));
    }
    let draft = Draft {
        tool: rivals[0].tool,
        said: said.to_owned(),
        ..Draft::default()
    };
    complete(world, draft, reading, memory)
}

/// "what is wrong with web-1": nothing says where to look, so the broadest query of the named place is taken.
fn look_around(world: &World<'_>, said: &str, reading: &Reading) -> Vec<Candidate> {
    let is_named = !reading.targets.is_empty()
        || !reading.resources.is_empty()
        || !reading.plugins.is_empty()
        || !reading.perhaps_targets.is_empty();
    let is_shown = !is_named && !world.looking_at.is_empty();
    if !(is_named || is_shown) || !reading.content_at().is_empty() {
        return Vec::new();
    }
    let mut candidates = rank(
        world,
        &Reading::new(&format!("{said} slow health status load"), world),
        Scope::Reading,
    );
    if is_shown {
        candidates.retain(|candidate| world.is_in_sight(candidate.tool));
    }
    candidates
}

/// The candidates that are as good as the best. A complete one beats one that needs to ask back, and one of the system
/// that is looked at or talked about beats one of another.
fn rivals<'c>(world: &World<'_>, candidates: &'c [Candidate], memory: &Memory<'_, '_>) -> Vec<&'c Candidate> {
    let Some(best) = candidates.first() else {
        return Vec::new();
    };
    let mut near: Vec<&Candidate> = candidates
        .iter()
        .take_while(|c| best.score - c.score < MARGIN)
        .collect();
    let fewest = near.iter().map(|c| c.filled.missing.len()).min().unwrap_or(0);
    near.retain(|c| c.filled.missing.len() == fewest);
    if near.iter().any(|c| world.is_in_sight(c.tool)) {
        near.retain(|c| world.is_in_sight(c.tool));
    }
    let last = memory
        .calls()
        .next()
        .and_then(|done| world.find_called(&done.call.name));
    if let Some(plugin) = last.map(|tool| &world.entry(tool).plugin)
        && near.iter().any(|c| world.entry(c.tool).plugin == *plugin)
    {
        near.retain(|c| world.entry(c.tool).plugin == *plugin);
    }
    near
}

/// Turns a draft into calls, or asks for the first thing that is missing.
pub fn complete(world: &World<'_>, draft: Draft, reading: &Reading, memory: &Memory<'_, '_>) -> Outcome {
    let mut filled = fill(world, draft.tool, reading);
    let is_ordered_write = reading.sql.as_ref().is_some_and(|sql| sql.is_write) && !world.is_change(draft.tool);
    if is_ordered_write
        && world
            .entry(draft.tool)
            .slots
            .iter()
            .any(|s| s.kind == SlotKind::Sql && !filled.arguments.contains_key(&s.name))
    {
        return Outcome::Say(abilities::no_writing(world));
    }
    add(world, &mut filled, &draft);
    carry_over(world, draft.tool, reading, &mut filled, memory);
    if !filled.missing.is_empty()
        && let Some(outcome) = proposals::of_same_tool(world, draft.tool, reading, memory)
    {
        return outcome;
    }
    if let Some((slot, names)) = &filled.unsure
        && !draft.arguments.contains_key(&world.entry(draft.tool).slots[*slot].name)
    {
        return Outcome::Ask(question::which_of(world, draft, *slot, names));
    }
    let unknown = unknown_place(world, reading, &filled);
    let targets = match draft.targets.is_empty() {
        false => draft.targets.clone(),
        true => match place(world, draft.tool, reading, &filled, memory, unknown) {
            Where::On(targets) => targets,
            Where::Either(names) => return Outcome::Ask(question::which_target(world, draft, &names)),
            Where::Unknown { said, known } => return Outcome::Ask(question::unknown_target(draft, &said, &known)),
            Where::Nowhere => return Outcome::Say(abilities::no_target(world, draft.tool)),
        },
    };
    if let Some(slot) = filled.missing.first() {
        return Outcome::Ask(question::missing_slot(world, draft, *slot, &filled, &targets));
    }
    let calls = targets.into_iter().map(|target| Planned {
        tool: draft.tool,
        target,
        arguments: filled.arguments.clone(),
    });
    Outcome::Call(calls.collect())
}

/// Answers to questions go over what the first text said.
fn add(world: &World<'_>, filled: &mut Filled, draft: &Draft) {
    let slots = &world.entry(draft.tool).slots;
    for (name, value) in &draft.arguments {
        filled.arguments.insert(name.clone(), value.clone());
    }
    filled
        .missing
        .retain(|slot| !draft.arguments.contains_key(&slots[*slot].name));
}

/// "list its indexes", "and the locks": things named before are still meant. Only names of things are carried over,
/// and only into slots of the same kind.
fn carry_over(world: &World<'_>, tool: usize, reading: &Reading, filled: &mut Filled, memory: &Memory<'_, '_>) {
    let continues = reading.says_it() || matches!(reading.word(0), "and" | "also");
    if !continues || !reading.resources.is_empty() {
        return;
    }
    for (number, slot) in world.entry(tool).slots.iter().enumerate() {
        let SlotKind::Resource(kind) = &slot.kind else { continue };
        if filled.arguments.contains_key(&slot.name) {
            continue;
        }
        let known = memory.calls().take(3).find_map(|done| {
            let source = world.entry(world.find_called(&done.call.name)?);
            let same_kind = source.slot(|k| *k == SlotKind::Resource(kind.clone()))?;
            done.arguments()
                .get(&same_kind.name)
                .filter(|value| value.is_string())
                .cloned()
        });
        if let Some(value) = known {
            filled.arguments.insert(slot.name.clone(), value);
            filled.missing.retain(|missing| *missing != number);
        }
    }
}

/// A choice that is only a name.
pub fn named_choice(name: &str) -> Choice {
    Choice {
        name: name.to_owned(),
        call: None,
        tool: None,
    }
}

/// A question about one of whole calls.
pub fn about_calls(text: String, calls: Vec<Planned>, world: &World<'_>) -> Question {
    Question {
        text,
        about: About::Call,
        choices: calls
            .into_iter()
            .map(|call| Choice {
                name: call.in_words(world),
                call: Some(call),
                tool: None,
            })
            .collect(),
        draft: Draft::default(),
    }
}
