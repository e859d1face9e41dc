//! A look at every target now and then, so that health and names are there before somebody asks.

use crate::runtime::Runtime;
use std::time::Duration;

const BETWEEN_LOOKS: Duration = Duration::from_secs(30);

/// Looks at all targets of all organizations, for ever, one after the other so that many targets are no burst.
pub(crate) async fn run(runtime: Runtime) {
    let stopping = runtime.tasks().stopping();
    loop {
        look_at_all(&runtime).await;
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(BETWEEN_LOOKS) => {}
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
    for organization in organizations {
        let Ok(targets) = runtime.store().targets(organization.id).await else {
            continue;
        };
        for target in targets.into_iter().filter(|target| target.is_enabled) {
            if runtime.tasks().is_stopping() {
                return;
            }
            runtime.look_at(&target).await;
        }
    }
}
