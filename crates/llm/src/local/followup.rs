//! Messages that live from what went before: "do it", "the second one", "and for customers?", "again", "why?".

use super::{
    conversation::{Done, Memory},
    numbers::Ordinal,
    outcome::{Draft, Outcome, Planned},
    proposals,
    reading::Reading,
    replace,
    request::complete,
    undo,
    verbs::VerbClass,
    words::is_stop_word,
    world::World,
};

/// `None` when the message stands on its own.
pub fn follow(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    undo::undo(world, reading, memory)
        .or_else(|| repeat(world, reading, memory))
        .or_else(|| order_on_last(world, reading, memory))
        .or_else(|| pick(world, reading, memory))
        .or_else(|| agree(world, reading, memory))
        .or_else(|| is_no(reading).then(|| Outcome::Say("All right, nothing was done.".into())))
        .or_else(|| explain_why(world, reading, memory))
        .or_else(|| replace::replace(world, reading, memory))
}

const YES: &[&str] = &[
    "yes", "yep", "yeah", "sure", "ok", "okay", "do", "go", "proceed", "apply", "fix", "execute", "run", "please",
    "confirm", "agreed",
];

const NO: &[&str] = &[
    "no",
    "nope",
    "cancel",
    "forget",
    "nevermind",
    "never",
    "abort",
    "leave",
    "don't",
    "dont",
    "stop",
    "nothing",
];

/// Nothing but agreement.
pub fn is_yes(reading: &Reading) -> bool {
    let is_courtesy = |token: &super::tokens::Token| {
        YES.contains(&token.lower.as_str()) || is_stop_word(&token.lower) || token.lower == "ahead"
    };
    reading.names_nothing()
        && reading.plugins.is_empty()
        && reading.mood.allows_changes()
        && !reading.tokens.is_empty()
        && reading.tokens.len() <= 8
        && reading.tokens.iter().all(is_courtesy)
        && !reading.mood.wants_reasons
        && (reading.has_word(&[
            "yes", "yep", "yeah", "sure", "ok", "okay", "proceed", "apply", "fix", "confirm", "agreed", "execute",
        ]) || reading.has_word(&["do", "go", "run"])
            && reading.has_word(&["it", "that", "ahead", "for", "so", "this"]))
        && !reading.has_word(&["what", "how", "who", "which", "when", "where", "you"])
}

/// Nothing but refusal.
pub fn is_no(reading: &Reading) -> bool {
    let is_small = |token: &super::tokens::Token| {
        NO.contains(&token.lower.as_str()) || is_stop_word(&token.lower) || token.lower == "mind"
    };
    reading.has_word(NO) && reading.names_nothing() && reading.tokens.len() <= 6 && reading.tokens.iter().all(is_small)
}

/// "yes", "do it", "fix it": the first open proposal; after "fix it" the first that changes something.
fn agree(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    if !is_yes(reading) {
        return None;
    }
    let open = proposals::latest(world, memory);
    let not_called = |planned: &&Planned| !proposals::is_called(world, planned, memory);
    let mut planned = open.iter().map(|(planned, _)| planned).filter(not_called);
    let first = planned.clone().next();
    let chosen = if reading.mood.wants_fix {
        planned.find(|p| world.is_change(p.tool)).or(first)
    } else {
        first
    };
    match chosen {
        Some(planned) => Some(Outcome::Call(vec![planned.clone()])),
        None if reading.mood.wants_fix && memory.calls().next().is_some() => None, // perhaps the last subject is to be looked into
        None => Some(Outcome::Say(
            "Nothing is waiting for a yes. Tell me what to do, and on which target.".into(),
        )),
    }
}

