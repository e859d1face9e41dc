//! One folder a noun, one file a verb.

pub mod approvals;
pub mod audit;
pub mod auth;
pub mod custom_tools;
pub mod executions;
pub mod metrics;
pub mod plugins;
pub mod policy;
pub mod providers;
pub mod roles;
pub mod runs;
pub mod servers;
pub mod sessions;
pub mod system;
pub mod targets;
pub mod tokens;
pub mod tools;
pub mod users;
