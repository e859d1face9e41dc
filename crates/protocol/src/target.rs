//! Servers and targets.

use crate::{OrganizationId, ServerId, TargetId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A machine with a node on it. The control plane's own machine is the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Server {
    pub id: ServerId,
    pub organization_id: OrganizationId,
    pub name: String,
    /// True for the machine that the control plane itself runs on.
    pub is_control_plane: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: jiff::Timestamp,
}

/// A configured instance of a plugin on a server. Its secrets are sealed elsewhere and never part of this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Target {
    pub id: TargetId,
    pub organization_id: OrganizationId,
    pub server_id: ServerId,
    /// Unique in the organization; what people say: `orders-db`.
    pub name: String,
    pub plugin: String,
    /// `production`, `staging`, `development` or a word of the organization's own. Unset counts as production.
    pub environment: String,
    /// The plugin's settings without secrets.
    #[schema(value_type = Object)]
    pub settings: Value,
    /// Names of the secrets that are set, never their values.
    pub secrets_set: Vec<String>,
    pub is_enabled: bool,
    /// Goes up by one with every edit; an approval for an older revision does not hold.
    pub revision: i64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: jiff::Timestamp,
}

impl Target {
    pub fn to_ref(&self) -> TargetRef {
        TargetRef {
            id: self.id,
            name: self.name.clone(),
            plugin: self.plugin.clone(),
            environment: self.environment.clone(),
            revision: self.revision,
        }
    }
}

/// The target as a plan names it: enough to see later that it is still the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TargetRef {
    pub id: TargetId,
    pub name: String,
    pub plugin: String,
    pub environment: String,
    pub revision: i64,
}

impl TargetRef {
    /// Unset counts as production: the careful reading.
    pub fn is_production(&self) -> bool {
        !matches!(
            self.environment.as_str(),
            "development" | "staging" | "test" | "demo" | "local"
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    Healthy,
    Degraded,
    Down,
}

/// What a look at a target found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Health {
    pub state: HealthState,
    /// One sentence for people.
    pub sentence: String,
    /// Version of the system, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub latency_ms: u64,
    /// Numbers that were cheap to read along the way, at most 24.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
}

/// One number of a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Measurement {
    /// `cpu`, `connections`: the same word at every look.
    pub name: String,
    /// `percent`, `bytes`, `ms`, or empty for a plain count.
    pub unit: String,
    pub value: f64,
}

impl Measurement {
    pub fn new(name: &str, unit: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            value,
        }
    }
}
