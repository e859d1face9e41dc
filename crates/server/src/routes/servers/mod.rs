//! Machines.

pub mod list;
