//! Google's Gemini: `generateContent` and `streamGenerateContent`.

use super::{
    request::Recorded,
    script::Answer,
    wire::{Wire, is_name, object, unknown_key},
};
use serde_json::{Value, json};

pub(super) struct GenerateContent;

const KNOWN: &[&str] = &[
    "contents",
    "tools",
    "toolConfig",
    "safetySettings",
    "systemInstruction",
    "generationConfig",
    "cachedContent",
];
const KNOWN_IN_SCHEMA: &[&str] = &[
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "maxItems",
    "minItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
    "propertyOrdering",
    "default",
    "items",
    "minimum",
    "maximum",
];

impl Wire for GenerateContent {
    fn mistake(&self, request: &Recorded) -> Option<String> {
        let body = &request.body;
        let verb = request.path.rsplit(':').next().unwrap_or_default();
        let is_stream = verb == "streamGenerateContent" && request.query.contains("alt=sse");
        if verb != "generateContent" && !is_stream {
            return Some("this server streams with alt=sse only".into());
        }
        let contents = body["contents"].as_array().filter(|contents| !contents.is_empty());
        let Some(contents) = contents else {
            return Some("* GenerateContentRequest.contents: contents is not specified".into());
        };
        unknown_key(body, KNOWN)
            .or_else(|| contents_mistake(contents))
            .or_else(|| tools_mistake(body))
    }

    /// Part of the path.
    fn model(&self, request: &Recorded) -> String {
        let name = request.path.strip_prefix("/v1beta/models/").unwrap_or_default();
        name.split(':').next().unwrap_or_default().to_owned()
    }

    fn streams(&self, request: &Recorded) -> bool {
        request.path.ends_with(":streamGenerateContent")
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Value {
        let word = match (status, code) {
            (400, "") => "INVALID_ARGUMENT".to_owned(),
            (403, _) => "PERMISSION_DENIED".into(),
            (404, _) => "NOT_FOUND".into(),
            (429, _) => "RESOURCE_EXHAUSTED".into(),
            (503, _) => "UNAVAILABLE".into(),
            (500, _) => "INTERNAL".into(),
            (_, code) => code.to_uppercase(),
        };
        let delay = json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s" });
        let details = if status == 429 { json!([delay]) } else { json!([]) };
        json!({ "error": { "code": status, "message": message, "status": word, "details": details } })
    }

    fn unknown_model(&self) -> &'static str {
        ""
    }

    fn wrong_key(&self) -> (u16, Value) {
        let mut body = self.error(400, "", "API key not valid. Please pass a valid API key.");
        body["error"]["details"] = json!([
            { "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com" },
        ]);
        (400, body)
    }

    fn error_piece(&self) -> Value {
        self.error(503, "", "The model is overloaded. Please try again later.")
    }

    fn whole(&self, request: &Recorded, answer: &Answer) -> Value {
        let mut parts: Vec<Value> = Vec::new();
        if !answer.text.is_empty() {
            parts.push(json!({ "text": answer.text.concat() }));
        }
        parts.extend(calls(answer));
        self.piece(request, answer, parts, true)
    }

    fn pieces(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let thoughts = answer
            .reasoning
            .iter()
            .map(|piece| json!({ "text": piece, "thought": true }));
        let texts = answer.text.iter().map(|piece| json!({ "text": piece }));
        let frame = |part| self.frame(&self.piece(request, answer, vec![part], false).to_string());
        thoughts.chain(texts).chain(calls(answer)).map(frame).collect()
    }

    fn closing(&self, request: &Recorded, answer: &Answer) -> Vec<String> {
        let last = self.piece(request, answer, vec![json!({ "text": "" })], true);
        vec![self.frame(&last.to_string())]
    }
}

