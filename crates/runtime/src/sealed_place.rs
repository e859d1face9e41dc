//! A sealed secret goes only where it was entered for.
//!
//! Who may edit a target may not read its password. Without this, pointing the target at a server of their own would
//! hand it to them.

use crate::registry::Registry;
use serde_json::Value;
use steersman_protocol::{Problem, Target};

impl Registry {
    /// Refuses `settings` that send a sealed secret of `target` to another place than it was entered for. The plugin's
    /// schema marks what makes the place with `"x-place": true` (host, port, encryption). `is_kept` says which secrets
    /// would be used again.
    ///
    /// Errors: `target.secret_needed`; its reason begins with the name of the secret.
    pub(crate) fn keeps_its_place(
        &self,
        target: &Target,
        settings: &Value,
        is_kept: impl Fn(&str) -> bool,
        what: &str,
    ) -> Result<(), Problem> {
        let Some(secret) = target.secrets_set.iter().find(|name| is_kept(name)) else {
            return Ok(());
        };
        let Some(plugin) = self.plugin(&target.plugin) else {
            return Ok(());
        };
        let schema = plugin.settings_schema();
        let Some(properties) = schema["properties"].as_object() else {
            return Ok(());
        };
        let moved: Vec<&str> = properties
            .iter()
            .filter(|(_, property)| property["x-place"] == Value::Bool(true))
            .map(|(name, _)| name.as_str())
            .filter(|name| target.settings.get(name) != settings.get(name))
            .collect();
        if moved.is_empty() {
            return Ok(());
        }
        Err(Problem::new(
            "target.secret_needed",
            what,
            format!("{secret} was entered for another {}", moved.join(", ")),
            format!("Enter the {secret} again: a sealed one is never sent to a place that it was not meant for"),
        ))
    }
}
