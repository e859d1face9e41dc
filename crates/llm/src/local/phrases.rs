//! Words that fill flags, choices and free text.

use super::{
    reading::{Reading, Use},
    slot::Slot,
    verbs::VerbClass,
    words::{is_reading_verb, is_stop_word},
    world::World,
};
use steersman_protocol::ToolKind;

/// What else people say for a choice.
const CHOICE_WORDS: &[(&str, &[&str])] = &[
    ("cpu", &["processor", "load", "busy", "busiest"]),
    ("memory", &["ram", "mem", "rss", "hungriest"]),
    ("terminate", &["kill", "end", "disconnect", "close", "stop"]),
    ("cancel", &["abort", "statement", "query"]),
    (
        "kill",
        &[
            "force",
            "forcefully",
            "forcibly",
            "hard",
            "sigkill",
            "-9",
            "immediately",
        ],
    ),
    ("term", &["gracefully", "gently", "softly", "sigterm", "-15"]),
];

/// `true` for its name, `false` for its name after "not" or "without".
pub fn flag(slot: &Slot, reading: &Reading) -> Option<bool> {
    const OPPOSITES: &[(&str, &str)] = &[("concurrently", "blocking"), ("concurrently", "offline")];
    if slot.name == "analyze" {
        // Measuring runs the statement: only the fixed words ask for it, "analyze this query" does not.
        let is_asked = reading.sql.as_ref().is_some_and(|sql| sql.is_analyze)
            || reading
                .tokens
                .windows(2)
                .any(|pair| pair[0].lower == "explain" && pair[1].stem == "analyz");
        return is_asked.then_some(true);
    }
    let at = reading
        .tokens
        .iter()
        .position(|token| slot.stems.len() == 1 && slot.stems[0] == token.stem);
    if let Some(at) = at {
        return Some(!matches!(reading.word_before(at), "not" | "without" | "no" | "non"));
    }
    let is_opposite = OPPOSITES
        .iter()
        .any(|(name, word)| *name == slot.name && reading.has_word(&[word]));
    is_opposite.then_some(false)
}

/// The choice that was said. `own_verb`: in "kill process 4711" the word kill names the tool, not the signal.
pub fn choice<'c>(choices: &'c [String], own_verb: &str, reading: &Reading) -> Option<&'c String> {
    let is_said = |choice: &str| {
        choice != own_verb
            && reading
                .tokens
                .iter()
                .any(|token| token.lower == choice || token.stem == super::words::stem(choice))
    };
    let is_meant = |choice: &str| {
        CHOICE_WORDS.iter().any(|(name, words)| {
            *name == choice && reading.tokens.iter().any(|token| words.contains(&token.lower.as_str()))
        })
    };
    choices
        .iter()
        .find(|choice| is_said(choice))
        .or_else(|| choices.iter().find(|choice| is_meant(choice)))
}

/// The text for a slot, and the token it came from if it was a free one.
pub fn text(
    world: &World<'_>,
    tool: usize,
    slot: &Slot,
    reading: &Reading,
    taken: &[usize],
) -> Option<(String, Option<usize>)> {
    match slot.name.as_str() {
        "where" | "condition" | "predicate" => reading.condition.clone().map(|condition| (condition, None)),
        "contains" | "pattern" | "search" | "filter" | "grep" | "match" => searched(reading),
        "name" => named(world, tool, reading, taken),
        name => quoted(slot, reading).or_else(|| beside(name, reading)),
    }
}

