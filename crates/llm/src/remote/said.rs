//! Reading what a server says about a failure.

use serde_json::Value;
use std::{error::Error, time::Duration};

/// What a refusal says. Its sentences are looked at for what they are about, and never passed on.
pub struct Said {
    pub status: u16,
    pub is_json: bool,
    /// The error's identifier; empty where there is none.
    pub word: String,
    /// In lower case, and cut.
    text: String,
}

impl Said {
    pub fn of(status: u16, body: Option<&Value>) -> Self {
        let text = body.map(|body| body.to_string().to_lowercase()).unwrap_or_default();
        Self {
            status,
            is_json: body.is_some(),
            word: body.and_then(error_word).unwrap_or_default(),
            text: text.chars().take(4_000).collect(),
        }
    }

    pub fn mentions(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.text.contains(phrase))
    }

    pub fn noted(&self) -> String {
        if self.word.is_empty() {
            String::new()
        } else {
            format!(", {}", self.word)
        }
    }

    pub fn is_about_length(&self) -> bool {
        self.status < 500
            && self.mentions(&[
                "context_length",
                "context length",
                "context size",
                "context_size",
                "context window",
                "prompt is too long",
                "maximum number of tokens",
            ])
            || self.status == 413
    }

    pub fn is_about_tools(&self) -> bool {
        let phrases = [
            "does not support tools",
            "does not support function calling",
            "support tool use",
            "enable-auto-tool-choice",
            "requires --jinja",
        ];
        matches!(self.status, 400 | 404 | 422 | 500 | 501) && self.mentions(&phrases)
    }

    pub fn is_about_credit(&self) -> bool {
        self.status == 402 || self.word == "insufficient_quota" || self.mentions(&["credit balance is too low"])
    }
}

/// Google's `RetryInfo` among the details of an error: `"34s"`.
pub fn delay(body: &Value) -> Option<Duration> {
    let details = body.pointer("/error/details")?.as_array()?;
    let text = details.iter().find_map(|detail| detail.get("retryDelay")?.as_str())?;
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

/// The error's code, type or status, where it is an identifier and therefore cannot quote anything.
pub fn error_word(body: &Value) -> Option<String> {
    let error = body.get("error").unwrap_or(body);
    ["code", "type", "status"]
        .iter()
        .filter_map(|key| error.get(*key).and_then(Value::as_str))
        .find(|word| !word.is_empty() && word.len() <= 40 && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_'))
        .map(str::to_owned)
}

/// The whole chain of causes in lower case, to be looked at.
pub fn causes(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        text.push_str(&error.to_string());
        text.push(' ');
        cause = error.source();
    }
    text.to_lowercase()
}
