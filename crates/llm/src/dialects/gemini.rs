//! Google's Gemini.
//!
//! Written after the published API reference (ai.google.dev/api/generate-content and …/gemini-api/docs/function-calling).

use super::{Addressee, Dialect, names_in};
use crate::remote::{
    Answer, CallPiece, schema,
    turns::{Called, Turn, object_of, turns},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use steersman_protocol::{FinishReason, ModelRequest, OfferedTool, ToolChoice, Usage};

pub(crate) struct Gemini;

/// Newer models want the signature of their thoughts back with each first call of a turn. We keep no thoughts, and this
/// is the value that the reference names for calls without one (ai.google.dev/gemini-api/docs/thought-signatures).
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

impl Dialect for Gemini {
    fn server(&self) -> &'static str {
        "a server of the Gemini API"
    }

    fn version(&self) -> &'static str {
        "/v1beta"
    }

    fn endpoint(&self) -> &'static str {
        "/models"
    }

    fn chat_path(&self, model: &str) -> String {
        let name = model.strip_prefix("models/").unwrap_or(model);
        format!("/models/{}:streamGenerateContent?alt=sse", in_path(name))
    }

    fn authorized(&self, request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
        match key {
            Some(key) => request.header("x-goog-api-key", key),
            None => request,
        }
    }

    fn models_path(&self) -> &'static str {
        "/models?pageSize=1000"
    }

    fn model_names(&self, list: &Value) -> Vec<String> {
        let short = |name: String| name.strip_prefix("models/").map(str::to_owned).unwrap_or(name);
        names_in(list, "models", "name").into_iter().map(short).collect()
    }

    /// Errors may come as a list of one.
    fn error_in<'v>(&self, piece: &'v Value) -> Option<&'v Value> {
        piece
            .get(0)
            .unwrap_or(piece)
            .get("error")
            .filter(|error| !error.is_null())
    }

    fn body(&self, request: &ModelRequest, to: &Addressee<'_>) -> Value {
        let mut body = json!({ "contents": contents(request, to.model) });
        if !request.system.is_empty() {
            body["systemInstruction"] = json!({ "parts": [{ "text": request.system }] });
        }
        if !request.tools.is_empty() {
            let declared: Vec<Value> = request.tools.iter().map(tool).collect();
            body["tools"] = json!([{ "functionDeclarations": declared }]);
            body["toolConfig"] = json!({ "functionCallingConfig": match &request.tool_choice {
                ToolChoice::Auto => json!({ "mode": "AUTO" }),
                ToolChoice::Required => json!({ "mode": "ANY" }),
                ToolChoice::None => json!({ "mode": "NONE" }),
                ToolChoice::Named(name) => json!({ "mode": "ANY", "allowedFunctionNames": [name] }),
            } });
        }
        let mut options = json!({});
        if let Some(most) = request.max_output_tokens {
            options["maxOutputTokens"] = json!(most);
        }
        if let Some(temperature) = request.temperature {
            options["temperature"] = json!(temperature);
        }
        if options != json!({}) {
            body["generationConfig"] = options;
        }
        body
    }

    fn take(&self, piece: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        answer.named(piece.get("modelVersion"));
        count(piece, answer);
        if piece.pointer("/promptFeedback/blockReason").is_some() {
            answer.ends(FinishReason::ContentFilter);
        }
        let Some(candidate) = piece.pointer("/candidates/0") else {
            return Ok(());
        };
        let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            take_part(part, answer)?;
        }
        if let Some(reason) = candidate.get("finishReason").and_then(Value::as_str) {
            answer.ends(finish_reason(reason));
        }
        Ok(())
    }

    /// A list of pieces, or one that is whole.
    fn take_whole(&self, whole: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
        match whole.as_array() {
            Some(pieces) => pieces.iter().try_for_each(|piece| self.take(piece, answer)),
            None => self.take(whole, answer),
        }
    }
}

/// A name as one segment of a path, or several where it has slashes (`tunedModels/…`).
fn in_path(name: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "-_./".contains(*c);
    name.chars().filter(is_plain).collect()
}

fn tool(tool: &OfferedTool) -> Value {
    let mut declaration = json!({ "name": tool.name, "description": tool.description });
    if let Some(parameters) = schema::gemini(&tool.input_schema) {
        declaration["parameters"] = parameters;
    }
    declaration
}

