//! Problems on the wire: RFC 9457 documents with a stable `code`.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use steersman_protocol::Problem;
use steersman_runtime::store::StoreError;

/// A problem as an HTTP answer. The status follows from the code.
#[derive(Debug)]
pub struct Failed(pub Problem);

pub type Result<T, E = Failed> = std::result::Result<T, E>;

impl Failed {
    pub fn new(code: &str, what: &str, why: impl Into<String>, next: &str) -> Self {
        Self(Problem::new(code, what, why, next))
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// One thing that is wrong with what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Where in the body: a JSON pointer (RFC 6901), such as `/settings/port`. Absent for a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Which query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// A sentence for the person at the field.
    pub message: String,
}

impl FieldError {
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: Some(pointer.into()),
            parameter: None,
            message: message.into(),
        }
    }

    pub fn of_parameter(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: None,
            parameter: Some(name.into()),
            message: message.into(),
        }
    }
}

/// A failure that says more than its problem: which fields are wrong, or how long to wait.
#[derive(Debug)]
pub struct Detailed {
    pub problem: Box<Problem>,
    pub errors: Vec<FieldError>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

impl From<Failed> for Detailed {
    fn from(Failed(problem): Failed) -> Self {
        Self {
            problem: Box::new(problem),
            errors: Vec::new(),
            retry_after: None,
        }
    }
}

impl From<Problem> for Detailed {
    fn from(problem: Problem) -> Self {
        Failed(problem).into()
    }
}

/// Gives a store error the words of what was being done.
pub trait While<T> {
    fn doing(self, what: &str) -> Result<T>;
}

impl<T> While<T> for std::result::Result<T, StoreError> {
    fn doing(self, what: &str) -> Result<T> {
        self.map_err(|error| Failed(error.to_problem(what)))
    }
}

/// RFC 9457 with our members.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemDocument {
    /// A URI reference that names the kind of problem.
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    code: String,
    what: String,
    why: String,
    next: String,
    /// What is wrong where, for a form to show at its fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Seconds to wait before the next try; also in the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        Detailed::from(self).into_response()
    }
}

impl IntoResponse for Detailed {
    fn into_response(self) -> Response {
        let Detailed {
            problem,
            errors,
            retry_after,
        } = self;
        let status = status_of(&problem.code);
        let problem = *problem;
        let for_audit = problem.clone();
        let document = ProblemDocument {
            r#type: format!("/api/docs#{}", problem.code),
            title: problem.what.clone(),
            status: status.as_u16(),
            detail: problem.to_string(),
            code: problem.code,
            what: problem.what,
            why: problem.why,
            next: problem.next,
            errors,
            retry_after,
        };
        let mut response = (status, Json(document)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(for_audit);
        response
    }
}

fn status_of(code: &str) -> StatusCode {
    match code {
        "auth.required" | "auth.bad_login" | "auth.bad_link" => StatusCode::UNAUTHORIZED,
        "auth.forbidden"
        | "auth.other_site"
        | "call.not_allowed"
        | "secret.not_yours"
        | "session.not_yours"
        | "approval.not_allowed"
        | "approval.needs_second_person" => StatusCode::FORBIDDEN,
        "auth.too_many" | "socket.too_many" => StatusCode::TOO_MANY_REQUESTS,
        "store.not_found" | "approval.not_found" | "request.not_found" | "call.unknown_tool" | "target.not_found"
        | "secret.none" => StatusCode::NOT_FOUND,
        "request.wrong_method" => StatusCode::METHOD_NOT_ALLOWED,
        "request.too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "request.wrong_type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "store.disk_full" => StatusCode::INSUFFICIENT_STORAGE,
        "store.unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "approval.reason_required" | "request.key_reused" | "target.secret_needed" | "model.key_needed" => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        "approval.expired" | "secret.shown" | "secret.expired" | "secret.dropped" => StatusCode::GONE,
        "store.invalid" => StatusCode::BAD_REQUEST,
        "call.bad_arguments" | "policy.bad_rules" => StatusCode::UNPROCESSABLE_ENTITY,
        "runtime.bug" | "store.broken" | "store.tampered" => StatusCode::INTERNAL_SERVER_ERROR,
        other => match other.split('.').next() {
            Some("approval" | "store" | "run" | "recheck" | "grant" | "secret") => StatusCode::CONFLICT,
            Some("request" | "message" | "target" | "session" | "model" | "user") => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        },
    }
}
