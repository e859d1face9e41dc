//! The sentences after results, made of our own words only.

use super::{
    conversation::{Done, Turn},
    place::{MOST_TARGETS, meant_by_all},
    proposals,
    reading::Reading,
    undo::is_inverse,
    world::World,
};

/// What the results say, and what could be done next. `remark` comes between.
pub fn of(world: &World<'_>, turn: &Turn<'_>, remark: Option<&str>) -> String {
    let mut parts = match repaired(world, turn) {
        Some(sentences) => sentences,
        None => over_targets(world, turn)
            .unwrap_or_else(|| turn.done.iter().map(|done| sentence(world, done, turn)).collect()),
    };
    parts.dedup();
    parts.extend(left_out(world, turn));
    if let Some(remark) = remark {
        parts.push(remark.to_owned());
    }
    let changes_done: Vec<&Done<'_>> = turn.done.iter().filter(|done| is_change(world, done)).collect();
    let has_failed = changes_done.iter().any(|done| !done.succeeded());
    if has_failed {
        parts.push("I did not try it again.".into());
    } else if let Some(next) = next_steps(world, turn) {
        parts.push(next);
    }
    if changes_done
        .iter()
        .any(|done| done.succeeded() && can_be_undone(world, done))
        && !has_failed
    {
        parts.push("To take it back, say \"undo it\".".into());
    }
    parts.join("\n\n")
}

/// After a repair that was looked at again: the change, and what the same reading said before and says now. The
/// readings that led there have been told already.
fn repaired(world: &World<'_>, turn: &Turn<'_>) -> Option<Vec<String>> {
    let (now, earlier) = turn.done.split_last()?;
    let change = earlier
        .last()
        .filter(|done| is_change(world, done) && done.succeeded())?;
    if is_change(world, now) || !now.succeeded() {
        return None;
    }
    let mut sentences = vec![sentence(world, change, turn)];
    let before = earlier
        .iter()
        .find(|done| done.call.name == now.call.name && done.call.arguments == now.call.arguments);
    if let Some(before) = before {
        sentences.push(format!("Before: {}", sentence(world, before, turn)));
    }
    sentences.push(format!("Now: {}", sentence(world, now, turn)));
    Some(sentences)
}

/// One query on several targets of which some did not answer: first how many did and which did not, then what the
/// others found.
fn over_targets(world: &World<'_>, turn: &Turn<'_>) -> Option<Vec<String>> {
    let (first, others) = turn.done.split_first()?;
    let is_one_query = !is_change(world, first)
        && !others.is_empty()
        && others
            .iter()
            .all(|done| done.call.name == first.call.name && done.arguments() == first.arguments());
    let failed: Vec<&Done<'_>> = turn.done.iter().filter(|done| !done.succeeded()).collect();
    if !is_one_query || failed.is_empty() {
        return None;
    }
    let answered = turn.done.len() - failed.len();
    let said: Vec<String> = failed
        .iter()
        .map(|done| {
            let target = done.target().unwrap_or("one");
            let why = done
                .result
                .map(|result| result.summary.trim())
                .filter(|why| !why.is_empty());
            format!("{target} did not: {}", full_stop(why.unwrap_or("no result came back")))
        })
        .collect();
    let mut parts = vec![format!(
        "{answered} of {} answered; {}",
        turn.done.len(),
        said.join(" ")
    )];
    let found = turn.done.iter().filter(|done| done.succeeded());
    parts.extend(found.map(|done| sentence(world, done, turn)));
    Some(parts)
}

/// "All databases" were more than are asked at once.
fn left_out(world: &World<'_>, turn: &Turn<'_>) -> Option<String> {
    let reading = Reading::new(turn.said, world);
    let tool = world.find_called(&turn.done.first()?.call.name)?;
    if !reading.wants_all_targets || turn.done.len() < MOST_TARGETS {
        return None;
    }
    let all = meant_by_all(world, tool, &reading);
    let more = all.len().saturating_sub(MOST_TARGETS);
    let next = all.get(MOST_TARGETS)?;
    let others = match more {
        1 => format!("{next} was"),
        more => format!("{more} more, from {next} on, were"),
    };
    Some(format!(
        "I asked {MOST_TARGETS} targets; {others} left out. Name them to ask them too."
    ))
}

/// The result's own summary; with the target's name where several targets were asked, or where the page told which of
/// several was meant.
fn sentence(world: &World<'_>, done: &Done<'_>, turn: &Turn<'_>) -> String {
    let what = world
        .find_called(&done.call.name)
        .map_or(done.call.name.as_str(), |tool| world.tools[tool].title.as_str());
    let summary = match done.result {
        Some(result) if !result.summary.trim().is_empty() => full_stop(result.summary.trim()),
        Some(result) if result.is_error => format!("{what} failed without a reason."),
        Some(_) => format!("{what}: done."),
        None => format!("{what}: no result came back."),
    };
    let is_over_targets = turn
        .done
        .iter()
        .any(|other| other.call.name == done.call.name && other.target() != done.target());
    match done.target() {
        Some(target) if (is_over_targets || is_from_page(world, done, turn)) && !summary.contains(target) => {
            format!("{target}: {summary}")
        }
        _ => summary,
    }
}

/// The target was not said: the person looks at it, and there are others that it could have been.
fn is_from_page(world: &World<'_>, done: &Done<'_>, turn: &Turn<'_>) -> bool {
    let (Some(target), Some(tool)) = (done.target(), world.find_called(&done.call.name)) else {
        return false;
    };
    world.looking_at.iter().any(|seen| seen == target)
        && world.targets_of(tool).len() > 1
        && !Reading::new(turn.said, world).targets.iter().any(|said| said == target)
}

fn full_stop(sentence: &str) -> String {
    match sentence.ends_with(['.', '!', '?', ')', ':']) {
        true => sentence.to_owned(),
        false => format!("{sentence}."),
    }
}

fn next_steps(world: &World<'_>, turn: &Turn<'_>) -> Option<String> {
    let open = proposals::open(world, turn);
    let line = |(planned, because): &(super::outcome::Planned, String)| match because.trim() {
        "" => planned.in_words(world),
        because => format!("{}, because {}", planned.in_words(world), because.trim_end_matches('.')),
    };
    match open.as_slice() {
        [] => None,
        [one] => Some(format!("I can {}: say \"do it\".", line(one))),
        several => {
            let mut text = "I can:".to_owned();
            for (number, proposal) in several.iter().enumerate() {
                text.push_str(&format!("\n{}. {}", number + 1, line(proposal)));
            }
            text.push_str("\nSay a number, or \"do it\" for the first.");
            Some(text)
        }
    }
}

fn is_change(world: &World<'_>, done: &Done<'_>) -> bool {
    world
        .find_called(&done.call.name)
        .is_some_and(|tool| world.is_change(tool))
}

fn can_be_undone(world: &World<'_>, done: &Done<'_>) -> bool {
    if done.result.is_some_and(|result| {
        result
            .suggestions
            .iter()
            .any(|s| s.is_undo && world.find(&s.tool).is_some())
    }) {
        return true;
    }
    world.find_called(&done.call.name).is_some_and(|tool| {
        world
            .tools
            .iter()
            .any(|other| is_inverse(&world.tools[tool].tool, &other.tool))
    })
}
