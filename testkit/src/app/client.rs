//! A small HTTP client: one request, one reply with status and JSON.

use super::EventStream;
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use std::time::Duration;

/// Nothing but a stream takes longer.
const LONGEST: Duration = Duration::from_secs(60);

/// Requests to the app as one person.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    /// The body; panics with it when it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}: {}", self.status, self.text))
    }

    /// The `code` of a problem document; empty when it is none.
    pub fn code(&self) -> String {
        let is_problem = self.header("content-type") == "application/problem+json";
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        match is_problem && body["status"] == self.status {
            true => body["code"].as_str().unwrap_or_default().to_owned(),
            false => String::new(),
        }
    }

    /// Status and code, for comparing both at once.
    pub fn told(&self) -> (u16, String) {
        (self.status, self.code())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Client {
    pub(super) fn new(url: String, token: Option<String>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { http, url, token }
    }

    /// A request with this person's token, to be completed and sent by [`Client::send`].
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.try_send(request).await.expect("an answer")
    }

    /// The error when there was no whole answer, as from an app that crashed.
    pub async fn try_send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
        let response = request.timeout(LONGEST).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok(Reply { status, headers, text })
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path)).await
    }
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request("POST", path).json(body)).await
    }
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request("PUT", path).json(body)).await
    }
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request("PATCH", path).json(body)).await
    }
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path)).await
    }

    /// Follows a stream of server-sent events.
    pub async fn follow(&self, path: &str) -> EventStream {
        self.follow_request(self.request("GET", path)).await
    }

    /// Follows the answer of any request as server-sent events.
    pub async fn follow_request(&self, request: reqwest::RequestBuilder) -> EventStream {
        let response = request
            .header("accept", "text/event-stream")
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200, "no stream");
        EventStream::new(response)
    }
}
