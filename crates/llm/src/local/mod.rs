//! The built-in provider: plain requests without a model and without a network.
//!
//! It reads the offered tools, the inventory and the conversation, and answers with calls, with one question back, or
//! with a sentence. Deterministic: the same request gives the same answer, which is also how it remembers (a question
//! it asked is found again by deciding the earlier turns once more). It follows orders of the person only: of a tool's
//! result it uses summary, suggestions and success, never the text.

mod abilities;
mod answer;
mod clauses;
mod columns;
mod conversation;
mod fill;
mod followup;
mod intent;
mod mood;
mod names;
mod numbers;
mod outcome;
mod phrases;
mod place;
mod proposals;
mod question;
mod reading;
mod replace;
mod reply;
mod request;
mod slot;
mod sql;
mod steps;
mod target_names;
mod tokens;
mod toolbox;
mod undo;
mod verbs;
mod weigh;
mod words;
mod world;

#[cfg(test)]
mod tests;

use crate::{DeltaSink, Provider};
use async_trait::async_trait;
use conversation::Conversation;
use outcome::Outcome;
use steersman_protocol::{
    FinishReason, ModelAnswer, ModelDelta, ModelMessage, ModelRequest, Problem, ToolCall, ToolChoice, Usage,
};
use tokio_util::sync::CancellationToken;
use toolbox::Shelf;
use world::World;

/// Name and model of the provider.
pub const LOCAL: &str = "local";

/// The provider that is always there.
#[derive(Default)]
pub struct Local {
    shelf: Shelf,
}

impl Local {
    pub fn new() -> Self {
        Self::default()
    }

    /// The whole answer at once: what [`Provider::ask`] streams. Takes well under a millisecond for an offer of 30 tools.
    pub fn answer(&self, request: &ModelRequest) -> ModelAnswer {
        let world = World::new(request, self.shelf.toolbox(&request.tools));
        let conversation = Conversation::read(&request.messages);
        let only = match &request.tool_choice {
            ToolChoice::Named(name) => world.find_called(name),
            ToolChoice::Auto | ToolChoice::Required | ToolChoice::None => None,
        };
        let (text, calls) = match request::decide(&world, &conversation.turns, only) {
            Outcome::Call(calls) if request.tool_choice != ToolChoice::None => (String::new(), calls),
            Outcome::Call(calls) => {
                let words: Vec<String> = calls.iter().map(|call| call.in_words(&world)).collect();
                (format!("I would {}.", words.join(" and ")), Vec::new())
            }
            Outcome::Ask(question) => (question.text, Vec::new()),
            Outcome::Say(text) => (text, Vec::new()),
        };
        let first_number = calls_before(&request.messages) + 1;
        let tool_calls: Vec<ToolCall> = calls
            .iter()
            .enumerate()
            .map(|(at, call)| call.to_call(&world, format!("local-{}", first_number + at)))
            .collect();
        ModelAnswer {
            provider: LOCAL.into(),
            model: LOCAL.into(),
            finish: if tool_calls.is_empty() {
                FinishReason::Stop
            } else {
                FinishReason::ToolCalls
            },
            text,
            tool_calls,
            usage: Usage::default(),
            stands_in_for: None,
        }
    }
}

/// Call ids count through the conversation, so that no two calls share one.
fn calls_before(messages: &[ModelMessage]) -> usize {
    messages
        .iter()
        .map(|message| match message {
            ModelMessage::Assistant { tool_calls, .. } => tool_calls.len(),
            ModelMessage::User { .. } | ModelMessage::Tool { .. } => 0,
        })
        .sum()
}

#[async_trait]
impl Provider for Local {
    fn name(&self) -> &str {
        LOCAL
    }

    fn default_model(&self) -> &str {
        LOCAL
    }

    /// Errors: only `model.cancelled`.
    async fn ask(
        &self,
        request: ModelRequest,
        deltas: DeltaSink,
        cancel: CancellationToken,
    ) -> Result<ModelAnswer, Problem> {
        if cancel.is_cancelled() {
            return Err(Problem::new(
                "model.cancelled",
                "Could not answer",
                "the run was stopped",
                "Ask again when you like",
            ));
        }
        let answer = self.answer(&request);
        for piece in pieces(&answer.text) {
            deltas(ModelDelta::Text(piece.to_owned()));
        }
        for (index, call) in answer.tool_calls.iter().enumerate() {
            deltas(ModelDelta::ToolCallStarted {
                index,
                id: call.id.clone(),
                name: call.name.clone(),
            });
            deltas(ModelDelta::ToolCallArguments {
                index,
                text: call.arguments.to_string(),
            });
        }
        Ok(answer)
    }
}

/// Sentences and lines, each with what follows it up to the next, so that joining them gives the text back.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .find('\n')
            .map(|at| at + 1)
            .into_iter()
            .chain(rest.find(". ").map(|at| at + 2))
            .min()
            .unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}
