//! What went wrong, in words that say what to do. The vendor's own text is never passed on: it may quote the key.

use super::{
    RemoteConfig,
    retry::{Again, Failure, retry_after},
    said::{Said, causes, delay, error_word},
};
use crate::dialects::Dialect;
use serde_json::Value;
use std::time::Duration;
use steersman_protocol::Problem;

pub struct Trouble<'c> {
    pub config: &'c RemoteConfig,
    pub base: &'c str,
    pub dialect: &'static dyn Dialect,
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
        let cause = causes(error);
        if cause.contains("certificate") {
            let (why, next) = certificate(&cause);
            return self.problem("unreachable", why, next);
        }
        if error.is_connect() {
            let (why, next) = if cause.contains("refused") {
                ("nothing listens there", "Start the server, or correct address and port")
            } else if cause.contains("dns") || cause.contains("lookup") {
                (
                    "its name is not known",
                    "Correct the address, or mend this machine's name service",
                )
            } else {
                (
                    "the network did not let it through",
                    "Check that the server runs, that the address and port are right, and that https is what it speaks",
                )
            };
            return self.problem(
                "unreachable",
                format!("no connection to {} could be made: {why}", self.base),
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
            format!("Check that {} is {}", self.base, self.dialect.server()),
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

    /// An error that comes as a piece of an answer. Worth another attempt while nothing of the answer has come.
    pub fn error_in_stream(&self, error: &Value, has_begun: bool) -> Failure {
        let word = error_word(error).unwrap_or_default();
        let noted = if word.is_empty() {
            String::new()
        } else {
            format!(" ({word})")
        };
        let is_passing = ["overloaded", "rate_limit", "unavailable", "server_error"]
            .iter()
            .any(|passing| word.to_lowercase().contains(passing));
        let (code, moment) = if is_passing && !has_begun {
            ("unreachable", "instead of an answer")
        } else {
            ("bad_answer", "in the middle of its answer")
        };
        Failure {
            problem: self.problem(
                code,
                format!("it reported an error {moment}{noted}"),
                "Try again; look at the server's log if it stays",
            ),
            again: if code == "unreachable" {
                Again::After(None)
            } else {
                Again::Never
            },
        }
    }

    /// A status that is no success.
    pub fn refused(&self, status: u16, after: Option<&str>, date: Option<&str>, body: &[u8], model: &str) -> Failure {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let said = Said::of(status, json.as_ref());
        let wait = after
            .and_then(|value| retry_after(value, date))
            .or_else(|| json.as_ref().and_then(delay));
        let is_lasting = said.is_about_credit() || said.is_about_tools() || said.is_about_length();
        let is_passing = matches!(status, 408 | 429 | 500..=599) && !is_lasting;
        Failure {
            problem: self
                .key_refused(&said, model)
                .or_else(|| self.model_refused(&said, model))
                .unwrap_or_else(|| self.state_refused(&said, wait, model)),
            again: if is_passing { Again::After(wait) } else { Again::Never },
        }
    }

    fn key_refused(&self, said: &Said, model: &str) -> Option<Problem> {
        let status = said.status;
        let has_key = self.config.api_key.is_some();
        Some(match status {
            401 | 400 if status == 401 || said.mentions(&["api_key_invalid", "api key not valid"]) => {
                let why = if has_key {
                    format!("it does not accept the API key (HTTP {status})")
                } else {
                    format!("it wants an API key and none is set (HTTP {status})")
                };
                let next = if has_key {
                    "Enter a valid key for this provider"
                } else {
                    "Enter a key for this provider"
                };
                self.problem("refused_key", why, next)
            }
            403 if !has_key && said.mentions(&["unregistered callers"]) => self.problem(
                "refused_key",
                "it wants an API key and none is set (HTTP 403)",
                "Enter a key for this provider",
            ),
            403 => self.problem(
                "refused_key",
                format!("the API key may not use model {model} (HTTP 403{})", said.noted()),
                "Use another key or model, or ask the provider's administrator for access",
            ),
            _ => return None,
        })
    }

    fn model_refused(&self, said: &Said, model: &str) -> Option<Problem> {
        let status = said.status;
        if said.is_about_tools() {
            return Some(self.no_tools(model));
        }
        if said.is_about_length() {
            return Some(self.too_long(model));
        }
        match status {
            404 if !said.is_json => Some(self.problem(
                "bad_answer",
                format!(
                    "there is no chat endpoint at {}{} (HTTP 404)",
                    self.base,
                    self.dialect.chat_path(model)
                ),
                self.check_url(),
            )),
            404 => Some(self.problem(
                "unknown_model",
                format!("it does not know the model {model} (HTTP 404{})", said.noted()),
                format!(
                    "{}, and check the base URL {}",
                    self.dialect.other_model(model),
                    self.base
                ),
            )),
            _ if said.word == "model_not_found" => Some(self.problem(
                "unknown_model",
                format!("it does not know the model {model} (HTTP {status})"),
                self.dialect.other_model(model),
            )),
            _ => None,
        }
    }

    fn state_refused(&self, said: &Said, wait: Option<Duration>, model: &str) -> Problem {
        let (status, noted) = (said.status, said.noted());
        match status {
            300..=399 => self.problem(
                "bad_answer",
                format!("it redirects to another address (HTTP {status})"),
                "Configure the final address as base URL",
            ),
            408 | 504 => self.problem(
                "timed_out",
                format!("the server gave up on the answer (HTTP {status})"),
                "Try again, or take a smaller model",
            ),
            _ if said.is_about_credit() => self.problem(
                "rate_limited",
                format!("the account has no credit left (HTTP {status}{noted})"),
                "Add credit at the provider, or choose another provider",
            ),
            429 => self.problem(
                "rate_limited",
                format!("it allows no more requests now (HTTP 429{noted})"),
                retry_text(wait),
            ),
            500..=599 => self.problem(
                "unreachable",
                format!("it cannot answer now (HTTP {status}{noted})"),
                retry_text(wait),
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

    pub fn too_long(&self, model: &str) -> Problem {
        self.problem(
            "too_long",
            format!("the conversation is longer than the model {model} can read"),
            "Start a new session, or choose a model with a larger context window",
        )
    }

    pub fn no_tools(&self, model: &str) -> Problem {
        self.problem(
            "no_tools",
            format!("the model {model} does not support tool calls as it is served there"),
            "Choose a model with tool support, or start the server with it switched on",
        )
    }

    pub fn unknown_model(&self, model: &str, names: &[String]) -> Problem {
        let some: Vec<String> = names
            .iter()
            .take(MOST_MODELS_NAMED)
            .map(|name| name.chars().take(80).collect())
            .collect();
        let more = if names.len() > some.len() { ", …" } else { "" };
        self.problem(
            "unknown_model",
            format!("it has no model called {model}"),
            format!("Choose one of its models: {}{more}", some.join(", ")),
        )
    }

    fn check_url(&self) -> String {
        let version = self.dialect.version();
        format!("Check the base URL {}: it usually ends in {version}", self.base)
    }
}

const MOST_MODELS_NAMED: usize = 8;

fn retry_text(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("Try again in {} s", wait.as_secs_f64().ceil()),
        None => "Try again in a minute".into(),
    }
}

/// Why a certificate is not accepted, and what to do. Most often it is the clock that is wrong, or an authority of one's
/// own that is not installed.
fn certificate(cause: &str) -> (&'static str, &'static str) {
    if ["expired", "not valid yet"].iter().any(|word| cause.contains(word)) {
        (
            "its certificate is expired or not valid yet by this machine's clock",
            "Compare this machine's date and time with the real ones; if they agree, the server needs a new certificate",
        )
    } else if cause.contains("not valid for name") {
        (
            "its certificate is for another name",
            "Use the name that the certificate is for",
        )
    } else {
        (
            "its certificate is not signed by an authority that this machine trusts",
            "Install the authority's certificate on this machine",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::certificate;

    #[test]
    fn a_wrong_clock_a_wrong_name_and_an_unknown_authority_are_told_apart() {
        // As rustls says it.
        for (cause, why) in [
            (
                "invalid peer certificate: certificate expired: verification time 9 (unix), but certificate is not valid after 8",
                "clock",
            ),
            (
                "invalid peer certificate: certificate not valid yet: verification time 9 (unix)",
                "clock",
            ),
            (
                "invalid peer certificate: certificate not valid for name \"a\"; certificate is only valid for b",
                "another name",
            ),
            ("invalid peer certificate: unknownissuer", "authority"),
        ] {
            assert!(certificate(cause).0.contains(why), "{cause}");
        }
    }
}
