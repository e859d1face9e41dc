//! Numbers in a message, with what they measure.

use super::tokens::Token;

#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// In `unit`: milliseconds for durations, bytes for sizes.
    pub value: f64,
    pub unit: Unit,
    pub role: Role,
    /// The tokens it is made of.
    pub tokens: std::ops::Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    None,
    Ms,
    Bytes,
}

/// What the words around a plain number say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `pid 4711`, `kill 4711`.
    Pid,
    Port,
    /// `top 5`, `5 slowest`, `last 100 lines`.
    Count,
    Bare,
}

const WORDS: &[(&str, f64)] = &[
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("twenty", 20.0),
    ("fifty", 50.0),
    ("hundred", 100.0),
];

pub fn numbers(tokens: &[Token]) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    for at in 0..tokens.len() {
        if found.last().is_some_and(|number: &Number| number.tokens.contains(&at)) {
            continue;
        }
        let word = tokens[at].lower.as_str();
        let (digits, suffix) = split_suffix(word.trim_start_matches([':', '#']));
        let value = digits
            .parse::<f64>()
            .ok()
            .or_else(|| WORDS.iter().find(|(w, _)| *w == word).map(|(_, value)| *value));
        let Some(value) = value else { continue };
        let suffix = if digits.is_empty() { "" } else { suffix };
        let next = tokens.get(at + 1).map_or("", |t| t.lower.as_str());
        let (unit, factor, length) = match (unit(suffix), unit(next)) {
            (Some((unit, factor)), _) => (unit, factor, 1),
            (None, Some((unit, factor))) if suffix.is_empty() => (unit, factor, 2),
            _ if suffix.is_empty() => (Unit::None, 1.0, 1),
            _ => continue, // `10x`, `3rd`, `2026-11-21`
        };
        let role = if unit == Unit::None {
            role(tokens, at, word)
        } else {
            Role::Bare
        };
        found.push(Number {
            value: value * factor,
            unit,
            role,
            tokens: at..at + length,
        });
    }
    found
}

fn split_suffix(word: &str) -> (&str, &str) {
    let end = word
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(word.len());
    word.split_at(end)
}

/// GB is 10^9 bytes and GiB is 2^30 (IEC 80000-13).
fn unit(word: &str) -> Option<(Unit, f64)> {
    let ms = |factor: f64| Some((Unit::Ms, factor));
    let bytes = |factor: f64| Some((Unit::Bytes, factor));
    match word {
        "ms" | "millis" | "millisecond" | "milliseconds" | "msec" => ms(1.0),
        "s" | "sec" | "secs" | "second" | "seconds" => ms(1e3),
        "m" | "min" | "mins" | "minute" | "minutes" => ms(60e3),
        "h" | "hr" | "hrs" | "hour" | "hours" => ms(3_600e3),
        "d" | "day" | "days" => ms(86_400e3),
        "week" | "weeks" => ms(7.0 * 86_400e3),
        "b" | "byte" | "bytes" => bytes(1.0),
        "kb" | "kilobyte" | "kilobytes" | "k" => bytes(1e3),
        "mb" | "megabyte" | "megabytes" | "meg" | "megs" => bytes(1e6),
        "gb" | "gigabyte" | "gigabytes" | "gig" | "gigs" | "g" => bytes(1e9),
        "tb" | "terabyte" | "terabytes" | "t" => bytes(1e12),
        "kib" => bytes(1024.0),
        "mib" => bytes(1024.0 * 1024.0),
        "gib" => bytes(1024.0 * 1024.0 * 1024.0),
        "tib" => bytes(1024.0 * 1024.0 * 1024.0 * 1024.0),
        _ => None,
    }
}

fn role(tokens: &[Token], at: usize, word: &str) -> Role {
    let before = |steps: usize| at.checked_sub(steps).map_or("", |i| tokens[i].lower.as_str());
    let next = tokens.get(at + 1).map_or("", |t| t.stem.as_str());
    if word.starts_with(':')
        || before(1) == "port"
        || before(1) == "ports"
        || (before(2) == "port" && before(1) == "number")
    {
        return Role::Port;
    }
    let is_pid_word = |w: &str| {
        matches!(
            w,
            "pid"
                | "pids"
                | "process"
                | "connection"
                | "backend"
                | "session"
                | "kill"
                | "terminate"
                | "cancel"
                | "disconnect"
                | "id"
        )
    };
    if is_pid_word(before(1))
        || (is_pid_word(before(2)) && matches!(before(1), "id" | "number" | "pid" | "the" | "is" | "no"))
    {
        return Role::Pid;
    }
    let counts = matches!(
        before(1),
        "top" | "first" | "last" | "limit" | "max" | "most" | "only" | "tail" | "biggest" | "largest" | "slowest"
    ) || (matches!(before(2), "top" | "limit") && matches!(before(1), "the" | "to" | "of"))
        || (!next.is_empty()
            && !matches!(
                next,
                "on" | "in" | "for" | "of" | "and" | "at" | "from" | "with" | "to" | "pleas" | "now" | "port"
            ));
    if counts && word.parse::<u64>().is_ok_and(|n| n <= 10_000) || WORDS.iter().any(|(w, _)| *w == word) {
        Role::Count
    } else {
        Role::Bare
    }
}

