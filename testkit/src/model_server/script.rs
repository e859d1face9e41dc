//! What a test can make the model do.

use std::time::Duration;

/// The answer to one chat request.
#[derive(Clone, Debug)]
pub enum Scripted {
    Answer(Answer),
    /// An error in the API's JSON form, with more headers such as `Retry-After`.
    Error {
        status: u16,
        code: &'static str,
        message: &'static str,
        headers: Vec<(&'static str, &'static str)>,
    },
    /// Anything, as it is: a web page, a redirect, nonsense.
    Raw {
        status: u16,
        content_type: &'static str,
        body: String,
    },
    /// Takes the request and never answers.
    Hang,
}

/// A model's turn: thoughts, then text, then calls, each in the given pieces.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Before the first byte of the answer.
    pub delay: Duration,
    /// Between pieces.
    pub pause: Duration,
    pub reasoning: Vec<String>,
    pub text: Vec<String>,
    pub calls: Vec<ScriptedCall>,
    /// Overrides the finish reason; otherwise `tool_calls` with calls and `stop` without.
    pub finish: Option<&'static str>,
    /// Prompt, completion and cached tokens; 21, 7 and 4 unless set.
    pub usage: Option<(u64, u64, u64)>,
    /// The server says nothing about tokens.
    pub hides_usage: bool,
    pub ending: Ending,
}

/// A call with its arguments in the pieces in which they stream. Pieces of several calls alternate.
#[derive(Clone, Debug, Default)]
pub struct ScriptedCall {
    pub id: String,
    pub name: String,
    pub arguments: Vec<String>,
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Finish reason, usage where asked for, `[DONE]`.
    #[default]
    Proper,
    /// The connection closes after the last piece.
    Cut,
    /// A piece that is not JSON.
    Garbage,
    /// An error object in the stream.
    Error,
    /// Nothing comes any more, and the connection stays.
    Hang,
    /// Finish reason, and no `[DONE]`.
    WithoutDone,
}

impl Scripted {
    pub fn text(pieces: &[&str]) -> Self {
        Scripted::Answer(Answer::text(pieces))
    }

    /// One call, its arguments cut in two.
    pub fn call(id: &str, name: &str, arguments: &str) -> Self {
        Scripted::Answer(Answer {
            calls: vec![ScriptedCall::new(id, name, arguments)],
            ..Answer::default()
        })
    }

    pub fn calls(calls: Vec<ScriptedCall>) -> Self {
        Scripted::Answer(Answer {
            calls,
            ..Answer::default()
        })
    }

    pub fn error(status: u16, code: &'static str) -> Self {
        Scripted::Error {
            status,
            code,
            message: "Something the vendor says.",
            headers: Vec::new(),
        }
    }

    pub fn html() -> Self {
        Scripted::Raw {
            status: 200,
            content_type: "text/html",
            body: "<!doctype html><title>Login</title>".into(),
        }
    }
}

impl Answer {
    pub fn text(pieces: &[&str]) -> Self {
        Self {
            text: pieces.iter().map(|piece| (*piece).to_owned()).collect(),
            ..Self::default()
        }
    }
}

impl ScriptedCall {
    pub fn new(id: &str, name: &str, arguments: &str) -> Self {
        let mut middle = arguments.len() / 2;
        while !arguments.is_char_boundary(middle) {
            middle += 1;
        }
        let (first, second) = arguments.split_at(middle);
        let pieces = [first, second].into_iter().filter(|piece| !piece.is_empty());
        Self {
            id: id.into(),
            name: name.into(),
            arguments: pieces.map(str::to_owned).collect(),
        }
    }
}
