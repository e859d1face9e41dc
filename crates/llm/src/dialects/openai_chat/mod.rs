//! Any server that speaks OpenAI's Chat Completions: OpenAI, vLLM, llama.cpp, LM Studio, OpenRouter, Ollama.
//!
//! Written after the published API reference (platform.openai.com/docs/api-reference/chat, object `chat.completion.chunk`).

mod answer;
mod check;
mod outgoing;
mod thinking;
mod trouble;
mod written_call;

use super::sse::Events;
use crate::{DeltaSink, Provider};
use answer::Answer;
use async_trait::async_trait;
use futures::StreamExt;
use reqwest::{Client, RequestBuilder, Response, header::CONTENT_TYPE, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use steersman_protocol::{ModelAnswer, ModelDelta, ModelRequest, Problem};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use trouble::Trouble;

/// How to reach a server.
#[derive(Clone, Debug)]
pub struct OpenAiChatConfig {
    /// The configured name, as people see it.
    pub name: String,
    /// With or without a slash at the end, with or without `/v1`: `http://127.0.0.1:8080`, `https://openrouter.ai/api/v1`.
    pub base_url: String,
    pub model: String,
    pub api_key: Option<SecretString>,
    /// From sending to the first piece of an answer.
    pub first_token_timeout: Duration,
    /// From sending to the end of the answer.
    pub total_timeout: Duration,
}

/// A server of that kind. Keeps its connections; cheap to keep for long.
pub struct OpenAiChat {
    config: OpenAiChatConfig,
    /// `…/v1`, without a slash at the end.
    base: String,
    client: Option<Client>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a body that is no stream: error bodies and whole answers.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

impl OpenAiChat {
    pub fn new(config: OpenAiChatConfig) -> Self {
        // A redirect would carry the conversation to a place that nobody configured.
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("steersman/", env!("CARGO_PKG_VERSION")))
            .build()
            .ok();
        Self {
            base: base(&config.base_url),
            client,
            config,
        }
    }

    /// Tries the server with two small requests (its models, one answer with a tool offered).
    ///
    /// Errors: the same `model.*` problems as [`Provider::ask`], and `model.no_tools` when it answers only without tools.
    pub async fn test(&self) -> Result<(), Problem> {
        check::check(self).await
    }

    fn trouble(&self) -> Trouble<'_> {
        Trouble {
            config: &self.config,
            base: &self.base,
        }
    }

    fn request(&self, method: reqwest::Method, path: &str) -> Result<RequestBuilder, Problem> {
        let client = self.client.as_ref().ok_or_else(|| self.trouble().no_client())?;
        let url = reqwest::Url::parse(&format!("{}{path}", self.base)).map_err(|_| self.trouble().bad_url())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(self.trouble().bad_url());
        }
        let mut request = client.request(method, url);
        if let Some(key) = &self.config.api_key {
            request = request.bearer_auth(key.expose_secret());
        }
        Ok(request)
    }

    /// One exchange, without cancellation and time limits.
    async fn exchange(
        &self,
        request: &ModelRequest,
        deltas: &DeltaSink,
        begun: &CancellationToken,
    ) -> Result<ModelAnswer, Problem> {
        let model = if request.model.is_empty() {
            &self.config.model
        } else {
            &request.model
        };
        let body = outgoing::body(request, model, &self.base);
        let response = self
            .request(reqwest::Method::POST, "/chat/completions")?
            .json(&body)
            .send()
            .await;
        let response = response.map_err(|error| self.trouble().not_sent(&error))?;
        if !response.status().is_success() {
            return Err(self.refusal(response, model).await);
        }
        let mut answer = Answer::new(request, &self.config.name, model);
        let is_stream = content_type(&response).is_some_and(|kind| kind.starts_with("text/event-stream"));
        if is_stream {
            self.stream(response, &mut answer, deltas, begun).await?;
        } else {
            self.whole(response, &mut answer, deltas, begun).await?;
        }
        answer.finish(deltas).map_err(|why| self.trouble().bad_answer(&why))
    }

    async fn stream(
        &self,
        response: Response,
        answer: &mut Answer<'_>,
        deltas: &DeltaSink,
        begun: &CancellationToken,
    ) -> Result<(), Problem> {
        let mut events = Events::default();
        let mut bytes = response.bytes_stream();
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(|_| self.trouble().cut_off())?;
            let data = events
                .push(&piece)
                .map_err(|_| self.trouble().bad_answer("it sent a line without end"))?;
            for event in data {
                if event.trim() == "[DONE]" {
                    return answer.check_complete().map_err(|()| self.trouble().cut_off());
                }
                self.take(&event, answer, deltas, begun)?;
            }
        }
        if let Some(event) = events.finish()
            && event.trim() != "[DONE]"
        {
            self.take(&event, answer, deltas, begun)?;
        }
        answer.check_complete().map_err(|()| self.trouble().cut_off())
    }

    fn take(
        &self,
        event: &str,
        answer: &mut Answer<'_>,
        deltas: &DeltaSink,
        begun: &CancellationToken,
    ) -> Result<(), Problem> {
        let Ok(chunk) = serde_json::from_str::<Value>(event) else {
            return Err(self.trouble().bad_answer("a piece of its stream is not JSON"));
        };
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Err(self.trouble().error_in_stream(&chunk));
        }
        if answer
            .take_chunk(&chunk, deltas)
            .map_err(|why| self.trouble().bad_answer(&why))?
        {
            begun.cancel();
        }
        Ok(())
    }

    /// A server that does not stream although asked to.
    async fn whole(
        &self,
        response: Response,
        answer: &mut Answer<'_>,
        deltas: &DeltaSink,
        begun: &CancellationToken,
    ) -> Result<(), Problem> {
        let body = body_of(response).await.map_err(|()| self.trouble().cut_off())?;
        begun.cancel();
        let Ok(value) = serde_json::from_slice::<Value>(&body) else {
            return Err(self.trouble().no_json(&body));
        };
        if value.get("error").is_some_and(|error| !error.is_null()) {
            return Err(self.trouble().error_in_stream(&value));
        }
        answer
            .take_whole(&value, deltas)
            .map_err(|why| self.trouble().bad_answer(&why))
    }

    async fn refusal(&self, response: Response, model: &str) -> Problem {
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = body_of(response).await.unwrap_or_default();
        self.trouble().refused(status, retry_after.as_deref(), &body, model)
    }
}

