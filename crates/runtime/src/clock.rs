//! Time and fresh ids: the only source of both.

use steersman_protocol::Timestamp;
use steersman_toolkit::async_trait;
use uuid::Uuid;

/// The clock that everything in the runtime reads. Tests bring one that they move by hand.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
    /// Returns when `now() >= at`.
    async fn sleep_until(&self, at: Timestamp);
}

const LONGEST_SLEEP: std::time::Duration = std::time::Duration::from_secs(30);

/// The machine's clock.
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // The store keeps microseconds; a finer clock would make memory and store differ.
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
    async fn sleep_until(&self, at: Timestamp) {
        // Looked at again after every sleep: the timer does not count suspended time, and the clock can be set.
        loop {
            match std::time::Duration::try_from(at.duration_since(self.now())) {
                Ok(wait) if !wait.is_zero() => tokio::time::sleep(wait.min(LONGEST_SLEEP)).await,
                _ => return,
            }
        }
    }
}

/// A new UUIDv7: sorts by the time it was made.
pub(crate) fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
