//! The decisions, pure: run machine, call machine, tool selection, policy and risk, what the model sees.
//!
//! Everything here is a function of its arguments. No clock, no randomness, no async, no IO: time, ids and policy come
//! in as values, effects go out as data. A good addition is a decision. Deliberately absent: carrying anything out.

pub mod audit;
pub mod call;
pub mod default_rules;
pub mod effect;
pub mod input;
pub mod model_view;
pub mod policy;
pub mod provenance;
pub mod risk;
pub mod run;
pub mod select;

pub use call::{Call, CallState};
pub use effect::Effect;
pub use input::{Circumstances, Input, ProposedCall, Replaced};
pub use run::{DecideError, Decision, Run};
