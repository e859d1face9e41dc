//! What a provider's form may hold.

use crate::problem::{Detailed, FieldError};
use steersman_protocol::{Problem, ProviderKind};

/// The kind that was named. Error: `model.bad_kind`.
pub fn kind(named: Option<&str>, what: &str) -> Result<Option<ProviderKind>, Detailed> {
    let Some(named) = named else {
        return Ok(None);
    };
    named.parse().map(Some).map_err(|why: String| {
        let choose = format!("Choose one of: {}.", ProviderKind::names());
        let problem = Problem::new("model.bad_kind", what, why, "Correct the field that is named");
        Detailed {
            errors: vec![FieldError::at("/kind", choose)],
            ..problem.into()
        }
    })
}

/// Names every wrong field. Error: `model.bad_settings`.
pub fn check(name: &str, base_url: &str, model: &str, what: &str) -> Result<(), Detailed> {
    let mut errors = Vec::new();
    if ["", "local"].contains(&name.trim()) || name.len() > 63 || name.chars().any(char::is_control) {
        let message = "A name has 1 to 63 characters, and \"local\" is the built-in one.";
        errors.push(FieldError::at("/name", message));
    }
    if !(base_url.starts_with("http://") || base_url.starts_with("https://")) || base_url.len() > 500 {
        let message = "An address begins with http:// or https://, as in https://api.openai.com/v1.";
        errors.push(FieldError::at("/base_url", message));
    } else if base_url.contains('@') || base_url.contains('?') {
        // The address is shown and audited.
        let message = "Leave out user name, password and query, and send the key as api_key.";
        errors.push(FieldError::at("/base_url", message));
    }
    if model.trim().is_empty() || model.len() > 200 {
        errors.push(FieldError::at("/model", "Name the model, with at most 200 characters."));
    }
    if errors.is_empty() {
        return Ok(());
    }
    let why: Vec<&str> = errors.iter().map(|error| error.message.trim_end_matches('.')).collect();
    let problem = Problem::new(
        "model.bad_settings",
        what,
        why.join("; "),
        "Correct the fields that are named",
    );
    Err(Detailed {
        errors,
        ..problem.into()
    })
}

/// A sealed key goes only to the address that it was entered for: who may not read it may not send it elsewhere either.
pub fn key_needed(what: &str) -> Detailed {
    let problem = Problem::new(
        "model.key_needed",
        what,
        "the key was entered for another address",
        "Send the key again with the new address, or null to remove it",
    );
    Detailed {
        errors: vec![FieldError::at(
            "/api_key",
            "Enter it again: it was meant for another address.",
        )],
        ..problem.into()
    }
}

/// A name that is taken belongs to the field of the name.
pub fn at_its_field(problem: Problem) -> Detailed {
    let is_name = problem.code == "store.exists";
    let errors = is_name.then(|| FieldError::at("/name", "Another provider has this name."));
    Detailed {
        errors: errors.into_iter().collect(),
        ..problem.into()
    }
}
