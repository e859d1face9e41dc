//! Secrets at rest: the master key, what is derived from it, and the envelope around each secret.

mod key;
mod key_file;
mod rotate;
mod seal;

pub(crate) use key::hex;
pub use key::{KeyError, KeyRing, MasterKey};
pub(crate) use seal::{Sealed, SecretName, open, rewrap, seal};
