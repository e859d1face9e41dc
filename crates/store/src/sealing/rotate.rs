//! A new master key for everything, in one transaction.

use super::key::MasterKey;
use crate::{error::Result, store::Store};
use std::sync::Arc;
use steersman_protocol::{AuditDraft, Timestamp};

impl Store {
    /// Puts every data key and every audit head under `new` and uses it from then on. The keys so far stay in this
    /// store's ring as older ones; after the next start they are not needed any more.
    ///
    /// Nothing is changed when one envelope or seal does not fit (`Tampered`, `UnknownKey`).
    pub async fn rotate_key(&self, new: MasterKey, at: Timestamp, audit: AuditDraft) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.pending.new_keys = Some(Arc::new(tx.keys().with_current(new)));
                tx.rewrap_secrets().await?;
                tx.reseal_heads().await?;
                tx.append_audit(at, &audit).await
            })
        })
        .await
    }
}
