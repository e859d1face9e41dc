//! The envelope: each secret under its own random key, that key under the master key (AES-256-GCM both).

use super::key::{KeyRing, MasterKey};
use crate::error::{Result, StoreError};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use steersman_protocol::canonical_json;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a secret is bound to: an envelope moved to another row does not open.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SecretName {
    pub credential: Uuid,
    pub owner: String,
    pub name: String,
}

/// What the database keeps of a secret. Both texts are base64 of nonce, ciphertext and tag.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub key_id: String,
    pub wrapped_key: String,
    pub sealed: String,
}

pub(crate) fn seal(ring: &KeyRing, name: &SecretName, secret: &SecretString) -> Result<Sealed> {
    let mut data_key = Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(data_key.as_mut()).map_err(|_| no_crypto())?;
    Ok(Sealed {
        key_id: ring.current.id().to_owned(),
        wrapped_key: wrap(&ring.current, name, &data_key)?,
        sealed: encrypt(
            &data_key,
            &associated("secret", name),
            secret.expose_secret().as_bytes(),
        )?,
    })
}

/// `UnknownKey` when the master key is not in the ring, `Tampered` when the envelope does not fit.
pub(crate) fn open(ring: &KeyRing, name: &SecretName, sealed: &Sealed) -> Result<SecretString> {
    let data_key = unwrap(ring.find(&sealed.key_id)?, name, sealed)?;
    let plain = decrypt(&data_key, &associated("secret", name), &sealed.sealed).ok_or_else(|| changed(name))?;
    let text = std::str::from_utf8(&plain).map_err(|_| changed(name))?;
    Ok(SecretString::from(text.to_owned()))
}

/// The same secret with its data key under the ring's current master key.
pub(crate) fn rewrap(ring: &KeyRing, name: &SecretName, sealed: &Sealed) -> Result<Sealed> {
    let data_key = unwrap(ring.find(&sealed.key_id)?, name, sealed)?;
    Ok(Sealed {
        key_id: ring.current.id().to_owned(),
        wrapped_key: wrap(&ring.current, name, &data_key)?,
        sealed: sealed.sealed.clone(),
    })
}

fn wrap(master: &MasterKey, name: &SecretName, data_key: &[u8; 32]) -> Result<String> {
    encrypt(&master.wrapping_key(), &associated("data key", name), data_key)
}

fn unwrap(master: &MasterKey, name: &SecretName, sealed: &Sealed) -> Result<Zeroizing<[u8; 32]>> {
    let plain = decrypt(
        &master.wrapping_key(),
        &associated("data key", name),
        &sealed.wrapped_key,
    )
    .ok_or_else(|| changed(name))?;
    let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| changed(name))?;
    Ok(Zeroizing::new(bytes))
}

fn associated(what: &str, name: &SecretName) -> String {
    canonical_json(&(what, name))
}

fn encrypt(key: &[u8; 32], associated: &str, plain: &[u8]) -> Result<String> {
    // Room for the tag at once: growing would leave a copy of the plain text behind.
    let mut text = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
    text.extend_from_slice(plain);
    let nonce = RandomizedNonceKey::new(&AES_256_GCM, key)
        .and_then(|key| key.seal_in_place_append_tag(Aad::from(associated), &mut *text))
        .map_err(|_| no_crypto())?;
    Ok(BASE64_STANDARD.encode([nonce.as_ref().as_slice(), &text].concat()))
}

fn decrypt(key: &[u8; 32], associated: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(BASE64_STANDARD.decode(text).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(bytes.get(..NONCE_LEN)?).ok()?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let plain = key
        .open_in_place(nonce, Aad::from(associated), &mut bytes[NONCE_LEN..])
        .ok()?;
    Some(Zeroizing::new(plain.to_vec()))
}

fn changed(name: &SecretName) -> StoreError {
    StoreError::Tampered(format!(
        "the sealed secret \"{}\" of {} was changed",
        name.name, name.owner
    ))
}

fn no_crypto() -> StoreError {
    StoreError::broken("the system's random source or cipher failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> SecretName {
        SecretName {
            credential: Uuid::nil(),
            owner: "orders-db".into(),
            name: text.into(),
        }
    }

    #[test]
    fn a_secret_opens_only_under_its_own_name_key_and_bytes() {
        let ring = KeyRing::new(MasterKey::generate().unwrap());
        let sealed = seal(&ring, &name("password"), &SecretString::from("hunter2")).unwrap();
        assert_eq!(
            open(&ring, &name("password"), &sealed).unwrap().expose_secret(),
            "hunter2"
        );

        assert!(matches!(
            open(&ring, &name("other"), &sealed),
            Err(StoreError::Tampered(_))
        ));
        let stranger = KeyRing::new(MasterKey::generate().unwrap());
        assert!(matches!(
            open(&stranger, &name("password"), &sealed),
            Err(StoreError::UnknownKey { .. })
        ));
        for broken in ["", "AAAA", "%%%"] {
            let sealed = Sealed {
                sealed: broken.into(),
                ..sealed.clone()
            };
            assert!(matches!(
                open(&ring, &name("password"), &sealed),
                Err(StoreError::Tampered(_))
            ));
        }
    }

    #[test]
    fn a_rewrapped_secret_opens_under_the_new_key_alone() {
        let old = KeyRing::new(MasterKey::generate().unwrap());
        let sealed = seal(&old, &name("password"), &SecretString::from("hunter2")).unwrap();
        let new = old.with_current(MasterKey::generate().unwrap());
        let sealed = rewrap(&new, &name("password"), &sealed).unwrap();
        let alone = KeyRing::new(new.current.clone());
        assert_eq!(
            open(&alone, &name("password"), &sealed).unwrap().expose_secret(),
            "hunter2"
        );
        assert!(open(&old, &name("password"), &sealed).is_err());
    }

    #[test]
    fn sealing_twice_gives_nothing_in_common() {
        let ring = KeyRing::new(MasterKey::generate().unwrap());
        let a = seal(&ring, &name("password"), &SecretString::from("hunter2")).unwrap();
        let b = seal(&ring, &name("password"), &SecretString::from("hunter2")).unwrap();
        assert!(a.sealed != b.sealed && a.wrapped_key != b.wrapped_key);
    }
}
