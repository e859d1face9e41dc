//! The offered tools, read once: their words, verbs and slots.

use super::{
    slot::{Slot, SlotKind, slots_of},
    verbs::VerbClass,
    words::{is_slip_of, is_stop_word, related, stem},
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
};
use steersman_protocol::{OfferedTool, ToolKind};

pub struct Toolbox {
    /// In the order offered.
    pub entries: Vec<Entry>,
    postings: HashMap<String, Vec<(u32, f32)>>,
    /// Stems of what tools say about themselves. Examples are left out: they name made-up tables.
    own_words: HashSet<String>,
    /// Of those, the ones of names, titles and descriptions: synonyms are sentences that may name things.
    plain_words: HashSet<String>,
    /// Sentences of three words or more, by their first word: "what is in the database".
    sentences: HashMap<String, Vec<(u32, Vec<String>)>>,
}

pub struct Entry {
    pub plugin: String,
    pub kind: ToolKind,
    /// What kind of doing its name begins with.
    pub verb: VerbClass,
    /// Stems of the name without its verb: what it is about.
    pub noun: Vec<String>,
    pub slots: Vec<Slot>,
}

impl Entry {
    pub fn slot(&self, is_wanted: impl Fn(&SlotKind) -> bool) -> Option<&Slot> {
        self.slots.iter().find(|slot| is_wanted(&slot.kind))
    }
}

/// How much a word counts by where it stands.
const NAME: f32 = 1.0;
const TITLE: f32 = 0.95;
const SYNONYM: f32 = 0.94;
const EXAMPLE: f32 = 0.65;
const DESCRIPTION: f32 = 0.45;
const PARAMETER: f32 = 0.4;
/// How much a word counts that was not said but meant.
const RELATED: f32 = 0.6;
const SLIPPED: f32 = 0.85;

impl Toolbox {
    pub fn new(tools: &[OfferedTool]) -> Self {
        let mut postings: HashMap<String, Vec<(u32, f32)>> = HashMap::new();
        let (mut own_words, mut plain_words) = (HashSet::new(), HashSet::new());
        let mut sentences: HashMap<String, Vec<(u32, Vec<String>)>> = HashMap::new();
        for (number, tool) in tools.iter().enumerate() {
            for (stem, weight) in weighted_stems(tool) {
                if weight != EXAMPLE {
                    own_words.insert(stem.clone());
                }
                if !matches!(weight, EXAMPLE | SYNONYM) {
                    plain_words.insert(stem.clone());
                }
                postings.entry(stem).or_default().push((number as u32, weight));
            }
            let example = tool.example.replace("{target}", "");
            for sentence in tool.synonyms.iter().chain([&example]) {
                let words: Vec<String> = sentence.split_whitespace().map(str::to_lowercase).collect();
                if words.len() >= 3 {
                    sentences
                        .entry(words[0].clone())
                        .or_default()
                        .push((number as u32, words));
                }
            }
        }
        Self {
            entries: tools.iter().map(Entry::new).collect(),
            postings,
            own_words,
            plain_words,
            sentences,
        }
    }

    /// Tools one of whose sentences stands in the message word for word.
    pub fn quoted_by(&self, words: &[&str]) -> HashSet<u32> {
        let stands_at = |at: usize, sentence: &[String]| {
            words.len() >= at + sentence.len() && sentence.iter().zip(&words[at..]).all(|(a, b)| a == b)
        };
        let mut tools = HashSet::new();
        for (at, word) in words.iter().enumerate() {
            let known = self.sentences.get(*word).map_or(&[][..], Vec::as_slice);
            tools.extend(
                known
                    .iter()
                    .filter(|(_, sentence)| stands_at(at, sentence))
                    .map(|(tool, _)| *tool),
            );
        }
        tools
    }

    /// Whether a tool's name, title or description has this word.
    pub fn describes(&self, stem: &str) -> bool {
        self.plain_words.contains(stem)
    }

    /// Whether some tool speaks of this, directly or by a related word.
    pub fn knows(&self, stem: &str) -> bool {
        self.own_words.contains(stem) || related(stem).iter().any(|other| self.own_words.contains(other))
    }

