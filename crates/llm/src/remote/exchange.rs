//! One answer: sent, streamed, put together, and asked for again where that may help.

use super::{Answer, Remote, retry::Failure, sse::Events};
use crate::{DeltaSink, dialects::Addressee};
use futures::StreamExt;
use reqwest::{Response, header::CONTENT_TYPE};
use serde_json::Value;
use steersman_protocol::{ModelAnswer, ModelRequest, Problem};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Bytes of a body that is no stream: error bodies and whole answers.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

impl Remote {
    /// Without cancellation and time limits. Tries again only while nothing of an answer has come.
    pub(super) async fn answered(
        &self,
        request: &ModelRequest,
        deltas: &DeltaSink,
        begun: &CancellationToken,
    ) -> Result<ModelAnswer, Problem> {
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            let failure = match self.exchange(request, deltas, begun).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = self.config.retry.pause(attempt, &failure);
            let Some(pause) = pause.filter(|_| !begun.is_cancelled()) else {
                return Err(failure.problem);
            };
            if started.elapsed() + pause >= self.config.first_token_timeout {
                return Err(failure.problem);
            }
            attempt += 1;
            sleep(pause).await;
        }
    }

    async fn exchange(
        &self,
        request: &ModelRequest,
        deltas: &DeltaSink,
        begun: &CancellationToken,
    ) -> Result<ModelAnswer, Failure> {
        let model = if request.model.is_empty() {
            &self.config.model
        } else {
            &request.model
        };
        let context_length = self.context_length(model).await?;
        let to = Addressee {
            model,
            base: &self.base,
            context_length,
        };
        let body = self.dialect.body(request, &to);
        if self.dialect.is_too_long(&body, context_length) {
            return Err(self.trouble().too_long(model).into());
        }
        let response = self
            .request(reqwest::Method::POST, &self.dialect.chat_path(model))?
            .json(&body)
            .send()
            .await;
        let response = response.map_err(|error| self.trouble().not_sent(&error))?;
        if !response.status().is_success() {
            return Err(self.refusal(response, model).await);
        }
        let mut answer = Answer::new(request, &self.config.name, model, deltas, self.dialect.writes_calls());
        if self.streams(&response) {
            self.stream(response, &mut answer, begun).await?;
        } else {
            self.whole(response, &mut answer, begun).await?;
        }
        Ok(answer.finish().map_err(|why| self.trouble().bad_answer(&why))?)
    }

    fn streams(&self, response: &Response) -> bool {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        kind.is_some_and(|kind| kind.starts_with(self.dialect.stream_type()))
    }

    async fn stream(
        &self,
        response: Response,
        answer: &mut Answer<'_>,
        begun: &CancellationToken,
    ) -> Result<(), Failure> {
        let mut events = Events::of(self.dialect.stream_type());
        let mut bytes = response.bytes_stream();
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(|_| self.trouble().cut_off())?;
            let data = events
                .push(&piece)
                .map_err(|_| self.trouble().bad_answer("it sent a line without end"))?;
            for event in data {
                if event.trim() == "[DONE]" {
                    return Ok(answer.check_complete().map_err(|()| self.trouble().cut_off())?);
                }
                self.take(&event, answer, begun)?;
            }
        }
        if let Some(event) = events.finish()
            && event.trim() != "[DONE]"
        {
            self.take(&event, answer, begun)?;
        }
        Ok(answer.check_complete().map_err(|()| self.trouble().cut_off())?)
    }

    fn take(&self, event: &str, answer: &mut Answer<'_>, begun: &CancellationToken) -> Result<(), Failure> {
        let Ok(piece) = serde_json::from_str::<Value>(event) else {
            return Err(self.trouble().bad_answer("a piece of its stream is not JSON").into());
        };
        if let Some(error) = self.dialect.error_in(&piece) {
            return Err(self.trouble().error_in_stream(error, answer.has_begun()));
        }
        let taken = self.dialect.take(&piece, answer);
        if answer.has_begun() {
            begun.cancel();
        }
        Ok(taken.map_err(|why| self.trouble().bad_answer(&why))?)
    }

    /// A server that does not stream although asked to.
    async fn whole(
        &self,
        response: Response,
        answer: &mut Answer<'_>,
        begun: &CancellationToken,
    ) -> Result<(), Failure> {
        let body = body_of(response).await.map_err(|()| self.trouble().cut_off())?;
        let Ok(value) = serde_json::from_slice::<Value>(&body) else {
            return Err(self.trouble().no_json(&body).into());
        };
        if let Some(error) = self.dialect.error_in(&value) {
            return Err(self.trouble().error_in_stream(error, false));
        }
        begun.cancel();
        let taken = self.dialect.take_whole(&value, answer).and_then(|()| {
            answer
                .check_complete()
                .map_err(|()| "its answer holds no message".to_owned())
        });
        Ok(taken.map_err(|why| self.trouble().bad_answer(&why))?)
    }

    pub(super) async fn refusal(&self, response: Response, model: &str) -> Failure {
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (retry_after, date) = (header("retry-after"), header("date"));
        let body = body_of(response).await.unwrap_or_default();
        self.trouble()
            .refused(status, retry_after.as_deref(), date.as_deref(), &body, model)
    }

    /// What the server says about a model, asked once. `None` where the dialect does not ask or the server does not say.
    async fn context_length(&self, model: &str) -> Result<Option<u64>, Failure> {
        let Some((path, body)) = self.dialect.question_about(model) else {
            return Ok(None);
        };
        let known = self.lengths().get(model).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let sent = self.request(reqwest::Method::POST, &path)?.json(&body).send().await;
        let response = sent.map_err(|error| self.trouble().not_sent(&error))?;
        if !response.status().is_success() {
            // The conversation itself says better what is wrong.
            return Ok(None);
        }
        let body = body_of(response).await.unwrap_or_default();
        let facts: Value = serde_json::from_slice(&body).unwrap_or_default();
        let length = self.dialect.context_length(&facts);
        self.lengths().insert(model.to_owned(), length);
        Ok(length)
    }

    fn lengths(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<String, Option<u64>>> {
        self.context_lengths
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The body, up to a limit. `Err` when it breaks off.
pub(super) async fn body_of(response: Response) -> Result<Vec<u8>, ()> {
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
