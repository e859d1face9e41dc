//! How we talk to one MongoDB deployment.
//!
//! [`Reader`] keeps a small client that sends nothing but reads: every command passes a list of names. [`Writer`] opens a
//! client for one change, named after it on the server, and closes it after.

mod dial;
mod reader;
mod writer;

pub(crate) use dial::Dialer;
pub use reader::Reader;
pub(crate) use reader::{Bounds, Read};
#[cfg(test)]
pub(crate) use writer::Done;
pub(crate) use writer::Steps;
pub use writer::Writer;

/// How our sessions show up on the server; those of a change have its key added.
pub(crate) const APPLICATION_NAME: &str = "steersman";

/// What may go wrong while waiting for an answer.
pub(crate) enum Stopped {
    Cancelled,
    /// Our own clock ran out; the server was told to stop.
    TooSlow,
    Failed(mongodb::error::Error),
}
