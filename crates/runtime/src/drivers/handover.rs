//! Keeping what a change leaves for a person: sealed with the event that says so, before the plugin goes on.

use super::Subject;
use crate::runtime::Runtime;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use steersman_engine::Input;
use steersman_protocol::{ExecutionId, Problem, RunId, Timestamp};
use steersman_store::NewSecret;
use steersman_toolkit::{ExposeSecret, Handover, SecretString, TakeSecret, async_trait};

/// What nobody looks at for so long is forgotten.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Secrets of one call.
const MOST: usize = 8;
/// Characters of a label.
const LONGEST_LABEL: usize = 120;
/// Bytes of a secret.
const LONGEST_SECRET: usize = 16 * 1024;

impl Runtime {
    /// An open handover, for performing this call and nothing else.
    pub(super) fn handover(&self, subject: &Subject) -> Handover {
        Handover::to(Keeper {
            runtime: self.clone(),
            run_id: subject.run_id,
            execution_id: subject.call.execution_id,
            taken: AtomicUsize::new(0),
        })
    }
}

struct Keeper {
    runtime: Runtime,
    run_id: RunId,
    execution_id: ExecutionId,
    taken: AtomicUsize,
}

#[async_trait]
impl TakeSecret for Keeper {
    /// Errors: `secret.bad_label`, `secret.too_large`, `secret.too_many`, `secret.too_late`, and those of the store.
    async fn take(&self, label: &str, secret: &SecretString) -> Result<(), Problem> {
        self.check(label, secret)?;
        let until = self.runtime.now().checked_add(KEPT).unwrap_or(Timestamp::MAX);
        let input = Input::SecretLeft {
            execution_id: self.execution_id,
            label: label.to_owned(),
            until,
        };
        let new = NewSecret {
            execution_id: self.execution_id,
            label: label.to_owned(),
            secret: secret.clone(),
            expires_at: until,
        };
        self.runtime.put_along(self.run_id, input, None, Some(new)).await?;
        self.runtime.handover_left();
        Ok(())
    }
}

impl Keeper {
    fn check(&self, label: &str, secret: &SecretString) -> Result<(), Problem> {
        let refuse = |code: &str, why: String| {
            let next = "Nothing was done. Report this as a bug of the plugin";
            Err(Problem::new(code, "Could not keep what the change made", why, next))
        };
        let is_good = |label: &str| {
            let length = label.chars().count();
            (1..=LONGEST_LABEL).contains(&length) && !label.chars().any(char::is_control)
        };
        if !is_good(label) || label.contains(secret.expose_secret()) {
            return refuse(
                "secret.bad_label",
                "its label is empty, too long or not printable".into(),
            );
        }
        if secret.expose_secret().len() > LONGEST_SECRET {
            let why = format!("it is larger than {} KiB", LONGEST_SECRET / 1024);
            return refuse("secret.too_large", why);
        }
        if self.taken.fetch_add(1, Ordering::Relaxed) >= MOST {
            return refuse("secret.too_many", format!("a call may leave {MOST} secrets at most"));
        }
        Ok(())
    }
}
