//! Chunks folded into a message, by the same rules as the npm client (`processUIMessageStream` of `ai` 7.0.173).
//!
//! This is what the transcript shows, so that a page that opens a session has exactly what it would have streamed.

use super::chunk::{Chunk, DataChunk};
use serde::Serialize;
use serde_json::Value;
use std::{collections::HashMap, fmt};

/// One message as the client keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct UiMessage {
    pub id: String,
    pub role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    pub parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Part {
    StepStart,
    Text {
        text: String,
        /// Absent in what a person wrote.
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<WritingState>,
    },
    Reasoning {
        id: String,
        text: String,
        state: WritingState,
    },
    DynamicTool(Box<ToolPart>),
    /// Sources, files and data look in a message as they were sent.
    #[serde(untagged)]
    AsSent(Chunk),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WritingState {
    Streaming,
    Done,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolPart {
    pub tool_call_id: String,
    pub tool_name: String,
    pub state: ToolState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preliminary: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<ToolApproval>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolState {
    InputStreaming,
    InputAvailable,
    ApprovalRequested,
    ApprovalResponded,
    OutputAvailable,
    OutputError,
    OutputDenied,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolApproval {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descriptor: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A chunk that a client would die on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Folds chunks one by one.
#[derive(Clone, Debug)]
pub struct Reducer {
    message: UiMessage,
    /// Places of the text and reasoning parts that are being written, by the id of the chunk.
    writing: HashMap<(bool, String), usize>,
    is_begun: bool,
}

impl Default for Reducer {
    fn default() -> Self {
        Self {
            message: UiMessage {
                id: String::new(),
                role: Role::Assistant,
                metadata: None,
                parts: Vec::new(),
            },
            writing: HashMap::new(),
            is_begun: false,
        }
    }
}

impl Reducer {
    /// The message of these chunks. Fails where a client would.
    pub fn message_of(chunks: impl IntoIterator<Item = Chunk>) -> Result<UiMessage, Unfit> {
        let mut reducer = Self::default();
        for chunk in chunks {
            reducer.take(chunk)?;
        }
        Ok(reducer.message)
    }

    pub fn message(&self) -> &UiMessage {
        &self.message
    }

    pub fn take(&mut self, chunk: Chunk) -> Result<(), Unfit> {
        match chunk {
            Chunk::Start {
                message_id,
                message_metadata,
            } => {
                // A second one only renames.
                if !std::mem::replace(&mut self.is_begun, true) {
                    self.message.parts.clear();
                    self.message.metadata = None;
                    self.writing.clear();
                }
                if let Some(id) = message_id {
                    self.message.id = id;
                }
                self.say(message_metadata);
            }
            Chunk::Finish { message_metadata, .. } => self.say(message_metadata),
            Chunk::MessageMetadata { message_metadata } => self.say(Some(message_metadata)),
            Chunk::StartStep => self.message.parts.push(Part::StepStart),
            // An error ends the stream and an abort says that it was ended; both leave what is there.
            Chunk::FinishStep | Chunk::Error { .. } | Chunk::Abort { .. } => {}
            Chunk::ResetStep => {
                let keep = self.message.parts.iter().rposition(|part| *part == Part::StepStart);
                self.message.parts.truncate(keep.map_or(0, |at| at + 1));
                self.writing.clear();
            }
            Chunk::TextStart { id } => self.write(false, id),
            Chunk::ReasoningStart { id } => self.write(true, id),
            Chunk::TextDelta { id, delta } => self.written(false, id)?.0.push_str(&delta),
            Chunk::ReasoningDelta { id, delta } => self.written(true, id)?.0.push_str(&delta),
            Chunk::TextEnd { id } => {
                *self.written(false, id.clone())?.1 = WritingState::Done;
                self.writing.remove(&(false, id));
            }
            Chunk::ReasoningEnd { id } => {
                *self.written(true, id.clone())?.1 = WritingState::Done;
                self.writing.remove(&(true, id));
            }
            Chunk::ToolInputStart {
                tool_call_id,
                tool_name,
                title,
                ..
            } => self.call(tool_call_id, tool_name, ToolState::InputStreaming, title, None, None),
            Chunk::ToolInputDelta { .. } => {
                return Err(Unfit("arguments are sent whole, never in pieces".into()));
            }
            Chunk::ToolInputAvailable {
                tool_call_id,
                tool_name,
                input,
                title,
                ..
            } => self.call(
                tool_call_id,
                tool_name,
                ToolState::InputAvailable,
                title,
                Some(input),
                None,
            ),
            Chunk::ToolInputError {
                tool_call_id,
                tool_name,
                input,
                error_text,
                ..
            } => self.call(
                tool_call_id,
                tool_name,
                ToolState::OutputError,
                None,
                Some(input),
                Some(error_text),
            ),
            Chunk::ToolApprovalRequest {
                approval_id,
                tool_call_id,
                reason,
                approval_descriptor,
            } => {
                let tool = self.tool(&tool_call_id)?;
                tool.state = ToolState::ApprovalRequested;
                tool.approval = Some(ToolApproval {
                    id: approval_id,
                    descriptor: approval_descriptor.filter(|descriptor| !descriptor.is_null()),
                    request_reason: reason,
                    approved: None,
                    reason: None,
                });
            }
            Chunk::ToolApprovalResponse {
                approval_id,
                approved,
                reason,
            } => {
                let (tool, approval) = self
                    .tools()
                    .find_map(|tool| {
                        let approval = tool.approval.clone().filter(|approval| approval.id == approval_id)?;
                        Some((tool, approval))
                    })
                    .ok_or_else(|| Unfit(format!("an answer to the unknown approval {approval_id}")))?;
                tool.state = ToolState::ApprovalResponded;
                tool.approval = Some(ToolApproval {
                    approved: Some(approved),
                    reason: reason.or(approval.reason.clone()),
                    ..approval
                });
            }
            Chunk::ToolOutputAvailable {
                tool_call_id,
                output,
                preliminary,
            } => {
                let tool = self.tool(&tool_call_id)?;
                tool.state = ToolState::OutputAvailable;
                tool.output = Some(output);
                tool.error_text = None;
                tool.preliminary = preliminary;
            }
            Chunk::ToolOutputError {
                tool_call_id,
                error_text,
            } => {
                let tool = self.tool(&tool_call_id)?;
                tool.state = ToolState::OutputError;
                tool.output = None;
                tool.error_text = Some(error_text);
                tool.preliminary = None;
            }
            Chunk::ToolOutputDenied { tool_call_id } => self.tool(&tool_call_id)?.state = ToolState::OutputDenied,
            Chunk::Data(DataChunk { transient: true, .. }) => {}
            Chunk::Data(chunk) => {
                let there = self.message.parts.iter_mut().find_map(|part| match part {
                    Part::AsSent(Chunk::Data(there)) if chunk.id.is_some() => {
                        (there.kind == chunk.kind && there.id == chunk.id).then_some(there)
                    }
                    _ => None,
                });
                match there {
                    Some(there) => there.data = chunk.data,
                    None => self.message.parts.push(Part::AsSent(Chunk::Data(chunk))),
                }
            }
            Chunk::SourceUrl { .. }
            | Chunk::SourceDocument { .. }
            | Chunk::File { .. }
            | Chunk::ReasoningFile { .. }
            | Chunk::Custom { .. }
            | Chunk::SteeringMessage { .. } => self.message.parts.push(Part::AsSent(chunk)),
        }
        Ok(())
    }

    fn say(&mut self, metadata: Option<Value>) {
        match (&mut self.message.metadata, metadata) {
            (_, None | Some(Value::Null)) => {}
            (Some(so_far), Some(more)) => merge(so_far, more),
            (none, Some(first)) => *none = Some(first),
        }
    }

    fn write(&mut self, is_reasoning: bool, id: String) {
        let (text, state) = (String::new(), WritingState::Streaming);
        self.writing
            .insert((is_reasoning, id.clone()), self.message.parts.len());
        self.message.parts.push(match is_reasoning {
            true => Part::Reasoning { id, text, state },
            false => Part::Text {
                text,
                state: Some(state),
            },
        });
    }

    fn written(&mut self, is_reasoning: bool, id: String) -> Result<(&mut String, &mut WritingState), Unfit> {
        let key = (is_reasoning, id);
        let part = self.writing.get(&key).and_then(|at| self.message.parts.get_mut(*at));
        match part {
            Some(
                Part::Text {
                    text,
                    state: Some(state),
                }
                | Part::Reasoning { text, state, .. },
            ) => Ok((text, state)),
            _ => Err(Unfit(format!("a piece of the part {}, which is not begun", key.1))),
        }
    }

    fn tools(&mut self) -> impl DoubleEndedIterator<Item = &mut ToolPart> {
        self.message.parts.iter_mut().filter_map(|part| match part {
            Part::DynamicTool(tool) => Some(tool.as_mut()),
            _ => None,
        })
    }

    fn tool(&mut self, id: &str) -> Result<&mut ToolPart, Unfit> {
        self.tools()
            .rfind(|tool| tool.tool_call_id == id)
            .ok_or_else(|| Unfit(format!("a result of the unknown call {id}")))
    }

    /// A call that is new in this step, or known and told anew.
    fn call(
        &mut self,
        id: String,
        name: String,
        state: ToolState,
        title: Option<String>,
        input: Option<Value>,
        error_text: Option<String>,
    ) {
        let step = self.message.parts.iter().rposition(|part| *part == Part::StepStart);
        let there = self.message.parts.iter_mut().skip(step.map_or(0, |at| at + 1));
        let there = there.filter_map(|part| match part {
            Part::DynamicTool(tool) => Some(tool.as_mut()),
            _ => None,
        });
        let Some(tool) = { there }.find(|tool| tool.tool_call_id == id) else {
            self.message.parts.push(Part::DynamicTool(Box::new(ToolPart {
                tool_call_id: id,
                tool_name: name,
                state,
                title,
                input,
                output: None,
                error_text,
                preliminary: None,
                approval: None,
            })));
            return;
        };
        tool.tool_name = name;
        tool.state = state;
        tool.title = title.or(tool.title.take());
        tool.input = input;
        tool.output = None;
        tool.error_text = error_text;
        tool.preliminary = None;
    }
}

/// Objects are merged member by member, everything else is replaced.
pub(super) fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                match into.get_mut(&name) {
                    Some(there) => merge(there, value),
                    None => drop(into.insert(name, value)),
                }
            }
        }
        (into, more) => *into = more,
    }
}
