//! Every task of the process: tracked, told to stop, awaited at shutdown.

use std::future::Future;
use std::time::Duration;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Spawns and stops. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Runs a future until it ends. Long-running ones must watch [`Tasks::stopping`].
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(future);
    }

    /// Runs a future apart, so that its panic is a value here and not the end of anything else.
    ///
    /// Returns `None` when it panicked.
    pub async fn apart<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.tracker.spawn(future).await.ok()
    }

    /// Awaits work where it is, and counts it among what [`Tasks::shut_down`] waits for.
    pub async fn tracked<T>(&self, work: impl Future<Output = T>) -> T {
        self.tracker.track_future(work).await
    }

    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells all to stop and waits for them, at most `patience`. Returns false when some did not end in time.
    pub async fn shut_down(&self, patience: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(patience, self.tracker.wait()).await.is_ok()
    }
}
