//! What a person sees of runs.

use crate::{MessageId, RunId, ServerId, SessionId, ToolCall};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the person looks at while talking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Anchor {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_id: Option<ServerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<PageAnchor>,
}

/// What a page shows. `target` and `server` with their ids tell which targets are meant where a message names none;
/// other types are kept and mean nothing to us. Without ids the person looks at nothing in particular.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PageAnchor {
    /// At most 60 characters.
    pub resource_type: String,
    /// At most 50, of at most 100 characters each. Ids of other organizations are ignored.
    pub resource_ids: Vec<String>,
    /// At most 200 characters. For the eye: no model reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl PageAnchor {
    /// Says what is too long.
    pub fn check(&self) -> Result<(), String> {
        let is_over = |text: &str, most: usize| text.chars().count() > most;
        if is_over(&self.resource_type, 60) {
            Err("its resource_type is longer than 60 characters".into())
        } else if self.resource_ids.len() > 50 {
            Err(format!(
                "it names {} resources; at most 50 are taken",
                self.resource_ids.len()
            ))
        } else if self.resource_ids.iter().any(|id| is_over(id, 100)) {
            Err("one of its resource_ids is longer than 100 characters".into())
        } else if self.title.as_ref().is_some_and(|title| is_over(title, 200)) {
            Err("its title is longer than 200 characters".into())
        } else {
            Ok(())
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    User,
    Assistant,
    System,
    Tool,
}

impl MessageRole {
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageRole::User => "user",
            MessageRole::Assistant => "assistant",
            MessageRole::System => "system",
            MessageRole::Tool => "tool",
        }
    }
}

/// One message of a session. A view of the run's events, written with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChatMessage {
    pub id: MessageId,
    pub session_id: SessionId,
    pub run_id: RunId,
    pub role: MessageRole,
    pub content: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// For role tool: one sentence of our own about the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// For role tool: what the tool proposes next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<crate::SuggestedCall>,
    #[serde(default)]
    pub is_error: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: jiff::Timestamp,
}
