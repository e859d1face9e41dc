//! What lists and single things look like on the wire. All are readings of the event log or of small tables.

use crate::{
    Anchor, ApprovalId, ApprovalStatus, AuditId, Block, Digest, ExecutionId, ExecutionStatus, OrganizationId, Plan,
    Problem, Risk, Role, RunId, RunStatus, SessionId, SessionStatus, SuggestedCall, TargetRef, ToolKind, ToolName,
    UserId, Verdict,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One page of a list. `next_cursor` is absent on the last page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    pub id: UserId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub role: Role,
    pub is_enabled: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Session {
    pub id: SessionId,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub title: String,
    pub status: SessionStatus,
    pub anchor: Anchor,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Where the active path ends; absent before the first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf_run_id: Option<RunId>,
    /// An answer, or a question for approval, came after the person last looked or wrote.
    #[serde(default)]
    pub is_unread: bool,
    /// Approvals that wait for a decision, on all branches.
    #[serde(default)]
    pub waiting: u32,
    /// The last words said on the active path, one line of at most 160 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RunView {
    pub id: RunId,
    pub organization_id: OrganizationId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_id: Option<SessionId>,
    /// The run of the session that this one continues; absent for the first of a path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent_run_id: Option<RunId>,
    pub user_id: UserId,
    /// What was asked.
    pub title: String,
    pub status: RunStatus,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<Problem>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Filled when one run is asked for, empty in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executions: Vec<ExecutionView>,
}

/// One tool call with everything about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExecutionView {
    pub id: ExecutionId,
    pub run_id: RunId,
    pub tool: ToolName,
    pub tool_kind: ToolKind,
    pub target: TargetRef,
    #[schema(value_type = Object)]
    pub arguments: Value,
    #[serde(default)]
    pub from_target_text: Vec<String>,
    pub status: ExecutionStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<Plan>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub blocks: Vec<Block>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<SuggestedCall>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Secrets that the change left for a person; whether they are still there is asked for by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<LeftSecret>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// That a change left a secret, and for how long. Never the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeftSecret {
    /// What it is: "password of the role reporting".
    pub label: String,
    /// Forgotten then, seen or not.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// A question to a person, with all that is needed to answer it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ApprovalView {
    pub id: ApprovalId,
    pub organization_id: OrganizationId,
    pub run_id: RunId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_id: Option<SessionId>,
    pub execution_id: ExecutionId,
    pub status: ApprovalStatus,
    pub risk: Risk,
    pub requested_by: UserId,
    pub requested_by_name: String,
    pub digest: Digest,
    pub plan: Box<Plan>,
    pub verdict: Verdict,
    #[serde(default)]
    pub from_target_text: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_by: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_by_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditResult {
    /// Written before something is done: the intent.
    Intended,
    Success,
    Failure,
    Rejected,
    Unknown,
}

impl AuditResult {
    pub const fn as_str(self) -> &'static str {
        match self {
            AuditResult::Intended => "intended",
            AuditResult::Success => "success",
            AuditResult::Failure => "failure",
            AuditResult::Rejected => "rejected",
            AuditResult::Unknown => "unknown",
        }
    }
}

/// One entry of the audit chain. The header is chained for good; the body (names, parameters, addresses) can be erased.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    pub id: AuditId,
    /// Counts from 1 without gaps.
    pub number: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub organization_id: OrganizationId,
    /// Dotted and past tense: `approval.granted`, `tool.executed`, `login.succeeded`.
    pub action: String,
    pub result: AuditResult,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub risk: Option<Risk>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_id: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution_id: Option<ExecutionId>,
    /// SHA-256 over the entry before, hex; 64 zeros for the first.
    pub previous_hash: String,
    pub hash: String,
    /// Absent after erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<AuditBody>,
}

/// What can be erased. The chain keeps only its salted digest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AuditBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    pub user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// Redacted.
    #[schema(value_type = Object)]
    pub parameters: Value,
    /// Rule ids that decided.
    pub rules: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// One sentence.
    pub sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// What a walk over the audit chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditVerification {
    pub is_intact: bool,
    pub entries: i64,
    pub erased_bodies: i64,
    /// Hash of the last entry.
    pub head: String,
    /// The first thing that is wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub broken_at: Option<String>,
}

/// An audit entry before it has its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditDraft {
    pub organization_id: OrganizationId,
    pub action: String,
    pub result: AuditResult,
    pub risk: Option<Risk>,
    pub run_id: Option<RunId>,
    pub execution_id: Option<ExecutionId>,
    pub body: AuditBody,
}
