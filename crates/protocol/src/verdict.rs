//! What the judge said, and by which rules.

use crate::Risk;
use serde::{Deserialize, Serialize};

/// Ordered by strictness: `Allow < Ask < Deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Allow,
    Ask,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MatchedRule {
    pub id: String,
    pub decision: Decision,
    pub reason: String,
}

/// Allow, ask or deny; every rule that matched; the strictest wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verdict {
    pub decision: Decision,
    pub risk: Risk,
    /// Why the risk is what it is: the floor and each fact that raised it.
    pub risk_reasons: Vec<String>,
    pub rules: Vec<MatchedRule>,
    /// The person who approves must write why.
    pub reason_required: bool,
    /// The requester may not be the one who approves.
    pub second_person: bool,
    pub policy_revision: i64,
}
