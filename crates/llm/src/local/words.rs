//! Stems, stop words, likeness and related words.

use rust_stemmers::{Algorithm, Stemmer};
use std::{collections::HashMap, sync::OnceLock};

/// Words without a bearing on which tool is meant. Sorted.
const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "again",
    "against",
    "all",
    "already",
    "also",
    "am",
    "an",
    "and",
    "any",
    "anybody",
    "anything",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "both",
    "but",
    "by",
    "can",
    "can't",
    "could",
    "currently",
    "did",
    "do",
    "does",
    "doing",
    "don't",
    "dont",
    "each",
    "either",
    "ever",
    "every",
    "everything",
    "exactly",
    "for",
    "from",
    "give",
    "go",
    "going",
    "good",
    "got",
    "had",
    "happen",
    "happening",
    "happens",
    "has",
    "have",
    "having",
    "hello",
    "help",
    "here",
    "hey",
    "hi",
    "him",
    "how",
    "how's",
    "i",
    "i'd",
    "i'm",
    "if",
    "in",
    "instead",
    "into",
    "is",
    "it",
    "it's",
    "its",
    "just",
    "kindly",
    "know",
    "let",
    "let's",
    "like",
    "long",
    "looking",
    "looks",
    "many",
    "may",
    "maybe",
    "me",
    "might",
    "more",
    "most",
    "much",
    "must",
    "my",
    "need",
    "never",
    "no",
    "none",
    "not",
    "nothing",
    "now",
    "of",
    "off",
    "often",
    "ok",
    "okay",
    "on",
    "one",
    "only",
    "or",
    "other",
    "our",
    "out",
    "over",
    "perhaps",
    "please",
    "pls",
    "quickly",
    "really",
    "right",
    "same",
    "shall",
    "should",
    "since",
    "so",
    "some",
    "somebody",
    "someone",
    "something",
    "still",
    "tell",
    "than",
    "thank",
    "thanks",
    "that",
    "that's",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "this",
    "those",
    "though",
    "to",
    "today",
    "too",
    "up",
    "upon",
    "us",
    "very",
    "via",
    "want",
    "was",
    "we",
    "well",
    "were",
    "what",
    "what's",
    "when",
    "where",
    "where's",
    "whether",
    "which",
    "while",
    "who",
    "who's",
    "why",
    "will",
    "with",
    "without",
    "would",
    "yes",
    "yet",
    "you",
    "your",
];

/// Verbs with which any request for reading can begin. Sorted.
const READING_VERBS: &[&str] = &[
    "check", "display", "fetch", "find", "get", "give", "inspect", "list", "look", "print", "report", "retrieve",
    "see", "show", "tell", "view",
];

/// One notion a row: a request with one of the words is also about the others, a little less.
const NOTIONS: &[&str] = &[
    "slow slowest slower long longest sluggish performance perform speed fast faster quick quicker latency expensive optimize optimise tune load busy",
    "lock block blocked blocking blocker wait waiting deadlock stuck hang hanging contention",
    "connection client session connected backend",
    "disk storage space filesystem free full volume partition",
    "memory ram swap",
    "cpu processor load",
    "process program task",
    "port listen listening socket",
    "log logfile journal error errors",
    "large big bigger biggest huge largest larger size",
    "statistic statistics stats bloat row rows tuple vacuum size",
    "query queries sql statement statements select",
    "explain plan execution",
    "index indexes indices indexing",
    "health healthy status overview metrics utilization load wrong",
    "container docker pod",
    "backup dump snapshot",
    "certificate tls ssl cert",
    "user role account",
    "database databases db",
];

pub fn stem(word: &str) -> String {
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

pub fn is_stop_word(lower: &str) -> bool {
    STOP_WORDS.binary_search(&lower).is_ok()
}

pub fn is_reading_verb(lower: &str) -> bool {
    READING_VERBS.binary_search(&lower).is_ok()
}

/// Stems of words for the same notion, `stem` itself excluded.
pub fn related(stem: &str) -> &'static [String] {
    static RELATED: OnceLock<HashMap<String, Vec<String>>> = OnceLock::new();
    RELATED.get_or_init(related_stems).get(stem).map_or(&[], Vec::as_slice)
}

fn related_stems() -> HashMap<String, Vec<String>> {
    let mut related: HashMap<String, Vec<String>> = HashMap::new();
    for notion in NOTIONS {
        let stems: Vec<String> = notion.split(' ').map(stem).collect();
        for one in &stems {
            let others = related.entry(one.clone()).or_default();
            for other in &stems {
                if other != one && !others.contains(other) {
                    others.push(other.clone());
                }
            }
        }
    }
    related
}

/// True when `said` is `meant` but for a slip of the fingers: one from 4 letters on, two from 8 on.
pub fn is_slip_of(said: &str, meant: &str) -> bool {
    let length = said.chars().count().min(meant.chars().count());
    let most = match length {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    said.len().abs_diff(meant.len()) <= 2 * most && slips(said, meant) <= most
}

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
pub fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_lists_are_sorted_for_binary_search() {
        assert!(STOP_WORDS.is_sorted());
        assert!(READING_VERBS.is_sorted());
    }

    #[test]
    fn short_words_must_be_right_and_long_ones_may_have_slips() {
        for (said, meant, expected) in [
            ("ordres", "orders", true),
            ("custmers", "customers", true),
            ("cutsomres", "customers", true),
            ("db", "da", false),
            ("orders", "folders", false),
            ("locks", "clocks", true),
            ("status", "stats", true),
        ] {
            assert_eq!(is_slip_of(said, meant), expected, "{said} {meant}");
        }
    }
}
