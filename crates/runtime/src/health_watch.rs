//! A look at every target now and then, so that health and names are there before somebody asks, and numbers over time.

use crate::{runtime::Runtime, targets::TargetStatus};
use futures::StreamExt;
use std::time::Duration;
use steersman_protocol::{HealthState, Measurement, Target, Timestamp};
use steersman_store::{Look, StoreError};

const BETWEEN_LOOKS: Duration = Duration::from_secs(30);
/// Targets that are looked at together: many targets are no burst, and one that hangs keeps few others waiting.
const AT_ONCE: usize = 4;
/// The name under which the state is kept over time.
const HEALTH: &str = "health";

/// Looks at all targets of all organizations, for ever. A look is a read through the plugin's read-only handle: it is
/// no execution and leaves nothing in the audit log.
pub(crate) async fn run(runtime: Runtime) {
    let stopping = runtime.tasks().stopping();
    loop {
        let next = runtime.now().checked_add(BETWEEN_LOOKS).unwrap_or(Timestamp::MAX);
        tokio::select! {
            () = stopping.cancelled() => return,
            () = look_at_all(&runtime) => {}
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = runtime.clock().sleep_until(next) => {}
        }
    }
}

async fn look_at_all(runtime: &Runtime) {
    let organizations = match runtime.store().organizations().await {
        Ok(organizations) => organizations,
        Err(error) => {
            tracing::warn!(%error, "could not list organizations to look at their targets");
            return;
        }
    };
    let mut targets = Vec::new();
    for organization in organizations {
        match runtime.store().targets(organization.id).await {
            Ok(found) => targets.extend(found.into_iter().filter(|target| target.is_enabled)),
            Err(error) => tracing::warn!(%error, "could not list targets to look at"),
        }
    }
    let looks: Vec<Look> = futures::stream::iter(targets)
        .map(|target| async move {
            let status = runtime.look_at(&target).await;
            look(&target, status)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    if let Err(error) = runtime.store().add_looks(looks).await {
        tracing::warn!(%error, "could not keep what looks at targets measured");
    }
}

fn look(target: &Target, status: TargetStatus) -> Look {
    let mut measurements = vec![
        Measurement::new(HEALTH, "", number_of(status.health.state)),
        Measurement::new("latency", "ms", status.health.latency_ms as f64),
    ];
    measurements.extend(status.health.measurements);
    Look {
        target_id: target.id,
        at: status.at,
        measurements,
    }
}

/// 0 down, 1 degraded, 2 healthy.
const fn number_of(state: HealthState) -> f64 {
    match state {
        HealthState::Down => 0.0,
        HealthState::Degraded => 1.0,
        HealthState::Healthy => 2.0,
    }
}

impl Runtime {
    /// Since when a target has been in the state of its last look, as far back as looks are kept. `None` when it was
    /// not looked at, or only by a person since it changed.
    pub async fn in_state_since(&self, target: &Target) -> Result<Option<Timestamp>, StoreError> {
        let Some(status) = self.last_look(target) else {
            return Ok(None);
        };
        let value = number_of(status.health.state);
        self.store().since(target.id, HEALTH, value).await
    }
}
