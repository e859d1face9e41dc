//! Restart is the normal path: load, fold, look at open effects.

use crate::{inbox::Slot, runtime::Runtime};
use std::collections::HashMap;
use steersman_engine::{Effect, Input};
use steersman_protocol::{EffectId, Problem, RunId};

impl Runtime {
    /// Takes up every run that was under way. An act whose report was lost becomes a look at the target; everything
    /// else is simply done again, because nothing else changes the world.
    pub(crate) async fn recover(&self) -> Result<(), Problem> {
        let what = "Could not take up the runs that were under way";
        let mut open: HashMap<RunId, Vec<(EffectId, Effect)>> = HashMap::new();
        for effect in self
            .store()
            .open_effects()
            .await
            .map_err(|error| error.to_problem(what))?
        {
            match serde_json::from_value(effect.body) {
                Ok(parsed) => open.entry(effect.run_id).or_default().push((effect.id, parsed)),
                Err(error) => tracing::error!(run_id = %effect.run_id, %error, "an open effect cannot be read"),
            }
        }
        for run_id in self
            .store()
            .unfinished_runs()
            .await
            .map_err(|error| error.to_problem(what))?
        {
            if let Err(problem) = self.take_up(run_id, open.remove(&run_id).unwrap_or_default()).await {
                // One run that cannot be read must not keep the others from going on.
                tracing::error!(%run_id, %problem, "could not take up a run");
            }
        }
        Ok(())
    }

    async fn take_up(&self, run_id: RunId, effects: Vec<(EffectId, Effect)>) -> Result<(), Problem> {
        let Slot { run, .. } = self.load(run_id).await?;
        let wanted: HashMap<EffectId, Effect> = effects.into_iter().filter(|(_, effect)| run.wants(effect)).collect();
        self.inboxes().keep(
            run_id,
            Slot {
                run,
                open: wanted.clone(),
            },
        );
        for (id, effect) in wanted {
            match effect {
                Effect::Act { execution_id } | Effect::CleanUp { execution_id } => {
                    let runtime = self.clone();
                    self.tasks().spawn(async move {
                        runtime.report(run_id, id, Input::Interrupted { execution_id }).await;
                    });
                }
                other => self.carry_out(run_id, id, other),
            }
        }
        Ok(())
    }
}
