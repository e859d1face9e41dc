//! Can it work.

use crate::{
    app::App,
    problem::{Result, While},
};
use axum::extract::State;

/// `ready` when the store takes a durable write and gives a read; otherwise a problem.
#[utoipa::path(get, path = "/readyz", tag = "system", responses((status = 200, body = String)))]
pub async fn readyz(State(app): State<App>) -> Result<&'static str> {
    app.runtime.store().health().await.doing("Not ready")?;
    Ok("ready")
}
