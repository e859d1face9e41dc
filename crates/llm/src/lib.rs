//! The model gateway: one interface over every provider, the built-in local one among them.
//!
//! The only crate that knows a vendor's JSON. A good addition is a dialect (one file in `dialects/`). Deliberately
//! absent: tools, policy and storage; a provider answers one [`ModelRequest`] and keeps nothing.

mod dialects;
pub mod local;
mod prompt;
mod provider;
mod remote;

pub use local::Local;
pub use prompt::system_prompt;
pub use provider::{DeltaSink, Provider};
pub use remote::{Remote, RemoteConfig, Retry};
