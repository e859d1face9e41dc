//! The catalogue.

pub mod execute;
pub mod list;
