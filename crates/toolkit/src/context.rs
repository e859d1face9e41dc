//! What a tool knows about the call it serves.

use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::Arc;
use steersman_protocol::{Limits, Problem, TargetRef, Timestamp};
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
    pub handover: Handover,
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

/// Where a change leaves a secret that it makes and that only a person may see: a generated password.
///
/// What is left is sealed, bound to the call, shown once to the person who asked or approved, and then forgotten. It
/// reaches no plan, receipt, event, log, audit entry or model. Leave it *before* the target is told, so that a crash in
/// between costs an unused secret and not a locked account.
#[derive(Clone)]
pub struct Handover(Option<Arc<dyn TakeSecret>>);

/// Who keeps it. Only the runtime's performing driver has one; tests bring their own.
#[async_trait]
pub trait TakeSecret: Send + Sync {
    /// Durable when it returns. `label` says for people what it is: "password of the role reporting". Leaving a second
    /// one under the same label replaces the first.
    async fn take(&self, label: &str, secret: &SecretString) -> Result<(), Problem>;
}

impl Handover {
    pub fn to(taker: impl TakeSecret + 'static) -> Self {
        Self(Some(Arc::new(taker)))
    }
    /// For calls that make no secrets: leaving one is refused.
    pub fn closed() -> Self {
        Self(None)
    }
    /// Errors: `toolkit.no_handover` outside of `perform`; those of the keeper when it could not be made durable.
    pub async fn leave(&self, label: &str, secret: &SecretString) -> Result<(), Problem> {
        match &self.0 {
            Some(taker) => taker.take(label, secret).await,
            None => Err(Problem::new(
                "toolkit.no_handover",
                format!("Could not keep the {label}"),
                "a secret may be made only while a granted change is performed",
                "Nothing was done. Report this as a bug of the plugin",
            )),
        }
    }
}
