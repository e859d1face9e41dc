//! Risk: four levels, judged by effect.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How much harm a call can do. Ordered: `Low < Medium < High < Critical`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Reads; no lock beyond a read; bounded time and rows.
    Low,
    /// Changes that are online and reversible.
    Medium,
    /// Disruptive, costly to undo, or of unknown effect.
    High,
    /// Loses data, locks people out, touches secrets or access, or cannot be undone.
    Critical,
}

impl Risk {
    pub const ALL: [Risk; 4] = [Risk::Low, Risk::Medium, Risk::High, Risk::Critical];

    pub const fn as_str(self) -> &'static str {
        match self {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
            Risk::Critical => "critical",
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Risk {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Risk::ALL
            .into_iter()
            .find(|risk| risk.as_str() == text)
            .ok_or_else(|| format!("\"{text}\" is no risk level; use low, medium, high or critical"))
    }
}
