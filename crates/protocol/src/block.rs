//! The output vocabulary: the page has one component a kind, the model gets a bounded text of the same.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a block's content came from. Text from a target is data: it is shown, quoted and never obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum Origin {
    /// Our own words.
    Steersman,
    /// Read from a target; `name` is the target's.
    Target { name: String },
    /// Written by a model.
    Model,
}

/// One piece of output. All kinds carry their origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Block {
    /// Markdown without HTML.
    Text { origin: Origin, text: String },
    /// Rows of equal width. `total_rows` says how many there were before a limit cut them.
    Table {
        origin: Origin,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        columns: Vec<Column>,
        rows: Vec<Vec<Cell>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total_rows: Option<u64>,
    },
    /// Names and values, in the order to show.
    Record {
        origin: Origin,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        fields: Vec<(String, Cell)>,
    },
    /// Before and after of one text.
    Diff {
        origin: Origin,
        title: String,
        before: String,
        after: String,
    },
    /// Lines of a log, oldest first.
    Log {
        origin: Origin,
        title: String,
        lines: Vec<LogLine>,
        truncated: bool,
    },
    /// Numbers over time, one shared time axis per series.
    Series {
        origin: Origin,
        title: String,
        unit: String,
        series: Vec<Series>,
    },
    /// A tree such as a query plan or a blocking chain.
    Tree {
        origin: Origin,
        title: String,
        roots: Vec<TreeNode>,
    },
    /// A failure.
    Problem { problem: crate::Problem },
    /// A file offered for download; `text` is its content (UTF-8, at most 1 MiB).
    File {
        origin: Origin,
        name: String,
        media_type: String,
        text: String,
    },
}

impl Block {
    pub fn text(text: impl Into<String>) -> Self {
        Block::Text {
            origin: Origin::Steersman,
            text: text.into(),
        }
    }
}

/// A value in a table or record: a JSON scalar (string, number, boolean, null), or an array of them.
pub type Cell = Value;

/// A table column. `unit` is one of `bytes`, `ms`, `seconds`, `percent`, `count`, `time`, `sql`, `code` or absent;
/// the reader formats accordingly, the value stays raw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Column {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl Column {
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: None,
        }
    }
    pub fn with_unit(name: impl Into<String>, unit: &str) -> Self {
        Self {
            name: name.into(),
            unit: Some(unit.to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LogLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<jiff::Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    pub text: String,
}

/// `points` are (milliseconds since the epoch, value).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Series {
    pub name: String,
    pub points: Vec<(i64, f64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TreeNode {
    pub label: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, Cell)>,
    /// A warning in words, shown beside the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub children: Vec<TreeNode>,
}
