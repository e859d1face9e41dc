//! How fast a client may talk.

use tokio::time::Instant;

/// Frames that may come at once.
const BURST: f64 = 200.0;
/// Frames that may come in the long run, each second.
const PER_SECOND: f64 = 40.0;

/// A bucket that each frame takes one from, and that fills with time.
pub struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    pub fn new(now: Instant) -> Self {
        Self { left: BURST, at: now }
    }

    /// Counts a frame. False when it came too fast.
    pub fn count(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * PER_SECOND).min(BURST);
        self.at = now;
        self.left -= 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let passed = (0..1_000).filter(|_| pace.count(start)).count();
        assert_eq!(passed, BURST as usize);
        let mut pace = Pace::new(start);
        let steady = (0..10_000).all(|number| pace.count(start + Duration::from_millis(25 * number)));
        assert!(steady, "40 frames a second are no flood");
    }
}
