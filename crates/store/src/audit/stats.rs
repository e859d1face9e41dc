//! Counts for an overview.

use super::list::span_of;
use crate::{
    db::{Row, values},
    error::Result,
    store::Store,
};
use std::collections::BTreeMap;
use steersman_protocol::{OrganizationId, Timestamp};

/// Names that a top list holds at most.
const MOST: i64 = 20;

/// How many entries there are of each kind in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditStats {
    pub entries: i64,
    pub by_result: BTreeMap<String, i64>,
    /// Entries without a risk are not counted here.
    pub by_risk: BTreeMap<String, i64>,
    /// The 20 most frequent, most frequent first; so are tools and users.
    pub by_action: Vec<(String, i64)>,
    /// From bodies that are not erased; so are users.
    pub by_tool: Vec<(String, i64)>,
    pub by_user: Vec<(String, i64)>,
    /// Days that have entries, as `2026-11-21` (UTC), each with its counts by result.
    pub days: BTreeMap<String, BTreeMap<String, i64>>,
}

impl Store {
    /// From `from` on and before `to`. Reads every entry between.
    pub async fn audit_stats(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<AuditStats> {
        let mut reader = self.reader().await?;
        let span = span_of(&mut reader, organization_id, Some(from), Some(to)).await?;
        let between = || values![organization_id, span.floor, span.ceiling, from, to, MOST];
        let headers = reader
            .rows(
                "SELECT SUBSTR(at, 1, 10) AS day, result, risk, action, COUNT(*) AS entries FROM audit_entry
                 WHERE organization_id = $1 AND at >= $4 AND at < $5
                 GROUP BY SUBSTR(at, 1, 10), result, risk, action",
                between(),
            )
            .await?;
        // By number alone, so that an index answers: at the edges of the span a few neighbours in time may count too.
        let tools = reader
            .rows(
                "SELECT tool AS name, COUNT(*) AS entries FROM audit_body
                 WHERE organization_id = $1 AND tool IS NOT NULL AND +number > $2 AND +number < $3
                 GROUP BY tool ORDER BY entries DESC, name LIMIT $6",
                between(),
            )
            .await?;
        let users = reader
            .rows(
                "SELECT user_name AS name, COUNT(*) AS entries FROM audit_body
                 WHERE organization_id = $1 AND user_name IS NOT NULL AND +number > $2 AND +number < $3
                 GROUP BY user_name ORDER BY entries DESC, name LIMIT $6",
                between(),
            )
            .await?;
        let mut stats = AuditStats::default();
        let mut actions: BTreeMap<String, i64> = BTreeMap::new();
        for row in &headers {
            let entries = row.int("entries")?;
            stats.entries += entries;
            let result = row.text("result")?;
            let day = stats.days.entry(row.text("day")?).or_default();
            *day.entry(result.clone()).or_default() += entries;
            *stats.by_result.entry(result).or_default() += entries;
            if let Some(risk) = row.text_if_set("risk")? {
                *stats.by_risk.entry(risk).or_default() += entries;
            }
            *actions.entry(row.text("action")?).or_default() += entries;
        }
        let mut by_action: Vec<(String, i64)> = actions.into_iter().collect();
        by_action.sort_by_key(|(_, entries)| std::cmp::Reverse(*entries));
        by_action.truncate(MOST as usize);
        Ok(AuditStats {
            by_action,
            by_tool: counts(&tools)?,
            by_user: counts(&users)?,
            ..stats
        })
    }
}

fn counts(rows: &[Row]) -> Result<Vec<(String, i64)>> {
    rows.iter()
        .map(|row| Ok((row.text("name")?, row.int("entries")?)))
        .collect()
}
