//! Single calls: what a change left for a person.

pub mod reveal;
pub mod secrets;

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    routes::runs,
};
use axum::http::{HeaderName, HeaderValue, header};
use steersman_protocol::{ExecutionId, ExecutionView, RunView};

/// Neither a browser nor anything on the way may keep the answer.
const NO_STORE: [(HeaderName, HeaderValue); 1] = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

/// A call of a run that the caller may see.
async fn visible(app: &App, caller: &Caller, id: ExecutionId, what: &str) -> Result<(RunView, ExecutionView)> {
    let call = app.runtime.store().execution(id).await.doing(what)?;
    let run = runs::visible(app, caller, call.run_id, what).await?;
    Ok((run, call))
}
