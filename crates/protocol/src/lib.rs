//! The nouns of Steersman: what crosses a boundary between two crates, the wire, the page or the log.
//!
//! This crate *says* things and decides nothing: ids, commands, events, plans, verdicts, grants, blocks and
//! problems, with their JSON form. A good addition is a type that at least two crates exchange. Deliberately
//! absent: clocks, randomness, IO, async, policy, and anything only one crate uses.

mod actor;
mod block;
mod chat;
mod command;
mod custom_tool;
mod digest;
mod event;
mod grant;
mod id;
mod inventory;
mod model;
mod plan;
mod policy;
mod problem;
mod provider;
mod risk;
mod status;
mod target;
mod tool;
mod verdict;
mod views;

pub use actor::{Actor, Face, Permission, Role};
pub use block::{Block, Cell, Column, LogLine, Origin, Series, TreeNode};
pub use chat::{Anchor, ChatMessage, MessageRole, PageAnchor};
pub use command::Command;
pub use custom_tool::{BadDefinition, CustomParameter, CustomTool, ParameterType};
pub use digest::{Digest, canonical_json, sha256_hex};
pub use event::{Event, EventRecord, GrantedBy, Outcome};
pub use grant::{Grant, GrantUse};
pub use id::*;
pub use inventory::{Inventory, InventoryTarget, ResourceName};
pub use jiff::Timestamp;
pub use model::{
    FinishReason, ModelAnswer, ModelDelta, ModelMessage, ModelRequest, OfferedTool, SuggestedCall, ToolCall,
    ToolChoice, Usage,
};
pub use plan::{Fact, Limits, Plan, Receipt, Resource, Step, StepKind, Undo, Verification};
pub use policy::{Policy, Rule, RuleEffect, RuleExample, When};
pub use problem::Problem;
pub use provider::ProviderKind;
pub use risk::Risk;
pub use status::{ApprovalStatus, ExecutionStatus, RunStatus, SessionStatus};
pub use target::{Health, HealthState, Measurement, Server, Target, TargetRef};
pub use tool::{ToolKind, ToolName, ToolSpec};
pub use verdict::{Decision, MatchedRule, Verdict};
pub use views::*;
