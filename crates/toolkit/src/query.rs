//! A tool that reads.

use crate::{Cx, Declaration, Handle};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use steersman_protocol::{Block, Problem, SuggestedCall};

/// Reads something from a target within limits, and changes nothing: not a row, not a setting, not a lock beyond a read.
#[async_trait]
pub trait Query: Send + Sync + 'static {
    /// The plugin's read-only handle.
    type Reader: Handle;
    /// What a model or person may write. Field docs are read by models: one example each.
    type Input: DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static;

    fn declare(&self) -> Declaration;

    /// Must honour `cx.limits` and `cx.cancel`.
    async fn run(&self, cx: &Cx, reader: &Self::Reader, input: Self::Input) -> Result<Answer, Problem>;
}

/// What a query found.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// One sentence in our own words with the main finding: "5 slow queries; the slowest takes 312 ms on average".
    /// Text from the target may appear only in quotes.
    pub summary: String,
    pub blocks: Vec<Block>,
    /// Next calls that the result itself speaks for. Proposals only; the best first, at most 3.
    pub suggestions: Vec<SuggestedCall>,
}
