//! From text and identifiers to the stems that the index compares.

use rust_stemmers::{Algorithm, Stemmer};

/// Words that say nothing about which tool is wanted. Question words stay out too: "why" fits every query.
const STOP_WORDS: &[&str] = &[
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did",
    "do", "does", "for", "from", "give", "had", "has", "have", "hello", "hey", "hi", "how", "i", "if", "in", "into",
    "is", "it", "its", "just", "let", "like", "many", "me", "much", "my", "need", "now", "of", "on", "or", "our",
    "out", "please", "shall", "should", "so", "some", "tell", "thanks", "that", "the", "their", "them", "then",
    "there", "these", "they", "this", "those", "to", "us", "want", "was", "we", "were", "what", "when", "where",
    "which", "who", "why", "will", "with", "would", "you", "your",
];

/// Splits text into lower-case stems without stop words, in order, repeats kept.
///
/// Identifiers fall apart at `_`, `-`, `.` and at camel-case borders: `listHTTPPorts` gives list, http, port.
pub(super) fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    split(text)
        .into_iter()
        .filter(|word| STOP_WORDS.binary_search(&word.as_str()).is_err())
        .map(|word| stemmer.stem(&word).into_owned())
        .collect()
}

fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in text.split(|c: char| !c.is_alphanumeric()) {
        let characters: Vec<char> = piece.chars().collect();
        let mut start = 0;
        for at in 1..characters.len() {
            if is_border(&characters, at) {
                push(&mut words, &characters[start..at]);
                start = at;
            }
        }
        push(&mut words, &characters[start..]);
    }
    words
}

/// `sortBy` breaks before B, `HTTPServer` before S.
fn is_border(characters: &[char], at: usize) -> bool {
    let (before, here) = (characters[at - 1], characters[at]);
    let next_is_lower = characters.get(at + 1).is_some_and(|c| c.is_lowercase());
    (before.is_lowercase() && here.is_uppercase()) || (before.is_uppercase() && here.is_uppercase() && next_is_lower)
}

fn push(words: &mut Vec<String>, characters: &[char]) {
    if !characters.is_empty() {
        words.push(characters.iter().flat_map(|c| c.to_lowercase()).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_sorted_for_binary_search() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn identifiers_fall_apart_and_words_are_stemmed() {
        for (text, expected) in [
            ("get_slow_queries", vec!["get", "slow", "queri"]),
            ("listHTTPPorts", vec!["list", "http", "port"]),
            ("Which indexes are on the table?", vec!["index", "tabl"]),
            ("", vec![]),
            ("Größe", vec!["größe"]),
        ] {
            assert_eq!(stems(text), expected, "{text}");
        }
    }
}
