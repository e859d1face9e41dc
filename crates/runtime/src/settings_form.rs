//! What is wrong with settings, field by field, in words for the person who fills in the form.

use crate::registry::Registry;
use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

/// Errors told at once.
const MOST: usize = 20;

/// One field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSetting {
    /// JSON pointer into the settings: `/port`. Empty for the settings as a whole.
    pub pointer: String,
    pub message: String,
}

impl Registry {
    /// Checks open settings (without secrets) against the plugin's schema; no value is repeated in the messages. Empty
    /// for a plugin that is not there.
    pub fn bad_settings(&self, plugin: &str, settings: &Value) -> Vec<BadSetting> {
        let Some(plugin) = self.plugin(plugin) else {
            return Vec::new();
        };
        let schema = plugin.settings_schema();
        let Ok(validator) = jsonschema::validator_for(&schema) else {
            return Vec::new();
        };
        let is_secret = |name: &str| schema["properties"][name]["writeOnly"] == Value::Bool(true);
        let found = validator.iter_errors(settings).flat_map(|error| told(&error, &schema));
        found
            // Secrets travel apart, and one that is kept is not sent again.
            .filter(|bad| !is_secret(bad.pointer.trim_start_matches('/')))
            .take(MOST)
            .collect()
    }
}

fn told(error: &ValidationError<'_>, schema: &Value) -> Vec<BadSetting> {
    let place = error.instance_path().to_string();
    let here = |message: String| {
        vec![BadSetting {
            pointer: place.clone(),
            message,
        }]
    };
    let below = |name: &str, message: &str| BadSetting {
        pointer: format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")),
        message: message.to_owned(),
    };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            vec![below(property.as_str().unwrap_or_default(), "This is needed.")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| below(name, "There is no such setting."))
            .collect(),
        ValidationErrorKind::Enum { options } => here(chosen_from(options.as_array().into_iter().flatten())),
        // A choice whose options are described one by one.
        ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::AnyOf { .. } => {
            let one = &schema["properties"][place.trim_start_matches('/')];
            let options = one["oneOf"].as_array().or(one["anyOf"].as_array());
            let words = options.into_iter().flatten().flat_map(|option| match &option["enum"] {
                Value::Array(words) => words.iter().collect(),
                _ => option.get("const").into_iter().collect::<Vec<&Value>>(),
            });
            here(chosen_from(words))
        }
        ValidationErrorKind::Minimum { limit } => here(format!("At least {limit}.")),
        ValidationErrorKind::Maximum { limit } => here(format!("At most {limit}.")),
        ValidationErrorKind::MinLength { limit: 1 } => here("This is needed.".to_owned()),
        ValidationErrorKind::MinLength { limit } => here(format!("At least {limit} characters.")),
        ValidationErrorKind::MaxLength { limit } => here(format!("At most {limit} characters.")),
        ValidationErrorKind::MaxItems { limit } => here(format!("At most {limit} entries.")),
        ValidationErrorKind::MinItems { limit } => here(format!("At least {limit} entries.")),
        // The library's own sentences, without the value: it may be a secret typed into the wrong field.
        _ => {
            let text = error.masked_with("the value").to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string());
            here(format!("{}{}.", first.unwrap_or_default(), letters.as_str()))
        }
    }
}

fn chosen_from<'a>(options: impl Iterator<Item = &'a Value>) -> String {
    let words: Vec<String> = options
        .map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned))
        .collect();
    if words.is_empty() {
        return "This cannot be right.".to_owned();
    }
    format!("Choose one of: {}.", words.join(", "))
}
