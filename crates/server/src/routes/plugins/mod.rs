//! Plugin types.

pub mod list;
