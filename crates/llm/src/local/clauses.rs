//! Requests in a row: "list the tables and then show the locks".

use super::{mood::Mood, reading::Reading, verbs::VerbClass, words::is_reading_verb, world::World};

const MOST_CLAUSES: usize = 4;

/// The parts of a message that ask for something each, in order; the whole message when it asks for one thing.
///
/// "and fix it" is no part of its own: it says how far to go with the rest.
pub fn clauses(world: &World<'_>, said: &str) -> Vec<String> {
    let whole = Reading::new(said, world);
    let is_one = whole.sql.is_some()
        || !whole.quoted.is_empty()
        || said.contains('`')
        || whole.mood.wants_fix
        || whole.mood.wants_reasons;
    if is_one {
        return vec![said.to_owned()];
    }
    let mut clauses: Vec<String> = vec![String::new()];
    for piece in said.split_inclusive(' ') {
        let word = piece.trim().trim_end_matches([',', ';', '.']).to_lowercase();
        let current = clauses.last().cloned().unwrap_or_default();
        let ends_part = current.trim_end().ends_with([';', ',']) || current.trim_end().ends_with(". ");
        let after_joint = ["and", "then", "and then", "afterwards", "also"].iter().any(|joint| {
            current
                .trim_end()
                .to_lowercase()
                .strip_suffix(joint)
                .is_some_and(|before| before.ends_with([' ', ',', ';']))
        });
        let begins_request =
            is_reading_verb(&word) || matches!(VerbClass::of(&word), VerbClass::Known(_)) || word == "explain";
        let is_enough = current.split_whitespace().count() >= 2;
        if begins_request
            && is_enough
            && (after_joint || ends_part)
            && clauses.len() < MOST_CLAUSES
            && orders_something(&current)
        {
            clauses.push(String::new());
        }
        if let Some(last) = clauses.last_mut() {
            last.push_str(piece);
        }
    }
    clauses
        .iter()
        .map(|clause| without_joint(clause).to_owned())
        .filter(|clause| !clause.is_empty())
        .collect()
}

/// "please and" alone is no request.
fn orders_something(text: &str) -> bool {
    let tokens = super::tokens::tokenize(text, |_| false).tokens;
    !Mood::of(&tokens).orders.is_empty()
        || tokens
            .iter()
            .any(|token| is_reading_verb(&token.lower) || token.lower.len() > 4)
}

fn without_joint(clause: &str) -> &str {
    let mut rest = clause.trim();
    loop {
        let shorter = rest.trim_end_matches([',', ';', ' ']);
        let lower = shorter.to_lowercase();
        let cut = [" and", " then", " afterwards", " also"]
            .iter()
            .find(|joint| lower.ends_with(**joint))
            .map_or(0, |joint| joint.len());
        if cut == 0 {
            return shorter;
        }
        rest = &shorter[..shorter.len() - cut];
    }
}
