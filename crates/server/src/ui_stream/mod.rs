//! The chat as the AI SDK's UI message stream: one message of the assistant for each run.
//!
//! [`chunk`] names the pieces, [`encode`] makes them from a run's events, [`reduce`] makes the message from them as a
//! client does, [`compact`] makes them fewer, `read` and `follow` bring a run to them and send what comes of it. A good addition is a reading of an event.
//! Deliberately absent: any state that is not a fold of the log.

pub mod chunk;
pub mod compact;
pub mod encode;
pub(crate) mod follow;
pub(crate) mod read;
pub mod reduce;
pub mod told;
