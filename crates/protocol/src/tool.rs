//! What can be done to a target.

use crate::Risk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fmt, str::FromStr};

/// `plugin.verb_noun`, lower case, at most 63 characters so that the model's form fits 64.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct ToolName(String);

impl ToolName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn plugin(&self) -> &str {
        self.0.split_once('.').map_or("", |(plugin, _)| plugin)
    }
    /// The part after the plugin: `create_index`.
    pub fn short(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, short)| short)
    }
    /// How models see it: `postgres_create_index`.
    pub fn for_model(&self) -> String {
        self.0.replacen('.', "_", 1)
    }
}

impl FromStr for ToolName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let word = |w: &str| {
            w.starts_with(|c: char| c.is_ascii_lowercase())
                && w.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        match text.split_once('.') {
            Some((plugin, short)) if word(plugin) && word(short) && text.len() <= 63 => Ok(Self(text.to_owned())),
            _ => Err(format!(
                "\"{}\" is no tool name; names look like postgres.list_indexes",
                text.chars().take(80).collect::<String>()
            )),
        }
    }
}
impl TryFrom<String> for ToolName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
impl From<ToolName> for String {
    fn from(name: ToolName) -> String {
        name.0
    }
}
impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    Query,
    Change,
}

/// Everything there is to know about a tool without running it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolSpec {
    pub name: ToolName,
    pub kind: ToolKind,
    /// For people: "Create an index".
    pub title: String,
    /// One sentence for a capable stranger.
    pub description: String,
    /// A request that this tool answers, in plain words, with `{target}` where a target's name goes.
    pub example: String,
    /// More words people use for it; for search only.
    pub synonyms: Vec<String>,
    /// `query`, `database`, `monitoring`, `host`, …
    pub category: String,
    /// The right needed: `tool:read:<plugin>` or `tool:change:<plugin>`.
    pub permission: String,
    /// The least risk; the facts of a plan raise it.
    pub floor: Risk,
    /// JSON Schema, draft 2020-12, of the arguments without the target. A property may carry `x-slot`, the kind of
    /// thing it wants (`table`, `index`, `column_list`, `sql`, `pid`, `path`, `port`, `duration_ms`, `size_bytes`,
    /// `count`, `text`), which the built-in provider fills from plain words.
    #[schema(value_type = Object)]
    pub input_schema: Value,
}
