//! The record.

pub mod erase;
pub mod export;
pub mod list;
pub mod stats;
pub mod verify;

use jiff::Timestamp;
use serde::Deserialize;
use steersman_protocol::{AuditResult, Risk, RunId, UserId};
use steersman_runtime::store::AuditFilter;

/// All that is set must match.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Filter {
    risk: Option<Risk>,
    result: Option<AuditResult>,
    plugin: Option<String>,
    user: Option<UserId>,
    tool: Option<String>,
    target: Option<String>,
    run: Option<RunId>,
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Part of the sentence or of a name.
    q: Option<String>,
}

impl From<Filter> for AuditFilter {
    fn from(filter: Filter) -> Self {
        let Filter {
            risk,
            result,
            plugin,
            user,
            tool,
            target,
            run,
            from,
            to,
            q,
        } = filter;
        AuditFilter {
            risk,
            result,
            plugin,
            user,
            tool,
            target,
            run,
            from,
            to,
            text: q,
        }
    }
}
