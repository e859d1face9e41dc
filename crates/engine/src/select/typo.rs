//! Misspelt words: nearest words of the vocabulary by shared character trigrams.

use std::collections::HashMap;

/// Trigrams of every vocabulary word, with a mark at both ends so that beginnings count more.
pub(super) struct Trigrams {
    words_with: HashMap<[char; 3], Vec<u32>>,
    trigram_counts: Vec<u16>,
}

/// Below this share of common trigrams (Dice) a word is not even looked at.
const LEAST_DICE: f32 = 0.25;
const MOST_CORRECTIONS: usize = 3;

impl Trigrams {
    /// `vocabulary[i]` gets the number `i`.
    pub(super) fn new<'a>(vocabulary: impl Iterator<Item = &'a str>) -> Self {
        let mut words_with: HashMap<[char; 3], Vec<u32>> = HashMap::new();
        let mut trigram_counts = Vec::new();
        for (number, word) in vocabulary.enumerate() {
            let trigrams = trigrams(word);
            trigram_counts.push(trigrams.len() as u16);
            for trigram in trigrams {
                words_with.entry(trigram).or_default().push(number as u32);
            }
        }
        Self {
            words_with,
            trigram_counts,
        }
    }

    /// At most 3 vocabulary words that `word` may have meant, with their likeness (0.0..1.0), best first.
    ///
    /// Allowed are one slip of the fingers, two from 8 letters on. `vocabulary` is what the index was made of.
    pub(super) fn nearest(&self, word: &str, vocabulary: &[String]) -> Vec<(u32, f32)> {
        let length = word.chars().count();
        if length < 4 {
            return Vec::new(); // too short: everything is near
        }
        let most_slips = if length >= 8 { 2 } else { 1 };
        let mut near: Vec<(u32, f32)> = self
            .sharing(word)
            .into_iter()
            .filter_map(|number| {
                let slips = slips(word, &vocabulary[number as usize]);
                (slips <= most_slips).then_some((number, 1.0 - slips as f32 / length as f32))
            })
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(MOST_CORRECTIONS);
        near
    }

    fn sharing(&self, word: &str) -> Vec<u32> {
        let wanted = trigrams(word);
        let mut shared: HashMap<u32, u16> = HashMap::new();
        for trigram in &wanted {
            for number in self.words_with.get(trigram).map_or(&[][..], Vec::as_slice) {
                *shared.entry(*number).or_default() += 1;
            }
        }
        shared
            .into_iter()
            .filter(|(number, common)| {
                let total = wanted.len() as f32 + f32::from(self.trigram_counts[*number as usize]);
                2.0 * f32::from(*common) / total >= LEAST_DICE
            })
            .map(|(number, _)| number)
            .collect()
    }
}

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
fn slips(a: &str, b: &str) -> usize {
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

/// Distinct trigrams of `^word$`.
fn trigrams(word: &str) -> Vec<[char; 3]> {
    let marked: Vec<char> = std::iter::once('^')
        .chain(word.chars())
        .chain(std::iter::once('$'))
        .collect();
    let mut trigrams: Vec<[char; 3]> = marked.windows(3).map(|w| [w[0], w[1], w[2]]).collect();
    trigrams.sort_unstable();
    trigrams.dedup();
    trigrams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_the_right_one_and_nonsense_finds_none() {
        let vocabulary = ["connect", "process", "index", "statist"].map(str::to_owned);
        let trigrams = Trigrams::new(vocabulary.iter().map(String::as_str));
        for (word, expected) in [
            ("conect", Some("connect")),
            ("proccess", Some("process")),
            ("zzzzz", None),
            ("ind", None),
            ("indx", Some("index")),
            ("cnonect", Some("connect")),
        ] {
            let found = trigrams
                .nearest(word, &vocabulary)
                .first()
                .map(|(number, _)| vocabulary[*number as usize].as_str());
            assert_eq!(found, expected, "{word}");
        }
    }
}
