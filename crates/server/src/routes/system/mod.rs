//! The server itself.

pub mod events;
pub mod health;
pub mod overview;
pub mod ready;
pub mod socket;
pub mod suggestions;
