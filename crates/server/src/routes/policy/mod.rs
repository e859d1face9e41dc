//! The rules.

pub mod get;
pub mod put;
pub mod simulate;
