//! Putting an answer together from its pieces.

use super::{
    repair::parsed,
    thinking::WithoutThinking,
    written_call::{WrittenCall, written_call},
};
use crate::DeltaSink;
use serde_json::Value;
use steersman_protocol::{FinishReason, ModelAnswer, ModelDelta, ModelRequest, ToolCall, Usage};

/// Characters of text and arguments together; nobody reads more.
const LONGEST_ANSWER: usize = 2 * 1024 * 1024;
const MOST_CALLS: usize = 64;

/// What a dialect fills while it reads. Errors say what is wrong with the answer.
pub(crate) struct Answer<'r> {
    request: &'r ModelRequest,
    deltas: &'r DeltaSink,
    provider: &'r str,
    /// Whether small models write calls into their text here.
    writes_calls: bool,
    model: String,
    text: String,
    thinking: WithoutThinking,
    calls: Vec<PartialCall>,
    finish: Option<FinishReason>,
    usage: Usage,
    length: usize,
    has_begun: bool,
}

#[derive(Default)]
struct PartialCall {
    /// The server's number for it; not every server counts from 0 or without gaps.
    index: u64,
    id: String,
    name: String,
    arguments: String,
    is_announced: bool,
}

/// A call, or a part of one that streams.
#[derive(Default)]
pub(crate) struct CallPiece<'p> {
    /// Which call it belongs to. Without one, a new id or a name begins another call.
    pub index: Option<u64>,
    pub id: &'p str,
    pub name: &'p str,
    /// Appended to what came before.
    pub arguments: &'p str,
}

impl<'r> Answer<'r> {
    pub fn new(
        request: &'r ModelRequest,
        provider: &'r str,
        model: &str,
        deltas: &'r DeltaSink,
        writes_calls: bool,
    ) -> Self {
        Self {
            request,
            deltas,
            provider,
            writes_calls,
            model: model.to_owned(),
            text: String::new(),
            thinking: WithoutThinking::default(),
            calls: Vec::new(),
            finish: None,
            usage: Usage::default(),
            length: 0,
            has_begun: false,
        }
    }

    /// True when something has come, thoughts included.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// The model that really answers, where the server names it.
    pub fn named(&mut self, model: Option<&Value>) {
        if let Some(model) = model
            .and_then(Value::as_str)
            .filter(|model| !model.is_empty() && model.len() <= 200)
        {
            self.model = model.to_owned();
        }
    }

    /// Later counts complete or replace earlier ones.
    pub fn counted(&mut self, usage: Usage) {
        let known = self.usage;
        self.usage = Usage {
            prompt_tokens: usage.prompt_tokens.or(known.prompt_tokens),
            completion_tokens: usage.completion_tokens.or(known.completion_tokens),
            cached_tokens: usage.cached_tokens.or(known.cached_tokens),
            reasoning_tokens: usage.reasoning_tokens.or(known.reasoning_tokens),
        };
    }

    /// Thoughts are not kept; they only show that the model is at work.
    pub fn thought(&mut self, text: Option<&Value>) {
        self.has_begun |= text.and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    }

    pub fn text(&mut self, text: Option<&Value>) -> Result<(), String> {
        let Some(text) = text.and_then(Value::as_str).filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        self.has_begun = true;
        let shown = self.thinking.push(text);
        self.say(&shown)
    }

    pub fn call(&mut self, piece: CallPiece<'_>) -> Result<(), String> {
        self.has_begun = true;
        self.grow(piece.arguments.len())?;
        let at = self.call_at(&piece)?;
        let call = &mut self.calls[at];
        if call.id.is_empty() {
            call.id = piece.id.to_owned();
        }
        if call.name.is_empty() {
            call.name = piece.name.to_owned();
        }
        call.arguments.push_str(piece.arguments);
        if !call.is_announced && !call.name.is_empty() {
            call.is_announced = true;
            (self.deltas)(ModelDelta::ToolCallStarted {
                index: at,
                id: call.id.clone(),
                name: call.name.clone(),
            });
        }
        if !piece.arguments.is_empty() {
            (self.deltas)(ModelDelta::ToolCallArguments {
                index: at,
                text: piece.arguments.to_owned(),
            });
        }
        Ok(())
    }

