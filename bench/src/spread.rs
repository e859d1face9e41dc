//! Many measurements of one thing.

use std::time::{Duration, Instant};

/// Milliseconds since then.
pub fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}

/// Sorted measurements.
pub struct Spread(Vec<f64>);

impl Spread {
    /// Of at least one measurement.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "nothing was measured");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// In milliseconds.
    pub fn of_times(times: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(times.into_iter().map(|time| time.as_secs_f64() * 1_000.0))
    }

    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        match self.0.len() % 2 {
            0 => (self.0[middle - 1] + self.0[middle]) / 2.0,
            _ => self.0[middle],
        }
    }

    /// The value that 99 of 100 stay at or under (nearest rank).
    pub fn p99(&self) -> f64 {
        let rank = (self.0.len() as f64 * 0.99).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_p99_are_the_ranks_they_say() {
        let check = |values: &[f64], median: f64, p99: f64| {
            let spread = Spread::of(values.iter().copied());
            assert_eq!((spread.median(), spread.p99()), (median, p99), "{values:?}");
        };
        check(&[3.0], 3.0, 3.0);
        check(&[4.0, 1.0], 2.5, 4.0);
        check(&[5.0, 1.0, 3.0], 3.0, 5.0);
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        check(&hundred, 50.5, 99.0);
    }
}
