//! Reading requests: bodies, paths, paging and idempotency keys, each failing with a problem document.

use crate::problem::{Detailed, Failed, FieldError};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request, rejection::BytesRejection},
    http::{HeaderMap, header, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};
use std::str::FromStr;
use steersman_protocol::{Problem, UserId, sha256_hex};
use steersman_runtime::store::PageRequest;
use uuid::Uuid;

/// A JSON body. Errors: `request.too_large`, `request.wrong_type`, `request.bad_utf8`, `request.bad_json`.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        const WHAT: &str = "Could not read the request";
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                value
                    .split(';')
                    .next()
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        if !is_json {
            return Err(Failed::new(
                "request.wrong_type",
                WHAT,
                "its content type is not application/json",
                "Send JSON with that content type",
            ));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| match rejection {
                BytesRejection::FailedToBufferBody(error) if error.status() == 413 => {
                    Failed::new("request.too_large", WHAT, "its body is larger than 1 MiB", "Send less")
                }
                _ => Failed::new(
                    "request.cut_off",
                    WHAT,
                    "the body did not arrive whole",
                    "Send it again",
                ),
            })?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            Failed::new(
                "request.bad_utf8",
                WHAT,
                format!("the body is not valid UTF-8 from byte {}", error.valid_up_to()),
                "Encode the text as UTF-8",
            )
        })?;
        let text = if text.trim().is_empty() { "{}" } else { text };
        serde_json::from_str(text).map(Body).map_err(|error| {
            Failed::new(
                "request.bad_json",
                WHAT,
                error.to_string(),
                "Correct the body; /api/docs shows its shape",
            )
        })
    }
}

/// Typed parts of the path. Error: `request.not_found`, because a malformed id is nobody's id.
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for PathId<T> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        let not_found = || {
            Failed::new(
                "request.not_found",
                "Could not find it",
                "the id in the address is not one of ours",
                "Check the address",
            )
        };
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| not_found())?;
        let last = params
            .iter()
            .last()
            .map(|(_, value)| value.to_owned())
            .ok_or_else(not_found)?;
        last.parse().map(PathId).map_err(|_| not_found())
    }
}

/// The query of the address. Error: `request.bad_query`, which names the parameter.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Detailed;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Detailed> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Query(query))
            .map_err(|rejection| bad_query(&rejection.body_text()))
    }
}

/// axum says `Failed to deserialize query string: NAME: WHY`.
fn bad_query(text: &str) -> Detailed {
    let why = text.split_once(": ").map_or(text, |(_, rest)| rest);
    let failed = Failed::new(
        "request.bad_query",
        "Could not read the request",
        why,
        "Correct the part of the address after the question mark; /api/docs shows its shape",
    );
    let errors = why
        .split_once(": ")
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .map(|(name, message)| FieldError::of_parameter(name, message));
    Detailed {
        errors: errors.into_iter().collect(),
        ..Detailed::from(failed)
    }
}

/// Several values in one parameter, with commas between them: `status=failed,cancelled`. At most 20.
#[derive(Clone, Debug)]
pub struct Several<T>(pub Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Several<T> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let values: Vec<T> = words
            .map(|word| T::deserialize(serde::de::value::StrDeserializer::<D::Error>::new(word)))
            .collect::<Result<_, _>>()?;
        match values.len() {
            0..=20 => Ok(Self(values)),
            more => Err(serde::de::Error::custom(format!("{more} values; at most 20 are taken"))),
        }
    }
}

/// `?limit&cursor`.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Paging {
    /// 1 to 500; 50 when absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl From<Paging> for PageRequest {
    fn from(paging: Paging) -> Self {
        PageRequest {
            limit: paging.limit.unwrap_or(50),
            cursor: paging.cursor,
        }
    }
}

/// The id of the thing that a change makes: the same for the same `Idempotency-Key` of the same person and purpose, so
/// that a repeated request finds what the first one made. Fresh without a key.
pub fn id_for(headers: &HeaderMap, user_id: UserId, purpose: &str, fresh: Uuid) -> Uuid {
    let Some(key) = headers.get("idempotency-key").map(axum::http::HeaderValue::as_bytes) else {
        return fresh;
    };
    let digest = sha256_hex(format!("{user_id}\n{purpose}\n{}", sha256_hex(key)).as_bytes());
    let mut bytes = [0u8; 16];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digest[index * 2..index * 2 + 2], 16).unwrap_or_default();
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The words for a key that was used for another request before; any other problem stays as it is.
pub fn reused_key(problem: Problem, what: &str) -> Problem {
    match problem.code.as_str() {
        "run.started_otherwise" => Problem::new(
            "request.key_reused",
            what,
            "its Idempotency-Key was used before, with another request",
            "Use a new key for a new request",
        ),
        _ => problem,
    }
}

/// Whether the request carries a key, so that finding its result already there is no error.
pub fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key("idempotency-key")
}