#[async_trait]
impl Provider for OpenAiChat {
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
            result = self.exchange(&request, &deltas, &begun) => result,
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

/// Completes a base URL: no slash at the end, `/v1` where no path is given, and without the endpoint's own path.
fn base(url: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    let url = url
        .strip_suffix("/chat/completions")
        .unwrap_or(url)
        .trim_end_matches('/');
    let path = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .split_once('/')
        .map(|(_, path)| path);
    match path {
        None | Some("") => format!("{url}/v1"),
        Some(_) => url.to_owned(),
    }
}

fn content_type(response: &Response) -> Option<&str> {
    response.headers().get(CONTENT_TYPE)?.to_str().ok()
}

/// The body, up to a limit. `Err` when it breaks off.
async fn body_of(response: Response) -> Result<Vec<u8>, ()> {
    let mut body = Vec::new();
    let mut bytes = response.bytes_stream();
    while let Some(piece) = bytes.next().await {
        body.extend_from_slice(&piece.map_err(|_| ())?);
        if body.len() > LONGEST_BODY {
            body.truncate(LONGEST_BODY);
            break;
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_may_be_written_as_people_write_them() {
        for (given, expected) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
            (" http://127.0.0.1:8080/v1// ", "http://127.0.0.1:8080/v1"),
            ("https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1"),
            (
                "https://api.openai.com/v1/chat/completions",
                "https://api.openai.com/v1",
            ),
        ] {
            assert_eq!(base(given), expected, "{given}");
        }
    }
}
