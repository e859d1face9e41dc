//! Rules as data: who may do what where, and whether somebody has to be asked.

use crate::{Risk, ToolKind};
use serde::{Deserialize, Serialize};

/// An organization's rules at one revision. Every change of it makes a new revision, and approvals given under an
/// older one no longer hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Policy {
    pub revision: i64,
    /// Critical changes need somebody else than the requester.
    pub four_eyes: bool,
    /// How long a pending approval, and then its grant, may be used.
    pub approval_minutes: u32,
    pub rules: Vec<Rule>,
}

/// One row: when it matches, what it says, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rule {
    /// Stable and short: `ask-high`.
    pub id: String,
    pub when: When,
    pub effect: RuleEffect,
    /// A sentence for the person who is asked or refused.
    pub reason: String,
    /// Cases this rule must and must not match; checked whenever the policy is saved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<RuleExample>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "say")]
pub enum RuleEffect {
    Allow,
    Ask {
        #[serde(default)]
        reason_required: bool,
        #[serde(default)]
        second_person: bool,
    },
    Deny,
    /// Lets matching calls run at once although other rules ask. Only an administrator's rule may say this; it is
    /// named on every decision it makes, and it never overcomes a deny.
    Relax,
}

/// All that is set must match; an empty list or `None` matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct When {
    /// Tool names; a trailing `*` matches the rest: `postgres.*`.
    pub tools: Vec<String>,
    pub kind: Option<ToolKind>,
    pub risk_at_least: Option<Risk>,
    pub risk_at_most: Option<Risk>,
    /// Environment names, as on the target.
    pub environments: Vec<String>,
    /// Target names; a trailing `*` matches the rest.
    pub targets: Vec<String>,
    /// Roles of the requester.
    pub roles: Vec<String>,
}

/// A case with the answer the rule must give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuleExample {
    pub tool: String,
    pub kind: ToolKind,
    pub risk: Risk,
    pub environment: String,
    pub target: String,
    pub role: String,
    pub matches: bool,
}
