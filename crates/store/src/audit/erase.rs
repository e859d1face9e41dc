//! Erasing bodies: the chain stays whole and says which ones went.

use crate::{
    db::{self, values},
    engine,
    error::{Result, StoreError},
    store::Store,
    writer::Tx,
};
use serde_json::json;
use steersman_protocol::{AuditBody, AuditDraft, AuditResult, OrganizationId, RunId, Timestamp, UserId};

/// The store's own action; no draft may use it, and no erasure touches such an entry.
pub(super) const ACTION: &str = "audit.erased";

/// Which bodies: all that is set must match, and something must be set.
#[derive(Clone, Debug, Default)]
pub struct EraseFilter {
    pub user: Option<UserId>,
    pub run: Option<RunId>,
    pub before: Option<Timestamp>,
}

impl Store {
    /// Erases bodies for good (overwritten, also in the write-ahead log) and writes one entry that says by whom, why
    /// (`by`) and which numbers. Returns how many; with none to erase nothing is written.
    ///
    /// `Invalid` when the filter is empty.
    pub async fn erase_audit_bodies(
        &self,
        organization_id: OrganizationId,
        filter: EraseFilter,
        by: AuditBody,
        at: Timestamp,
    ) -> Result<u64> {
        if filter.user.is_none() && filter.run.is_none() && filter.before.is_none() {
            return Err(StoreError::Invalid("an erasure needs a person, a run or a time".into()));
        }
        let erased = self
            .write(move |tx| Box::pin(async move { tx.erase_bodies(organization_id, filter, by, at).await }))
            .await?;
        if erased > 0 {
            self.outside(|tx| Box::pin(engine::empty_log(&mut tx.connection)))
                .await?;
        }
        Ok(erased)
    }
}

impl Tx {
    async fn erase_bodies(
        &mut self,
        organization_id: OrganizationId,
        filter: EraseFilter,
        by: AuditBody,
        at: Timestamp,
    ) -> Result<u64> {
        let numbers = db::rows(
            &mut self.connection,
            "SELECT b.number FROM audit_body b
             JOIN audit_entry e ON e.organization_id = b.organization_id AND e.number = b.number
             WHERE b.organization_id = $1
               AND (CAST($2 AS TEXT) IS NULL OR b.user_id = $2)
               AND (CAST($3 AS TEXT) IS NULL OR e.run_id = $3)
               AND (CAST($4 AS TEXT) IS NULL OR e.at < $4)
               AND e.action <> 'audit.erased'
             ORDER BY b.number",
            values![organization_id, filter.user, filter.run, filter.before],
        )
        .await?
        .iter()
        .map(|row| row.int("number"))
        .collect::<Result<Vec<i64>>>()?;
        for number in &numbers {
            db::execute(
                &mut self.connection,
                "DELETE FROM audit_body WHERE organization_id = $1 AND number = $2",
                values![organization_id, *number],
            )
            .await?;
        }
        if !numbers.is_empty() {
            self.append_entry(at, &draft(organization_id, filter, by, &numbers))
                .await?;
        }
        Ok(numbers.len() as u64)
    }
}

fn draft(organization_id: OrganizationId, filter: EraseFilter, by: AuditBody, numbers: &[i64]) -> AuditDraft {
    let parameters = json!({
        "numbers": ranges(numbers),
        "user": filter.user,
        "run": filter.run,
        "before": filter.before,
    });
    AuditDraft {
        organization_id,
        action: ACTION.to_owned(),
        result: AuditResult::Success,
        risk: None,
        run_id: None,
        execution_id: None,
        body: AuditBody { parameters, ..by },
    }
}

/// Sorted numbers as inclusive ranges: [1, 2, 3, 7] is [(1, 3), (7, 7)].
fn ranges(numbers: &[i64]) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_become_one_range() {
        assert_eq!(ranges(&[]), []);
        assert_eq!(ranges(&[4]), [(4, 4)]);
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), [(1, 3), (7, 7), (9, 10)]);
    }
}
