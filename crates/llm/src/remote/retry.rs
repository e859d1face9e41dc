//! Asking again: when, how often, and after how long.

use jiff::{SignedDuration, fmt::rfc2822};
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};
use steersman_protocol::Problem;

/// How a request is repeated that a server could not take just now (429, 5xx).
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts after the first one.
    pub most: u32,
    /// Before the second attempt; doubled for each further one, with up to half of it added by chance.
    pub pause: Duration,
    /// A server that asks for more patience than this is not asked again.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            most: 2,
            pause: Duration::from_millis(400),
            longest: Duration::from_secs(10),
        }
    }
}

impl Retry {
    pub const NEVER: Retry = Retry {
        most: 0,
        pause: Duration::ZERO,
        longest: Duration::ZERO,
    };

    /// How long to wait after a failed attempt; `None` when there is no further one.
    pub(super) fn pause(&self, attempt: u32, failure: &Failure) -> Option<Duration> {
        let Again::After(asked) = failure.again else {
            return None;
        };
        if attempt >= self.most {
            return None;
        }
        let own = self.pause * 2_u32.pow(attempt.min(10));
        let pause = asked.unwrap_or(own) + own.mul_f64(chance() / 2.0);
        (pause <= self.longest).then_some(pause)
    }
}

/// Between 0 and 1, different each time. Good enough to keep clients from coming back all at once.
fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A failed attempt, and whether another one may do better.
pub(super) struct Failure {
    pub problem: Problem,
    pub again: Again,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Again {
    Never,
    /// After the time that the server named, where it did.
    After(Option<Duration>),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            again: Again::Never,
        }
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3). A date is read against the server's own `Date`, so
/// that our clock does not matter.
pub(super) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let parse = |text: &str| rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let wait = parse(value)?.duration_since(parse(date?)?);
    Some(wait.max(SignedDuration::ZERO).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_and_honours_what_the_server_asks_for() {
        let retry = Retry {
            most: 2,
            pause: Duration::from_millis(100),
            longest: Duration::from_secs(5),
        };
        let failure = |again| Failure {
            problem: Problem::new("model.rate_limited", "a", "b", "c"),
            again,
        };
        let millis = |attempt, again| retry.pause(attempt, &failure(again)).map(|pause| pause.as_millis());
        let own = Again::After(None);
        assert!((100..=150).contains(&millis(0, own).unwrap()));
        assert!((200..=300).contains(&millis(1, own).unwrap()));
        assert_eq!(millis(2, own), None);
        assert_eq!(millis(0, Again::Never), None);
        let asked = |seconds| Again::After(Some(Duration::from_secs(seconds)));
        assert!((2_000..=2_050).contains(&millis(0, asked(2)).unwrap()));
        assert_eq!(millis(0, asked(60)), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = Some("Sat, 21 Nov 2026 19:00:00 GMT");
        let seconds = |value, date| retry_after(value, date).map(|wait| wait.as_secs());
        assert_eq!(seconds("7", None), Some(7));
        assert_eq!(seconds("Sat, 21 Nov 2026 19:00:09 GMT", date), Some(9));
        assert_eq!(seconds("Sat, 21 Nov 2026 18:00:00 GMT", date), Some(0));
        assert_eq!(seconds("Sat, 21 Nov 2026 19:00:09 GMT", None), None);
        assert_eq!(seconds("soon", date), None);
        assert_eq!(seconds("-1", date), None);
    }
}
