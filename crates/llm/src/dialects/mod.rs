//! One file a vendor's wire format: what a conversation looks like on its way out, and an answer on its way in.

mod anthropic;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_responses;

use crate::remote::Answer;
use reqwest::RequestBuilder;
use serde_json::Value;
use steersman_protocol::{ModelRequest, ProviderKind};

/// The dialect of a kind of provider.
pub(crate) fn of(kind: ProviderKind) -> &'static dyn Dialect {
    match kind {
        ProviderKind::Openai => &openai_chat::OpenAiChat,
        ProviderKind::OpenaiResponses => &openai_responses::OpenAiResponses,
        ProviderKind::Anthropic => &anthropic::Anthropic,
        ProviderKind::Ollama => &ollama::Ollama,
        ProviderKind::Gemini => &gemini::Gemini,
    }
}

/// Whom a request is for.
pub(crate) struct Addressee<'a> {
    pub model: &'a str,
    pub base: &'a str,
    /// Tokens that the model can read, where the dialect asks for it and the server says so.
    pub context_length: Option<u64>,
}

/// A wire format. Pure: it turns our request into JSON and pieces of JSON into an answer; sending is not its business.
pub(crate) trait Dialect: Send + Sync {
    /// What a server of this kind is, for a sentence: "an OpenAI-compatible server".
    fn server(&self) -> &'static str;

    /// Appended to an address without a path: `/v1`.
    fn version(&self) -> &'static str {
        "/v1"
    }

    /// The path below the base that people copy along with it.
    fn endpoint(&self) -> &'static str;

    /// Where a conversation is sent, below the base.
    fn chat_path(&self, _model: &str) -> String {
        self.endpoint().to_owned()
    }

    fn authorized(&self, request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
        match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    fn body(&self, request: &ModelRequest, to: &Addressee<'_>) -> Value;

    /// The content type of a stream; anything else is a whole answer.
    fn stream_type(&self) -> &'static str {
        "text/event-stream"
    }

    /// The error that a piece of a stream or a whole answer reports.
    fn error_in<'v>(&self, piece: &'v Value) -> Option<&'v Value> {
        piece.get("error").filter(|error| !error.is_null())
    }

    /// Takes one piece of a stream. Errors say what is wrong with it.
    fn take(&self, piece: &Value, answer: &mut Answer<'_>) -> Result<(), String>;

    /// Takes an answer of a server that did not stream.
    fn take_whole(&self, whole: &Value, answer: &mut Answer<'_>) -> Result<(), String>;

    /// Whether small models behind this format write their calls as text.
    fn writes_calls(&self) -> bool {
        false
    }

    /// A question about a model that is asked before the first conversation: path below the base, and body.
    fn question_about(&self, _model: &str) -> Option<(String, Value)> {
        None
    }

    /// The tokens that a model can read, from the answer to that question.
    fn context_length(&self, _facts: &Value) -> Option<u64> {
        None
    }

    /// Whether a body is certainly longer than what the model reads, where the server itself would cut it
    /// without a word.
    fn is_too_long(&self, _body: &Value, _context_length: Option<u64>) -> bool {
        false
    }

    fn models_path(&self) -> &'static str {
        "/models"
    }

    /// Names in a list of models.
    fn model_names(&self, list: &Value) -> Vec<String> {
        names_in(list, "data", "id")
    }

    /// Whether the list is complete. Vendors also know short names that they do not list.
    fn lists_all(&self) -> bool {
        false
    }

    fn knows(&self, names: &[String], model: &str) -> bool {
        names.iter().any(|name| name == model)
    }

    /// What to do about a model that is not there.
    fn other_model(&self, _model: &str) -> String {
        "Choose a model that it has".into()
    }
}

fn names_in(list: &Value, list_key: &str, name_key: &str) -> Vec<String> {
    let entries = list.get(list_key).and_then(Value::as_array);
    let name = |entry: &Value| entry.get(name_key)?.as_str().map(str::to_owned);
    entries.into_iter().flatten().filter_map(name).collect()
}
