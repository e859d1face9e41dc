//! What the wording of a message asks for and allows: orders, wishes to fix or to know, negations.

use super::{
    tokens::Token,
    verbs::{VerbClass, asks_only_for_change, is_known_verb, ungerund},
    words::{is_reading_verb, is_stop_word},
};

/// What the wording allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mood {
    /// The verbs of doing in places where they are an order, lower case.
    pub orders: Vec<String>,
    /// The first of them can only mean a change.
    pub is_exclusive: bool,
    /// It asks to make something better: fix, speed up, optimise.
    pub wants_fix: bool,
    /// It asks for reasons: why, what is wrong.
    pub wants_reasons: bool,
    /// "how do I", "should I", "what if": about doing, not for doing.
    pub is_about_doing: bool,
    /// "do not", "never".
    pub is_negated: bool,
}

impl Mood {
    pub fn asks_for(&self, class: &VerbClass) -> bool {
        !self.is_about_doing && !self.is_negated && self.orders.iter().any(|order| class.is_asked_by(order))
    }

    pub fn allows_changes(&self) -> bool {
        !self.is_about_doing && !self.is_negated
    }

    pub fn of(tokens: &[Token]) -> Self {
        let words: Vec<&str> = tokens.iter().map(|t| t.lower.as_str()).collect();
        let has = |phrase: &str| has_phrase(&words, phrase);
        let is_about_doing = ABOUT_DOING.iter().any(|phrase| has(phrase));
        let is_negated = NEGATIONS.iter().any(|phrase| has(phrase));
        let mut orders = orders(tokens);
        if orders.first().is_some_and(|first| first == "index") && asks_to_index(tokens) {
            orders.insert(0, "create".to_owned());
        }
        Self {
            is_exclusive: orders.first().is_some_and(|order| is_exclusive(order, &words)),
            wants_fix: !is_about_doing
                && !is_negated
                && (FIXING.iter().any(|phrase| has(phrase)) || makes_faster(&words)),
            wants_reasons: REASONS.iter().any(|phrase| has(phrase)) || is_said_to_be_slow(&words),
            is_about_doing,
            is_negated,
            orders,
        }
    }
}

const FIXING: &[&str] = &[
    "fix",
    "repair",
    "resolve",
    "solve",
    "remedy",
    "heal",
    "speed up",
    "speed",
    "optimise",
    "optimize",
    "improve",
    "accelerate",
    "tune",
];
const REASONS: &[&str] = &[
    "why",
    "what is wrong",
    "what wrong",
    "reason",
    "cause",
    "causes",
    "causing",
    "diagnose",
    "investigate",
    "troubleshoot",
    "healthy",
    "health",
    "find out",
];
const ABOUT_DOING: &[&str] = &[
    "how do i",
    "how do you",
    "how to",
    "how can i",
    "how can we",
    "how would",
    "how should",
    "how could",
    "should i",
    "should we",
    "what happens if",
    "what would happen",
    "what if",
    "would it help",
    "what would",
    "is it safe to",
    "can i safely",
    "when should",
    "who can",
    "who may",
    "am i allowed",
    "may i",
    "did you",
    "have you",
    "who did",
    "who has",
    "is there a way to",
];
const NEGATIONS: &[&str] = &[
    "do not",
    "don't",
    "dont",
    "never",
    "not to",
    "without changing",
    "no need to",
    "stop asking",
    "shouldn't",
];

/// Words that may stand before an order without taking it away.
const BEFORE_ORDERS: &[&str] = &[
    "please",
    "pls",
    "kindly",
    "can",
    "could",
    "would",
    "will",
    "you",
    "i",
    "we",
    "want",
    "need",
    "like",
    "to",
    "let",
    "let's",
    "us",
    "and",
    "then",
    "now",
    "also",
    "just",
    "go",
    "ahead",
    "ok",
    "okay",
    "yes",
    "hey",
    "hi",
    "hello",
    "so",
    "id",
    "i'd",
    "help",
    "me",
    "quickly",
    "immediately",
    "be",
    "so",
    "kind",
    "try",
    "must",
    "should",
    "have",
    "yo",
    "thanks",
    "hm",
    "hmm",
    "well",
    "first",
    "it",
    "again",
    "instead",
    "go",
    "you'd",
    "do",
    "actually",
    "right",
    "steersman",
    "finally",
    "maybe",
    "by",
    "again",
    "force",
];

/// The verbs in places of an order: at the head of the request (after courtesies or the name of where to do it), after
/// a comma, "and", "then", "please", and as "by doing". The first word counts even when no class knows it: it may be a
/// tool's own verb ("cordon node-1").
fn orders(tokens: &[Token]) -> Vec<String> {
    let mut orders = Vec::new();
    let mut is_head = true;
    for (at, token) in tokens.iter().enumerate() {
        let word = token.lower.as_str();
        let before = at.checked_sub(1).map_or("", |before| tokens[before].lower.as_str());
        let opens = token.has_comma_before
            || matches!(before, "and" | "then" | "please")
            || before == "by" && word.ends_with("ing");
        let next = tokens.get(at + 1).map_or("", |next| next.lower.as_str());
        if is_head && matches!(word, "run" | "execute" | "perform") && is_known_verb(next) {
            continue; // "run vacuum on orders"
        }
        if (is_head || opens) && !is_noun_here(word, before) && is_known_verb(word) {
            orders.push(ungerund(word));
            is_head = false;
        } else if is_head && !word.ends_with("ly") && !BEFORE_ORDERS.contains(&word) && !word.contains(['-', '_', '.'])
        {
            is_head = false;
            if word.chars().all(char::is_alphabetic) && !is_reading_verb(word) && !is_stop_word(word) {
                orders.push(word.to_owned());
            }
        }
    }
    orders
}

