//! Who asks, from where, with which rights.

use crate::{OrganizationId, UserId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// One right, as `area:verb`. A role's entry may end in `*` (`postgres:*`) or be `*`.
///
/// Tools name theirs as `<plugin>:read` or `<plugin>:change`; the fixed ones are the constants below.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Permission(pub String);

impl Permission {
    pub const CHAT: &'static str = "ai:chat";
    pub const APPROVE: &'static str = "approval:decide";
    pub const AUDIT_READ: &'static str = "audit:read";
    pub const TARGET_READ: &'static str = "target:read";
    pub const TARGET_MANAGE: &'static str = "target:manage";
    pub const POLICY_READ: &'static str = "policy:read";
    pub const POLICY_MANAGE: &'static str = "policy:manage";
    pub const USER_MANAGE: &'static str = "user:manage";
    pub const PROVIDER_MANAGE: &'static str = "provider:manage";

    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// True when holding `self` (which may end in `*`) gives the right `needed`.
    pub fn gives(&self, needed: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => needed.starts_with(prefix),
            None => self.0 == needed,
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The built-in roles. Custom roles are a later feature; a person holds one role per organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Reads, changes (through approvals), decides approvals.
    Operator,
    /// Reads and proposes changes; cannot decide approvals.
    Developer,
    /// Reads only.
    Viewer,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Owner, Role::Operator, Role::Developer, Role::Viewer];

    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Operator => "operator",
            Role::Developer => "developer",
            Role::Viewer => "viewer",
        }
    }

    /// The rights of the role; an entry may end in `*`.
    pub fn permissions(self) -> BTreeSet<Permission> {
        let list: &[&str] = match self {
            Role::Owner => &["*"],
            Role::Operator => &[
                Permission::CHAT,
                Permission::APPROVE,
                Permission::AUDIT_READ,
                Permission::TARGET_READ,
                Permission::POLICY_READ,
                "tool:*",
            ],
            Role::Developer => &[
                Permission::CHAT,
                Permission::TARGET_READ,
                Permission::POLICY_READ,
                "tool:*",
            ],
            Role::Viewer => &[Permission::CHAT, Permission::TARGET_READ, "tool:read:*"],
        };
        list.iter().map(|text| Permission::new(*text)).collect()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("\"{text}\" is no role; use owner, operator, developer or viewer"))
    }
}

/// The door a request came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    Page,
    Api,
    CommandLine,
    Schedule,
}

/// The person behind a command, with what the audit log keeps of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Actor {
    pub user_id: UserId,
    pub name: String,
    pub organization_id: OrganizationId,
    pub role: Role,
    pub face: Face,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_agent: Option<String>,
}

impl Actor {
    /// True when the actor's role gives this right.
    pub fn may(&self, permission: &str) -> bool {
        self.role.permissions().iter().any(|held| held.gives(permission))
    }
}
