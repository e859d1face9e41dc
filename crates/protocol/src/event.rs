//! The facts of a run. Append-only; page, model memory and audit are three readings of the same events.

use crate::{
    Actor, ApprovalId, Block, Digest, ExecutionId, Grant, GrantUse, MessageId, ModelAnswer, PageAnchor, Plan, Problem,
    Receipt, RunId, RunStatus, SessionId, SuggestedCall, TargetRef, ToolCall, ToolKind, ToolName, UserId, Verdict,
    Verification,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event with its place: `seq` counts from 1 within the run; `position` orders all events of this database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventRecord {
    pub run_id: RunId,
    pub session_id: Option<SessionId>,
    pub seq: i64,
    pub position: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    pub event: Event,
}

/// One fact, in the past tense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Event {
    /// The run began. A chat turn has a message; a call by hand has none.
    Started {
        actor: Actor,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<SessionId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<MessageId>,
        /// What was said, or a title for a call by hand.
        text: String,
        /// The run of the session that this one continues; absent for the first of a path.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_run_id: Option<RunId>,
        /// The run whose message was said anew: a sibling.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<RunId>,
        /// What the person looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<PageAnchor>,
    },
    /// A model was asked; these tools were offered to it, by the model's form of their names.
    ModelAsked {
        turn: u32,
        provider: String,
        offered: Vec<String>,
    },
    ModelAnswered {
        turn: u32,
        message_id: MessageId,
        answer: ModelAnswer,
    },
    ModelFailed {
        turn: u32,
        problem: Problem,
        /// What it had written of its answer.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        written: String,
    },
    /// The model is asked again, with the results so far. Without tools when the run has to come to an end.
    TurnBegan { turn: u32, with_tools: bool },
    /// A call that did not enter the funnel: unknown or not offered tool, arguments against the schema, no right.
    CallRefused {
        execution_id: ExecutionId,
        call: ToolCall,
        problem: Problem,
    },
    /// A call entered the funnel.
    Proposed {
        execution_id: ExecutionId,
        call_id: String,
        tool: ToolName,
        tool_kind: ToolKind,
        target: TargetRef,
        #[schema(value_type = Object)]
        arguments: Value,
        /// JSON pointers of arguments whose text came from a target's output and not from the person.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from_target_text: Vec<String>,
    },
    Planned {
        execution_id: ExecutionId,
        plan: Box<Plan>,
        digest: Digest,
    },
    /// No plan could be made: the change is impossible, refused by the tool's own limits, or already there.
    PlanFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    Judged {
        execution_id: ExecutionId,
        verdict: Verdict,
    },
    ApprovalRequested {
        execution_id: ExecutionId,
        approval_id: ApprovalId,
        #[schema(value_type = String, format = DateTime)]
        expires_at: jiff::Timestamp,
    },
    /// A person decided.
    Decided {
        execution_id: ExecutionId,
        approval_id: ApprovalId,
        approved: bool,
        by: UserId,
        by_name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    ApprovalExpired {
        execution_id: ExecutionId,
        approval_id: ApprovalId,
    },
    ApprovalCancelled {
        execution_id: ExecutionId,
        approval_id: ApprovalId,
    },
    /// Permission to act exists.
    Granted {
        execution_id: ExecutionId,
        grant: Grant,
        by: GrantedBy,
    },
    /// A query was let through by the judge and is about to run.
    QueryStarted { execution_id: ExecutionId },
    QueryAnswered {
        execution_id: ExecutionId,
        summary: String,
        blocks: Vec<Block>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggestions: Vec<SuggestedCall>,
        elapsed_ms: u64,
    },
    QueryFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    /// Written before anything is touched, together with using up the grant.
    IntentRecorded {
        execution_id: ExecutionId,
        grant_use: GrantUse,
    },
    /// The check at the moment of execution found the world, the plan or a right changed. Nothing was done.
    RecheckFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    /// The change made a secret that a person may see once, until then. The secret itself is in no event.
    SecretLeft {
        execution_id: ExecutionId,
        /// What it is: "password of the role reporting".
        label: String,
        #[schema(value_type = String, format = DateTime)]
        until: jiff::Timestamp,
    },
    Performed {
        execution_id: ExecutionId,
        receipt: Receipt,
    },
    /// Performing stopped. Whether something happened is what verification finds out.
    PerformFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    /// The process ended between intent and report; the world is looked at instead of acting again.
    Interrupted { execution_id: ExecutionId },
    Verified {
        execution_id: ExecutionId,
        verification: Verification,
    },
    CleanedUp {
        execution_id: ExecutionId,
        sentence: String,
    },
    /// Clean-up was not possible; the sentence names what is left.
    CleanUpFailed {
        execution_id: ExecutionId,
        problem: Problem,
    },
    /// A call reached its end.
    CallEnded {
        execution_id: ExecutionId,
        outcome: Outcome,
        /// One sentence in our own words.
        summary: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<Problem>,
        /// The undo of a completed change, as a call that can be proposed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggestions: Vec<SuggestedCall>,
    },
    CancelRequested {
        by: UserId,
        by_name: String,
        /// What the model had written of its answer, where one was being written.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        written: String,
    },
    /// An attempt to decide or use something that was not in order; nothing happened.
    AttemptRefused {
        by: UserId,
        by_name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        execution_id: Option<ExecutionId>,
        problem: Problem,
    },
    RunEnded {
        status: RunStatus,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<Problem>,
    },
}

/// Who or what gave a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum GrantedBy {
    Person { user_id: UserId, name: String },
    Rule { rule_id: String },
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Completed,
    Failed,
    Denied,
    Rejected,
    Expired,
    Cancelled,
    Unknown,
}
