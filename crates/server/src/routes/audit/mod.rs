//! The record.

pub mod erase;
pub mod export;
pub mod get;
pub mod list;
pub mod stats;
pub mod verify;

use jiff::Timestamp;
use serde::Deserialize;
use steersman_protocol::{AuditResult, Risk, RunId, SessionId, UserId};
use steersman_runtime::store::AuditFilter;

/// All that is set must match.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Filter {
    risk: Option<Risk>,
    result: Option<AuditResult>,
    plugin: Option<String>,
    /// Id or name of a person; a name also finds sign-ins that failed under it.
    user: Option<String>,
    tool: Option<String>,
    /// Name of a target.
    target: Option<String>,
    session: Option<SessionId>,
    run: Option<RunId>,
    /// A trailing `*` matches the rest: `approval.*`.
    action: Option<String>,
    /// From this time on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Part of the sentence, of a name, of the action or of the first parameters, in either case.
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
            session,
            run,
            action,
            from,
            to,
            q,
        } = filter;
        // A form sends what is empty too.
        let set = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let user = set(user);
        let user_id: Option<UserId> = user.as_deref().and_then(|text| text.parse().ok());
        AuditFilter {
            risk,
            result,
            plugin: set(plugin),
            user: user_id,
            user_name: user.filter(|_| user_id.is_none()),
            tool: set(tool),
            target: set(target),
            session,
            run,
            action: set(action),
            from,
            to,
            text: set(q).map(|text| text.trim().to_owned()),
        }
    }
}
