//! BM25F: one inverted index over the fields of every tool, each field with its own weight.
//!
//! Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.5. Everything that
//! does not depend on the request is computed once, so that ranking is a sum over a few short lists.

use super::{thesaurus::Thesaurus, typo::Trigrams, words::stems};
use serde_json::Value;
use std::collections::HashMap;
use steersman_protocol::ToolSpec;

/// Saturation of repeated words, and how much long fields are held back.
const K1: f32 = 1.2;
const B: f32 = 0.5;

const NAME: f32 = 3.0;
const TITLE: f32 = 2.5;
const SYNONYMS: f32 = 2.0;
const EXAMPLE: f32 = 1.5;
const DESCRIPTION: f32 = 1.0;
const CATEGORY: f32 = 0.7;
const PARAMETERS: f32 = 0.5;
const WEIGHTS: [f32; 7] = [NAME, TITLE, SYNONYMS, EXAMPLE, DESCRIPTION, CATEGORY, PARAMETERS];

/// A word that only the thesaurus or a correction brought in counts less than one that was said.
const RELATED_WEIGHT: f32 = 0.5;
const CORRECTED_WEIGHT: f32 = 0.8;

/// Stems of words with which any request for reading can begin: they tell little about which one.
const WEAK_TERMS: &[&str] = &[
    "check", "display", "find", "get", "list", "print", "see", "show", "view",
];
const WEAK_WEIGHT: f32 = 0.3;

pub(super) struct Index {
    term_numbers: HashMap<String, u32>,
    terms: Vec<String>,
    /// By term number: tool number and what the term adds to that tool's score.
    postings: Vec<Vec<(u32, f32)>>,
    trigrams: Trigrams,
    thesaurus: Thesaurus,
    tool_count: usize,
}

impl Index {
    pub(super) fn new(tools: &[ToolSpec]) -> Self {
        let documents: Vec<[Vec<String>; 7]> = tools.iter().map(fields).collect();
        let mean_lengths: [f32; 7] = std::array::from_fn(|field| {
            let total: usize = documents.iter().map(|document| document[field].len()).sum();
            (total as f32 / tools.len().max(1) as f32).max(1.0)
        });

        let mut terms: Vec<String> = Vec::new();
        let mut term_numbers: HashMap<String, u32> = HashMap::new();
        let mut postings: Vec<Vec<(u32, f32)>> = Vec::new();
        for (tool, document) in documents.iter().enumerate() {
            for (term, frequency) in weighted_frequencies(document, &mean_lengths) {
                let number = *term_numbers.entry(term.clone()).or_insert_with(|| {
                    terms.push(term);
                    postings.push(Vec::new());
                    terms.len() as u32 - 1
                });
                postings[number as usize].push((tool as u32, frequency));
            }
        }
        for list in &mut postings {
            let with_term = list.len() as f32;
            let rarity = (1.0 + (tools.len() as f32 - with_term + 0.5) / (with_term + 0.5)).ln();
            for (_, weight) in list.iter_mut() {
                *weight = rarity * *weight * (K1 + 1.0) / (K1 + *weight);
            }
        }
        Self {
            trigrams: Trigrams::new(terms.iter().map(String::as_str)),
            thesaurus: Thesaurus::new(),
            tool_count: tools.len(),
            terms,
            term_numbers,
            postings,
        }
    }

    /// One score per tool, in the order they were given. 0 means that no word fits.
    pub(super) fn scores(&self, texts: &[(&str, f32)]) -> Vec<f32> {
        let mut scores = vec![0.0; self.tool_count];
        for (term, weight) in self.wanted(texts) {
            for (tool, impact) in &self.postings[term as usize] {
                scores[*tool as usize] += impact * weight;
            }
        }
        scores
    }

    /// Term numbers to look for. A term that several words lead to counts once, at its best weight.
    fn wanted(&self, texts: &[(&str, f32)]) -> Vec<(u32, f32)> {
        let mut wanted: HashMap<u32, f32> = HashMap::new();
        let mut want = |term: u32, weight: f32| {
            let is_weak = WEAK_TERMS.contains(&self.terms[term as usize].as_str());
            let best = wanted.entry(term).or_insert(0.0);
            *best = best.max(if is_weak { weight * WEAK_WEIGHT } else { weight });
        };
        for (text, text_weight) in texts {
            for stem in stems(text) {
                match self.term_numbers.get(&stem) {
                    Some(term) => want(*term, *text_weight),
                    None => {
                        if let Some((term, likeness)) = self.correction(&stem) {
                            want(term, text_weight * likeness * CORRECTED_WEIGHT);
                        }
                    }
                }
                for other in self.thesaurus.related(&stem) {
                    if let Some(term) = self.term_numbers.get(other) {
                        want(*term, text_weight * RELATED_WEIGHT);
                    }
                }
            }
        }
        // A sum of floats depends on its order; the same request must give the same order of tools every time.
        let mut wanted: Vec<(u32, f32)> = wanted.into_iter().collect();
        wanted.sort_unstable_by_key(|(term, _)| *term);
        wanted
    }

    /// The one word that was most likely meant: the nearest, and of equally near ones the most used.
    fn correction(&self, stem: &str) -> Option<(u32, f32)> {
        let use_count = |term: u32| self.postings[term as usize].len();
        self.trigrams
            .nearest(stem, &self.terms)
            .into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1).then(use_count(a.0).cmp(&use_count(b.0))))
    }
}

fn fields(tool: &ToolSpec) -> [Vec<String>; 7] {
    [
        stems(tool.name.as_str()),
        stems(&tool.title),
        tool.synonyms.iter().flat_map(|synonym| stems(synonym)).collect(),
        stems(&tool.example.replace("{target}", "")),
        stems(&tool.description),
        stems(&tool.category),
        tool.input_schema
            .get("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().flat_map(|name| stems(name)).collect())
            .unwrap_or_default(),
    ]
}

/// Terms of a document with their frequency over all fields, each weighted and normalised by its length.
fn weighted_frequencies(document: &[Vec<String>; 7], mean_lengths: &[f32; 7]) -> Vec<(String, f32)> {
    let mut frequencies: HashMap<&str, f32> = HashMap::new();
    for (field, terms) in document.iter().enumerate() {
        let length = 1.0 - B + B * terms.len() as f32 / mean_lengths[field];
        for term in terms {
            *frequencies.entry(term).or_default() += WEIGHTS[field] / length;
        }
    }
    let mut frequencies: Vec<(String, f32)> = frequencies.into_iter().map(|(t, f)| (t.to_owned(), f)).collect();
    frequencies.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    frequencies
}
