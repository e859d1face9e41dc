//! What differs between the wire formats.

use super::{
    chat_completions::ChatCompletions, generate_content::GenerateContent, messages::Messages, ollama::Ollama,
    request::Recorded, responses::Responses, script::Answer,
};
use serde_json::{Value, json};

/// Seconds since the epoch, the same in every answer.
pub(super) const CREATED: u64 = 1_790_000_000;

/// One wire format, as its published reference describes it.
pub(super) trait Wire: Send + Sync {
    /// The first thing in a request that the reference does not allow.
    fn mistake(&self, request: &Recorded) -> Option<String>;

    /// The model that is asked for.
    fn model(&self, request: &Recorded) -> String {
        request.body["model"].as_str().unwrap_or_default().to_owned()
    }

    fn streams(&self, request: &Recorded) -> bool {
        request.body["stream"] == true
    }

    fn stream_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Value;

    /// The code of a model that is not there.
    fn unknown_model(&self) -> &'static str;

    fn wrong_key(&self) -> (u16, Value) {
        let message = "Incorrect API key provided: wrong-key.";
        (401, self.error(401, "invalid_api_key", message))
    }

    /// An error in the middle of a stream.
    fn error_piece(&self) -> Value;

    /// The whole answer, for requests that do not stream.
    fn whole(&self, request: &Recorded, answer: &Answer) -> Value;

    /// What comes before the first piece of an answer, framed.
    fn opening(&self, _request: &Recorded, _answer: &Answer) -> Vec<String> {
        Vec::new()
    }

    /// Thoughts, text and calls in their pieces, framed.
    fn pieces(&self, request: &Recorded, answer: &Answer) -> Vec<String>;

    /// Why it ended, and the count of tokens, framed.
    fn closing(&self, request: &Recorded, answer: &Answer) -> Vec<String>;

    /// The mark at the very end, where the format has one.
    fn done(&self) -> Option<&'static str> {
        None
    }

    /// One JSON value as it stands in the stream.
    fn frame(&self, data: &str) -> String {
        format!("data: {data}\n\n")
    }
}

/// The format of a request for an answer.
pub(super) fn of(request: &Recorded) -> Option<&'static dyn Wire> {
    let path = request.path.as_str();
    match (request.method.as_str(), path) {
        ("POST", "/v1/chat/completions") => Some(&ChatCompletions),
        ("POST", "/v1/messages") => Some(&Messages),
        ("POST", "/v1/responses") => Some(&Responses),
        ("POST", "/api/chat") => Some(&Ollama),
        ("POST", _) if path.starts_with("/v1beta/models/") => Some(&GenerateContent),
        _ => None,
    }
}

/// The format in which other requests are refused: by their path, and by the header that only one vendor has.
pub(super) fn around(request: &Recorded) -> &'static dyn Wire {
    if request.header("anthropic-version").is_some() {
        &Messages
    } else if request.path.starts_with("/api/") {
        &Ollama
    } else if request.path.starts_with("/v1beta/") {
        &GenerateContent
    } else {
        &ChatCompletions
    }
}

/// The answer to what is asked beside conversations: models, and what one of them is.
pub(super) fn facts(request: &Recorded, model: &str) -> Option<Value> {
    let is_anthropic = request.header("anthropic-version").is_some();
    Some(match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v1/models") if is_anthropic => json!({
            "data": [{ "type": "model", "id": model, "display_name": "Scripted", "created_at": "2026-01-01T00:00:00Z" }],
            "has_more": false, "first_id": model, "last_id": model,
        }),
        ("GET", "/v1/models") => json!({
            "object": "list", "data": [{ "id": model, "object": "model", "created": CREATED, "owned_by": "testkit" }],
        }),
        ("GET", "/v1beta/models") => json!({ "models": [{
            "name": format!("models/{model}"), "version": "1", "displayName": "Scripted",
            "inputTokenLimit": 32768, "outputTokenLimit": 8192, "supportedGenerationMethods": ["generateContent"],
        }] }),
        ("GET", "/api/tags") => json!({ "models": [{
            "name": model, "model": model, "modified_at": "2026-01-01T00:00:00Z", "size": 1, "digest": "0",
            "details": { "format": "gguf", "family": "llama", "families": ["llama"], "parameter_size": "1B", "quantization_level": "Q4_0" },
        }] }),
        ("POST", "/api/show") if request.body["model"] == model => json!({
            "modelfile": "", "parameters": "", "template": "", "capabilities": ["completion", "tools"],
            "details": { "format": "gguf", "family": "llama", "families": ["llama"], "parameter_size": "1B", "quantization_level": "Q4_0" },
            "model_info": { "general.architecture": "llama", "llama.context_length": 32768 },
        }),
        _ => return None,
    })
}

/// Names of tools, the same everywhere.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// The first key that a format does not know.
pub(super) fn unknown_key(body: &Value, known: &[&str]) -> Option<String> {
    let key = body.as_object()?.keys().find(|key| !known.contains(&key.as_str()))?;
    Some(format!("{key}: Extra inputs are not permitted"))
}

/// A call's arguments where they travel as an object.
pub(super) fn object(arguments: &[String]) -> Value {
    serde_json::from_str(&arguments.concat()).unwrap_or_else(|_| json!({}))
}