/// "drop …" can only mean a change; so can "create …", but for "make a list of the tables" and "make orders faster".
fn is_exclusive(order: &str, words: &[&str]) -> bool {
    let after: Vec<&str> = words
        .iter()
        .skip_while(|word| **word != order)
        .skip(1)
        .take(3)
        .copied()
        .collect();
    let is_about_words = after
        .iter()
        .any(|word| matches!(*word, "list" | "report" | "overview" | "summary" | "sure"));
    match order {
        "create" | "add" | "build" => !is_about_words,
        "make" => matches!(after.first(), Some(&("a" | "an" | "another"))) && !is_about_words,
        _ => asks_only_for_change(order),
    }
}

/// "the start", "a copy" are no orders.
fn is_noun_here(word: &str, before: &str) -> bool {
    matches!(before, "the" | "a" | "an" | "last" | "this" | "that" | "my" | "no") && !word.ends_with("ing")
}

/// "index orders by status" and not "index usage of orders".
fn asks_to_index(tokens: &[Token]) -> bool {
    const ABOUT_INDEXES: &[&str] = &[
        "usage",
        "use",
        "size",
        "sizes",
        "stats",
        "statistics",
        "scans",
        "scan",
        "bloat",
        "list",
        "of",
        "on",
        "in",
        "health",
    ];
    let at = tokens.iter().position(|token| token.lower == "index").unwrap_or(0);
    tokens
        .get(at + 1)
        .is_some_and(|next| !ABOUT_INDEXES.contains(&next.lower.as_str()))
}

pub fn has_phrase(words: &[&str], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).any(|window| window == phrase)
}

fn makes_faster(words: &[&str]) -> bool {
    has_phrase(words, "make")
        && words
            .iter()
            .any(|w| matches!(*w, "faster" | "fast" | "quicker" | "quick" | "better" | "healthy"))
}

/// "orders is slow", "is orders slow", "orders got slow": the adjective as a statement, not "slow queries".
fn is_said_to_be_slow(words: &[&str]) -> bool {
    words
        .last()
        .is_some_and(|last| matches!(*last, "slow" | "slower" | "sluggish" | "lagging"))
        && words.iter().any(|w| {
            matches!(
                *w,
                "is" | "are" | "got" | "became" | "so" | "feels" | "seems" | "very" | "too"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::tokens::tokenize;

    fn mood(text: &str) -> Mood {
        Mood::of(&tokenize(text, |_| false).tokens)
    }

    #[test]
    fn an_order_is_a_verb_where_orders_stand() {
        for (text, orders, is_exclusive) in [
            ("drop index orders_idx", vec!["drop"], true),
            ("Could you please kill 4711?", vec!["kill"], true),
            ("i want you to create an index", vec!["create"], true),
            ("make a list of the tables", vec!["make"], false),
            ("run vacuum on orders", vec!["vacuum"], true),
            ("orders-db: drop index x", vec!["drop"], true),
            ("and drop it again", vec!["drop"], true),
            ("show locks, then kill 4711", vec!["kill"], false),
            ("which process was killed by the start of the job", vec![], false),
            ("show the last start", vec![], false),
            ("cordon node-1", vec!["cordon"], false),
        ] {
            let mood = mood(text);
            let known: Vec<&str> = mood.orders.iter().map(String::as_str).collect();
            assert_eq!(known, orders, "{text}");
            // The first order decides; a reading verb before it makes the request a mixed one.
            assert_eq!(mood.is_exclusive && !text.starts_with("show"), is_exclusive, "{text}");
        }
    }

    #[test]
    fn questions_about_doing_and_negations_ask_for_nothing() {
        let drop = VerbClass::of("drop");
        for text in [
            "how do I drop an index",
            "should I drop it",
            "what happens if I drop the index",
            "don't drop the index",
            "never drop indexes",
        ] {
            assert!(!mood(text).asks_for(&drop), "{text}");
        }
        assert!(mood("remove the index").asks_for(&drop));
        assert!(mood("fix it by dropping the index").asks_for(&drop));
    }

    #[test]
    fn wishes_to_fix_and_to_know_are_told_apart() {
        for (text, fix, reasons) in [
            ("why is orders slow, and fix it", true, true),
            ("why is orders slow?", false, true),
            ("speed up orders", true, false),
            ("make orders faster", true, false),
            ("how can I speed up orders", false, false),
            ("orders is very slow", false, true),
            ("show slow queries", false, false),
        ] {
            let mood = mood(text);
            assert_eq!((mood.wants_fix, mood.wants_reasons), (fix, reasons), "{text}");
        }
    }
}
