//! Numbers over time.

pub mod series;
