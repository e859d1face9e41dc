//! Queries that read, and queries that do not behave.

use super::Reader;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use steersman_protocol::{Block, LogLine, Origin, Problem, Risk};
use steersman_runtime::toolkit::{Answer, Cx, Declaration, Query, async_trait};

const WORDS: Declaration = Declaration {
    name: "fault.read_values",
    title: "Read values",
    description: "Reads all values",
    example: "read the values on {target}",
    synonyms: &[],
    category: "fault",
    floor: Risk::Low,
};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

pub struct ReadValues;

#[async_trait]
impl Query for ReadValues {
    type Reader = Reader;
    type Input = Nothing;

    fn declare(&self) -> Declaration {
        WORDS
    }

    async fn run(&self, _cx: &Cx, reader: &Reader, _input: Nothing) -> Result<Answer, Problem> {
        let values = reader.0.read().await;
        Ok(Answer {
            summary: format!("{} values", values.len()),
            blocks: vec![Block::text(format!("{values:?}"))],
            suggestions: Vec::new(),
        })
    }
}

/// How a query misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Misbehaviour {
    Panic,
    /// Waits until it is told to stop, and then says so.
    HangUntilStopped,
    /// Waits and hears nothing.
    Hang,
    EndlessOutput,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct How {
    pub how: Misbehaviour,
}

pub struct Misread;

#[async_trait]
impl Query for Misread {
    type Reader = Reader;
    type Input = How;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "fault.misread",
            title: "Misread",
            description: "Misbehaves while reading",
            example: "misread on {target}",
            ..WORDS
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: How) -> Result<Answer, Problem> {
        match input.how {
            Misbehaviour::Panic => panic!("a planned panic while reading"),
            Misbehaviour::HangUntilStopped => {
                cx.cancel.cancelled().await;
                reader.0.note_cancelled();
                Err(Problem::new("fault.stopped", "", "it was told to stop", ""))
            }
            Misbehaviour::Hang => std::future::pending().await,
            Misbehaviour::EndlessOutput => Ok(endless()),
        }
    }
}

/// 64 MiB in a log of long lines.
fn endless() -> Answer {
    let line = LogLine {
        at: None,
        level: None,
        text: "x".repeat(64 * 1024),
    };
    Answer {
        summary: "a great deal".into(),
        blocks: vec![Block::Log {
            origin: Origin::Steersman,
            title: "endless".into(),
            lines: vec![line; 1024],
            truncated: false,
        }],
        suggestions: Vec::new(),
    }
}

/// A handle that the plugin never makes.
pub struct Foreign(#[expect(dead_code, reason = "nobody ever has one")] Arc<()>);

pub struct WrongHandle;

#[async_trait]
impl Query for WrongHandle {
    type Reader = Foreign;
    type Input = Nothing;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "fault.wrong_handle",
            title: "Wrong handle",
            description: "Wants a handle of another plugin",
            example: "use the wrong handle on {target}",
            ..WORDS
        }
    }

    async fn run(&self, _cx: &Cx, _reader: &Foreign, _input: Nothing) -> Result<Answer, Problem> {
        Ok(Answer::default())
    }
}
