//! The rules.

pub mod get;
pub mod matrix;
pub mod put;
pub mod revision;
pub mod revisions;
pub mod simulate;
