//! Writing entries.

use super::{
    chain::{Head, Header, body_digest},
    search_text,
};
use crate::{
    credentials::random_id,
    db::{self, json_text, time_text, values},
    error::{Result, StoreError},
    sealing::hex,
    store::Store,
    writer::Tx,
};
use steersman_protocol::{AuditDraft, OrganizationId, Timestamp};

impl Store {
    /// For what happens outside of a run and changes nothing here: a refused login, a read export.
    pub async fn append_audit(&self, at: Timestamp, drafts: Vec<AuditDraft>) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                for draft in &drafts {
                    tx.append_audit(at, draft).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

impl Tx {
    /// Adds an entry to its organization's chain. The head is written once, at the end of the group.
    ///
    /// `audit.erased` is the store's own action: `Invalid`.
    /// `Tampered`, and no entry, when the end of the chain was changed by hand: going on would seal that in.
    pub(crate) async fn append_audit(&mut self, at: Timestamp, draft: &AuditDraft) -> Result<()> {
        match draft.action.as_str() {
            super::erase::ACTION => Err(StoreError::Invalid("only an erasure writes audit.erased".into())),
            _ => self.append_entry(at, draft).await,
        }
    }

    pub(super) async fn append_entry(&mut self, at: Timestamp, draft: &AuditDraft) -> Result<()> {
        let head = self.head(draft.organization_id).await?;
        let salt = salt()?;
        let body = json_text(&draft.body)?;
        let header = Header {
            id: random_id(at)?.to_string(),
            number: head.number + 1,
            at: time_text(at),
            organization_id: draft.organization_id.to_string(),
            action: draft.action.clone(),
            result: draft.result.as_str().to_owned(),
            risk: draft.risk.map(|risk| risk.as_str().to_owned()),
            run_id: draft.run_id.map(|id| id.to_string()),
            execution_id: draft.execution_id.map(|id| id.to_string()),
            body_digest: body_digest(&salt, &body),
            previous_hash: head.hash,
        };
        let head = Head {
            number: header.number,
            hash: header.hash(),
        };
        self.insert_entry(header, &head.hash).await?;
        self.insert_body(draft, head.number, salt, body).await?;
        self.pending.heads.insert(draft.organization_id, head);
        Ok(())
    }

    async fn insert_entry(&mut self, header: Header, hash: &str) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO audit_entry
             (organization_id, number, id, at, action, result, risk, run_id, execution_id, body_digest, previous_hash,
              hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            values![
                header.organization_id,
                header.number,
                header.id,
                header.at,
                header.action,
                header.result,
                header.risk,
                header.run_id,
                header.execution_id,
                header.body_digest,
                header.previous_hash,
                hash
            ],
        )
        .await?;
        Ok(())
    }

    async fn insert_body(&mut self, draft: &AuditDraft, number: i64, salt: String, body: String) -> Result<()> {
        db::execute(
            &mut self.connection,
            "INSERT INTO audit_body (organization_id, number, salt, user_id, user_name, tool, target, plugin, body, search_text)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                draft.organization_id,
                number,
                salt,
                draft.body.user_id,
                &draft.body.user_name,
                draft.body.tool.as_deref(),
                draft.body.target.as_deref(),
                draft.body.plugin.as_deref(),
                body,
                search_text(draft)
            ],
        )
        .await?;
        Ok(())
    }

    /// An empty chain with a sealed head, so that a chain that vanished is missed.
    pub(crate) async fn begin_chain(&mut self, organization_id: OrganizationId) -> Result<()> {
        let head = self.head(organization_id).await?;
        self.pending.heads.insert(organization_id, head);
        Ok(())
    }

    /// The end of the chain, its seal checked; the first of a group reads it, the others remember it.
    async fn head(&mut self, organization_id: OrganizationId) -> Result<Head> {
        if let Some(head) = self.pending.heads.get(&organization_id) {
            return Ok(head.clone());
        }
        let row = db::row(
            &mut self.connection,
            "SELECT * FROM audit_head WHERE organization_id = $1",
            values![organization_id],
        )
        .await?;
        let Some(row) = row else {
            return self.first_head(organization_id).await;
        };
        let head = Head {
            number: row.int("number")?,
            hash: row.text("hash")?,
        };
        head.check(&self.keys(), organization_id, &row.text("key_id")?, &row.text("seal")?)?;
        Ok(head)
    }

    async fn first_head(&mut self, organization_id: OrganizationId) -> Result<Head> {
        let entry = db::row(
            &mut self.connection,
            "SELECT number FROM audit_entry WHERE organization_id = $1 LIMIT 1",
            values![organization_id],
        )
        .await?;
        match entry {
            None => Ok(Head::first()),
            Some(_) => Err(StoreError::Tampered(
                "the sealed end of the audit log is missing".into(),
            )),
        }
    }

    /// Part of every group's end.
    pub(crate) async fn write_heads(&mut self) -> Result<()> {
        let ring = self.keys();
        for (organization_id, head) in self.pending.heads.clone() {
            db::execute(
                &mut self.connection,
                "INSERT INTO audit_head (organization_id, number, hash, key_id, seal) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (organization_id) DO UPDATE
                 SET number = excluded.number, hash = excluded.hash, key_id = excluded.key_id, seal = excluded.seal",
                values![
                    organization_id,
                    head.number,
                    &head.hash,
                    ring.current.id(),
                    head.seal(&ring, organization_id)
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// Has every head sealed anew at the group's end, after checking its present seal.
    pub(crate) async fn reseal_heads(&mut self) -> Result<()> {
        let rows = db::rows(
            &mut self.connection,
            "SELECT organization_id FROM audit_head",
            values![],
        )
        .await?;
        for row in rows {
            self.begin_chain(row.parsed("organization_id")?).await?;
        }
        Ok(())
    }
}

fn salt() -> Result<String> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::broken("the system gave no random bytes"))?;
    Ok(hex(&bytes))
}
