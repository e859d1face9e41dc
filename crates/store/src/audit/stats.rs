//! Counts for an overview.

use crate::{
    db::{Row, values},
    error::Result,
    store::Store,
};
use std::collections::BTreeMap;
use steersman_protocol::OrganizationId;

/// How many entries there are of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditStats {
    pub entries: i64,
    /// Entries without a risk are not counted here.
    pub by_risk: BTreeMap<String, i64>,
    pub by_result: BTreeMap<String, i64>,
    /// The last 30 days that have entries, as `2026-11-21` (UTC).
    pub by_day: BTreeMap<String, i64>,
    /// The ten most used, most used first; from bodies that are not erased.
    pub top_tools: Vec<(String, i64)>,
}

impl Store {
    pub async fn audit_stats(&self, organization_id: OrganizationId) -> Result<AuditStats> {
        let mut reader = self.reader().await?;
        let results = reader
            .rows(
                "SELECT result AS name, COUNT(*) AS entries FROM audit_entry WHERE organization_id = $1 GROUP BY result",
                values![organization_id],
            )
            .await?;
        let risks = reader
            .rows(
                "SELECT risk AS name, COUNT(*) AS entries FROM audit_entry
                 WHERE organization_id = $1 AND risk IS NOT NULL GROUP BY risk",
                values![organization_id],
            )
            .await?;
        let days = reader
            .rows(
                "SELECT SUBSTR(at, 1, 10) AS name, COUNT(*) AS entries FROM audit_entry
                 WHERE organization_id = $1 GROUP BY SUBSTR(at, 1, 10) ORDER BY name DESC LIMIT 30",
                values![organization_id],
            )
            .await?;
        let tools = reader
            .rows(
                "SELECT tool AS name, COUNT(*) AS entries FROM audit_body
                 WHERE organization_id = $1 AND tool IS NOT NULL
                 GROUP BY tool ORDER BY entries DESC, name LIMIT 10",
                values![organization_id],
            )
            .await?;
        let by_result: BTreeMap<String, i64> = counts(&results)?;
        Ok(AuditStats {
            entries: by_result.values().sum(),
            by_risk: counts(&risks)?,
            by_result,
            by_day: counts(&days)?,
            top_tools: counts(&tools)?,
        })
    }
}

fn counts<T: FromIterator<(String, i64)>>(rows: &[Row]) -> Result<T> {
    rows.iter()
        .map(|row| Ok((row.text("name")?, row.int("entries")?)))
        .collect()
}
