//! How much the words of a message speak for a tool.

use super::{
    fill::Filled,
    reading::{Reading, Use},
    slot::SlotKind,
    toolbox::Entry,
    verbs::VerbClass,
    words,
    world::World,
};
use std::collections::{HashMap, HashSet};
use steersman_protocol::ToolKind;

const COVERAGE: f32 = 0.55;
const NOUN: f32 = 0.3;
const VERB: f32 = 0.12;
const PLUGIN: f32 = 0.1;
/// The message repeats one of the tool's sentences word for word.
const SENTENCE: f32 = 0.35;
/// A query with a doing of its own ("suggest"), which nobody asked for: just enough to come after the one that lists.
const UNASKED: f32 = 0.04;
/// Asked for reasons, the tools that look at the whole come first.
const OVERVIEW: f32 = 0.6;
const VAGUE: &[&str] = &[
    "bad", "busi", "fast", "faster", "healthi", "health", "load", "perform", "slow", "slower", "sluggish", "speed",
    "status", "wrong",
];
const OVERVIEW_NOUNS: &[&str] = &["health", "metric", "overview", "slow", "status"];

/// The telling words of a message with how they fit every tool.
pub struct Words {
    /// Token number, weight, and fit by tool.
    content: Vec<(usize, f32, HashMap<u32, f32>)>,
    /// Words for kinds of systems: they may be what a tool is about ("list databases"), but leave nothing uncovered.
    soft: Vec<HashMap<u32, f32>>,
    /// Tools one of whose sentences the message repeats.
    pub quoted: HashSet<u32>,
    /// Nothing says where to look: "what is wrong", "is it healthy", "why so slow".
    is_vague: bool,
    total: f32,
}

impl Words {
    pub fn new(world: &World<'_>, reading: &Reading) -> Self {
        let mut words = Self {
            content: Vec::new(),
            soft: Vec::new(),
            quoted: world.toolbox.quoted_by(
                &reading
                    .tokens
                    .iter()
                    .map(|token| token.lower.as_str())
                    .collect::<Vec<_>>(),
            ),
            is_vague: reading
                .content_at()
                .into_iter()
                .all(|at| VAGUE.contains(&reading.tokens[at].stem.as_str())),
            total: 0.0,
        };
        let content = reading.content_at();
        for (at, token) in reading.tokens.iter().enumerate() {
            let fits = || {
                world
                    .toolbox
                    .fits(&token.stem)
                    .into_iter()
                    .collect::<HashMap<u32, f32>>()
            };
            match reading.uses[at] {
                Use::Plugin => words.soft.push(fits()),
                Use::Free if content.contains(&at) => {
                    let is_order = reading.mood.orders.contains(&token.lower)
                        && !matches!(VerbClass::of(&token.lower), VerbClass::Other(_));
                    if is_order {
                        words.soft.push(fits());
                        continue;
                    }
                    let weight = world.toolbox.rarity(&token.stem);
                    words.total += weight;
                    words.content.push((at, weight, fits()));
                }
                _ => {}
            }
        }
        words
    }

    /// The share of the message's telling words that the tool's words cover, 0..=1.
    pub fn coverage(&self, tool: usize) -> f32 {
        if self.total == 0.0 {
            return 0.0;
        }
        let covered: f32 = self
            .content
            .iter()
            .map(|(_, weight, fits)| weight * fits.get(&(tool as u32)).copied().unwrap_or(0.0))
            .sum();
        covered / self.total
    }

    /// How far the message is about what the tool is about, 0..=1: the best fit of one word, and the share of the
    /// tool's noun that is said literally or by a thing of that kind.
    pub fn noun_share(&self, tool: usize, entry: &Entry, reading: &Reading) -> f32 {
        if entry.noun.is_empty() {
            return 0.0;
        }
        let literal = entry.noun.iter().filter(|stem| is_said(stem, entry, reading)).count() as f32;
        let fits = self.content.iter().map(|(_, _, fits)| fits).chain(&self.soft);
        let best = fits
            .filter_map(|fits| fits.get(&(tool as u32)))
            .fold(0.0_f32, |best, fit| best.max(*fit));
        let best = if literal > 0.0 { 1.0 } else { best };
        0.6 * best + 0.4 * literal / entry.noun.len() as f32
    }

    pub fn score(&self, tool: usize, entry: &Entry, reading: &Reading) -> f32 {
        let asks_verb = entry.verb != VerbClass::Read && reading.mood.asks_for(&entry.verb);
        let is_unasked = entry.kind == ToolKind::Query && matches!(entry.verb, VerbClass::Other(_)) && !asks_verb;
        let is_plugin = reading.plugins.contains(&entry.plugin);
        let is_other_plugin = !reading.plugins.is_empty() && !is_plugin;
        let asks_reasons = reading.mood.wants_reasons || reading.mood.wants_fix;
        // An order for another doing: a reader is hardly meant.
        let is_other_order = entry.kind == ToolKind::Query
            && !asks_reasons
            && !asks_verb
            && reading
                .mood
                .orders
                .first()
                .is_some_and(|order| matches!(VerbClass::of(order), VerbClass::Known(_)))
            && !reading
                .mood
                .orders
                .iter()
                .any(|order| order.starts_with("anal") || order == "run");
        COVERAGE * self.coverage(tool)
            + NOUN * self.noun_share(tool, entry, reading)
            + if asks_verb { VERB } else { 0.0 }
            + if is_plugin { PLUGIN } else { 0.0 }
            + if self.is_overview(entry, reading) {
                OVERVIEW
            } else {
                0.0
            }
            + if self.quoted.contains(&(tool as u32)) {
                SENTENCE
            } else {
                0.0
            }
            - if is_unasked { UNASKED } else { 0.0 }
            - if is_other_plugin { PLUGIN } else { 0.0 }
            - if is_other_order { 2.0 * VERB } else { 0.0 }
    }

    /// Asked for reasons without a word about where they lie, a tool that looks at the whole is meant.
    pub fn is_overview(&self, entry: &Entry, reading: &Reading) -> bool {
        (reading.mood.wants_reasons || reading.mood.wants_fix)
            && reading.resources.is_empty()
            && self.is_vague
            && entry.kind == ToolKind::Query
            && entry.noun.iter().any(|stem| OVERVIEW_NOUNS.contains(&stem.as_str()))
    }

    /// Words that went into a slot are covered too.
    pub fn slotted(&self, tool: usize, filled: &Filled) -> f32 {
        if self.total == 0.0 {
            return 0.0;
        }
        let slotted: f32 = self
            .content
            .iter()
            .filter(|(at, _, _)| filled.tokens.contains(at))
            .map(|(_, weight, fits)| weight * (1.0 - fits.get(&(tool as u32)).copied().unwrap_or(0.0)))
            .sum();
        COVERAGE * slotted / self.total
    }
}

/// A word of the tool's noun stands in the message, or a thing of that kind does.
pub fn is_said(stem: &str, entry: &Entry, reading: &Reading) -> bool {
    let has_slot = |kind: &str| {
        entry
            .slots
            .iter()
            .any(|slot| matches!(&slot.kind, SlotKind::Resource(k) if k == kind))
    };
    reading.tokens.iter().any(|token| token.stem == stem)
        || reading
            .resources
            .iter()
            .any(|named| words::stem(&named.kind) == stem && has_slot(&named.kind))
}
