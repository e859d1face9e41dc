//! Putting an answer together from its pieces.

use super::{
    thinking::WithoutThinking,
    written_call::{WrittenCall, written_call},
};
use crate::DeltaSink;
use serde_json::Value;
use steersman_protocol::{FinishReason, ModelAnswer, ModelDelta, ModelRequest, ToolCall, Usage};

/// Characters of text and arguments together; nobody reads more.
const LONGEST_ANSWER: usize = 2 * 1024 * 1024;
const MOST_CALLS: usize = 64;

pub struct Answer<'r> {
    request: &'r ModelRequest,
    provider: &'r str,
    model: String,
    text: String,
    thinking: WithoutThinking,
    calls: Vec<PartialCall>,
    finish: Option<FinishReason>,
    usage: Usage,
    length: usize,
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

impl<'r> Answer<'r> {
    pub fn new(request: &'r ModelRequest, provider: &'r str, model: &str) -> Self {
        Self {
            request,
            provider,
            model: model.to_owned(),
            text: String::new(),
            thinking: WithoutThinking::default(),
            calls: Vec::new(),
            finish: None,
            usage: Usage::default(),
            length: 0,
        }
    }

    /// Takes one `chat.completion.chunk`. True when it carried something, thoughts included; `Err` says what is wrong.
    pub fn take_chunk(&mut self, chunk: &Value, deltas: &DeltaSink) -> Result<bool, String> {
        self.take_frame(chunk);
        let Some(choice) = chunk.pointer("/choices/0") else {
            return Ok(false);
        };
        let delta = choice.get("delta").unwrap_or(&Value::Null);
        let mut carries = THOUGHTS
            .iter()
            .any(|key| delta.get(*key).and_then(Value::as_str).is_some_and(|t| !t.is_empty()));
        if let Some(text) = delta
            .get("content")
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
        {
            carries = true;
            let shown = self.thinking.push(text);
            self.say(&shown, deltas)?;
        }
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            carries = true;
            self.take_call(call, deltas)?;
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish = Some(finish_reason(reason));
        }
        Ok(carries)
    }

    /// Takes a whole `chat.completion`.
    pub fn take_whole(&mut self, completion: &Value, deltas: &DeltaSink) -> Result<(), String> {
        self.take_frame(completion);
        let choice = completion.pointer("/choices/0").ok_or("its answer holds no choice")?;
        let message = choice.get("message").ok_or("its answer holds no message")?;
        if let Some(text) = message.get("content").and_then(Value::as_str) {
            let shown = self.thinking.push(text);
            self.say(&shown, deltas)?;
        }
        for (number, call) in message
            .get("tool_calls")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let mut call = call.clone();
            if let Some(object) = call.as_object_mut() {
                object.entry("index").or_insert(number.into());
            }
            self.take_call(&call, deltas)?;
        }
        self.finish = Some(
            choice
                .get("finish_reason")
                .and_then(Value::as_str)
                .map_or(FinishReason::Stop, finish_reason),
        );
        Ok(())
    }

    /// `Err` when the stream ended before the model did.
    pub fn check_complete(&self) -> Result<(), ()> {
        if self.finish.is_some() { Ok(()) } else { Err(()) }
    }

    pub fn finish(mut self, deltas: &DeltaSink) -> Result<ModelAnswer, String> {
        let rest = self.thinking.finish();
        self.say(&rest, deltas)?;
        let mut tool_calls = self.tool_calls()?;
        if tool_calls.is_empty()
            && let Some(WrittenCall { call, rest }) = written_call(&self.text, &self.request.tools)
        {
            deltas(ModelDelta::ToolCallStarted {
                index: 0,
                id: call.id.clone(),
                name: call.name.clone(),
            });
            deltas(ModelDelta::ToolCallArguments {
                index: 0,
                text: call.arguments.to_string(),
            });
            self.text = rest;
            tool_calls.push(call);
        }
        let said = self.finish.unwrap_or(FinishReason::Stop);
        let finish = match said {
            // Some servers say "stop" after calls.
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

    /// What every chunk may carry beside the choice: the model that really answers, and the count of tokens.
    fn take_frame(&mut self, chunk: &Value) {
        if let Some(model) = chunk
            .get("model")
            .and_then(Value::as_str)
            .filter(|model| !model.is_empty() && model.len() <= 200)
        {
            self.model = model.to_owned();
        }
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
            self.usage = Usage {
                prompt_tokens: count("/prompt_tokens"),
                completion_tokens: count("/completion_tokens"),
                cached_tokens: count("/prompt_tokens_details/cached_tokens"),
            };
        }
    }

    fn say(&mut self, text: &str, deltas: &DeltaSink) -> Result<(), String> {
        if !text.is_empty() {
            self.grow(text.len())?;
            self.text.push_str(text);
            deltas(ModelDelta::Text(text.to_owned()));
        }
        Ok(())
    }

    fn take_call(&mut self, delta: &Value, deltas: &DeltaSink) -> Result<(), String> {
        let given_id = delta.get("id").and_then(Value::as_str).unwrap_or("");
        let name = delta.pointer("/function/name").and_then(Value::as_str).unwrap_or("");
        let at = self.call_at(delta.get("index").and_then(Value::as_u64), given_id, name)?;
        let arguments = match delta.pointer("/function/arguments") {
            Some(Value::String(piece)) => piece.clone(),
            // Not the format, but seen: the whole object at once.
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => String::new(),
        };
        self.grow(arguments.len())?;
        let call = &mut self.calls[at];
        if call.id.is_empty() {
            call.id = given_id.to_owned();
        }
        if call.name.is_empty() {
            call.name = name.to_owned();
        }
        call.arguments.push_str(&arguments);
        if !call.is_announced && !call.name.is_empty() {
            call.is_announced = true;
            deltas(ModelDelta::ToolCallStarted {
                index: at,
                id: call.id.clone(),
                name: call.name.clone(),
            });
        }
        if !arguments.is_empty() {
            deltas(ModelDelta::ToolCallArguments {
                index: at,
                text: arguments,
            });
        }
        Ok(())
    }

    /// The call that a delta belongs to. Without an index, a name or a new id begins another call.
    fn call_at(&mut self, index: Option<u64>, id: &str, name: &str) -> Result<usize, String> {
        let known = match index {
            Some(index) => self.calls.iter().position(|call| call.index == index),
            None if !id.is_empty() => self.calls.iter().position(|call| call.id == id),
            None if !name.is_empty() => None,
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
            index: index.unwrap_or(next),
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

    fn tool_calls(&mut self) -> Result<Vec<ToolCall>, String> {
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
                arguments: arguments(partial.arguments),
                name: partial.name,
            });
        }
        Ok(calls)
    }
}

const THOUGHTS: &[&str] = &["reasoning_content", "reasoning", "thinking"];

/// Parsed where it is JSON; what the model wrote where it is not, so that the refusal can quote it.
fn arguments(written: String) -> Value {
    if written.trim().is_empty() {
        return Value::Object(Default::default());
    }
    serde_json::from_str(&written).unwrap_or(Value::String(written))
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "error" => FinishReason::Error,
        _ => FinishReason::Stop,
    }
}