/// Turns of one side stand together, as the API wants them to alternate. Results have no ids: they are in the order of
/// their calls.
fn contents(request: &ModelRequest, model: &str) -> Vec<Value> {
    let mut contents: Vec<(&str, Vec<Value>)> = Vec::new();
    let mut say = |role: &'static str, parts: Vec<Value>| match contents.last_mut() {
        Some((last, content)) if *last == role => content.extend(parts),
        _ => contents.push((role, parts)),
    };
    for turn in turns(&request.messages) {
        match turn {
            Turn::User(text) => say("user", vec![json!({ "text": text })]),
            Turn::Assistant { text, calls } => {
                let mut parts: Vec<Value> = Vec::new();
                if !text.is_empty() {
                    parts.push(json!({ "text": text }));
                }
                let with_signature = wants_signatures(model);
                parts.extend((0..).zip(&calls).map(|(number, called)| {
                    let mut part = call(called);
                    if with_signature && number == 0 {
                        part["thoughtSignature"] = NO_SIGNATURE.into();
                    }
                    part
                }));
                say("model", parts);
                if !calls.is_empty() {
                    say("user", calls.iter().map(result).collect());
                }
            }
        }
    }
    if contents.first().is_some_and(|(role, _)| *role == "model") {
        // A conversation that was cut to its end begins where it was cut; the API wants the person first.
        contents.insert(0, ("user", vec![json!({ "text": "(Earlier messages are left out.)" })]));
    }
    contents
        .into_iter()
        .map(|(role, parts)| json!({ "role": role, "parts": parts }))
        .collect()
}

/// `gemini-3…` and later.
fn wants_signatures(model: &str) -> bool {
    let name = model.strip_prefix("models/").unwrap_or(model);
    let digits: String = name
        .strip_prefix("gemini-")
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .unwrap_or_default();
    digits.parse::<u32>().is_ok_and(|generation| generation >= 3) || name.ends_with("-latest")
}

fn call(Called { call, .. }: &Called<'_>) -> Value {
    json!({ "functionCall": { "name": call.name, "args": object_of(&call.arguments) } })
}

fn result(called: &Called<'_>) -> Value {
    let key = if called.is_error { "error" } else { "output" };
    json!({ "functionResponse": { "name": called.call.name, "response": { key: called.result } } })
}

fn take_part(part: &Value, answer: &mut Answer<'_>) -> Result<(), String> {
    if part.get("thought") == Some(&Value::Bool(true)) {
        answer.thought(part.get("text"));
        return Ok(());
    }
    answer.text(part.get("text"))?;
    let Some(call) = part.get("functionCall") else {
        return Ok(());
    };
    let arguments = call.get("args").filter(|args| args.is_object()).map(Value::to_string);
    answer.call(CallPiece {
        index: None,
        id: call.get("id").and_then(Value::as_str).unwrap_or_default(),
        name: call.get("name").and_then(Value::as_str).unwrap_or_default(),
        arguments: arguments.as_deref().unwrap_or_default(),
    })
}

/// Thoughts are counted apart from what is said, and are paid for as a part of it.
fn count(piece: &Value, answer: &mut Answer<'_>) {
    let Some(usage) = piece.get("usageMetadata") else {
        return;
    };
    let count = |key: &str| usage.get(key).and_then(Value::as_u64);
    let thoughts = count("thoughtsTokenCount");
    answer.counted(Usage {
        prompt_tokens: count("promptTokenCount"),
        completion_tokens: count("candidatesTokenCount").map(|said| said + thoughts.unwrap_or(0)),
        cached_tokens: count("cachedContentTokenCount"),
        reasoning_tokens: thoughts,
    });
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => {
            FinishReason::ContentFilter
        }
        _ => FinishReason::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_the_third_generation_want_signatures() {
        for (model, wants) in [
            ("gemini-2.5-flash", false),
            ("gemini-3-pro-preview", true),
            ("models/gemini-3.1-pro", true),
            ("gemini-flash-latest", true),
            ("gemma-3-27b", false),
        ] {
            assert_eq!(wants_signatures(model), wants, "{model}");
        }
    }

    #[test]
    fn a_name_stays_in_its_path() {
        let path = Gemini.chat_path("models/gemini-2.5-flash");
        assert_eq!(path, "/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
        assert!(!Gemini.chat_path("x?key=1#y").contains("key=1#"));
    }
}
