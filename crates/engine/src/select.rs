//! Which tools to offer for a message: a few that fit, out of any number.
//!
//! Words decide first (BM25F with stems, an operations thesaurus and corrected typos), then the circumstances: what the
//! conversation just used, what undoes it, and which systems the message names. Queries of the systems in play are
//! always among the offered, so that a reader can look around. Pure and deterministic: equal input, equal order.

mod index;
mod inverse;
mod thesaurus;
mod typo;
mod words;

#[cfg(test)]
mod tests;

use index::Index;
use std::collections::{BTreeSet, HashMap};
use steersman_protocol::{Inventory, ToolKind, ToolName, ToolSpec};

/// At least this many and at most that many tools are offered, where there are as many.
pub const OFFERED: std::ops::RangeInclusive<usize> = 5..=30;

/// How much the words around the message count beside the message itself.
const EARLIER_MESSAGE_WEIGHT: f32 = 0.4;
const ANCHOR_WEIGHT: f32 = 0.3;
/// Added to tools by circumstance; a tool whose name fits one rare word gets about 5 by words alone.
const RECENT_BONUS: f32 = 2.0;
const INVERSE_BONUS: f32 = 2.0;
const NAMED_PLUGIN_BONUS: f32 = 1.5;
/// Between a reader and a writer that fit about equally, the reader is the likelier and the harmless guess.
const QUERY_FACTOR: f32 = 1.03;

/// Every tool there is, indexed once.
pub struct Catalogue {
    tools: Vec<ToolSpec>,
    numbers: HashMap<ToolName, usize>,
    inverses: HashMap<ToolName, Vec<usize>>,
    index: Index,
}

/// The circumstances of a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct SelectContext<'a> {
    /// Tools that the conversation used, the latest first.
    pub recent_tools: &'a [ToolName],
    /// Earlier messages of the person that this one may answer or continue ("the second one"), the latest first.
    pub earlier_messages: &'a [String],
    /// Plugins for which the person has targets; tools of others are not offered. Empty means no restriction.
    pub plugins_in_use: &'a [String],
    /// Words from what the person looks at: resource type, resource names.
    pub anchor_words: &'a [String],
    /// Names of targets and resources: a message that names one is about its plugin.
    pub inventory: Option<&'a Inventory>,
}

/// A tool with how well it fits; higher is better, 0 means that only the circumstances brought it in.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    pub tool: ToolName,
    pub score: f32,
}

impl Catalogue {
    /// Builds the index. Of two tools with one name the later wins.
    pub fn new(tools: Vec<ToolSpec>) -> Self {
        let last: HashMap<ToolName, usize> = tools
            .iter()
            .enumerate()
            .map(|(i, tool)| (tool.name.clone(), i))
            .collect();
        let mut at = 0;
        let tools: Vec<ToolSpec> = tools
            .into_iter()
            .filter(|tool| {
                at += 1;
                last[&tool.name] == at - 1
            })
            .collect();
        Self {
            index: Index::new(&tools),
            inverses: inverse::inverses(&tools),
            numbers: tools
                .iter()
                .enumerate()
                .map(|(number, tool)| (tool.name.clone(), number))
                .collect(),
            tools,
        }
    }

    /// All tools, in the order they were given.
    pub fn tools(&self) -> &[ToolSpec] {
        &self.tools
    }

    pub fn get(&self, name: &ToolName) -> Option<&ToolSpec> {
        self.numbers.get(name).map(|number| &self.tools[*number])
    }

    /// The tools to offer for `message`, best first: at most `limit` (brought into 5..=30), only those that `may`
    /// lets through and whose plugin is in use.
    ///
    /// Fitting tools come first, among them recently used ones and their inverses, then the queries of the plugins in play,
    /// then whatever else there is.
    pub fn select(
        &self,
        message: &str,
        context: &SelectContext<'_>,
        may: impl Fn(&ToolSpec) -> bool,
        limit: usize,
    ) -> Vec<Selected> {
        let limit = limit.clamp(*OFFERED.start(), *OFFERED.end());
        let mut texts = vec![(message, 1.0)];
        texts.extend(
            context
                .earlier_messages
                .iter()
                .map(|text| (text.as_str(), EARLIER_MESSAGE_WEIGHT)),
        );
        texts.extend(context.anchor_words.iter().map(|word| (word.as_str(), ANCHOR_WEIGHT)));
        let mut scores = self.index.scores(&texts);
        let named = self.add_circumstances(&mut scores, message, context);

        let is_allowed = |tool: &ToolSpec| {
            (context.plugins_in_use.is_empty() || context.plugins_in_use.iter().any(|p| p == tool.name.plugin()))
                && may(tool)
        };
        let ranked = self.ranked(&scores, is_allowed);
        let fitting = ranked.iter().filter(|(_, score)| *score > 0.0);
        let focus = self.plugins_in_focus(&ranked, context, &named);

        // Part of the offer is kept for looking around, unless there is nothing else to put there.
        let mut chosen: Vec<(usize, f32)> = fitting.clone().take(limit - limit / 3).copied().collect();
        let in_focus = |candidate: &&(usize, f32)| focus.contains(self.tools[candidate.0].name.plugin());
        let is_query = |candidate: &&(usize, f32)| self.tools[candidate.0].kind == ToolKind::Query;
        let fill = (ranked.iter().filter(in_focus).filter(is_query))
            .chain(fitting)
            .chain(ranked.iter().filter(is_query))
            .chain(ranked.iter());
        for candidate in fill {
            if chosen.len() >= limit {
                break;
            }
            if chosen.iter().all(|(number, _)| *number != candidate.0) {
                chosen.push(*candidate);
            }
        }
        chosen.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.named(chosen)
    }

