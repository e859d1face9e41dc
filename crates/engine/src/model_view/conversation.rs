//! The messages of a session as a model may read them: run by run, each call directly followed by its one result,
//! within a budget.

use super::shorten;
use steersman_protocol::{ChatMessage, MessageRole, ModelMessage, RunId, ToolCall};

/// Bytes of a whole conversation, newest first; about 24,000 tokens. A dialect with a smaller window cuts further.
const CONVERSATION_BYTES: usize = 96_000;
/// Bytes of an older result or answer of the run at work, where there is no room for all of it.
const SHORT_BYTES: usize = 400;

/// The conversation for a model that answers the newest message's run. See [`conversation_of`].
pub fn conversation(messages: &[ChatMessage]) -> Vec<ModelMessage> {
    messages
        .last()
        .map_or_else(Vec::new, |newest| conversation_of(newest.run_id, messages))
}

/// The conversation for a model that works on `run_id`: earlier runs first, oldest first, then this one.
///
/// Runs of a session overlap (one waits for a person while the next is asked), so messages are regrouped: all of a run
/// together, every call followed by exactly one result with its id. A call without a result (it waits for a decision,
/// or its run was interrupted) gets one that says so; a result without its call is left out. Within the budget, whole
/// earlier runs are kept, the newest first; of the run at work the older exchanges are shortened, then left out.
pub fn conversation_of(run_id: RunId, messages: &[ChatMessage]) -> Vec<ModelMessage> {
    let mut talks = talks(messages);
    let at_work = talks.iter().position(|talk| talk.run_id == run_id);
    let mut budget = CONVERSATION_BYTES;
    let last = at_work.map_or_else(Vec::new, |index| talks.remove(index).within(&mut budget));
    let mut kept: Vec<Vec<ModelMessage>> = vec![last];
    // Without the person's words (they are older than what was read) a run makes no sense to a model.
    for talk in talks.into_iter().rev().filter(|talk| talk.said.is_some()) {
        let messages: Vec<ModelMessage> = talk.all().collect();
        match budget.checked_sub(messages.iter().map(size).sum()) {
            Some(left) => budget = left,
            None => break,
        }
        kept.push(messages);
    }
    kept.into_iter().rev().flatten().collect()
}

/// One run's part of the conversation.
struct Talk {
    run_id: RunId,
    said: Option<ModelMessage>,
    /// An answer of the model with the results of its calls.
    exchanges: Vec<Vec<ModelMessage>>,
}

impl Talk {
    fn all(self) -> impl Iterator<Item = ModelMessage> {
        self.said.into_iter().chain(self.exchanges.into_iter().flatten())
    }

    /// What was said and the newest exchange always, older ones as far as the budget reaches.
    fn within(self, budget: &mut usize) -> Vec<ModelMessage> {
        let cost = |exchange: &[ModelMessage]| exchange.iter().map(size).sum::<usize>();
        *budget = budget.saturating_sub(self.said.as_ref().map_or(0, size));
        let mut kept: Vec<Vec<ModelMessage>> = Vec::new();
        for exchange in self.exchanges.into_iter().rev() {
            let exchange = if cost(&exchange) > *budget && !kept.is_empty() {
                exchange.into_iter().map(in_short).collect()
            } else {
                exchange
            };
            if cost(&exchange) > *budget && !kept.is_empty() {
                break;
            }
            *budget = budget.saturating_sub(cost(&exchange));
            kept.push(exchange);
        }
        self.said.into_iter().chain(kept.into_iter().rev().flatten()).collect()
    }
}

/// Runs in the order in which they began.
fn talks(messages: &[ChatMessage]) -> Vec<Talk> {
    let mut talks: Vec<Talk> = Vec::new();
    for message in messages {
        let known = talks.iter().position(|talk| talk.run_id == message.run_id);
        let index = known.unwrap_or_else(|| {
            talks.push(Talk {
                run_id: message.run_id,
                said: None,
                exchanges: Vec::new(),
            });
            talks.len() - 1
        });
        match message.role {
            MessageRole::User => {
                talks[index].said = Some(ModelMessage::User {
                    text: message.content.clone(),
                });
            }
            MessageRole::Assistant => talks[index].exchanges.push(exchange(message, messages)),
            // Results come with their calls.
            MessageRole::Tool | MessageRole::System => {}
        }
    }
    talks
}

fn exchange(asked: &ChatMessage, messages: &[ChatMessage]) -> Vec<ModelMessage> {
    let mut calls: Vec<ToolCall> = Vec::with_capacity(asked.tool_calls.len());
    for call in &asked.tool_calls {
        // Two calls with one id could not be told apart by their results.
        if calls.iter().all(|known| known.id != call.id) {
            calls.push(call.clone());
        }
    }
    let results: Vec<ModelMessage> = calls.iter().map(|call| result(asked.run_id, call, messages)).collect();
    let mut exchange = vec![ModelMessage::Assistant {
        text: asked.content.clone(),
        tool_calls: calls,
    }];
    exchange.extend(results);
    exchange
}

fn result(run_id: RunId, call: &ToolCall, messages: &[ChatMessage]) -> ModelMessage {
    let found = messages.iter().rev().find(|message| {
        message.role == MessageRole::Tool
            && message.run_id == run_id
            && message.tool_call_id.as_deref() == Some(call.id.as_str())
    });
    match found {
        Some(message) => ModelMessage::Tool {
            call_id: call.id.clone(),
            name: message.tool_name.clone().unwrap_or_else(|| call.name.clone()),
            text: message.content.clone(),
            summary: message.summary.clone().unwrap_or_default(),
            suggestions: message.suggestions.clone(),
            is_error: message.is_error,
        },
        // Marked as an error, so that nobody takes it for done.
        None => ModelMessage::Tool {
            call_id: call.id.clone(),
            name: call.name.clone(),
            text: "No result yet: the call is still waiting for a decision or under way. It is not known to be done; \
                   do not call it again."
                .into(),
            summary: "still waiting for a decision".into(),
            suggestions: Vec::new(),
            is_error: true,
        },
    }
}

fn in_short(message: ModelMessage) -> ModelMessage {
    match message {
        ModelMessage::User { text } => ModelMessage::User { text },
        ModelMessage::Assistant { mut text, tool_calls } => {
            shorten(&mut text, SHORT_BYTES);
            ModelMessage::Assistant { text, tool_calls }
        }
        ModelMessage::Tool {
            call_id,
            name,
            summary,
            suggestions,
            is_error,
            ..
        } => {
            let mut text = format!("{summary} [older result, shortened]");
            shorten(&mut text, SHORT_BYTES);
            ModelMessage::Tool {
                call_id,
                name,
                text,
                summary,
                suggestions,
                is_error,
            }
        }
    }
}

/// Bytes that a message takes in a request, about.
fn size(message: &ModelMessage) -> usize {
    64 + match message {
        ModelMessage::User { text } | ModelMessage::Tool { text, .. } => text.len(),
        ModelMessage::Assistant { text, tool_calls } => {
            let calls = tool_calls
                .iter()
                .map(|call| call.name.len() + call.arguments.to_string().len() + 64);
            text.len() + calls.sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests;
