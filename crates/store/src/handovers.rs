//! Secrets that changes left for a person to see once: sealed until then, forgotten after.

use crate::{
    db::{self, Row, values},
    error::{Result, StoreError},
    store::Store,
    writer::Tx,
};
use secrecy::SecretString;
use steersman_protocol::{AuditDraft, ExecutionId, OrganizationId, RunId, Timestamp};

/// One to be sealed.
#[derive(Clone, Debug)]
pub struct NewSecret {
    pub execution_id: ExecutionId,
    /// Another one of the same call and label is replaced.
    pub label: String,
    pub secret: SecretString,
    pub expires_at: Timestamp,
}

/// One that was left, without what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub execution_id: ExecutionId,
    pub organization_id: OrganizationId,
    pub run_id: RunId,
    pub label: String,
    pub expires_at: Timestamp,
    pub state: HandoverState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandoverState {
    Waiting,
    Ended {
        r#as: HandoverEnd,
        at: Timestamp,
        /// Who saw it, where somebody did.
        by: Option<String>,
    },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverEnd {
    Shown,
    /// Nobody came for it in time.
    Expired,
    /// The change came to nothing.
    Dropped,
}

impl HandoverEnd {
    pub const fn as_str(self) -> &'static str {
        match self {
            HandoverEnd::Shown => "shown",
            HandoverEnd::Expired => "expired",
            HandoverEnd::Dropped => "dropped",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        [HandoverEnd::Shown, HandoverEnd::Expired, HandoverEnd::Dropped]
            .into_iter()
            .find(|end| end.as_str() == text)
            .ok_or_else(|| StoreError::broken(format!("\"{text}\" is no end of a handover")))
    }
}

impl Store {
    /// All that a call left, by label. Not scoped by organization.
    pub async fn handovers(&self, execution_id: ExecutionId) -> Result<Vec<Handover>> {
        self.many(
            "SELECT * FROM handover WHERE execution_id = $1 ORDER BY label",
            values![execution_id],
        )
        .await?
        .iter()
        .map(handover)
        .collect()
    }

    /// Takes out what waits at `at`, with its labels, and forgets it: of several takers one gets it, and it is gone from
    /// the database before that one hears of it. Empty, and without an entry in the audit log, when nothing waits.
    ///
    /// Errors: `UnknownKey` or `Tampered` when one does not open; then all stay.
    pub async fn reveal(
        &self,
        execution_id: ExecutionId,
        by: String,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<Vec<(String, SecretString)>> {
        self.write(move |tx| {
            Box::pin(async move {
                let waiting = db::rows(
                    &mut tx.connection,
                    "SELECT * FROM handover WHERE execution_id = $1 AND ended_as IS NULL AND expires_at > $2
                     ORDER BY label",
                    values![execution_id, at],
                )
                .await?;
                let mut taken = Vec::with_capacity(waiting.len());
                for row in &waiting {
                    let label = row.text("label")?;
                    let secret = tx.open_secret(&execution_id.to_string(), &label).await?;
                    tx.end_handover(execution_id, &label, HandoverEnd::Shown, at, Some(by.clone()))
                        .await?;
                    taken.push((label, secret));
                }
                if !taken.is_empty() {
                    tx.append_audit(at, &audit).await?;
                }
                Ok(taken)
            })
        })
        .await
    }

    /// Those that nobody came for, at most 100.
    pub async fn overdue_handovers(&self, now: Timestamp) -> Result<Vec<Handover>> {
        self.many(
            "SELECT * FROM handover WHERE ended_as IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT 100",
            values![now],
        )
        .await?
        .iter()
        .map(handover)
        .collect()
    }

    /// When the next one that waits is overdue.
    pub async fn next_handover_expiry(&self) -> Result<Option<Timestamp>> {
        self.one(
            "SELECT expires_at FROM handover WHERE ended_as IS NULL ORDER BY expires_at LIMIT 1",
            values![],
        )
        .await?
        .map(|row| row.parsed("expires_at"))
        .transpose()
    }

    /// Forgets one that nobody came for. `NotFound`, and no entry, when it has ended meanwhile.
    pub async fn expire_handover(
        &self,
        execution_id: ExecutionId,
        label: String,
        at: Timestamp,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let changed = tx
                    .end_handover(execution_id, &label, HandoverEnd::Expired, at, None)
                    .await?;
                tx.audited(changed, "secret", at, &audit).await
            })
        })
        .await
    }
}

impl Tx {
    pub(crate) async fn seal_handover(
        &mut self,
        organization_id: OrganizationId,
        run_id: RunId,
        new: &NewSecret,
        at: Timestamp,
    ) -> Result<()> {
        let owner = new.execution_id.to_string();
        self.remove_secret(&owner, &new.label).await?;
        self.seal_secret(&owner, &new.label, &new.secret, at).await?;
        db::execute(
            &mut self.connection,
            "INSERT INTO handover (execution_id, label, organization_id, run_id, left_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (execution_id, label) DO UPDATE SET left_at = excluded.left_at,
             expires_at = excluded.expires_at",
            values![
                new.execution_id,
                &new.label,
                organization_id,
                run_id,
                at,
                new.expires_at
            ],
        )
        .await?;
        Ok(())
    }

    /// The audit entries of it are those of the call's end.
    pub(crate) async fn forget_handovers(&mut self, execution_id: ExecutionId, at: Timestamp) -> Result<()> {
        self.remove_secrets(&execution_id.to_string()).await?;
        db::execute(
            &mut self.connection,
            "UPDATE handover SET ended_as = $2, ended_at = $3 WHERE execution_id = $1 AND ended_as IS NULL",
            values![execution_id, HandoverEnd::Dropped.as_str(), at],
        )
        .await?;
        Ok(())
    }

    async fn end_handover(
        &mut self,
        execution_id: ExecutionId,
        label: &str,
        end: HandoverEnd,
        at: Timestamp,
        by: Option<String>,
    ) -> Result<u64> {
        self.remove_secret(&execution_id.to_string(), label).await?;
        db::execute(
            &mut self.connection,
            "UPDATE handover SET ended_as = $3, ended_at = $4, ended_by = $5
             WHERE execution_id = $1 AND label = $2 AND ended_as IS NULL",
            values![execution_id, label, end.as_str(), at, by],
        )
        .await
    }
}

fn handover(row: &Row) -> Result<Handover> {
    let state = match row.text_if_set("ended_as")? {
        None => HandoverState::Waiting,
        Some(end) => HandoverState::Ended {
            r#as: HandoverEnd::parse(&end)?,
            at: row.parsed("ended_at")?,
            by: row.text_if_set("ended_by")?,
        },
    };
    Ok(Handover {
        execution_id: row.parsed("execution_id")?,
        organization_id: row.parsed("organization_id")?,
        run_id: row.parsed("run_id")?,
        label: row.text("label")?,
        expires_at: row.parsed("expires_at")?,
        state,
    })
}