    /// The tools that fit `query` by words alone, best first, at most `limit`. An empty query finds nothing.
    pub fn search(&self, query: &str, may: impl Fn(&ToolSpec) -> bool, limit: usize) -> Vec<Selected> {
        let scores = self.index.scores(&[(query, 1.0)]);
        let mut ranked = self.ranked(&scores, may);
        ranked.retain(|(_, score)| *score > 0.0);
        ranked.truncate(limit);
        self.named(ranked)
    }

    /// Adds what recent use, inverses, named targets and harmlessness speak for. Returns the plugins that the
    /// message, or else the page, is about.
    fn add_circumstances<'a>(
        &self,
        scores: &mut [f32],
        message: &str,
        context: &SelectContext<'a>,
    ) -> BTreeSet<&'a str> {
        for (age, name) in context.recent_tools.iter().take(5).enumerate() {
            let fading = 1.0 / (1.0 + age as f32);
            if let Some(number) = self.numbers.get(name) {
                scores[*number] += RECENT_BONUS * fading;
            }
            for number in self.inverses.get(name).into_iter().flatten() {
                scores[*number] += INVERSE_BONUS * fading;
            }
        }
        let named = context
            .inventory
            .map(|inventory| plugins_meant(message, inventory))
            .unwrap_or_default();
        for (tool, score) in self.tools.iter().zip(scores) {
            if *score > 0.0 && named.contains(tool.name.plugin()) {
                *score += NAMED_PLUGIN_BONUS;
            }
            if tool.kind == ToolKind::Query {
                *score *= QUERY_FACTOR;
            }
        }
        named
    }

    fn ranked(&self, scores: &[f32], may: impl Fn(&ToolSpec) -> bool) -> Vec<(usize, f32)> {
        let mut ranked: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
        ranked.retain(|(number, _)| may(&self.tools[*number]));
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }

    /// Plugins that the message or the conversation is about.
    fn plugins_in_focus<'a>(
        &'a self,
        ranked: &[(usize, f32)],
        context: &SelectContext<'a>,
        named: &BTreeSet<&'a str>,
    ) -> BTreeSet<&'a str> {
        let best = ranked.iter().take(3).filter(|(_, score)| *score > 0.0);
        (named.iter().copied())
            .chain(context.recent_tools.iter().take(5).map(ToolName::plugin))
            .chain(best.map(|(number, _)| self.tools[*number].name.plugin()))
            .collect()
    }

    fn named(&self, chosen: Vec<(usize, f32)>) -> Vec<Selected> {
        chosen
            .into_iter()
            .map(|(number, score)| Selected {
                tool: self.tools[number].name.clone(),
                score,
            })
            .collect()
    }
}

/// Plugins that the message names; where it names none, those of the targets that the person looks at.
fn plugins_meant<'a>(message: &str, inventory: &'a Inventory) -> BTreeSet<&'a str> {
    let named = plugins_named(message, inventory);
    if !named.is_empty() {
        return named;
    }
    let is_looked_at = |name: &String| inventory.looking_at.contains(name);
    let looked_at = inventory.targets.iter().filter(|target| is_looked_at(&target.name));
    looked_at.map(|target| target.plugin.as_str()).collect()
}

/// Plugins of targets and resources whose name stands in the message.
fn plugins_named<'a>(message: &str, inventory: &'a Inventory) -> BTreeSet<&'a str> {
    let words: Vec<&str> = message
        .split(|c: char| c.is_whitespace() || ",;:()`'\"?!".contains(c))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    let is_said = |name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    inventory
        .targets
        .iter()
        .filter(|target| {
            is_said(&target.name)
                || is_said(&target.plugin)
                || target
                    .resources
                    .iter()
                    .take(500)
                    .any(|resource| is_said(&resource.name))
        })
        .map(|target| target.plugin.as_str())
        .collect()
}