impl GenerateContent {
    fn piece(&self, request: &Recorded, answer: &Answer, parts: Vec<Value>, is_last: bool) -> Value {
        let mut candidate = json!({ "content": { "parts": parts, "role": "model" }, "index": 0 });
        if is_last {
            candidate["finishReason"] = finish_reason(answer).into();
        }
        let mut piece =
            json!({ "candidates": [candidate], "modelVersion": self.model(request), "responseId": "scripted" });
        if !answer.hides_usage {
            let (prompt, completion, cached) = answer.usage.unwrap_or((21, 7, 4));
            piece["usageMetadata"] = json!({
                "promptTokenCount": prompt, "candidatesTokenCount": completion, "cachedContentTokenCount": cached,
                "totalTokenCount": prompt + completion,
            });
        }
        piece
    }
}

fn calls(answer: &Answer) -> Vec<Value> {
    let part =
        |call: &super::ScriptedCall| json!({ "functionCall": { "name": call.name, "args": object(&call.arguments) } });
    answer.calls.iter().map(part).collect()
}

/// Calls have no reason of their own.
fn finish_reason(answer: &Answer) -> &'static str {
    match answer.finish {
        Some("length") => "MAX_TOKENS",
        Some("content_filter") => "SAFETY",
        _ => "STOP",
    }
}

/// As many results as calls, in the content right after them.
fn contents_mistake(contents: &[Value]) -> Option<String> {
    let mut waiting = 0;
    let mut last = "";
    for (at, content) in contents.iter().enumerate() {
        let role = content["role"].as_str().unwrap_or("user");
        let parts = content["parts"].as_array().map_or(&[][..], Vec::as_slice);
        if !["user", "model"].contains(&role) || parts.is_empty() || role == last || at == 0 && role == "model" {
            return Some(format!("contents[{at}]: invalid role or parts"));
        }
        let count = |key: &str| parts.iter().filter(|part| part.get(key).is_some()).count();
        if role == "user" && count("functionResponse") != waiting {
            return Some("Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.".into());
        }
        waiting = count("functionCall");
        last = role;
    }
    (waiting > 0).then(|| "function calls without responses at the end".to_owned())
}

fn tools_mistake(body: &Value) -> Option<String> {
    let tools = body["tools"].as_array();
    let declared = |tool: &Value| tool["functionDeclarations"].as_array().cloned().unwrap_or_default();
    let declared: Vec<Value> = tools.into_iter().flatten().flat_map(declared).collect();
    for declaration in &declared {
        if !declaration["name"].as_str().is_some_and(is_name) {
            return Some("Invalid function name.".into());
        }
        let mistake = declaration
            .get("parameters")
            .and_then(|schema| schema_mistake(schema, true));
        if mistake.is_some() {
            return mistake;
        }
    }
    let config = &body["toolConfig"]["functionCallingConfig"];
    let mut named = config["allowedFunctionNames"].as_array().into_iter().flatten();
    let is_declared = |name: &Value| declared.iter().any(|declaration| declaration["name"] == *name);
    named
        .any(|name| !is_declared(name))
        .then(|| "allowed_function_names: not declared".to_owned())
}

fn schema_mistake(schema: &Value, is_top: bool) -> Option<String> {
    if let Some(key) = unknown_key(schema, KNOWN_IN_SCHEMA) {
        return Some(format!("Invalid JSON payload received. Unknown name in schema: {key}"));
    }
    let kind = schema["type"].as_str();
    if kind.is_some_and(|kind| kind.bytes().any(|b| !b.is_ascii_uppercase()))
        || kind.is_none() && schema.get("anyOf").is_none()
    {
        return Some(format!("Invalid value at 'type': {schema}"));
    }
    let properties = schema["properties"].as_object();
    if is_top && properties.is_none_or(|properties| properties.is_empty()) {
        return Some("parameters.properties: should be non-empty for OBJECT type".into());
    }
    let below = properties
        .into_iter()
        .flat_map(|properties| properties.values())
        .chain(schema.get("items"));
    let mut below = below.chain(schema["anyOf"].as_array().into_iter().flatten());
    below.find_map(|schema| schema_mistake(schema, false))
}
