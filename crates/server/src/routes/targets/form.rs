//! Settings as a form sends them, and what is wrong with them field by field.

use crate::{
    app::App,
    problem::{Detailed, FieldError},
};
use serde_json::Value;
use std::collections::BTreeMap;
use steersman_protocol::Problem;
use steersman_runtime::toolkit::SecretString;

/// Longest name of an environment.
const LONGEST_ENVIRONMENT: usize = 63;

/// Settings split into what is stored in clear and what is sealed: the schema's `writeOnly` properties.
#[derive(Default)]
pub struct Split {
    pub open: Value,
    pub secrets: BTreeMap<String, SecretString>,
    /// Secrets that were sent as `null`: to be removed.
    pub removed: Vec<String>,
    errors: Vec<FieldError>,
}

impl Split {
    /// Settings that were stored before, without a word about secrets.
    pub fn unchanged(open: Value) -> Self {
        Self {
            open,
            ..Self::default()
        }
    }

    /// A secret that is left out or empty stays as it is; `null` removes it.
    pub fn of(app: &App, plugin: &str, settings: Value) -> Self {
        let found = app.runtime.registry().plugin(plugin);
        let schema = found.map(|plugin| plugin.settings_schema()).unwrap_or_default();
        let mut split = Split {
            open: if settings.is_null() {
                Value::Object(Default::default())
            } else {
                settings
            },
            ..Split::default()
        };
        let Some(members) = split.open.as_object_mut() else {
            // The schema tells.
            return split;
        };
        let names: Vec<String> = members.keys().cloned().collect();
        for name in names {
            if schema["properties"][name.as_str()]["writeOnly"] != Value::Bool(true) {
                continue;
            }
            match members.remove(&name) {
                Some(Value::String(text)) if text.is_empty() => {}
                Some(Value::String(text)) => {
                    split.secrets.insert(name, SecretString::from(text));
                }
                Some(Value::Null) | None => split.removed.push(name),
                Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    let place = format!("/settings/{name}");
                    split.errors.push(FieldError::at(place, "This is a text."));
                }
            }
        }
        split
    }

    /// Every wrong field. Error: `target.bad_settings`, or the plugin's own code where it has one for the whole.
    pub fn checked(mut self, app: &App, plugin: &str, what: &str) -> Result<Self, Detailed> {
        let Some(found) = app.runtime.registry().plugin(plugin) else {
            // Told by whoever uses the plugin.
            return Ok(self);
        };
        let mut errors = std::mem::take(&mut self.errors);
        let bad = app.runtime.registry().bad_settings(plugin, &self.open);
        errors.extend(
            bad.into_iter()
                .map(|bad| FieldError::at(format!("/settings{}", bad.pointer), bad.message)),
        );
        match found.check_settings(&self.open) {
            Err(mut problem) => {
                if !errors.is_empty() {
                    // In our words: the plugin's may repeat a value.
                    problem.why = in_one_line(&errors);
                } else {
                    errors.push(FieldError::at(
                        pointer_in(&found.settings_schema(), &problem.why),
                        format!("{}.", sentence(&problem.why)),
                    ));
                }
                Err(Detailed {
                    errors,
                    ..problem.while_doing(what).into()
                })
            }
            Ok(_) if errors.is_empty() => Ok(self),
            Ok(_) => {
                let next = "Correct the fields that are named";
                let problem = Problem::new("target.bad_settings", what, in_one_line(&errors), next);
                Err(Detailed {
                    errors,
                    ..problem.into()
                })
            }
        }
    }
}

fn in_one_line(errors: &[FieldError]) -> String {
    let told = errors.iter().map(|error| {
        let place = error.pointer.as_deref().unwrap_or_default();
        let name = place.trim_start_matches("/settings").trim_start_matches('/');
        format!("{name}: {}", error.message.trim_end_matches('.'))
    });
    told.collect::<Vec<String>>().join("; ")
}

/// Plugins begin with the name of the setting that they complain about.
fn pointer_in(schema: &Value, why: &str) -> String {
    let first = why.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next();
    match first {
        Some(name) if !schema["properties"][name].is_null() => format!("/settings/{name}"),
        _ => "/settings".to_owned(),
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// A word of the organization's own; nothing is production.
pub fn environment(text: &str, what: &str) -> Result<String, Detailed> {
    let text = text.trim();
    if text.len() > LONGEST_ENVIRONMENT || text.chars().any(char::is_control) {
        let why = format!("an environment has at most {LONGEST_ENVIRONMENT} characters and no control characters");
        let problem = Problem::new(
            "target.bad_environment",
            what,
            why,
            "Choose another, such as production",
        );
        return Err(Detailed {
            errors: vec![FieldError::at("/environment", format!("{}.", sentence(&problem.why)))],
            ..problem.into()
        });
    }
    Ok(if text.is_empty() {
        "production".into()
    } else {
        text.into()
    })
}

/// Names the field that a problem of a target is about.
pub fn at_its_field(problem: Problem) -> Detailed {
    let pointer = match problem.code.as_str() {
        "target.bad_name" | "store.exists" => "/name",
        "target.no_plugin" => "/plugin",
        "target.other_plugin" => "/target_id",
        "target.secret_needed" => {
            let name = problem.why.split(' ').next().unwrap_or_default();
            let pointer = format!("/settings/{name}");
            let message = "Enter it again: it was meant for another place.";
            return Detailed {
                errors: vec![FieldError::at(pointer, message)],
                ..problem.into()
            };
        }
        _ => return problem.into(),
    };
    Detailed {
        errors: vec![FieldError::at(pointer, format!("{}.", sentence(&problem.why)))],
        ..problem.into()
    }
}
