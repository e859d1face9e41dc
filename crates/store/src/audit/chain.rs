//! What is hashed, and how the end of a chain is sealed.

use crate::{
    error::{Result, StoreError},
    sealing::{KeyRing, MasterKey},
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use serde::Serialize;
use steersman_protocol::{OrganizationId, canonical_json, sha256_hex};

/// Comes before the first entry.
pub(crate) fn no_hash() -> String {
    "0".repeat(64)
}

/// What an entry's hash covers, as written in the database. SHA-256 over its canonical JSON, hex.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Header {
    pub id: String,
    pub number: i64,
    pub at: String,
    pub organization_id: String,
    pub action: String,
    pub result: String,
    pub risk: Option<String>,
    pub run_id: Option<String>,
    pub execution_id: Option<String>,
    pub body_digest: String,
    pub previous_hash: String,
}

impl Header {
    pub fn hash(&self) -> String {
        sha256_hex(canonical_json(self).as_bytes())
    }
}

/// SHA-256 over salt (hex, as text) and body (JSON, byte for byte as stored), hex. Without the salt, which goes with the
/// body, nobody can find out by trying what was erased.
pub(crate) fn body_digest(salt: &str, body: &str) -> String {
    sha256_hex([salt.as_bytes(), body.as_bytes()].concat().as_slice())
}

/// Number and hash of a chain's last entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub number: i64,
    pub hash: String,
}

impl Head {
    pub fn first() -> Self {
        Self {
            number: 0,
            hash: no_hash(),
        }
    }

    /// HMAC-SHA-256 under the audit key of the ring's current master key, hex.
    pub fn seal(&self, ring: &KeyRing, organization_id: OrganizationId) -> String {
        self.tag(&ring.current, organization_id)
    }

    /// `UnknownKey` without the key, `Tampered` when the seal does not fit.
    pub fn check(&self, ring: &KeyRing, organization_id: OrganizationId, key_id: &str, seal: &str) -> Result<()> {
        let tag = self.tag(ring.find(key_id)?, organization_id);
        verify_slices_are_equal(tag.as_bytes(), seal.as_bytes()).map_err(|_| {
            StoreError::Tampered(format!(
                "the seal over the end of the audit log (entry {}) does not fit: the end was changed by hand",
                self.number
            ))
        })
    }

    fn tag(&self, key: &MasterKey, organization_id: OrganizationId) -> String {
        let text = canonical_json(&(organization_id, self.number, &self.hash));
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.audit_key().as_ref());
        crate::sealing::hex(hmac::sign(&key, text.as_bytes()).as_ref())
    }
}
