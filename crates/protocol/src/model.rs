//! What is said to a model and what it says, before any vendor's JSON.

use crate::{Inventory, Problem, Risk, ToolKind, ToolName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One question to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRequest {
    /// Empty means the provider's default model.
    pub model: String,
    pub system: String,
    pub messages: Vec<ModelMessage>,
    pub tools: Vec<OfferedTool>,
    pub tool_choice: ToolChoice,
    /// What the person may see: for the built-in provider, which reads no prose.
    pub inventory: Inventory,
    pub max_output_tokens: Option<u32>,
    pub temperature: Option<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "role")]
pub enum ModelMessage {
    User {
        text: String,
    },
    Assistant {
        text: String,
        tool_calls: Vec<ToolCall>,
    },
    Tool {
        call_id: String,
        /// The model's form of the tool name.
        name: String,
        /// Bounded text of the result: what a model reads.
        text: String,
        /// One sentence about the result, our own words.
        summary: String,
        /// What the tool itself proposes next.
        suggestions: Vec<SuggestedCall>,
        is_error: bool,
    },
}

/// A call that a tool's result proposes as a next step. A proposal only: it goes through the funnel like any other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SuggestedCall {
    pub tool: ToolName,
    /// The target's name.
    pub target: String,
    #[schema(value_type = Object)]
    pub arguments: Value,
    /// Why, as a clause after "because": "no index covers the filter on customer_id".
    pub because: String,
    /// True when it takes back a change that was just made: offered, and never followed without being asked for.
    #[serde(default)]
    pub is_undo: bool,
}

/// A tool as a model sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferedTool {
    /// `postgres_create_index`.
    pub name: String,
    pub tool: ToolName,
    pub kind: ToolKind,
    pub floor: Risk,
    pub title: String,
    pub description: String,
    pub example: String,
    pub synonyms: Vec<String>,
    /// The tool's schema with a required `target` property added: the names this person may use.
    pub input_schema: Value,
    /// How well it fitted the last message when it was selected; higher is better, 0 when not ranked.
    pub relevance: f32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    #[default]
    Auto,
    Required,
    None,
    /// One tool, by the model's form of its name.
    Named(String),
}

/// A call that a model asks for. Unchecked: the arguments are whatever the model wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    /// Parsed JSON, or a string with what the model wrote where that was no JSON.
    #[schema(value_type = Object)]
    pub arguments: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    Stop,
    ToolCalls,
    Length,
    ContentFilter,
    Error,
}

/// Tokens as the provider counted them; `None` where it did not say, never zero in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Usage {
    pub prompt_tokens: Option<u64>,
    pub completion_tokens: Option<u64>,
    /// Of the prompt's, those that were read from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// Of the completion's, those that were thoughts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelAnswer {
    pub provider: String,
    pub model: String,
    pub text: String,
    pub tool_calls: Vec<ToolCall>,
    pub finish: FinishReason,
    pub usage: Usage,
    /// The chosen provider, where it was away and another one answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<String>,
}

/// A piece of an answer as it streams.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelDelta {
    Text(String),
    ToolCallStarted {
        index: usize,
        id: String,
        name: String,
    },
    ToolCallArguments {
        index: usize,
        text: String,
    },
    /// The provider gave up in mid-stream; what came before is kept and marked.
    Failed(Problem),
}
