//! Going on after results: the next part of the request, the next step of a diagnosis, or the answer.

use super::{
    answer,
    clauses::clauses,
    conversation::{Memory, Turn},
    outcome::{Outcome, Planned},
    proposals,
    reading::Reading,
    request::understand,
    world::World,
};

/// Calls in one run; then it ends with what it has.
pub const MOST_CALLS: usize = 6;

pub fn next(world: &World<'_>, turns: &[Turn<'_>]) -> Outcome {
    let Some(turn) = turns.last() else {
        return Outcome::Say(String::new());
    };
    if turn.batches >= MOST_CALLS || turn.done.len() >= MOST_CALLS && turn.batches > 1 || has_failed_change(world, turn)
    {
        return Outcome::Say(answer::of(world, turn, None));
    }
    let mut remark = None;
    if let Some(clause) = clauses(world, turn.said).get(turn.batches) {
        match understand(world, clause, &Memory { turns }, None) {
            Outcome::Call(calls) => {
                let fresh = not_yet_called(world, calls, turn);
                if !fresh.is_empty() {
                    return Outcome::Call(fresh);
                }
            }
            Outcome::Ask(mut question) => {
                question.text = format!("{}\n\n{}", answer::of(world, turn, None), question.text);
                return Outcome::Ask(question);
            }
            Outcome::Say(text) => remark = Some(text),
        }
    }
    match follow_up(world, turn).or_else(|| look_again(world, turns)) {
        Some(planned) => Outcome::Call(vec![planned]),
        None => Outcome::Say(answer::of(world, turn, remark.as_deref())),
    }
}

/// The next step that a result proposes and the wording allows: a reader when reasons or a repair are asked for, a
/// change only for a repair, and only one.
fn follow_up(world: &World<'_>, turn: &Turn<'_>) -> Option<Planned> {
    let mood = Reading::new(turn.said, world).mood;
    if !mood.wants_fix && !mood.wants_reasons {
        return None;
    }
    if turn
        .done
        .iter()
        .any(|done| done.result.is_some_and(|result| result.is_error))
    {
        return None;
    }
    let has_changed = turn.done.iter().any(|done| {
        world
            .find_called(&done.call.name)
            .is_some_and(|tool| world.is_change(tool))
    });
    let open = proposals::open(world, turn);
    open.into_iter()
        .map(|(planned, _)| planned)
        .find(|planned| match world.is_change(planned.tool) {
            true => mood.wants_fix && mood.allows_changes() && !has_changed,
            false => !has_changed,
        })
}

/// After a repair, the reading that proposed it once more: what was slow before has to be seen to be better now.
fn look_again(world: &World<'_>, turns: &[Turn<'_>]) -> Option<Planned> {
    let turn = turns.last()?;
    let (change, earlier) = turn.done.split_last()?;
    let is_change = world
        .find_called(&change.call.name)
        .is_some_and(|tool| world.is_change(tool));
    if !is_change || !change.succeeded() || !Reading::new(turn.said, world).mood.wants_fix {
        return None;
    }
    let before_this_turn = turns.iter().rev().skip(1).flat_map(|turn| turn.done.iter().rev());
    let proposer = earlier.iter().rev().chain(before_this_turn).find(|done| {
        done.result
            .is_some_and(|result| result.suggestions.iter().any(|s| change.is_call_of(s)))
    })?;
    let tool = world.find_called(&proposer.call.name)?;
    (!world.is_change(tool)).then(|| Planned {
        tool,
        target: proposer.target().unwrap_or_default().to_owned(),
        arguments: proposer.arguments(),
    })
}

fn has_failed_change(world: &World<'_>, turn: &Turn<'_>) -> bool {
    turn.done.iter().any(|done| {
        let is_change = world
            .find_called(&done.call.name)
            .is_some_and(|tool| world.is_change(tool));
        is_change && done.result.is_some_and(|result| result.is_error)
    })
}

fn not_yet_called(world: &World<'_>, calls: Vec<Planned>, turn: &Turn<'_>) -> Vec<Planned> {
    let room = MOST_CALLS - turn.done.len();
    let is_new = |planned: &Planned| {
        !turn
            .done
            .iter()
            .any(|done| proposals::is_same_call(world, planned, done))
    };
    calls.into_iter().filter(is_new).take(room).collect()
}
