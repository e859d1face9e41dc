//! One query on many targets: many ordinary calls of one run, each with its own verdict, record and result.

use crate::{runtime::Runtime, submit::Submitted};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use steersman_engine::Input;
use steersman_protocol::{Actor, ExecutionId, Problem, RunId, TargetId, ToolKind, ToolName};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls of one run at once, by hand or by a model.
pub const MOST_CALLS: usize = 20;
/// Queries of one run that read at the same time; the others wait for their turn.
const AT_ONCE: usize = 4;

/// Turns of queries, by run.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<RunId, Weak<Semaphore>>>);

impl Lanes {
    /// Waits for this run's next free place.
    pub async fn enter(&self, run_id: RunId) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match lanes.get(&run_id).and_then(Weak::upgrade) {
                Some(places) => places,
                None => {
                    lanes.retain(|_, places| places.strong_count() > 0);
                    let places = Arc::new(Semaphore::new(AT_ONCE));
                    lanes.insert(run_id, Arc::downgrade(&places));
                    places
                }
            }
        };
        // Never closed.
        places.acquire_owned().await.ok()
    }
}

impl Runtime {
    /// All calls pass the door, or none is made.
    ///
    /// Refusals: `call.too_many_targets`, `call.one_target` for a change, `call.no_target`, and those of the door.
    pub(crate) async fn call_on_each(
        &self,
        run_id: RunId,
        on: &[(ExecutionId, TargetId)],
        tool: ToolName,
        arguments: Value,
        actor: Actor,
    ) -> Result<Submitted, Problem> {
        let proposed = self.each_call(on, &tool, &arguments, &actor).await;
        let calls = match proposed {
            Ok(calls) => calls,
            Err(problem) => return self.refuse(&actor, "tool.refused", problem).await,
        };
        let title = match calls.as_slice() {
            [one] => format!("{tool} on {}", one.target.name),
            several => format!("{tool} on {} targets", several.len()),
        };
        let calls = calls.into_iter().map(Ok).collect();
        self.put(run_id, Input::CallByHand { actor, title, calls }, None)
            .await?;
        Ok(Submitted { run_id })
    }

    async fn each_call(
        &self,
        on: &[(ExecutionId, TargetId)],
        tool: &ToolName,
        arguments: &Value,
        actor: &Actor,
    ) -> Result<Vec<steersman_engine::ProposedCall>, Problem> {
        let what = format!("Could not call {tool}");
        if on.is_empty() {
            let next = "Name targets of its plugin, or an environment that has some";
            return Err(Problem::new("call.no_target", what, "no target was meant", next));
        }
        if on.len() > MOST_CALLS {
            let why = format!("{} targets are meant; {MOST_CALLS} at once are possible", on.len());
            return Err(Problem::new("call.too_many_targets", what, why, "Name fewer of them"));
        }
        let registry = self.registry_of(actor.organization_id);
        if registry.spec(tool).is_some_and(|spec| spec.kind == ToolKind::Change) {
            // Many approvals at once are approved without being read.
            let why = "a change is proposed on one target at a time, so that each plan is read";
            return Err(Problem::new("call.one_target", what, why, "Name one target"));
        }
        let mut calls = Vec::with_capacity(on.len());
        for (execution_id, target_id) in on {
            let target = self
                .store()
                .target(actor.organization_id, *target_id)
                .await
                .map_err(|error| error.to_problem(&what))?;
            calls.push(self.check_call(tool, arguments.clone(), &target, actor, *execution_id)?);
        }
        Ok(calls)
    }
}
