//! The master key, which never enters the database.

use crate::error::{Result, StoreError};
use aws_lc_rs::{
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand::{SecureRandom, SystemRandom},
};
use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use std::{fmt, path::PathBuf};
use steersman_protocol::Problem;
use zeroize::Zeroizing;

/// The key for everything new, and older ones that some of the database may still be under.
#[derive(Clone, Debug)]
pub struct KeyRing {
    pub current: MasterKey,
    pub older: Vec<MasterKey>,
}

impl KeyRing {
    pub fn new(current: MasterKey) -> Self {
        Self {
            current,
            older: Vec::new(),
        }
    }

    pub(crate) fn find(&self, id: &str) -> Result<&MasterKey> {
        std::iter::once(&self.current)
            .chain(&self.older)
            .find(|key| key.id == id)
            .ok_or_else(|| StoreError::UnknownKey { key_id: id.to_owned() })
    }

    /// This ring with a new current key; what was current becomes an older one.
    pub(crate) fn with_current(&self, new: MasterKey) -> Self {
        let older = std::iter::once(&self.current).chain(&self.older);
        Self {
            older: older.filter(|key| key.id != new.id).cloned().collect(),
            current: new,
        }
    }
}

/// 32 bytes that all secrets of a database depend on. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    id: String,
}

impl MasterKey {
    pub fn generate() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        SystemRandom::new()
            .fill(bytes.as_mut())
            .map_err(|_| KeyError::NoRandomness)?;
        Ok(Self::from_bytes(bytes))
    }

    /// 64 hexadecimal digits, or base64 (either alphabet, padded or not) of 32 bytes. White space around is ignored.
    pub fn from_env_text(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let decoded = from_hex(text)
            .or_else(|| from_base64(text))
            .ok_or(KeyError::Malformed)?;
        let bytes: [u8; 32] = decoded.as_slice().try_into().map_err(|_| KeyError::Malformed)?;
        Ok(Self::from_bytes(Zeroizing::new(bytes)))
    }

    fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let id = derive(&bytes, b"steersman key id v1");
        Self {
            id: hex(&id[..8]),
            bytes,
        }
    }

    /// Tells keys apart without telling anything about them: 16 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// 64 hexadecimal digits, for a key file.
    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.bytes.as_ref()))
    }

    pub(crate) fn wrapping_key(&self) -> Zeroizing<[u8; 32]> {
        derive(&self.bytes, b"steersman credential wrapping v1")
    }

    pub(crate) fn audit_key(&self) -> Zeroizing<[u8; 32]> {
        derive(&self.bytes, b"steersman audit head v1")
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// A key for one purpose (HKDF-SHA256, RFC 5869), so that no two uses share key material.
fn derive(master: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    struct Bytes32;
    impl KeyType for Bytes32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut derived = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, b"steersman")
        .extract(master)
        .expand(&[purpose], Bytes32)
        .and_then(|material| material.fill(derived.as_mut()))
        .expect("32 bytes are within what HKDF-SHA256 can expand to");
    derived
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..32)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok())
        .collect::<Option<Vec<u8>>>()
        .map(Zeroizing::new)
}

fn from_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok())
        .map(Zeroizing::new)
}

/// Why there is no master key. None of these ever holds key material.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("a master key is 64 hexadecimal digits, or base64 of exactly 32 bytes; this text is neither")]
    Malformed,
    #[error("key file {} can be read by others (mode {mode:o})", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("line {line} of key file {} is no master key (64 hexadecimal digits, or base64 of 32 bytes)", path.display())]
    MalformedFile { path: PathBuf, line: usize },
    #[error("key file {} could not be used: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("the system gave no random bytes")]
    NoRandomness,
}

impl KeyError {
    /// Codes: `store.key_malformed`, `store.key_exposed`, `store.key_unreadable`, `store.no_randomness`.
    pub fn to_problem(&self, what: &str) -> Problem {
        let (code, next) = match self {
            KeyError::Malformed | KeyError::MalformedFile { .. } => (
                "store.key_malformed",
                "Give the key that this database was made with; a new one can be made with `openssl rand -hex 32`.",
            ),
            KeyError::Exposed { .. } => (
                "store.key_exposed",
                "Run `chmod 600` on it, and rotate the key if somebody else may have read it.",
            ),
            KeyError::File { .. } => (
                "store.key_unreadable",
                "Check that the file and its folder belong to this user.",
            ),
            KeyError::NoRandomness => ("store.no_randomness", "Check that the system's random source works."),
        };
        let why = self.to_string();
        let mut chars = why.chars();
        let why = chars
            .next()
            .map(|first| first.to_uppercase().chain(chars).collect::<String>());
        Problem::new(code, what, why.unwrap_or_default(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn the_same_key_in_every_accepted_form_has_the_same_id() {
        let id = MasterKey::from_env_text(HEX).unwrap().id().to_owned();
        for text in [
            &HEX.to_uppercase(),
            &format!("  {HEX}\n"),
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        ] {
            assert_eq!(MasterKey::from_env_text(text).unwrap().id(), id, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        for text in [
            "",
            "hunter2hunter2",
            &HEX[1..],
            &format!("{HEX}00"),
            "AAECAwQFBgcICQoLDA0ODw==",
            "äöü",
        ] {
            let problem = MasterKey::from_env_text(text)
                .unwrap_err()
                .to_problem("Could not start");
            assert_eq!(problem.code, "store.key_malformed");
            assert!(text.is_empty() || !problem.to_string().contains(text));
        }
    }

    #[test]
    fn a_key_never_prints_itself() {
        let ring = KeyRing::new(MasterKey::from_env_text(HEX).unwrap());
        assert!(!format!("{ring:?}").contains("0102"));
    }

    #[test]
    fn a_key_that_becomes_current_again_is_not_kept_twice() {
        let (a, b) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let ring = KeyRing::new(a.clone()).with_current(b).with_current(a.clone());
        assert_eq!((ring.current.id(), ring.older.len()), (a.id(), 1));
    }
}
