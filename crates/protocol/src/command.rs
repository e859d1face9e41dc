//! What a person, schedule or API asks.

use crate::{Actor, ApprovalId, Digest, ExecutionId, MessageId, PageAnchor, RunId, SessionId, TargetId, ToolName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Submitted to the runtime: the only way to make anything happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// Say something in a session; starts a run.
    Say {
        run_id: RunId,
        session_id: SessionId,
        message_id: MessageId,
        text: String,
        /// The run whose message this one takes the place of: the new run becomes its sibling.
        replaces: Option<RunId>,
        /// What the person looks at; it stays the session's until another message brings one.
        page: Option<PageAnchor>,
        actor: Actor,
    },
    /// Call one tool by hand; starts a run of that one call.
    Execute {
        run_id: RunId,
        execution_id: ExecutionId,
        target_id: TargetId,
        tool: ToolName,
        arguments: Value,
        actor: Actor,
    },
    /// Call one query by hand on each of these targets; starts a run with a call for each.
    ExecuteOnEach {
        run_id: RunId,
        on: Vec<(ExecutionId, TargetId)>,
        tool: ToolName,
        arguments: Value,
        actor: Actor,
    },
    /// Decide a pending approval. `digest` is what the person saw.
    Decide {
        approval_id: ApprovalId,
        approve: bool,
        digest: Option<Digest>,
        reason: Option<String>,
        actor: Actor,
    },
    /// Stop a run.
    Cancel { run_id: RunId, actor: Actor },
}
