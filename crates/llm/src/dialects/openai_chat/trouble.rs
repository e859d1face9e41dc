//! What went wrong, in words that say what to do. The vendor's own text is never passed on: it may quote the key.

use super::OpenAiChatConfig;
use serde_json::Value;
use std::time::Duration;
use steersman_protocol::Problem;

pub struct Trouble<'c> {
    pub config: &'c OpenAiChatConfig,
    pub base: &'c str,
}

impl Trouble<'_> {
    fn problem(&self, code: &str, why: impl Into<String>, next: impl Into<String>) -> Problem {
        Problem::new(
            format!("model.{code}"),
            format!("Could not get an answer from {}", self.config.name),
            why,
            next,
        )
    }

    pub fn cancelled(&self) -> Problem {
        self.problem("cancelled", "the run was stopped", "Ask again when you like")
    }

    pub fn no_client(&self) -> Problem {
        self.problem(
            "unreachable",
            "this machine's TLS certificates could not be loaded",
            "Install the system's CA certificates",
        )
    }

    pub fn bad_url(&self) -> Problem {
        let next = "Give a base URL such as http://127.0.0.1:8080/v1 or https://api.openai.com/v1";
        self.problem("unreachable", "its base URL is no http or https address", next)
    }

    pub fn not_sent(&self, error: &reqwest::Error) -> Problem {
        if error.is_timeout() {
            return self.problem(
                "unreachable",
                format!("nothing answered at {} in time", self.base),
                "Check address and network",
            );
        }
        if error.is_connect() {
            let next = "Check that the server runs, that the address and port are right, and, with https, that its certificate is valid";
            return self.problem(
                "unreachable",
                format!("no connection to {} could be made", self.base),
                next,
            );
        }
        if error.is_builder() {
            return self.problem(
                "refused_key",
                "the key or the address holds characters that cannot be sent",
                "Enter the key again, without spaces or line breaks",
            );
        }
        self.problem(
            "unreachable",
            format!("the connection to {} broke before it answered", self.base),
            "Try again; look at the server's log if it stays",
        )
    }

    pub fn too_slow(&self, what: &str, after: Duration) -> Problem {
        self.problem(
            "timed_out",
            format!("{what} within {} s", after.as_secs_f32()),
            "Try again, take a smaller model, or raise the provider's time limit",
        )
    }

    pub fn cut_off(&self) -> Problem {
        self.problem(
            "bad_answer",
            "its answer broke off in the middle",
            "Try again; look at the server's log if it stays",
        )
    }

    pub fn bad_answer(&self, why: &str) -> Problem {
        self.problem(
            "bad_answer",
            why,
            format!("Check that {} is an OpenAI-compatible server", self.base),
        )
    }

    pub fn no_json(&self, body: &[u8]) -> Problem {
        let is_html = String::from_utf8_lossy(&body[..body.len().min(200)])
            .trim_start()
            .starts_with('<');
        let why = if is_html {
            "it answered with a web page instead of JSON"
        } else {
            "its answer is not JSON"
        };
        self.problem("bad_answer", why, self.check_url())
    }

    pub fn error_in_stream(&self, chunk: &Value) -> Problem {
        let word = error_word(chunk).map(|word| format!(" ({word})")).unwrap_or_default();
        self.problem(
            "bad_answer",
            format!("it reported an error in the middle of its answer{word}"),
            "Try again; look at the server's log if it stays",
        )
    }

    /// A status that is no success.
    pub fn refused(&self, status: u16, retry_after: Option<&str>, body: &[u8], model: &str) -> Problem {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let word = json.as_ref().and_then(error_word).unwrap_or_default();
        let noted = if word.is_empty() {
            String::new()
        } else {
            format!(", {word}")
        };
        match status {
            300..=399 => self.problem(
                "bad_answer",
                format!("it redirects to another address (HTTP {status})"),
                "Configure the final address as base URL",
            ),
            401 => match self.config.api_key {
                Some(_) => self.problem(
                    "refused_key",
                    "it does not accept the API key (HTTP 401)",
                    "Enter a valid key for this provider",
                ),
                None => self.problem(
                    "refused_key",
                    "it wants an API key and none is set (HTTP 401)",
                    "Enter a key for this provider",
                ),
            },
            403 => self.problem(
                "refused_key",
                format!("the API key may not use model {model} (HTTP 403{noted})"),
                "Use another key or model, or ask the provider's administrator for access",
            ),
            404 if json.is_none() => self.problem(
                "bad_answer",
                format!("there is no chat endpoint at {}/chat/completions (HTTP 404)", self.base),
                self.check_url(),
            ),
            404 => self.problem(
                "unknown_model",
                format!("it does not know the model {model} (HTTP 404{noted})"),
                format!("Choose a model that it has, and check the base URL {}", self.base),
            ),
            _ if word == "model_not_found" => self.problem(
                "unknown_model",
                format!("it does not know the model {model} (HTTP {status})"),
                "Choose a model that it has",
            ),
            _ if word.contains("context_length") => self.problem(
                "too_long",
                format!("the conversation is longer than the model {model} can read"),
                "Start a new session, or choose a model with a larger context window",
            ),
            408 | 504 => self.problem(
                "timed_out",
                format!("the server gave up on the answer (HTTP {status})"),
                "Try again, or take a smaller model",
            ),
            429 if word == "insufficient_quota" => self.problem(
                "rate_limited",
                "the account has no credit left (HTTP 429, insufficient_quota)",
                "Add credit at the provider, or choose another provider",
            ),
            429 => self.problem(
                "rate_limited",
                format!("it allows no more requests now (HTTP 429{noted})"),
                retry_text(retry_after),
            ),
            500..=599 => self.problem(
                "unreachable",
                format!("it cannot answer now (HTTP {status}{noted})"),
                retry_text(retry_after),
            ),
            _ => {
                let next = format!(
                    "Check that the model {model} exists there and supports tool calls, and that the base URL {} is right",
                    self.base
                );
                self.problem(
                    "refused_request",
                    format!("it refused the request (HTTP {status}{noted})"),
                    next,
                )
            }
        }
    }

    fn check_url(&self) -> String {
        format!("Check the base URL {}: it usually ends in /v1", self.base)
    }
}

/// Retry-After in seconds or as a date (RFC 9110, section 10.2.3).
fn retry_text(retry_after: Option<&str>) -> String {
    match retry_after.map(str::trim) {
        Some(seconds) if seconds.parse::<u32>().is_ok() => format!("Try again in {seconds} s"),
        Some(date) if date.len() <= 40 && date.ends_with("GMT") => format!("Try again after {date}"),
        _ => "Try again in a minute".into(),
    }
}

/// The error's code or type, where it is an identifier and therefore cannot quote anything.
fn error_word(body: &Value) -> Option<String> {
    let error = body.get("error").unwrap_or(body);
    ["code", "type"]
        .iter()
        .filter_map(|key| error.get(*key).and_then(Value::as_str))
        .find(|word| !word.is_empty() && word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .map(str::to_owned)
}
