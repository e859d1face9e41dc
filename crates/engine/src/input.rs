//! What arrives in a run's inbox.

use steersman_protocol::{
    Actor, ApprovalId, Block, Digest, ExecutionId, MessageId, ModelAnswer, PageAnchor, Plan, Policy, Problem, Receipt,
    Risk, RunId, SessionId, SuggestedCall, TargetRef, Timestamp, ToolCall, ToolKind, ToolName, Verification,
};
use uuid::Uuid;

/// Time, policy and fresh ids for one decision.
pub struct Circumstances<'a> {
    pub now: Timestamp,
    pub policy: &'a Policy,
    /// Gives a new UUID each time; a counter in tests.
    pub fresh_id: &'a mut dyn FnMut() -> Uuid,
}

/// A call that passed the door: known tool, offered to this person, arguments within the schema, right held.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposedCall {
    pub execution_id: ExecutionId,
    pub call_id: String,
    pub tool: ToolName,
    pub kind: ToolKind,
    pub floor: Risk,
    pub target: TargetRef,
    pub arguments: serde_json::Value,
    pub from_target_text: Vec<String>,
}

/// The run whose message is said anew, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Replaced {
    pub run_id: RunId,
    pub session_id: Option<SessionId>,
    pub parent_run_id: Option<RunId>,
    pub is_over: bool,
    /// Runs with the same parent, itself included.
    pub versions: usize,
}

/// Everything that a run reacts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A person said something.
    Say {
        actor: Actor,
        session_id: SessionId,
        message_id: MessageId,
        text: String,
        /// Where the session's active path ends.
        leaf: Option<RunId>,
        replaces: Option<Replaced>,
        page: Option<PageAnchor>,
        /// The page that the session was about so far.
        anchor: Option<PageAnchor>,
    },
    /// A person calls one tool by hand, on one target or on several.
    CallByHand {
        actor: Actor,
        title: String,
        calls: Vec<Result<ProposedCall, RefusedCall>>,
    },
    /// The model answered; its calls are already checked at the door.
    ModelAnswered {
        turn: u32,
        message_id: MessageId,
        offered: Vec<String>,
        answer: ModelAnswer,
        calls: Vec<Result<ProposedCall, RefusedCall>>,
    },
    ModelFailed {
        turn: u32,
        problem: Problem,
        /// What it had written of its answer.
        written: String,
    },
    Planned {
        execution_id: ExecutionId,
        floor: Risk,
        result: Result<Box<Plan>, Problem>,
    },
    QueryAnswered {
        execution_id: ExecutionId,
        summary: String,
        blocks: Vec<Block>,
        suggestions: Vec<SuggestedCall>,
        elapsed_ms: u64,
    },
    QueryFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    /// The driver is ready to perform.
    Begin {
        execution_id: ExecutionId,
    },
    RecheckFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    /// A change that is being performed leaves a secret. The secret itself goes past the engine.
    SecretLeft {
        execution_id: ExecutionId,
        label: String,
        until: Timestamp,
    },
    Performed {
        execution_id: ExecutionId,
        receipt: Receipt,
    },
    PerformFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    /// The process ended while this call may have been acting.
    Interrupted {
        execution_id: ExecutionId,
    },
    Verified {
        execution_id: ExecutionId,
        verification: Verification,
    },
    BeginCleanUp {
        execution_id: ExecutionId,
    },
    CleanedUp {
        execution_id: ExecutionId,
        sentence: String,
    },
    CleanUpFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    Decide {
        approval_id: ApprovalId,
        approve: bool,
        digest: Option<Digest>,
        reason: Option<String>,
        actor: Actor,
    },
    /// The clock passed the approval's time.
    ExpiryDue {
        approval_id: ApprovalId,
    },
    Cancel {
        actor: Actor,
        /// The turn that is being written, and what there is of it.
        written: Option<(u32, String)>,
    },
}

/// A call that did not pass the door.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedCall {
    pub execution_id: ExecutionId,
    pub call: ToolCall,
    pub problem: Problem,
}
