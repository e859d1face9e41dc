//! The only crate that acts: inbox, drivers, timers, recovery.
//!
//! Two verbs cross the middle. [`Runtime::submit`] takes a command; [`Runtime::tail`] follows what comes of it. Between
//! them there is one loop in one direction: an input arrives in a run's inbox, the engine turns it into events and
//! effects, the store commits them in one transaction, drivers carry the effects out and put their report back into
//! the inbox. A good addition is a driver. Deliberately absent: HTTP, SQL, decisions.

mod bootstrap;
mod clock;
mod custom_tools;
mod door;
mod drivers;
mod each;
mod feed;
mod gateway;
mod health_watch;
mod inbox;
mod looking_at;
mod recheck;
mod recovery;
mod registry;
mod runtime;
mod say;
mod sealed_place;
mod secrets;
mod settings_form;
mod simulate;
mod submit;
mod targets;
mod tasks;
mod timers;
mod trial;

pub use bootstrap::FirstStart;
pub use clock::{Clock, SystemClock};
pub use custom_tools::Unfit;
pub use each::MOST_CALLS;
pub use feed::{FeedItem, Lines, Tail, TailItem, TargetChange};
pub use gateway::{Gateway, ProviderSettings};
pub use registry::{PluginInfo, Registry};
pub use runtime::{Options, Runtime};
pub use settings_form::BadSetting;
pub use simulate::judge_by_floor;
pub use submit::{Submitted, Waited};
pub use targets::{TargetDraft, TargetStatus};
pub use {
    steersman_engine as engine, steersman_llm as llm, steersman_protocol as protocol, steersman_store as store,
    steersman_toolkit as toolkit,
};
