//! Statuses, with the words of the wire.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! status {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $text),* } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.as_str()) }
        }
        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($text => Ok($name::$variant),)* other => Err(format!(concat!("\"{}\" is no ", stringify!($name)), other)) }
            }
        }
    };
}

status! {
    /// Where a run stands.
    RunStatus {
        Pending = "pending",
        Planning = "planning",
        WaitingApproval = "waiting_approval",
        Executing = "executing",
        Verifying = "verifying",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl RunStatus {
    /// True when nothing more will happen in this run.
    pub const fn is_over(self) -> bool {
        matches!(self, RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled)
    }
}

status! {
    /// Where one tool call stands, as people see it.
    ExecutionStatus {
        /// Being planned or judged, or waiting for a person.
        Pending = "pending",
        Approved = "approved",
        /// Refused: by a person, by a rule, by expiry or by cancellation before it began.
        Rejected = "rejected",
        Executing = "executing",
        Completed = "completed",
        Failed = "failed",
        /// A crash left the outcome open and verification could not tell.
        Unknown = "unknown",
    }
}

impl ExecutionStatus {
    /// True when nothing more will happen in this call.
    pub const fn is_over(self) -> bool {
        match self {
            ExecutionStatus::Pending | ExecutionStatus::Approved | ExecutionStatus::Executing => false,
            ExecutionStatus::Rejected
            | ExecutionStatus::Completed
            | ExecutionStatus::Failed
            | ExecutionStatus::Unknown => true,
        }
    }
}

status! {
    /// Where an approval stands.
    ApprovalStatus {
        Pending = "pending",
        Approved = "approved",
        Rejected = "rejected",
        Expired = "expired",
        Cancelled = "cancelled",
    }
}

status! {
    /// Whether a chat session is in use.
    SessionStatus {
        Active = "active",
        Archived = "archived",
    }
}
