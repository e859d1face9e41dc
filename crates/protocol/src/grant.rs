//! Permission to perform one plan once.

use crate::{ApprovalId, Digest, ExecutionId, GrantId, TargetId, UserId};
use serde::{Deserialize, Serialize};

/// Single use, for that digest, that target revision, under that policy revision, until that time.
///
/// This is the record of it. Only [`steersman-toolkit`'s `Granted`] lets a change act, and only the runtime makes one,
/// after checking this record again at the moment of execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Grant {
    pub id: GrantId,
    pub execution_id: ExecutionId,
    pub digest: Digest,
    pub target_id: TargetId,
    pub target_revision: i64,
    pub policy_revision: i64,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: jiff::Timestamp,
    /// The approval it came from; absent when a rule allowed the change without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// Whose right is checked again: the approver, or the requester where a rule allowed it.
    pub answerable: UserId,
}

/// What a grant is used for; each use happens at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantUse {
    Perform,
    /// The plan's on_failure steps.
    CleanUp,
}