    /// How telling a word is: 0 when every tool has it, 1 when none has.
    pub fn rarity(&self, stem: &str) -> f32 {
        let with = self.postings.get(stem).map_or(0, Vec::len) as f32;
        let all = self.entries.len() as f32;
        (((all + 1.0) / (with + 0.5)).ln() / ((all + 1.0) / 0.5).ln()).clamp(0.05, 1.0)
    }

    /// How well a word fits each tool that it fits at all (0..=1), the said word before related ones and slips.
    pub fn fits(&self, stem: &str) -> Vec<(u32, f32)> {
        let mut fits: HashMap<u32, f32> = HashMap::new();
        let mut add = |stem: &str, factor: f32| {
            for (tool, weight) in self.postings.get(stem).map_or(&[][..], Vec::as_slice) {
                let best = fits.entry(*tool).or_default();
                *best = best.max(weight * factor);
            }
        };
        add(stem, 1.0);
        for other in related(stem) {
            add(other, RELATED);
        }
        if !self.knows(stem) && stem.len() >= 4 {
            for known in self.own_words.iter().filter(|known| is_slip_of(stem, known)) {
                add(known, SLIPPED);
                for other in related(known) {
                    add(other, SLIPPED * RELATED);
                }
            }
        }
        fits.into_iter().collect()
    }
}

impl Entry {
    fn new(tool: &OfferedTool) -> Self {
        let mut words = tool.tool.short().split('_');
        let verb = words.next().unwrap_or("");
        Self {
            plugin: tool.tool.plugin().to_owned(),
            kind: tool.kind,
            verb: VerbClass::of(verb),
            noun: words.filter(|word| !is_stop_word(word)).map(stem).collect(),
            slots: slots_of(&tool.input_schema),
        }
    }
}

fn weighted_stems(tool: &OfferedTool) -> HashMap<String, f32> {
    let mut weights: HashMap<String, f32> = HashMap::new();
    let mut add = |text: &str, weight: f32| {
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1) {
            let lower = word.to_lowercase();
            if !is_stop_word(&lower) {
                let best = weights.entry(stem(&lower)).or_default();
                *best = best.max(weight);
            }
        }
    };
    add(tool.tool.short(), NAME);
    add(&tool.title, TITLE);
    for synonym in &tool.synonyms {
        add(synonym, SYNONYM);
    }
    add(&tool.example.replace("{target}", ""), EXAMPLE);
    add(&tool.description, DESCRIPTION);
    if let Some(properties) = tool.input_schema.get("properties").and_then(|p| p.as_object()) {
        for name in properties.keys().filter(|name| *name != "target") {
            add(name, PARAMETER);
        }
    }
    weights
}

/// The toolboxes of the last few offers, so that a conversation does not read its tools again at every turn.
#[derive(Default)]
pub struct Shelf(Mutex<VecDeque<(u64, Arc<Toolbox>)>>);

const MOST_ON_SHELF: usize = 16;

impl Shelf {
    pub fn toolbox(&self, tools: &[OfferedTool]) -> Arc<Toolbox> {
        let key = fingerprint(tools);
        let mut shelf = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((_, toolbox)) = shelf.iter().find(|(k, _)| *k == key) {
            return toolbox.clone();
        }
        let toolbox = Arc::new(Toolbox::new(tools));
        shelf.push_front((key, toolbox.clone()));
        shelf.truncate(MOST_ON_SHELF);
        toolbox
    }
}

/// Cheap on purpose: names, and the sizes of what is read. Who is offered the tools does not matter to their words.
fn fingerprint(tools: &[OfferedTool]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for tool in tools {
        tool.tool.as_str().hash(&mut hasher);
        tool.description.len().hash(&mut hasher);
        tool.example.len().hash(&mut hasher);
        tool.synonyms.len().hash(&mut hasher);
        let size = |key| {
            tool.input_schema.get(key).map(|v| {
                v.as_object()
                    .map_or_else(|| v.as_array().map_or(0, Vec::len), |o| o.len())
            })
        };
        (size("properties"), size("required"), tool.kind).hash(&mut hasher);
    }
    hasher.finish()
}
