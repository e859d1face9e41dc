//! Requests that were turned away at the door, for the audit log.

use crate::{access::Caller, app::App};
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use steersman_protocol::Problem;

/// Keeps in the audit log that a signed-in person sent something malformed, or asked for what is not theirs.
///
/// Refusals further in are recorded where they are decided. Strangers leave no entry: they could fill the log.
pub async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    let Some(mut problem) = response.extensions().get::<Problem>().cloned() else {
        return response;
    };
    if is_told_here(&problem.code)
        && let Ok(caller) = Caller::from_request_parts(&mut parts, &app).await
    {
        let path: String = path.chars().take(200).collect();
        problem.what = format!("{method} {path}: {}", problem.what);
        let _ = app
            .runtime
            .refuse::<()>(&caller.actor, "request.refused", problem)
            .await;
    }
    response
}

fn is_told_here(code: &str) -> bool {
    matches!(code, "store.not_found" | "target.not_found" | "approval.not_found")
        || ["request.", "message.", "session."]
            .iter()
            .any(|area| code.starts_with(area))
}
