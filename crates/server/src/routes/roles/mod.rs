//! What people may be.

pub mod list;
