//! Which entries are wanted, and which index finds them.

use super::search_pattern;
use crate::{
    db::{Value, values},
    error::Result,
    readers::Reader,
};
use steersman_protocol::{AuditResult, OrganizationId, Risk, RunId, SessionId, Timestamp, UserId};

/// What is not set matches everything. Filters on who and what see only bodies that are not erased.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub risk: Option<Risk>,
    pub result: Option<AuditResult>,
    pub plugin: Option<String>,
    pub user: Option<UserId>,
    /// Also finds sign-ins that failed under this name.
    pub user_name: Option<String>,
    pub tool: Option<String>,
    /// A target's name.
    pub target: Option<String>,
    pub session: Option<SessionId>,
    pub run: Option<RunId>,
    /// A trailing `*` matches the rest: `approval.*`.
    pub action: Option<String>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Occurs in the action, a name, the sentence or the beginning of the parameters, in either case.
    pub text: Option<String>,
}

/// A filter that an index answers, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    Action,
    Result,
    Risk,
    User,
    Tool,
    Target,
}

/// From a filter with this many entries or fewer, all of them are looked at; the other filters cost nothing then.
pub(super) const FEW: i64 = 5_000;

/// Between these numbers, both excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub floor: i64,
    pub ceiling: i64,
}

impl AuditFilter {
    /// `$1` and `$4` to `$15` of the statements in `list.rs`; the span is `$2` and `$3`.
    pub(super) fn values(&self, organization_id: OrganizationId, span: Span, rows: i64) -> Vec<Value> {
        let action = self.action.as_deref();
        let prefix = action.and_then(|action| action.strip_suffix('*'));
        values![
            organization_id,
            span.ceiling,
            span.floor,
            self.risk.map(Risk::as_str),
            self.result.map(AuditResult::as_str),
            self.plugin.as_deref(),
            self.user,
            self.tool.as_deref(),
            self.target.as_deref(),
            self.run,
            self.session,
            action.filter(|_| prefix.is_none()),
            self.from,
            self.to,
            self.text.as_deref().map(search_pattern),
            rows,
            self.user_name.as_deref(),
            prefix.map(|prefix| super::escaped(prefix) + "%")
        ]
    }

    /// Filters that an index answers, each with its value.
    pub(super) fn leads(&self) -> Vec<(Lead, String)> {
        let rare = |result: &AuditResult| match result {
            AuditResult::Failure | AuditResult::Rejected | AuditResult::Unknown => true,
            AuditResult::Intended | AuditResult::Success => false,
        };
        let action = self.action.as_ref().filter(|action| !action.ends_with('*'));
        [
            (Lead::Target, self.target.clone()),
            (Lead::Tool, self.tool.clone()),
            (Lead::User, self.user_name.clone()),
            (Lead::Action, action.cloned()),
            (
                Lead::Result,
                self.result.filter(rare).map(|result| result.as_str().to_owned()),
            ),
            (
                Lead::Risk,
                self.risk
                    .filter(|risk| *risk >= Risk::High)
                    .map(|risk| risk.as_str().to_owned()),
            ),
        ]
        .into_iter()
        .filter_map(|(lead, value)| Some((lead, value?)))
        .collect()
    }

    /// How many conditions there are that are not about time.
    pub(super) fn conditions(&self) -> usize {
        [
            self.risk.is_some(),
            self.result.is_some(),
            self.plugin.is_some(),
            self.user.is_some() || self.user_name.is_some(),
            self.tool.is_some(),
            self.target.is_some(),
            self.session.is_some(),
            self.run.is_some(),
            self.action.is_some(),
            self.text.is_some(),
        ]
        .into_iter()
        .filter(|is_set| *is_set)
        .count()
    }
}

impl Lead {
    /// How many entries it has in a span, counted to [`FEW`] + 1.
    pub async fn count(
        self,
        reader: &mut Reader,
        organization_id: OrganizationId,
        value: &str,
        span: Span,
    ) -> Result<i64> {
        let sql = match self {
            Lead::Action => {
                "SELECT COUNT(*) AS entries FROM (SELECT 1 AS one FROM audit_entry
                 WHERE organization_id = $1 AND action = $2 AND number < $3 AND number > $4 LIMIT $5) found"
            }
            Lead::Result => {
                "SELECT COUNT(*) AS entries FROM (SELECT 1 AS one FROM audit_entry
                 WHERE organization_id = $1 AND result = $2 AND result IN ('failure', 'rejected', 'unknown')
                   AND number < $3 AND number > $4 LIMIT $5) found"
            }
            Lead::Risk => {
                "SELECT COUNT(*) AS entries FROM (SELECT 1 AS one FROM audit_entry
                 WHERE organization_id = $1 AND risk = $2 AND risk IN ('high', 'critical')
                   AND number < $3 AND number > $4 LIMIT $5) found"
            }
            Lead::User => {
                "SELECT COUNT(*) AS entries FROM (SELECT 1 AS one FROM audit_body
                 WHERE organization_id = $1 AND user_name = $2 AND number < $3 AND number > $4 LIMIT $5) found"
            }
            Lead::Tool => {
                "SELECT COUNT(*) AS entries FROM (SELECT 1 AS one FROM audit_body
                 WHERE organization_id = $1 AND tool = $2 AND number < $3 AND number > $4 LIMIT $5) found"
            }
            Lead::Target => {
                "SELECT COUNT(*) AS entries FROM (SELECT 1 AS one FROM audit_body
                 WHERE organization_id = $1 AND target = $2 AND number < $3 AND number > $4 LIMIT $5) found"
            }
        };
        let row = reader
            .row(sql, values![organization_id, value, span.ceiling, span.floor, FEW + 1])
            .await?;
        row.map_or(Ok(0), |row| row.int("entries"))
    }
}
