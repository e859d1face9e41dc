//! A clock that only the test moves.

use std::time::Duration;
use steersman_protocol::Timestamp;
use steersman_runtime::{Clock, toolkit::async_trait};
use tokio::sync::watch;

/// Stands still until it is moved; sleepers wake when it passes their time.
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    /// Begins at the machine's time, so that what both clocks touch stays in order.
    pub fn new() -> Self {
        let now = Timestamp::from_second(Timestamp::now().as_second()).expect("the present is a time");
        Self(watch::Sender::new(now))
    }

    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut now = self.0.subscribe();
        if now.wait_for(|now| *now >= at).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
