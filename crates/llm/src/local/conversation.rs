//! The messages of a session as turns: what was said, what was called, what came back.
//!
//! Of a tool's result only our own words are kept: summary, suggestions, whether it failed. The text that a target
//! wrote does not enter here, so nothing in it can choose a tool.

use super::world::World;
use serde_json::{Map, Value};
use steersman_protocol::{ModelMessage, SuggestedCall, ToolCall};

/// Turns, the current one last.
pub struct Conversation<'a> {
    pub turns: Vec<Turn<'a>>,
}

pub struct Turn<'a> {
    pub said: &'a str,
    pub done: Vec<Done<'a>>,
    /// Answers of the model that contained calls.
    pub batches: usize,
}

/// A call with what came of it.
pub struct Done<'a> {
    pub call: &'a ToolCall,
    /// Absent while it is under way.
    pub result: Option<Returned<'a>>,
}

#[derive(Clone, Copy)]
pub struct Returned<'a> {
    pub summary: &'a str,
    pub suggestions: &'a [SuggestedCall],
    pub is_error: bool,
}

/// Older turns can no longer be referred to.
const MOST_TURNS: usize = 30;

impl<'a> Conversation<'a> {
    pub fn read(messages: &'a [ModelMessage]) -> Self {
        let mut turns: Vec<Turn<'a>> = Vec::new();
        for message in messages {
            match message {
                ModelMessage::User { text } => turns.push(Turn {
                    said: text,
                    done: Vec::new(),
                    batches: 0,
                }),
                ModelMessage::Assistant { tool_calls, .. } => {
                    if let Some(turn) = turns.last_mut() {
                        turn.batches += usize::from(!tool_calls.is_empty());
                        turn.done
                            .extend(tool_calls.iter().map(|call| Done { call, result: None }));
                    }
                }
                ModelMessage::Tool {
                    call_id,
                    summary,
                    suggestions,
                    is_error,
                    ..
                } => {
                    let waiting = turns
                        .last_mut()
                        .and_then(|turn| turn.done.iter_mut().rev().find(|done| done.call.id == *call_id));
                    if let Some(done) = waiting {
                        done.result = Some(Returned {
                            summary,
                            suggestions,
                            is_error: *is_error,
                        });
                    }
                }
            }
        }
        let surplus = turns.len().saturating_sub(MOST_TURNS);
        turns.drain(..surplus);
        Self { turns }
    }
}

impl Done<'_> {
    pub fn target(&self) -> Option<&str> {
        self.call.arguments.get("target").and_then(Value::as_str)
    }

    /// The arguments without the target.
    pub fn arguments(&self) -> Map<String, Value> {
        let mut arguments = self.call.arguments.as_object().cloned().unwrap_or_default();
        arguments.shift_remove("target");
        arguments
    }

    pub fn succeeded(&self) -> bool {
        self.result.is_some_and(|result| !result.is_error)
    }

    pub fn is_call_of(&self, suggestion: &SuggestedCall) -> bool {
        self.call.name == suggestion.tool.for_model()
            && self.target() == Some(suggestion.target.as_str())
            && Value::Object(self.arguments()) == suggestion.arguments
    }
}

/// What earlier calls are good for when a message leaves something out.
pub struct Memory<'c, 'a> {
    pub turns: &'c [Turn<'a>],
}

impl<'c, 'a> Memory<'c, 'a> {
    /// Calls of the conversation, the latest first.
    pub fn calls(&self) -> impl Iterator<Item = &'c Done<'a>> {
        self.turns.iter().rev().flat_map(|turn| turn.done.iter().rev())
    }

    /// The latest target of the conversation among these.
    pub fn last_target<'n>(&self, among: &[&'n str]) -> Option<&'n str> {
        let last = self.calls().find_map(Done::target)?;
        among.iter().copied().find(|name| *name == last)
    }

    /// The calls of the latest turn that called anything still offered: several when it went over several targets.
    pub fn last_calls(&self, world: &World<'_>) -> Vec<&'c Done<'a>> {
        let Some(turn) = self.turns.iter().rev().find(|turn| !turn.done.is_empty()) else {
            return Vec::new();
        };
        let Some(last) = turn
            .done
            .iter()
            .rev()
            .find(|done| world.find_called(&done.call.name).is_some())
        else {
            return Vec::new();
        };
        let is_same = |done: &&Done<'_>| done.call.name == last.call.name && done.arguments() == last.arguments();
        turn.done.iter().filter(is_same).collect()
    }
}