/// `the second one`, `2`, `number 2`, `option 2`, `last`: counted from 0. `None` for `usize::MAX` style "last" is said
/// by [`Ordinal::Last`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordinal {
    Nth(usize),
    Last,
}

impl Ordinal {
    pub fn pick<T>(self, items: &[T]) -> Option<&T> {
        match self {
            Ordinal::Nth(n) => items.get(n),
            Ordinal::Last => items.last(),
        }
    }
}

pub fn ordinal(tokens: &[Token]) -> Option<Ordinal> {
    const ORDINALS: &[&[&str]] = &[
        &["first", "1st", "slowest", "top"],
        &["second", "2nd"],
        &["third", "3rd"],
        &["fourth", "4th"],
        &["fifth", "5th"],
        &["sixth", "6th"],
        &["seventh", "7th"],
        &["eighth", "8th"],
        &["ninth", "9th"],
        &["tenth", "10th"],
    ];
    for (at, token) in tokens.iter().enumerate() {
        let word = token.lower.as_str();
        if let Some(n) = ORDINALS.iter().position(|words| words.contains(&word)) {
            return Some(Ordinal::Nth(n));
        }
        let before = at.checked_sub(1).map_or("", |i| tokens[i].lower.as_str());
        let is_chosen_number = tokens.len() == 1 || matches!(before, "number" | "option" | "choice" | "nr" | "no") || {
            matches!(before, "" | "the" | "take" | "use" | "on" | "and") && tokens.len() <= 3
        };
        let digits = word.trim_end_matches(['.', ')']).trim_start_matches('#');
        if is_chosen_number && let Ok(n @ 1..=50) = digits.parse::<usize>() {
            return Some(Ordinal::Nth(n - 1));
        }
        if word == "last" && tokens.get(at + 1).is_none_or(|next| next.lower == "one") {
            return Some(Ordinal::Last);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::tokens::tokenize;

    #[test]
    fn numbers_have_units_and_roles() {
        for (text, value, unit, role) in [
            ("slower than 200 ms", 200.0, Unit::Ms, Role::Bare),
            ("slower than 200ms", 200.0, Unit::Ms, Role::Bare),
            ("over 1.5 seconds", 1500.0, Unit::Ms, Role::Bare),
            ("last 2 hours", 7_200_000.0, Unit::Ms, Role::Bare),
            ("bigger than 1 GB", 1e9, Unit::Bytes, Role::Bare),
            ("over 512MiB", 536_870_912.0, Unit::Bytes, Role::Bare),
            ("top 5", 5.0, Unit::None, Role::Count),
            ("the five slowest queries", 5.0, Unit::None, Role::Count),
            ("last 100 lines", 100.0, Unit::None, Role::Count),
            ("kill pid 4711", 4711.0, Unit::None, Role::Pid),
            ("terminate connection 4711", 4711.0, Unit::None, Role::Pid),
            ("port 5432", 5432.0, Unit::None, Role::Port),
            ("on :8080", 8080.0, Unit::None, Role::Port),
            ("listening on 5432", 5432.0, Unit::None, Role::Bare),
        ] {
            let found = numbers(&tokenize(text, |_| false).tokens);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(
                (found[0].value, found[0].unit, found[0].role),
                (value, unit, role),
                "{text}"
            );
        }
    }

    #[test]
    fn ordinals_are_understood() {
        for (text, expected) in [
            ("the second one", Some(Ordinal::Nth(1))),
            ("2", Some(Ordinal::Nth(1))),
            ("number 3 please", Some(Ordinal::Nth(2))),
            ("the last one", Some(Ordinal::Last)),
            ("last 5 lines of the log", None),
            ("orders-db", None),
        ] {
            assert_eq!(ordinal(&tokenize(text, |_| false).tokens), expected, "{text}");
        }
    }
}
