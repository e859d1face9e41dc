//! What every provider does.

use async_trait::async_trait;
use std::sync::Arc;
use steersman_protocol::{ModelAnswer, ModelDelta, ModelRequest, Problem};
use tokio_util::sync::CancellationToken;

/// Receives pieces of an answer as they arrive. Must not block.
pub type DeltaSink = Arc<dyn Fn(ModelDelta) + Send + Sync>;

/// A source of answers.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The configured name: `local`, `openai`, `my-vllm`.
    fn name(&self) -> &str;

    /// The model used when a request names none.
    fn default_model(&self) -> &str;

    /// Answers one request. Streams pieces to `deltas` and returns the whole.
    ///
    /// Stops soon after `cancel`, with `model.cancelled`. Errors are `model.*` problems: `model.unreachable`,
    /// `model.refused_key`, `model.unknown_model`, `model.rate_limited`, `model.timed_out`, `model.bad_answer`,
    /// `model.too_long`, `model.no_tools`, `model.refused_request`. After an error in the middle of an answer, `deltas` has received
    /// `ModelDelta::Failed` with the same problem.
    async fn ask(
        &self,
        request: ModelRequest,
        deltas: DeltaSink,
        cancel: CancellationToken,
    ) -> Result<ModelAnswer, Problem>;
}
