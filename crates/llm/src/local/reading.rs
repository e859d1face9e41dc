//! One message as understood before any tool is chosen: what it names, counts, quotes and wants.

use super::{
    mood::Mood,
    names::{self, Named},
    numbers::{Number, Ordinal, numbers, ordinal},
    sql::Sql,
    target_names,
    tokens::{Token, Tokens, tokenize},
    words::{is_reading_verb, is_stop_word},
    world::World,
};

/// What a token was taken for. Free ones are left for choosing the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Free,
    Target,
    /// A word for a kind of system: "database", "machine", "postgres".
    Plugin,
    Environment,
    Resource,
    Number,
    Path,
    /// A word about the request and not about its object: "fix", "reason", "second".
    Marker,
}

#[derive(Clone, Debug)]
pub struct Reading {
    pub tokens: Vec<Token>,
    pub uses: Vec<Use>,
    pub sql: Option<Sql>,
    pub quoted: Vec<String>,
    /// Lists in parentheses with the number of the token before them.
    pub lists: Vec<(Option<usize>, Vec<String>)>,
    /// The condition of an index asked for.
    pub condition: Option<String>,
    pub mood: Mood,
    /// Names of targets said for sure.
    pub targets: Vec<String>,
    /// Names that may be meant by a part of a name ("on orders"); empty when nothing was said.
    pub perhaps_targets: Vec<String>,
    pub plugins: Vec<String>,
    pub environment: Option<String>,
    pub wants_all_targets: bool,
    pub wants_other_target: bool,
    pub resources: Vec<Named>,
    pub numbers: Vec<Number>,
    pub paths: Vec<String>,
    pub ordinal: Option<Ordinal>,
}

impl Reading {
    pub fn new(text: &str, world: &World<'_>) -> Self {
        let is_target = |word: &str| target_names::place_called(word, world).is_some();
        let Tokens {
            tokens,
            sql,
            quoted,
            lists,
            condition,
        } = tokenize(text, is_target);
        let mut reading = Self {
            uses: vec![Use::Free; tokens.len()],
            mood: Mood::of(&tokens),
            numbers: numbers(&tokens),
            ordinal: ordinal(&tokens),
            tokens,
            sql,
            quoted,
            lists,
            condition,
            targets: Vec::new(),
            perhaps_targets: Vec::new(),
            plugins: Vec::new(),
            environment: None,
            wants_all_targets: false,
            wants_other_target: false,
            resources: Vec::new(),
            paths: Vec::new(),
        };
        reading.take_paths();
        reading.take_markers();
        target_names::take_targets(&mut reading, world);
        reading.take_numbers();
        target_names::take_environment(&mut reading, world);
        target_names::take_plugins(&mut reading, world);
        names::take_resources(&mut reading, world);
        target_names::take_parts_of_targets(&mut reading, world);
        reading
    }

    pub fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.lower)
    }

    /// The word before, over articles; empty at the beginning.
    pub fn word_before(&self, at: usize) -> &str {
        self.before(at).map_or("", |before| self.word(before))
    }

    pub fn before(&self, at: usize) -> Option<usize> {
        (0..at)
            .rev()
            .find(|i| !matches!(self.word(*i), "the" | "my" | "our" | "a" | "an" | "its" | "their"))
    }

    pub fn has_word(&self, words: &[&str]) -> bool {
        self.tokens.iter().any(|token| words.contains(&token.lower.as_str()))
    }

    /// Numbers of the tokens that tell which tool is meant.
    pub fn content_at(&self) -> Vec<usize> {
        (0..self.tokens.len())
            .filter(|at| self.uses[*at] == Use::Free && is_content(&self.tokens[*at]))
            .collect()
    }

    pub fn says_it(&self) -> bool {
        self.has_word(&["it", "its", "that", "this", "them", "there", "those", "these", "same"])
    }

    pub fn names_nothing(&self) -> bool {
        self.targets.is_empty()
            && self.resources.is_empty()
            && self.sql.is_none()
            && self.paths.is_empty()
            && self.numbers.is_empty()
    }

    fn take_paths(&mut self) {
        for (token, usage) in self.tokens.iter().zip(&mut self.uses) {
            let is_path = token.text.starts_with('/') || token.text.starts_with("~/");
            if is_path {
                *usage = Use::Path;
                self.paths.push(token.text.clone());
            }
        }
    }

    fn take_markers(&mut self) {
        for (token, usage) in self.tokens.iter().zip(&mut self.uses) {
            if MARKERS.contains(&token.lower.as_str()) {
                *usage = Use::Marker;
            }
        }
    }

    fn take_numbers(&mut self) {
        let uses = &self.uses;
        self.numbers.retain(|number| uses[number.tokens.start] == Use::Free);
        for number in &self.numbers {
            self.uses[number.tokens.clone()].fill(Use::Number);
        }
    }
}

/// A letter in it, no courtesy, no "show".
fn is_content(token: &Token) -> bool {
    !token.is_quoted
        && token.lower.len() > 1
        && token.lower.chars().any(char::is_alphabetic)
        && !is_stop_word(&token.lower)
        && !is_reading_verb(&token.lower)
}

const MARKERS: &[&str] = &[
    "fix",
    "repair",
    "resolve",
    "solve",
    "remedy",
    "heal",
    "improve",
    "reason",
    "cause",
    "causing",
    "diagnose",
    "investigate",
    "troubleshoot",
    "why",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "last",
    "top",
    "1st",
    "2nd",
    "3rd",
    "make",
    "undo",
    "revert",
    "limit",
    "max",
    "ms",
    "everywhere",
];
