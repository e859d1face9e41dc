//! What a plugin author imports: [`Query`], [`Change`], [`Plugin`] and [`Granted`].
//!
//! A plugin is one kind of system. It offers tools of two kinds. A [`Query`] gets a reader and can only read. A
//! [`Change`] plans with the reader, performs with the writer and a [`Granted`] plan, and verifies with the reader
//! again. The three types *input* (what a model may write), *plan* (what will happen) and *handle* (what only the host
//! knows) never mix.
//!
//! A good addition is something that every plugin author needs. Deliberately absent: policy, storage, HTTP, clocks.

mod change;
mod context;
mod declaration;
mod erased;
mod granted;
mod plugin;
mod query;
mod schema;
pub mod words;

pub use async_trait::async_trait;
pub use change::{Change, Draft};
pub use context::{Cx, Handover, Progress, TakeSecret};
pub use declaration::Declaration;
pub use erased::{ChangeTool, Handle, Handles, QueryTool, Tool};
pub use granted::{GrantCheck, Granted};
pub use plugin::{Discovered, Plugin, Secrets};
pub use query::{Answer, Query};
pub use schema::input_schema;
pub use secrecy::{ExposeSecret, SecretString};
pub use steersman_protocol as protocol;
pub use tokio_util::sync::CancellationToken;
