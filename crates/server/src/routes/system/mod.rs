//! The server itself.

pub mod events;
pub mod health;
pub mod ready;
pub mod suggestions;
