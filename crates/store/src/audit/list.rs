//! Reading entries.

use crate::{
    db::{Row, values},
    error::Result,
    page::PageRequest,
    store::Store,
};
use steersman_protocol::{AuditEntry, AuditResult, OrganizationId, Page, Risk, RunId, Timestamp, UserId};

/// What is not set matches everything. Filters on who and what see only bodies that are not erased.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub risk: Option<Risk>,
    pub result: Option<AuditResult>,
    pub plugin: Option<String>,
    pub user: Option<UserId>,
    pub tool: Option<String>,
    /// A target's name.
    pub target: Option<String>,
    pub run: Option<RunId>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Occurs in the action or anywhere in the body; ASCII letters match in either case.
    pub text: Option<String>,
}

impl Store {
    /// Newest first. An export is all pages of it.
    pub async fn audit(
        &self,
        organization_id: OrganizationId,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditEntry>> {
        let rows = self
            .many(
                "SELECT e.*, b.body FROM audit_entry e
                 LEFT JOIN audit_body b ON b.organization_id = e.organization_id AND b.number = e.number
                 WHERE e.organization_id = $1
                   AND (CAST($2 AS BIGINT) IS NULL OR e.number < $2)
                   AND (CAST($3 AS TEXT) IS NULL OR e.risk = $3)
                   AND (CAST($4 AS TEXT) IS NULL OR e.result = $4)
                   AND (CAST($5 AS TEXT) IS NULL OR b.plugin = $5)
                   AND (CAST($6 AS TEXT) IS NULL OR b.user_id = $6)
                   AND (CAST($7 AS TEXT) IS NULL OR b.tool = $7)
                   AND (CAST($8 AS TEXT) IS NULL OR b.target = $8)
                   AND (CAST($9 AS TEXT) IS NULL OR e.run_id = $9)
                   AND (CAST($10 AS TEXT) IS NULL OR e.at >= $10)
                   AND (CAST($11 AS TEXT) IS NULL OR e.at < $11)
                   AND (CAST($12 AS TEXT) IS NULL OR LOWER(e.action) LIKE $12 ESCAPE '\\' OR LOWER(b.body) LIKE $12 ESCAPE '\\')
                 ORDER BY e.number DESC
                 LIMIT $13",
                values![
                    organization_id,
                    request.after_number()?,
                    filter.risk.map(Risk::as_str),
                    filter.result.map(AuditResult::as_str),
                    filter.plugin,
                    filter.user,
                    filter.tool,
                    filter.target,
                    filter.run,
                    filter.from,
                    filter.to,
                    filter.text.as_deref().map(pattern),
                    request.rows()
                ],
            )
            .await?;
        request.page(rows, entry, |entry| entry.number.to_string())
    }
}

fn pattern(text: &str) -> String {
    let literal = text
        .to_lowercase()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{literal}%")
}

fn entry(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.parsed("id")?,
        number: row.int("number")?,
        at: row.parsed("at")?,
        organization_id: row.parsed("organization_id")?,
        action: row.text("action")?,
        result: result(&row.text("result")?)?,
        risk: row.parsed_if_set("risk")?,
        run_id: row.parsed_if_set("run_id")?,
        execution_id: row.parsed_if_set("execution_id")?,
        previous_hash: row.text("previous_hash")?,
        hash: row.text("hash")?,
        body: row.json_if_set("body")?,
    })
}

fn result(text: &str) -> Result<AuditResult> {
    serde_json::from_value(text.into()).map_err(crate::error::StoreError::broken)
}
