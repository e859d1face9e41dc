//! What an approval is for: one digest over canonical JSON.

use serde::{Deserialize, Serialize};
use std::fmt;

/// SHA-256 over RFC 8785 canonical JSON, in lower-case hex (64 characters).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Digest(String);

impl Digest {
    /// The digest of any serialisable value. Two values with equal canonical JSON have equal digests.
    pub fn of<T: Serialize>(value: &T) -> Self {
        Self(sha256_hex(canonical_json(value).as_bytes()))
    }

    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
            .then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 8785 canonical JSON (sorted keys, shortest numbers, no white space).
///
/// Numbers beyond 2^53 lose precision as the RFC says; carry such values as strings.
pub fn canonical_json<T: Serialize>(value: &T) -> String {
    // Our types have string keys and no NaN: the only reasons why this can fail.
    serde_json_canonicalizer::to_string(value).expect("a protocol value is always JSON")
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