/// "lines containing timeout", "with \"connection refused\"", "errors in /var/log/syslog".
fn searched(reading: &Reading) -> Option<(String, Option<usize>)> {
    const BEFORE: &[&str] = &[
        "containing",
        "contain",
        "contains",
        "matching",
        "mentioning",
        "mention",
        "grep",
        "including",
        "saying",
    ];
    if let Some(quoted) = reading.quoted.first() {
        return Some((quoted.clone(), None));
    }
    let word = |at: usize| Some((reading.tokens[at].text.clone(), Some(at)));
    if let Some(at) =
        (0..reading.tokens.len()).find(|at| reading.tokens[*at].is_quoted || BEFORE.contains(&reading.word_before(*at)))
    {
        return word(at);
    }
    let sign = reading.tokens.iter().position(|token| {
        matches!(
            token.lower.as_str(),
            "errors" | "error" | "warnings" | "warning" | "exceptions" | "exception" | "timeouts" | "panics"
        )
    })?;
    let singular = reading.word(sign).trim_end_matches('s').to_owned();
    // "the error log" is a log.
    (!matches!(reading.word(sign + 1), "log" | "logs" | "logfile")).then_some((singular, Some(sign)))
}

/// Words beside "processes" that name none.
const NO_NAMES: &[&str] = &[
    "top",
    "busy",
    "busiest",
    "hungry",
    "hungriest",
    "heavy",
    "heaviest",
    "biggest",
    "zombie",
    "long",
    "ram",
    "current",
    "programs",
    "slow",
];

/// "called orders_idx"; for queries also "nginx processes", "is nginx running".
fn named(world: &World<'_>, tool: usize, reading: &Reading, taken: &[usize]) -> Option<(String, Option<usize>)> {
    let word = |at: usize| Some((reading.tokens[at].text.clone(), Some(at)));
    let count = reading.tokens.len();
    if let Some(at) = (0..count).find(|at| matches!(reading.word_before(*at), "called" | "named" | "name")) {
        return word(at);
    }
    let entry = world.entry(tool);
    if entry.kind == ToolKind::Change {
        // "create index orders_note_idx on orders(note)"
        let is_slot = |word: &str| entry.slots.iter().any(|slot| slot.name == word);
        let is_new = |at: &usize| {
            reading.word(*at - 1) == "index"
                && reading.uses[*at] == Use::Free
                && reading.word(*at + 1) == "on"
                && !is_slot(reading.word(*at))
        };
        let is_index = !reading.lists.is_empty() && entry.noun.iter().any(|stem| stem == "index");
        return (1..count).find(is_new).filter(|_| is_index).and_then(word);
    }
    let at = (0..count).find(|at| {
        let token = &reading.tokens[*at];
        let is_near_noun = [at.wrapping_sub(1), at + 1].iter().any(|near| {
            reading
                .tokens
                .get(*near)
                .is_some_and(|t| entry.noun.contains(&t.stem) || matches!(t.lower.as_str(), "running" | "alive" | "up"))
        });
        reading.uses[*at] == Use::Free
            && !taken.contains(at)
            && is_near_noun
            && !is_stop_word(&token.lower)
            && !is_reading_verb(&token.lower)
            && !world.toolbox.describes(&token.stem)
            && !matches!(VerbClass::of(&token.lower), VerbClass::Known(_))
            && !NO_NAMES.contains(&token.lower.as_str())
            && !entry.noun.contains(&token.stem)
            && token.text.chars().any(char::is_alphabetic)
    })?;
    word(at)
}

/// A required text takes what stands in quotes.
fn quoted(slot: &Slot, reading: &Reading) -> Option<(String, Option<usize>)> {
    if !slot.is_required {
        return None;
    }
    let token = reading.tokens.iter().position(|token| token.is_quoted);
    let long = reading.quoted.first().map(|text| (text.clone(), None));
    long.or_else(|| token.map(|at| (reading.tokens[at].text.clone(), Some(at))))
}

/// "schema sales", "in the sales schema".
fn beside(name: &str, reading: &Reading) -> Option<(String, Option<usize>)> {
    let is_free = |at: usize| {
        reading.uses.get(at) == Some(&Use::Free)
            && !is_stop_word(reading.word(at))
            && !is_reading_verb(reading.word(at))
    };
    let at = reading.tokens.iter().position(|token| token.lower == name)?;
    let found = [Some(at + 1), at.checked_sub(1)]
        .into_iter()
        .flatten()
        .find(|near| is_free(*near))?;
    Some((reading.tokens[found].text.clone(), Some(found)))
}
