//! Work that is due later. Human time is a state in the store, not a waiting task: this only wakes it up.

use crate::runtime::Runtime;
use std::{collections::BTreeSet, sync::Mutex};
use steersman_engine::{Effect, Input};
use steersman_protocol::{ApprovalId, EffectId, RunId, Timestamp};
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Timers {
    due: Mutex<BTreeSet<(Timestamp, RunId, EffectId, ApprovalId)>>,
    changed: Notify,
}

impl Timers {
    pub fn set(&self, at: Timestamp, run_id: RunId, effect_id: EffectId, approval_id: ApprovalId) {
        self.due
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert((at, run_id, effect_id, approval_id));
        self.changed.notify_one();
    }

    fn first(&self) -> Option<(Timestamp, RunId, EffectId, ApprovalId)> {
        self.due
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .first()
            .copied()
    }

    fn take(&self, entry: &(Timestamp, RunId, EffectId, ApprovalId)) {
        self.due
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(entry);
    }
}

/// Waits for the next due entry, for ever.
pub(crate) async fn run(runtime: Runtime) {
    let stopping = runtime.tasks().stopping();
    loop {
        let next = runtime.timers().first();
        let wait = async {
            match next {
                Some((at, ..)) => runtime.clock().sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = runtime.timers().changed.notified() => {}
            () = wait => {
                if let Some(entry) = next {
                    let (_, run_id, effect_id, approval_id) = entry;
                    runtime.timers().take(&entry);
                    // An approval that was decided meanwhile makes this a report about nothing.
                    let runtime_of_report = runtime.clone();
                    runtime.tasks().spawn(async move {
                        runtime_of_report.report(run_id, effect_id, Input::ExpiryDue { approval_id }).await;
                    });
                }
            }
        }
    }
}

/// The timer of an effect, if it is one for later.
pub(crate) fn timer_of(effect: &Effect) -> Option<(Timestamp, ApprovalId)> {
    match effect {
        Effect::Expire { approval_id, at } => Some((*at, *approval_id)),
        _ => None,
    }
}
