//! Trying settings before they are saved.

use crate::runtime::Runtime;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use steersman_protocol::{Actor, Health, HealthState, Problem, Target};
use steersman_toolkit::SecretString;

/// Connecting and looking together may take this long.
const LONGEST: Duration = Duration::from_secs(10);

impl Runtime {
    /// Connects with these settings, looks once and forgets them: nothing is stored but an audit entry that it was
    /// tried. Secrets that are not given are taken from `like`, a target of the same plugin. Whatever keeps the system
    /// from answering is told as the health of being down; it takes 10 s at most.
    ///
    /// Errors: `target.no_plugin`, `target.other_plugin`, `target.secret_needed`, and the plugin's about its settings.
    pub async fn try_settings(
        &self,
        actor: &Actor,
        plugin: &str,
        settings: &Value,
        given: BTreeMap<String, SecretString>,
        like: Option<&Target>,
    ) -> Result<Health, Problem> {
        let what = format!("Could not try the settings of {plugin}");
        let Some(found) = self.registry().plugin(plugin).cloned() else {
            let known: Vec<String> = self.registry().plugins().map(|plugin| plugin.name).collect();
            let next = format!("Use one of: {}", known.join(", "));
            return Err(Problem::new("target.no_plugin", what, "there is no such plugin", next));
        };
        let settings = found.check_settings(settings)?;
        let mut secrets = BTreeMap::new();
        if let Some(target) = like {
            if target.plugin != plugin {
                let why = format!("{} is a {} target", target.name, target.plugin);
                let next = "Leave out target_id, or name a target of this plugin";
                return Err(Problem::new("target.other_plugin", what, why, next));
            }
            let is_kept = |name: &str| !given.contains_key(name);
            self.registry().keeps_its_place(target, &settings, is_kept, &what)?;
            let kept = self.store().target_secrets(target.id).await;
            secrets = kept.map_err(|error| error.to_problem(&what))?;
        }
        secrets.extend(given);
        let shown = settings.clone();
        let look = async move {
            let handles = found.connect(&settings, &secrets).await?;
            Ok::<Health, Problem>(found.health(&handles).await)
        };
        // The limit is inside, so that a look that hangs ends and does not stay behind as a task.
        let health = match self.tasks().apart(tokio::time::timeout(LONGEST, look)).await {
            Some(Ok(Ok(health))) => health,
            Some(Ok(Err(problem))) => down(problem.to_string()),
            Some(Err(_)) => down(format!("No answer within {} s.", LONGEST.as_secs())),
            None => down("The plugin failed while looking; see the log.".into()),
        };
        let state = match health.state {
            HealthState::Healthy => "healthy",
            HealthState::Degraded => "degraded",
            HealthState::Down => "down",
        };
        let about = like.map_or_else(String::new, |target| format!(" for {}", target.name));
        let mut entry = self.audit_of(
            actor,
            "target.tried",
            format!("Tried {plugin} settings{about}, unsaved: {state}."),
            json!({ "settings": shown }),
        );
        entry.body.plugin = Some(plugin.to_owned());
        entry.body.target = like.map(|target| target.name.clone());
        let stored = self.store().append_audit(self.now(), vec![entry]).await;
        stored.map_err(|error| error.to_problem(&what))?;
        Ok(health)
    }
}

fn down(sentence: String) -> Health {
    Health {
        state: HealthState::Down,
        sentence,
        version: None,
        latency_ms: 0,
        measurements: Vec::new(),
    }
}
