//! How we talk to one PostgreSQL server.
//!
//! [`Reader`] keeps a few connections that can only read. [`Writer`] opens a connection for one change and closes it
//! after. Both stand on a [`Link`](link::Link): one connection that moves only while somebody waits for it, so that
//! nothing runs in the background.

mod agreed;
mod dial;
mod link;
mod reader;
mod tls;
mod writer;

pub(crate) use agreed::{Agreement, Bound, run_agreed};
pub(crate) use dial::Dialer;
pub(crate) use link::{Link, Stopped, Until};
pub use reader::Reader;
pub(crate) use reader::{Bounds, Read};
pub use writer::Writer;
pub(crate) use writer::{Watch, run_filled, run_steps};

/// Begins every statement that we write ourselves, so that we can tell ours from those of the applications.
pub(crate) const MARK: &str = "/* steersman */ ";
