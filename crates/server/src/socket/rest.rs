//! Asking the REST routes in somebody's name: same checks, same audit, same idempotency, same answers.

use super::visitor::Credentials;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Method, Request, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Longest answer that is read.
const LONGEST_ANSWER: usize = 4 << 20;

/// The REST routes, without the WebSocket's own.
#[derive(Clone)]
pub struct Rest(pub Router);

impl Rest {
    /// The answer's JSON, or the problem document.
    pub async fn get(&self, as_: &Credentials, path: &str) -> Result<Value, Value> {
        self.send(as_, Method::GET, path, None, Body::empty()).await
    }

    /// The same for a change. `key` is its Idempotency-Key.
    pub async fn post(&self, as_: &Credentials, path: &str, key: Option<&str>, body: &Value) -> Result<Value, Value> {
        self.send(as_, Method::POST, path, key, Body::from(body.to_string()))
            .await
    }

    async fn send(
        &self,
        as_: &Credentials,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Body,
    ) -> Result<Value, Value> {
        let key = key
            .map(HeaderValue::from_str)
            .transpose()
            .map_err(|_| problem("request.bad_key", "the key has characters that no header can carry"))?;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| problem("request.bad_json", &error.to_string()))?;
        if let Some(key) = key {
            request.headers_mut().insert("idempotency-key", key);
        }
        let response = match self.0.clone().oneshot(as_.dress(request)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let is_success = response.status().is_success();
        let body = to_bytes(response.into_body(), LONGEST_ANSWER).await.unwrap_or_default();
        match serde_json::from_slice(&body) {
            Ok(value) if is_success => Ok(value),
            Ok(value) => Err(value),
            Err(_) if is_success => Ok(Value::Null),
            Err(_) => Err(problem("runtime.bug", "the answer could not be read")),
        }
    }
}

/// A problem with a frame itself, in the words of a problem document.
pub fn problem(code: &str, why: &str) -> Value {
    json!({
        "code": code,
        "what": "Could not take the frame",
        "why": why,
        "next": "Correct it and send it again; /api/docs shows the frames of /api/ws",
    })
}
