//! What giving or taking privileges changes, computed before anything is done.

use super::{MEMBER, On};
use std::collections::BTreeMap;

/// A role's own privileges on one thing: the privilege, and whether it may hand it on.
pub(super) type Held = BTreeMap<String, bool>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Grant,
    Revoke,
}

impl Direction {
    pub(super) fn inverse(self) -> Self {
        match self {
            Direction::Grant => Direction::Revoke,
            Direction::Revoke => Direction::Grant,
        }
    }
}

/// What is held afterwards. `option` is about the right to hand on: given too, or only that is taken.
pub(super) fn after(before: &Held, words: &[&str], option: bool, direction: Direction) -> Held {
    let mut held = before.clone();
    for word in words {
        let now = held.get(*word).copied();
        let then = match (direction, now) {
            (Direction::Grant, now) => Some(option || now == Some(true)),
            (Direction::Revoke, Some(_)) if option => Some(false),
            (Direction::Revoke, _) => None,
        };
        match then {
            Some(option) => held.insert((*word).to_owned(), option),
            None => held.remove(*word),
        };
    }
    held
}

/// One privilege on one thing that becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    /// As GRANT names the thing.
    pub on: String,
    pub word: String,
    pub before: Option<bool>,
    pub after: Option<bool>,
}

pub(super) fn changes(on: &str, before: &Held, after: &Held) -> Vec<Changed> {
    let words: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    words
        .into_iter()
        .map(|word| Changed {
            on: on.to_owned(),
            word: word.clone(),
            before: before.get(word).copied(),
            after: after.get(word).copied(),
        })
        .filter(|changed| changed.before != changed.after)
        .collect()
}

/// The statements that make exactly these changes, as few as possible. `role` is quoted where needed.
pub(super) fn statements(kind: On, role: &str, changes: &[Changed]) -> Vec<String> {
    // First what each thing needs, then things that need the same.
    let mut by_thing: BTreeMap<(&str, Form), Vec<&str>> = BTreeMap::new();
    for changed in changes {
        by_thing
            .entry((&changed.on, Form::of(changed)))
            .or_default()
            .push(&changed.word);
    }
    let mut by_need: BTreeMap<(Form, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for ((on, form), words) in by_thing {
        by_need.entry((form, words)).or_default().push(on);
    }
    by_need
        .into_iter()
        .map(|((form, words), on)| form.statement(kind, role, &words, &on))
        .collect()
}

/// The changes that take these back.
pub(super) fn inverse(changes: &[Changed]) -> Vec<Changed> {
    changes
        .iter()
        .map(|changed| Changed {
            before: changed.after,
            after: changed.before,
            ..changed.clone()
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Give,
    GiveWithOption,
    TakeOption,
    Take,
}

impl Form {
    fn of(changed: &Changed) -> Self {
        match (changed.before, changed.after) {
            (_, Some(true)) => Form::GiveWithOption,
            (None, Some(false)) => Form::Give,
            (Some(_), Some(false)) => Form::TakeOption,
            (_, None) => Form::Take,
        }
    }

    fn statement(self, kind: On, role: &str, words: &[&str], on: &[&str]) -> String {
        let on = on.join(", ");
        let (what, option) = if words == [MEMBER] {
            (on, "ADMIN")
        } else {
            (format!("{} ON {} {on}", words.join(", "), kind.keyword()), "GRANT")
        };
        match self {
            Form::Give => format!("GRANT {what} TO {role}"),
            Form::GiveWithOption => format!("GRANT {what} TO {role} WITH {option} OPTION"),
            Form::TakeOption => format!("REVOKE {option} OPTION FOR {what} FROM {role}"),
            Form::Take => format!("REVOKE {what} FROM {role}"),
        }
    }
}

/// `no`, `yes`, `yes, and may hand it on`.
pub(super) fn in_words(held: Option<&bool>) -> &'static str {
    match held {
        None => "no",
        Some(false) => "yes",
        Some(true) => "yes, and may hand it on",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(pairs: &[(&str, bool)]) -> Held {
        pairs
            .iter()
            .map(|(word, option)| ((*word).to_owned(), *option))
            .collect()
    }

    #[test]
    fn what_is_held_afterwards_follows_from_what_is_held_before() {
        use Direction::{Grant, Revoke};
        for (before, words, option, direction, expected) in [
            (held(&[]), vec!["SELECT"], false, Grant, held(&[("SELECT", false)])),
            (
                held(&[("SELECT", true)]),
                vec!["SELECT"],
                false,
                Grant,
                held(&[("SELECT", true)]),
            ),
            (
                held(&[("SELECT", false)]),
                vec!["SELECT"],
                true,
                Grant,
                held(&[("SELECT", true)]),
            ),
            (
                held(&[("SELECT", true)]),
                vec!["SELECT"],
                true,
                Revoke,
                held(&[("SELECT", false)]),
            ),
            (held(&[]), vec!["SELECT"], true, Revoke, held(&[])),
            (
                held(&[("SELECT", false), ("INSERT", true)]),
                vec!["INSERT", "UPDATE"],
                false,
                Revoke,
                held(&[("SELECT", false)]),
            ),
        ] {
            assert_eq!(
                after(&before, &words, option, direction),
                expected,
                "{before:?} {words:?}"
            );
        }
    }

    #[test]
    fn statements_make_exactly_the_difference_and_their_inverse_takes_it_back() {
        let mut all = changes("public.a", &held(&[]), &held(&[("SELECT", false), ("INSERT", false)]));
        all.extend(changes(
            "public.b",
            &held(&[]),
            &held(&[("SELECT", false), ("INSERT", false)]),
        ));
        all.extend(changes(
            "public.c",
            &held(&[("SELECT", false)]),
            &held(&[("SELECT", true)]),
        ));
        assert_eq!(
            statements(On::Table, "ana", &all),
            [
                "GRANT INSERT, SELECT ON TABLE public.a, public.b TO ana",
                "GRANT SELECT ON TABLE public.c TO ana WITH GRANT OPTION",
            ]
        );
        assert_eq!(
            statements(On::Table, "ana", &inverse(&all)),
            [
                "REVOKE GRANT OPTION FOR SELECT ON TABLE public.c FROM ana",
                "REVOKE INSERT, SELECT ON TABLE public.a, public.b FROM ana",
            ]
        );
        let member = changes("readers", &held(&[]), &held(&[(MEMBER, true)]));
        assert_eq!(
            statements(On::Role, "ana", &member),
            ["GRANT readers TO ana WITH ADMIN OPTION"]
        );
        assert_eq!(
            statements(On::Role, "ana", &inverse(&member)),
            ["REVOKE readers FROM ana"]
        );
    }
}