/// "create it", "analyze it": a bare order for what was just talked about. A proposal of that doing comes first, then a
/// tool of that doing that can do with what the last calls named, then the question what is meant.
fn order_on_last(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    let points_back = reading.says_it() || reading.ordinal.is_some();
    let is_bare = reading.names_nothing() && !reading.mood.orders.is_empty() && reading.mood.allows_changes();
    let says_more = reading
        .content_at()
        .into_iter()
        .any(|at| !reading.mood.orders.contains(&reading.tokens[at].lower));
    let last = memory
        .calls()
        .next()
        .and_then(|done| world.find_called(&done.call.name))?;
    if !points_back || !is_bare || says_more {
        return None;
    }
    let is_asked =
        |tool: usize| world.entry(tool).verb != VerbClass::Read && reading.mood.asks_for(&world.entry(tool).verb);
    let open = proposals::latest(world, memory);
    let asked: Vec<&Planned> = open
        .iter()
        .map(|(planned, _)| planned)
        .filter(|planned| is_asked(planned.tool) && !proposals::is_called(world, planned, memory))
        .collect();
    if let Some(planned) = reading.ordinal.unwrap_or(Ordinal::Nth(0)).pick(&asked) {
        return Some(Outcome::Call(vec![(*planned).clone()]));
    }
    let plugin = &world.entry(last).plugin;
    let targets: Vec<String> = memory
        .calls()
        .next()
        .and_then(Done::target)
        .map(str::to_owned)
        .into_iter()
        .collect();
    let draft = |tool: usize| Draft {
        tool,
        targets: targets
            .iter()
            .filter(|target| world.targets_of(tool).contains(&target.as_str()))
            .cloned()
            .collect(),
        ..Draft::default()
    };
    let mut outcomes: Vec<(usize, Outcome)> = (0..world.tools.len())
        .filter(|tool| is_asked(*tool) && world.is_change(*tool) && world.entry(*tool).plugin == *plugin)
        .map(|tool| (tool, complete(world, draft(tool), reading, memory)))
        .collect();
    if let Some(at) = outcomes
        .iter()
        .position(|(_, outcome)| matches!(outcome, Outcome::Call(_)))
    {
        return Some(outcomes.swap_remove(at).1);
    }
    if outcomes.len() > 1 {
        // After a list of indexes an index is meant, and no user.
        let nouns = &world.entry(last).noun;
        outcomes.retain(|(tool, _)| world.entry(*tool).noun.iter().any(|stem| nouns.contains(stem)));
    }
    match outcomes.len() {
        1 => outcomes.pop().map(|(_, outcome)| outcome),
        _ => None,
    }
}

/// "the second one", "2".
fn pick(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    let ordinal = reading.ordinal?;
    let small = |at: usize| {
        matches!(
            reading.word(at),
            "proposal" | "suggestion" | "option" | "number" | "choice"
        )
    };
    let is_only_ordinal =
        reading.content_at().into_iter().all(small) && reading.targets.is_empty() && reading.resources.is_empty();
    if !is_only_ordinal || !reading.mood.allows_changes() || reading.plugins.is_empty() && reading.tokens.len() > 6 {
        return None;
    }
    let open = proposals::latest(world, memory);
    match ordinal.pick(&open) {
        Some((planned, _)) => Some(Outcome::Call(vec![planned.clone()])),
        None if open.is_empty() => None,
        None => Some(Outcome::Say(format!(
            "I proposed only {}. Which one do you mean, by number?",
            open.len()
        ))),
    }
}

/// "again", "once more", "try again": the last calls as they were.
fn repeat(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    let is_small = |token: &super::tokens::Token| {
        is_stop_word(&token.lower)
            || YES.contains(&token.lower.as_str())
            || matches!(
                token.lower.as_str(),
                "repeat" | "retry" | "rerun" | "refresh" | "once" | "try" | "time"
            )
    };
    let asks = reading.has_word(&["again", "repeat", "retry", "rerun", "refresh"])
        || reading.has_word(&["once"]) && reading.has_word(&["more"]);
    if !asks || !reading.names_nothing() || !reading.tokens.iter().all(is_small) || !reading.mood.allows_changes() {
        return None;
    }
    let calls: Vec<Planned> = memory
        .last_calls(world)
        .into_iter()
        .filter_map(|done| planned(world, done))
        .collect();
    Some(match calls.is_empty() {
        true => Outcome::Say("There is nothing yet that I could repeat.".into()),
        false => Outcome::Call(calls),
    })
}

fn planned(world: &World<'_>, done: &Done<'_>) -> Option<Planned> {
    let tool = world.find_called(&done.call.name)?;
    let target = done
        .target()
        .filter(|target| world.targets_of(tool).contains(target))?
        .to_owned();
    Some(Planned {
        tool,
        target,
        arguments: done.arguments(),
    })
}

/// "why?": what the results themselves say, and a look deeper where they propose one.
fn explain_why(world: &World<'_>, reading: &Reading, memory: &Memory<'_, '_>) -> Option<Outcome> {
    let is_bare = reading.mood.wants_reasons
        && reading.names_nothing()
        && reading.content_at().is_empty()
        && reading.plugins.is_empty()
        && !reading.mood.wants_fix;
    let is_about_last = reading.tokens.len() <= 5;
    if !is_bare || !is_about_last {
        return None;
    }
    let last = memory.calls().next()?;
    let open = proposals::latest(world, memory);
    let deeper = open
        .iter()
        .find(|(planned, _)| !world.is_change(planned.tool) && !proposals::is_called(world, planned, memory));
    if let Some((planned, _)) = deeper {
        return Some(Outcome::Call(vec![planned.clone()]));
    }
    if let Some((planned, because)) = open.first() {
        return Some(Outcome::Say(format!(
            "Because {}. I can {}: say \"do it\".",
            because.trim_end_matches('.'),
            planned.in_words(world)
        )));
    }
    let summary = last.result.map_or("", |result| result.summary);
    Some(Outcome::Say(format!("The last result says all that I know: {summary}")))
}
