//! What a tool knows about the call it serves.

use std::sync::Arc;
use steersman_protocol::{Limits, TargetRef, Timestamp};
use tokio_util::sync::CancellationToken;

/// The circumstances of one call. Time and cancellation are given, never taken.
#[derive(Clone)]
pub struct Cx {
    pub target: TargetRef,
    /// When this phase of the call began.
    pub now: Timestamp,
    pub limits: Limits,
    /// Cancelled when a person stops the run. A tool that waits must also wait for this, and stop its statement,
    /// signal or request on the target before it returns.
    pub cancel: CancellationToken,
    pub progress: Progress,
}

/// A line of progress for long work ("building index: 40 %"). Cheap to clone; shown, never stored.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    pub fn new(report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }
    pub fn silent() -> Self {
        Self::new(|_| {})
    }
    pub fn say(&self, line: &str) {
        (self.0)(line);
    }
}
