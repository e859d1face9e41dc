//! Stories of runs: what is given, step by step, and what each step leads to.

mod branches;
mod cancels;
mod cast;
mod changes;
mod chats;
mod decisions;
mod log;
mod properties;
mod repeats;
mod story;
mod words;
mod world;

pub(crate) use world::{Do, Found, Tool, Who, World, plan_for};
