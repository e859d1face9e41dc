//! What drivers are told to do. Data: stored with the events that caused it, carried out afterwards.

use serde::{Deserialize, Serialize};
use steersman_protocol::{ApprovalId, ExecutionId, Timestamp};

/// One piece of work for a driver, which reports back with an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Effect {
    /// Ask the model for the next answer. Without tools when the run has to come to an end.
    AskModel { turn: u32, with_tools: bool },
    /// Let the plugin plan a change, reading only.
    Plan { execution_id: ExecutionId },
    /// Run a query.
    RunQuery { execution_id: ExecutionId },
    /// A grant is there: record the intent.
    Begin { execution_id: ExecutionId },
    /// Intent is recorded: check again, then perform. After a restart this is never repeated, only looked at.
    Act { execution_id: ExecutionId },
    /// Read the world back.
    Verify { execution_id: ExecutionId },
    /// Something broken was left behind: record the intent to clean up.
    BeginCleanUp { execution_id: ExecutionId },
    /// Intent to clean up is recorded. After a restart never repeated, only looked at.
    CleanUp { execution_id: ExecutionId },
    /// Let an approval expire.
    Expire { approval_id: ApprovalId, at: Timestamp },
}

impl Effect {
    /// The word in the store.
    pub const fn kind(&self) -> &'static str {
        match self {
            Effect::AskModel { .. } => "ask_model",
            Effect::Plan { .. } => "plan",
            Effect::RunQuery { .. } => "run_query",
            Effect::Begin { .. } => "begin",
            Effect::Act { .. } => "act",
            Effect::Verify { .. } => "verify",
            Effect::BeginCleanUp { .. } => "begin_clean_up",
            Effect::CleanUp { .. } => "clean_up",
            Effect::Expire { .. } => "expire",
        }
    }

    /// When it is due; `None` is at once.
    pub const fn due_at(&self) -> Option<Timestamp> {
        match self {
            Effect::Expire { at, .. } => Some(*at),
            _ => None,
        }
    }
}