    pub fn ends(&mut self, finish: FinishReason) {
        self.finish = Some(finish);
    }

    /// `Err` when the stream ended before the model did.
    pub fn check_complete(&self) -> Result<(), ()> {
        if self.finish.is_some() { Ok(()) } else { Err(()) }
    }

    pub fn finish(mut self) -> Result<ModelAnswer, String> {
        let rest = self.thinking.finish();
        self.say(&rest)?;
        let said = self.finish.unwrap_or(FinishReason::Stop);
        let mut tool_calls = self.tool_calls(said == FinishReason::Length)?;
        if tool_calls.is_empty()
            && self.writes_calls
            && let Some(WrittenCall { call, rest }) = written_call(&self.text, &self.request.tools)
        {
            (self.deltas)(ModelDelta::ToolCallStarted {
                index: 0,
                id: call.id.clone(),
                name: call.name.clone(),
            });
            (self.deltas)(ModelDelta::ToolCallArguments {
                index: 0,
                text: call.arguments.to_string(),
            });
            self.text = rest;
            tool_calls.push(call);
        }
        let finish = match said {
            // Some servers say "stop" after calls, and some have no other word.
            FinishReason::Stop if !tool_calls.is_empty() => FinishReason::ToolCalls,
            FinishReason::ToolCalls if tool_calls.is_empty() => FinishReason::Stop,
            said => said,
        };
        Ok(ModelAnswer {
            provider: self.provider.to_owned(),
            model: self.model,
            text: self.text,
            tool_calls,
            finish,
            usage: self.usage,
            stands_in_for: None,
        })
    }

    fn say(&mut self, text: &str) -> Result<(), String> {
        if !text.is_empty() {
            self.grow(text.len())?;
            self.text.push_str(text);
            (self.deltas)(ModelDelta::Text(text.to_owned()));
        }
        Ok(())
    }

    /// The call that a piece belongs to.
    fn call_at(&mut self, piece: &CallPiece<'_>) -> Result<usize, String> {
        let known = match piece.index {
            Some(index) => self.calls.iter().position(|call| call.index == index),
            None if !piece.id.is_empty() => self.calls.iter().position(|call| call.id == piece.id),
            None if !piece.name.is_empty() => None,
            None => self.calls.len().checked_sub(1),
        };
        if let Some(at) = known {
            return Ok(at);
        }
        if self.calls.len() >= MOST_CALLS {
            return Err(format!("it asks for more than {MOST_CALLS} calls at once"));
        }
        let next = self.calls.iter().map(|call| call.index + 1).max().unwrap_or(0);
        self.calls.push(PartialCall {
            index: piece.index.unwrap_or(next),
            ..PartialCall::default()
        });
        Ok(self.calls.len() - 1)
    }

    fn grow(&mut self, by: usize) -> Result<(), String> {
        self.length += by;
        if self.length > LONGEST_ANSWER {
            Err("its answer is longer than 2 MiB".into())
        } else {
            Ok(())
        }
    }

    fn tool_calls(&mut self, is_cut: bool) -> Result<Vec<ToolCall>, String> {
        let mut calls: Vec<ToolCall> = Vec::new();
        for (number, partial) in std::mem::take(&mut self.calls).into_iter().enumerate() {
            if partial.name.is_empty() {
                return Err("it asks for a call without a tool's name".into());
            }
            let is_free = !partial.id.is_empty() && calls.iter().all(|call| call.id != partial.id);
            calls.push(ToolCall {
                id: if is_free {
                    partial.id
                } else {
                    format!("call-{}", number + 1)
                },
                arguments: parsed(partial.arguments, is_cut),
                name: partial.name,
            });
        }
        Ok(calls)
    }
}
