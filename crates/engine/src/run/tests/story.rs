//! Telling a story and comparing every step.

use super::world::{Do, Tool, World};

/// What most stories begin with.
pub const ASKED: &str = "started → ask_model:1";
pub const PROPOSED: &str = "model_asked, model_answered, proposed → plan";
pub const WAITS: &str = "planned, judged:ask, approval_requested → expire";
pub const APPROVED: &str = "decided:yes, granted:Ben → begin";
pub const BEGUN: &str = "intent_recorded:perform → act uses:perform";
pub const NEXT_TURN: &str = "turn_began → ask_model:2";

/// Takes each step and compares what it led to. Ends with the world, for a closer look.
pub fn tell(mut world: World, steps: Vec<(Do, &str)>) -> World {
    for (index, (step, expected)) in steps.into_iter().enumerate() {
        let shown = format!("{step:?}");
        assert_eq!(world.take(step), expected, "step {index}: {shown}");
    }
    world
}

/// A chat whose model proposed one change, up to the given state.
pub fn until_proposed() -> World {
    tell(
        World::new(),
        vec![(Do::Say, ASKED), (Do::Calls(vec![Tool::Change]), PROPOSED)],
    )
}

pub fn until_waiting() -> World {
    tell(until_proposed(), vec![(Do::Planned(0), WAITS)])
}

pub fn until_granted() -> World {
    use super::world::Who;
    tell(until_waiting(), vec![(Do::Approve(0, Who::Ben), APPROVED)])
}

pub fn until_running() -> World {
    tell(until_granted(), vec![(Do::Begin(0), BEGUN)])
}
