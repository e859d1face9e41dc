//! Which of the offered tools a message means.
//!
//! Three things speak for a tool: how much of the message its words cover, how much of what it is about is mentioned,
//! and whether its slots can use what the message names. A change needs more: an order of its kind in the wording, and
//! its object named.

use super::{
    fill::{Filled, fill},
    reading::{Reading, Use},
    slot::SlotKind,
    toolbox::Entry,
    weigh::{Words, is_said},
    words::{is_slip_of, is_stop_word, related},
    world::World,
};
use steersman_protocol::ToolKind;

/// A tool with what the message says to it.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub tool: usize,
    pub score: f32,
    pub filled: Filled,
}

/// What tools may be considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Queries, and the changes that the wording asks for.
    AsSaid,
    /// Only queries: the wording asks for reasons or a repair, and looking comes first.
    Reading,
    /// One tool whatever the wording: it was chosen by name.
    Only(usize),
}

const RELEVANCE: f32 = 0.03;
/// What the message names is known, and on none of the tool's targets.
const ELSEWHERE: f32 = 0.3;
/// Below this nothing is meant.
const LEAST: f32 = 0.38;
/// Two tools nearer than this are equally meant.
pub const MARGIN: f32 = 0.02;
/// Only so many are filled in detail.
const MOST_CANDIDATES: usize = 24;

/// Tools that the message may mean, best first; empty when nothing fits.
pub fn rank(world: &World<'_>, reading: &Reading, scope: Scope) -> Vec<Candidate> {
    let words = Words::new(world, reading);
    let most_relevant = world
        .tools
        .iter()
        .map(|tool| tool.relevance)
        .fold(f32::MIN_POSITIVE, f32::max);
    let mut rough: Vec<(usize, f32)> = (0..world.tools.len())
        .filter(|tool| may_be_meant(world, *tool, reading, scope))
        .map(|tool| {
            let entry = world.entry(tool);
            let relevance = RELEVANCE * (world.tools[tool].relevance / most_relevant).clamp(0.0, 1.0);
            (
                tool,
                words.score(tool, entry, reading) + relevance + promise(entry, reading),
            )
        })
        .collect();
    rough.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    rough.truncate(MOST_CANDIDATES);

    let mut candidates: Vec<Candidate> = rough
        .into_iter()
        .map(|(tool, score)| {
            let filled = fill(world, tool, reading);
            let slotted = words.slotted(tool, &filled);
            let elsewhere = if is_elsewhere(world, tool, reading) {
                ELSEWHERE
            } else {
                0.0
            };
            Candidate {
                tool,
                score: score - promise(world.entry(tool), reading) + filled.gain + slotted - elsewhere,
                filled,
            }
        })
        .filter(|candidate| scope == Scope::Only(candidate.tool) || is_meant(world, candidate, reading, &words))
        .collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.tool.cmp(&b.tool)));
    candidates
}

/// Hard rules, before any scoring.
fn may_be_meant(world: &World<'_>, tool: usize, reading: &Reading, scope: Scope) -> bool {
    if let Scope::Only(only) = scope {
        return tool == only;
    }
    let entry = world.entry(tool);
    if !reading.targets.is_empty() {
        let offered = world.targets_of(tool);
        if !reading.targets.iter().any(|target| offered.contains(&target.as_str())) {
            return false;
        }
    }
    match entry.kind {
        ToolKind::Query => !reading.mood.is_exclusive || reading.mood.asks_for(&entry.verb) || scope == Scope::Reading,
        ToolKind::Change => scope == Scope::AsSaid && reading.mood.asks_for(&entry.verb),
    }
}

fn is_elsewhere(world: &World<'_>, tool: usize, reading: &Reading) -> bool {
    let offered = world.targets_of(tool);
    let is_here =
        |named: &super::names::Named| named.on.is_empty() || named.on.iter().any(|on| offered.contains(&on.as_str()));
    !reading.resources.is_empty() && !reading.resources.iter().any(is_here)
}

/// A cheap guess at what filling will gain, so that a tool without a single common word is looked at too.
fn promise(entry: &Entry, reading: &Reading) -> f32 {
    let has = |is_wanted: fn(&SlotKind) -> bool| entry.slot(is_wanted).is_some();
    let mut promise = 0.0;
    if reading.sql.is_some() && has(|kind| *kind == SlotKind::Sql) {
        promise += 0.5;
    }
    if !reading.paths.is_empty() && has(|kind| *kind == SlotKind::Path) {
        promise += 0.15;
    }
    if !reading.numbers.is_empty() && has(|kind| matches!(kind, SlotKind::Pid | SlotKind::Port | SlotKind::Count)) {
        promise += 0.1;
    }
    if reading.resources.iter().any(|named| {
        entry
            .slot(|kind| matches!(kind, SlotKind::Resource(k) if *k == named.kind))
            .is_some()
    }) {
        promise += 0.15;
    }
    promise
}

/// Whether the fit is good enough to act on.
fn is_meant(world: &World<'_>, candidate: &Candidate, reading: &Reading, words: &Words) -> bool {
    let entry = world.entry(candidate.tool);
    if candidate.score < LEAST {
        return false;
    }
    let arguments = &candidate.filled.arguments;
    let has_object = |is_object: fn(&SlotKind) -> bool| {
        entry
            .slots
            .iter()
            .any(|slot| is_object(&slot.kind) && slot.is_required && arguments.contains_key(&slot.name))
    };
    let names_noun = entry.noun.is_empty() || words.noun_share(candidate.tool, entry, reading) > 0.4;
    match entry.kind {
        // "drop the users table" must not become drop_index because both begin with drop.
        ToolKind::Change => names_object(entry, reading) || has_object(|kind| *kind == SlotKind::Pid),
        ToolKind::Query => {
            names_noun
                || words.coverage(candidate.tool) >= 0.3
                || words.quoted.contains(&(candidate.tool as u32))
                || words.is_overview(entry, reading)
                || has_object(|kind| matches!(kind, SlotKind::Sql | SlotKind::Path))
        }
    }
}

/// What a change is about must be said: its noun, a word for the same notion, a slip of it, or a thing of that kind.
fn names_object(entry: &Entry, reading: &Reading) -> bool {
    let is_near = |stem: &String| {
        reading
            .tokens
            .iter()
            .any(|token| related(&token.stem).contains(stem) || is_slip_of(&token.stem, stem))
    };
    entry.noun.is_empty()
        || entry
            .noun
            .iter()
            .any(|stem| is_said(stem, entry, reading) || is_near(stem))
}

/// A name in the place of a target ("on billing") that is nothing we know and that the tool did not use.
pub fn unknown_place(world: &World<'_>, reading: &Reading, filled: &Filled) -> Option<String> {
    (0..reading.tokens.len()).find_map(|at| {
        let token = &reading.tokens[at];
        let is_place = matches!(reading.word_before(at), "on" | "at" | "against");
        let is_name = reading.uses[at] == Use::Free
            && !filled.tokens.contains(&at)
            && !is_stop_word(&token.lower)
            && token.lower.chars().any(char::is_alphabetic)
            && (token.lower.contains(['-', '_', '.']) || !world.toolbox.knows(&token.stem));
        let is_last_of_phrase =
            reading.uses.get(at + 1).is_none_or(|next| *next != Use::Free) || is_stop_word(reading.word(at + 1));
        (is_place && is_name && is_last_of_phrase && token.text.len() <= 64).then(|| token.text.clone())
    })
}
