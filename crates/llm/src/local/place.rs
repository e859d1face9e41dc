//! On which targets a call goes.

use super::{conversation::Memory, fill::Filled, reading::Reading, world::World};

#[derive(Debug, PartialEq)]
pub enum Where {
    On(Vec<String>),
    /// Several fit and nothing tells which.
    Either(Vec<String>),
    /// A name was said that is no target's.
    Unknown {
        said: String,
        known: Vec<String>,
    },
    /// The tool has no target at all.
    Nowhere,
}

fn is_seen(world: &World<'_>, name: &str) -> bool {
    world.looking_at.iter().any(|seen| seen == name)
}

/// "and the locks": the conversation's last target is meant, whatever the page shows.
fn goes_on(reading: &Reading) -> bool {
    matches!(reading.word(0), "and" | "also")
}

/// Calls at once on "all databases".
pub const MOST_TARGETS: usize = 20;
/// Changes at once on targets that were named one by one: each has its own approval to be read.
pub const MOST_CHANGES: usize = 5;

/// "All production databases": every target of the tool in that environment, however many.
pub fn meant_by_all(world: &World<'_>, tool: usize, reading: &Reading) -> Vec<String> {
    let mut fitting = world.targets_of(tool);
    let mut narrow = |is_kept: &dyn Fn(&str) -> bool| {
        if fitting.iter().any(|name| is_kept(name)) {
            fitting.retain(|name| is_kept(name));
        }
    };
    if let Some(environment) = &reading.environment {
        narrow(&|name| world.place(name).is_some_and(|place| place.environment == *environment));
    }
    if !reading.perhaps_targets.is_empty() {
        narrow(&|name| reading.perhaps_targets.iter().any(|t| t == name));
    }
    fitting.into_iter().map(str::to_owned).collect()
}

/// `unknown`: a name in a target's place that nothing used.
pub fn place(
    world: &World<'_>,
    tool: usize,
    reading: &Reading,
    filled: &Filled,
    memory: &Memory<'_, '_>,
    unknown: Option<String>,
) -> Where {
    let offered = world.targets_of(tool);
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    if offered.is_empty() {
        return Where::Nowhere;
    }
    let said: Vec<&str> = offered
        .iter()
        .copied()
        .filter(|name| reading.targets.iter().any(|t| t == name))
        .collect();
    if world.is_change(tool) && said.len() > MOST_CHANGES {
        return Where::Either(owned(&said));
    }
    if !said.is_empty() {
        return Where::On(owned(&said));
    }
    if reading.wants_all_targets {
        let mut all = meant_by_all(world, tool, reading);
        if world.is_change(tool) && all.len() > 1 {
            // Many approvals at once are approved without being read.
            return Where::Either(all);
        }
        all.truncate(MOST_TARGETS);
        return Where::On(all);
    }
    let mut fitting = offered.clone();
    let mut narrow = |is_kept: &dyn Fn(&str) -> bool| {
        let kept: Vec<&str> = fitting.iter().copied().filter(|name| is_kept(name)).collect();
        if !kept.is_empty() {
            fitting = kept;
        }
    };
    if let Some(environment) = &reading.environment {
        narrow(&|name| world.place(name).is_some_and(|place| place.environment == *environment));
    }
    if !reading.perhaps_targets.is_empty() {
        narrow(&|name| reading.perhaps_targets.iter().any(|t| t == name));
    }
    if let Some(on) = &filled.on {
        narrow(&|name| on.iter().any(|t| t == name));
    }
    // A tool may have no use for a table and still be meant for where that table is.
    for named in reading.resources.iter().filter(|named| !named.on.is_empty()) {
        narrow(&|name| named.on.iter().any(|t| t == name));
    }
    if let Some(said) = unknown {
        return Where::Unknown {
            said,
            known: owned(&fitting),
        };
    }
    let in_sight: Vec<&str> = fitting.iter().copied().filter(|name| is_seen(world, name)).collect();
    let last = memory.last_target(&fitting);
    if reading.wants_other_target {
        if let Some(this) = last.or(in_sight.first().copied()) {
            fitting.retain(|name| *name != this);
        }
    } else if !in_sight.is_empty() && (last.is_none() || !goes_on(reading)) {
        // A page is the person's own choice, as good as a name.
        fitting = in_sight;
        if reading.has_word(&["these", "those", "them", "they"]) {
            fitting.truncate(MOST_TARGETS);
            return Where::On(owned(&fitting));
        }
    }
    if fitting.len() == 1 {
        return Where::On(owned(&fitting));
    }
    // A reader goes where the conversation is. A change does so only for a thing that is known to be there: the wrong
    // place would be asked about in an approval, but not asking for it at all is better.
    let may_assume = !world.is_change(tool) || filled.on.is_some() || reading.says_it();
    match memory.last_target(&fitting) {
        Some(last) if may_assume && !reading.wants_other_target && reading.perhaps_targets.is_empty() => {
            Where::On(vec![last.to_owned()])
        }
        _ => Where::Either(owned(&fitting)),
    }
}
