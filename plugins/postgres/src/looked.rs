//! What a reader remembers of pg_stat_statements between two looks, to say what changed in between.

use std::collections::HashMap;
use steersman_toolkit::protocol::Timestamp;

/// One look: when, since when the server counted, and calls and total ms by key. As large as what was read: bounded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    pub at: Timestamp,
    pub since: Option<Timestamp>,
    pub counters: HashMap<String, (i64, f64)>,
}

/// What happened between two looks.
#[derive(Debug, PartialEq)]
pub(crate) enum Between {
    /// Somebody set the counters back, so nothing can be compared.
    Reset,
    Changes {
        since: Timestamp,
        /// Calls and ms by key, only where there were calls.
        more: HashMap<String, (i64, f64)>,
    },
}

impl Look {
    /// Compares with the look before. A single counter that went back belongs to an entry that was thrown out and came
    /// again: it counts from zero. When most went back, all were reset.
    pub(crate) fn after(&self, before: &Look) -> Between {
        let fell =
            |(key, (calls, _)): (&String, &(i64, f64))| before.counters.get(key).is_some_and(|(old, _)| calls < old);
        let known = self
            .counters
            .keys()
            .filter(|key| before.counters.contains_key(*key))
            .count();
        let fallen = self.counters.iter().filter(|entry| fell(*entry)).count();
        if self.since != before.since || fallen * 2 > known {
            return Between::Reset;
        }
        let more = self.counters.iter().filter_map(|(key, (calls, ms))| {
            let (old_calls, old_ms) = before
                .counters
                .get(key)
                .filter(|(old, _)| old <= calls)
                .copied()
                .unwrap_or_default();
            (*calls > old_calls).then(|| (key.clone(), (calls - old_calls, (ms - old_ms).max(0.0))))
        });
        Between::Changes {
            since: before.at,
            more: more.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: &str, since: &str, counters: &[(&str, i64, f64)]) -> Look {
        Look {
            at: at.parse().unwrap(),
            since: Some(since.parse().unwrap()),
            counters: counters
                .iter()
                .map(|(key, calls, ms)| ((*key).to_owned(), (*calls, *ms)))
                .collect(),
        }
    }

    const MONDAY: &str = "2026-01-05T00:00:00Z";
    const TUESDAY: &str = "2026-01-06T00:00:00Z";

    #[test]
    fn what_was_called_in_between_is_counted() {
        let before = look(
            MONDAY,
            MONDAY,
            &[("a", 10, 100.0), ("b", 5, 50.0), ("gone", 1, 1.0), ("again", 9, 9.0)],
        );
        let now = look(
            TUESDAY,
            MONDAY,
            &[("a", 12, 130.0), ("b", 5, 50.0), ("new", 1, 7.0), ("again", 2, 3.0)],
        );
        let more = [("a", (2, 30.0)), ("new", (1, 7.0)), ("again", (2, 3.0))];
        let expected = Between::Changes {
            since: MONDAY.parse().unwrap(),
            more: more.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        };
        assert_eq!(now.after(&before), expected);
    }

    #[test]
    fn counters_that_were_set_back_are_noticed() {
        let before = look(MONDAY, MONDAY, &[("a", 10, 100.0), ("b", 5, 50.0)]);
        for now in [
            look(TUESDAY, TUESDAY, &[("a", 11, 110.0)]),
            look(TUESDAY, MONDAY, &[("a", 1, 1.0), ("b", 1, 1.0)]),
        ] {
            assert_eq!(now.after(&before), Between::Reset);
        }
    }
}
