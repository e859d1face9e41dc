//! Sealed secrets of targets and providers.

use crate::{
    db::{self, Row, values},
    error::{Result, StoreError},
    sealing::{self, Sealed, SecretName},
    store::Store,
    writer::Tx,
};
use secrecy::SecretString;
use std::collections::BTreeMap;
use steersman_protocol::Timestamp;
use uuid::Uuid;

impl Store {
    /// All secrets of an owner, opened. `UnknownKey` or `Tampered` when one does not open.
    pub(crate) async fn secrets(&self, owner_id: String) -> Result<BTreeMap<String, SecretString>> {
        let ring = self.keys();
        self.many("SELECT * FROM credential WHERE owner_id = $1", values![owner_id])
            .await?
            .iter()
            .map(|row| {
                let (name, sealed) = envelope(row)?;
                let secret = sealing::open(&ring, &name, &sealed)?;
                Ok((name.name, secret))
            })
            .collect()
    }
}

impl Tx {
    /// These and no others.
    pub(crate) async fn replace_secrets(
        &mut self,
        owner_id: &str,
        secrets: &BTreeMap<String, SecretString>,
        at: Timestamp,
    ) -> Result<()> {
        self.remove_secrets(owner_id).await?;
        for (name, secret) in secrets {
            self.seal_secret(owner_id, name, secret, at).await?;
        }
        Ok(())
    }

    pub(crate) async fn seal_secret(
        &mut self,
        owner_id: &str,
        name: &str,
        secret: &SecretString,
        at: Timestamp,
    ) -> Result<()> {
        let name = SecretName {
            credential: random_id(at)?,
            owner: owner_id.to_owned(),
            name: name.to_owned(),
        };
        let sealed = sealing::seal(&self.keys(), &name, secret)?;
        db::execute(
            &mut self.connection,
            "INSERT INTO credential (id, owner_id, name, key_id, wrapped_key, sealed) VALUES ($1, $2, $3, $4, $5, $6)",
            values![
                name.credential.to_string(),
                name.owner,
                name.name,
                sealed.key_id,
                sealed.wrapped_key,
                sealed.sealed
            ],
        )
        .await?;
        Ok(())
    }

    /// `NotFound` without one; `UnknownKey` or `Tampered` when it does not open.
    pub(crate) async fn open_secret(&mut self, owner_id: &str, name: &str) -> Result<SecretString> {
        let row = db::row(
            &mut self.connection,
            "SELECT * FROM credential WHERE owner_id = $1 AND name = $2",
            values![owner_id, name],
        )
        .await?;
        let (name, sealed) = envelope(&row.ok_or(StoreError::not_found("secret"))?)?;
        sealing::open(&self.keys(), &name, &sealed)
    }

    pub(crate) async fn remove_secret(&mut self, owner_id: &str, name: &str) -> Result<()> {
        db::execute(
            &mut self.connection,
            "DELETE FROM credential WHERE owner_id = $1 AND name = $2",
            values![owner_id, name],
        )
        .await?;
        Ok(())
    }

    pub(crate) async fn remove_secrets(&mut self, owner_id: &str) -> Result<()> {
        db::execute(
            &mut self.connection,
            "DELETE FROM credential WHERE owner_id = $1",
            values![owner_id],
        )
        .await?;
        Ok(())
    }

    /// Every data key under the ring's current master key. The secrets themselves stay as they are.
    pub(crate) async fn rewrap_secrets(&mut self) -> Result<()> {
        let ring = self.keys();
        for row in db::rows(&mut self.connection, "SELECT * FROM credential", values![]).await? {
            let (name, sealed) = envelope(&row)?;
            let sealed = sealing::rewrap(&ring, &name, &sealed)?;
            db::execute(
                &mut self.connection,
                "UPDATE credential SET key_id = $2, wrapped_key = $3 WHERE id = $1",
                values![name.credential.to_string(), sealed.key_id, sealed.wrapped_key],
            )
            .await?;
        }
        Ok(())
    }
}

fn envelope(row: &Row) -> Result<(SecretName, Sealed)> {
    let name = SecretName {
        credential: row.parsed("id")?,
        owner: row.text("owner_id")?,
        name: row.text("name")?,
    };
    let sealed = Sealed {
        key_id: row.text("key_id")?,
        wrapped_key: row.text("wrapped_key")?,
        sealed: row.text("sealed")?,
    };
    Ok((name, sealed))
}

/// A UUIDv7 of that time, for rows that nobody outside names.
pub(crate) fn random_id(at: Timestamp) -> Result<Uuid> {
    let mut bytes = [0; 10];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::broken("the system gave no random bytes"))?;
    Ok(uuid::Builder::from_unix_timestamp_millis(at.as_millisecond().max(0) as u64, &bytes).into_uuid())
}
