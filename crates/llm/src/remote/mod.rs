//! A provider on the other side of HTTP: addresses, keys, time limits, retries. What is said is the dialect's business.

mod answer;
mod check;
mod exchange;
mod repair;
mod retry;
mod said;
pub(crate) mod schema;
mod sse;
mod thinking;
mod trouble;
pub(crate) mod turns;
mod written_call;

use crate::{
    DeltaSink, Provider,
    dialects::{self, Dialect},
};
use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, redirect};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::HashMap, sync::Mutex, time::Duration};
use steersman_protocol::{ModelAnswer, ModelDelta, ModelRequest, Problem, ProviderKind};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use trouble::Trouble;

pub(crate) use answer::{Answer, CallPiece};
pub use retry::Retry;

/// How to reach a provider.
#[derive(Clone, Debug)]
pub struct RemoteConfig {
    pub kind: ProviderKind,
    /// The configured name, as people see it.
    pub name: String,
    /// As people write it: with or without a slash at the end, with or without the version of the API.
    pub base_url: String,
    pub model: String,
    pub api_key: Option<SecretString>,
    /// From sending to the first piece of an answer, waiting between attempts included.
    pub first_token_timeout: Duration,
    /// From sending to the end of the answer.
    pub total_timeout: Duration,
    pub retry: Retry,
}

/// A provider of any kind. Keeps its connections; cheap to keep for long.
pub struct Remote {
    config: RemoteConfig,
    dialect: &'static dyn Dialect,
    /// Complete, without a slash at the end.
    base: String,
    client: Option<Client>,
    /// What the server said about its models, where the dialect asks: tokens that one can read.
    context_lengths: Mutex<HashMap<String, Option<u64>>>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Remote {
    pub fn new(config: RemoteConfig) -> Self {
        // A redirect would carry the conversation to a place that nobody configured.
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("steersman/", env!("CARGO_PKG_VERSION")))
            .build()
            .ok();
        let dialect = dialects::of(config.kind);
        Self {
            base: base(&config.base_url, dialect),
            dialect,
            client,
            config,
            context_lengths: Mutex::default(),
        }
    }

    /// Tries the server with two small requests (its models, one answer with a tool offered).
    ///
    /// Errors: the same `model.*` problems as [`Provider::ask`].
    pub async fn test(&self) -> Result<(), Problem> {
        check::check(self).await
    }

    fn trouble(&self) -> Trouble<'_> {
        Trouble {
            config: &self.config,
            base: &self.base,
            dialect: self.dialect,
        }
    }

    fn request(&self, method: reqwest::Method, path: &str) -> Result<RequestBuilder, Problem> {
        let client = self.client.as_ref().ok_or_else(|| self.trouble().no_client())?;
        let url = reqwest::Url::parse(&format!("{}{path}", self.base)).map_err(|_| self.trouble().bad_url())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(self.trouble().bad_url());
        }
        let key = self.config.api_key.as_ref().map(|key| key.expose_secret());
        Ok(self.dialect.authorized(client.request(method, url), key))
    }
}

#[async_trait]
impl Provider for Remote {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn default_model(&self) -> &str {
        &self.config.model
    }

    /// Dropping the request is how it is stopped: on cancel, and when a time limit passes.
    async fn ask(
        &self,
        request: ModelRequest,
        deltas: DeltaSink,
        cancel: CancellationToken,
    ) -> Result<ModelAnswer, Problem> {
        let started = Instant::now();
        let begun = CancellationToken::new();
        let total = sleep_until(started + self.config.total_timeout);
        let first = async {
            sleep_until(started + self.config.first_token_timeout).await;
            if begun.is_cancelled() {
                std::future::pending::<()>().await;
            }
        };
        let result = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(self.trouble().cancelled()),
            result = self.answered(&request, &deltas, &begun) => result,
            () = total => Err(self.trouble().too_slow("the answer was not complete", self.config.total_timeout)),
            () = first => Err(self.trouble().too_slow("nothing was answered", self.config.first_token_timeout)),
        };
        if let Err(problem) = &result
            && begun.is_cancelled()
        {
            deltas(ModelDelta::Failed(problem.clone()));
        }
        result
    }
}

/// Completes a base URL: no slash at the end, the version where no path is given, and without the endpoint's own path.
fn base(url: &str, dialect: &dyn Dialect) -> String {
    let url = url.trim().trim_end_matches('/');
    let url = url
        .strip_suffix(dialect.endpoint())
        .unwrap_or(url)
        .trim_end_matches('/');
    let path = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .split_once('/')
        .map(|(_, path)| path);
    match path {
        None | Some("") => format!("{url}{}", dialect.version()),
        Some(_) => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_may_be_written_as_people_write_them() {
        use ProviderKind::*;
        for (kind, given, expected) in [
            (Openai, "http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
            (Openai, "http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
            (Openai, "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
            (Openai, " http://127.0.0.1:8080/v1// ", "http://127.0.0.1:8080/v1"),
            (Openai, "https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1"),
            (
                Openai,
                "https://api.openai.com/v1/chat/completions",
                "https://api.openai.com/v1",
            ),
            (
                OpenaiResponses,
                "https://api.openai.com/v1/responses/",
                "https://api.openai.com/v1",
            ),
            (Anthropic, "https://api.anthropic.com", "https://api.anthropic.com/v1"),
            (
                Anthropic,
                "https://api.anthropic.com/v1/messages",
                "https://api.anthropic.com/v1",
            ),
            (Ollama, "http://127.0.0.1:11434/", "http://127.0.0.1:11434/api"),
            (Ollama, "http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434/api"),
            (
                Gemini,
                "https://generativelanguage.googleapis.com",
                "https://generativelanguage.googleapis.com/v1beta",
            ),
        ] {
            assert_eq!(base(given, dialects::of(kind)), expected, "{given}");
        }
    }
}
