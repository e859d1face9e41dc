//! Reading a request, and finding what the API reference does not allow in it.

use serde_json::Value;
use std::collections::BTreeSet;
use tokio::{io::AsyncReadExt, net::TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    /// The bearer token.
    pub key: Option<String>,
    /// Null where there was none.
    pub body: Value,
}

const LONGEST_REQUEST: usize = 16 * 1024 * 1024;

/// Reads head and body (HTTP/1.1, Content-Length). `None` when it breaks off or is no such request.
pub(super) async fn read(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_length = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        read_more(stream, &mut bytes).await?;
    };
    let head = String::from_utf8_lossy(&bytes[..head_length]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let header = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let body_length: usize = header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    while bytes.len() < head_length + body_length {
        read_more(stream, &mut bytes).await?;
    }
    Some(Recorded {
        method,
        path: path.split('?').next().unwrap_or("").to_owned(),
        key: header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned)),
        body: serde_json::from_slice(&bytes[head_length..head_length + body_length]).unwrap_or(Value::Null),
    })
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(bytes).await.ok()?;
    (count > 0 && bytes.len() <= LONGEST_REQUEST).then_some(())
}

/// The first thing that the reference does not allow.
pub(super) fn mistake(body: &Value) -> Option<String> {
    let Some(messages) = body
        .get("messages")
        .and_then(Value::as_array)
        .filter(|messages| !messages.is_empty())
    else {
        return Some("'messages' must be a non-empty array.".into());
    };
    if !body.get("model").is_some_and(Value::is_string) {
        return Some("you must provide a model parameter".into());
    }
    if let Some(key) = body.as_object()?.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Some(format!("Unrecognized request argument supplied: {key}"));
    }
    if body.get("stream_options").is_some() && body["stream"] != true {
        return Some("The 'stream_options' parameter is only allowed when 'stream' is enabled.".into());
    }
    messages_mistake(messages).or_else(|| tools_mistake(body))
}

const KNOWN: &[&str] = &[
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "top_p",
    "n",
    "stop",
    "seed",
    "user",
    "response_format",
    "store",
    "metadata",
];

/// Every call must be answered by a tool message right after it, and no tool message stands alone.
fn messages_mistake(messages: &[Value]) -> Option<String> {
    let mut waiting: BTreeSet<String> = BTreeSet::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or("");
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or("");
            if !waiting.remove(id) {
                return Some(format!(
                    "messages[{at}]: messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                ));
            }
            continue;
        }
        if !waiting.is_empty() {
            return Some(format!(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': {waiting:?}"
            ));
        }
        let content = &message["content"];
        match role {
            "system" | "developer" | "user" if content.is_string() || content.is_array() => {}
            "assistant" => {
                for call in message
                    .get("tool_calls")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    let (id, name) = (call["id"].as_str(), call["function"]["name"].as_str());
                    let (Some(id), Some(_), true) = (
                        id,
                        name,
                        call["function"]["arguments"].is_string() && call["type"] == "function",
                    ) else {
                        return Some(format!("messages[{at}]: invalid 'tool_calls'."));
                    };
                    waiting.insert(id.to_owned());
                }
                if waiting.is_empty() && !content.is_string() {
                    return Some(format!("messages[{at}].content: expected a string."));
                }
            }
            _ => return Some(format!("messages[{at}]: invalid role or content.")),
        }
    }
    (!waiting.is_empty())
        .then(|| "An assistant message with 'tool_calls' must be followed by tool messages.".to_owned())
}

fn tools_mistake(body: &Value) -> Option<String> {
    let tools = body.get("tools").and_then(Value::as_array);
    if body.get("tool_choice").is_some() && tools.is_none() {
        return Some("'tool_choice' is only allowed when 'tools' are specified.".into());
    }
    let is_name = |name: &str| {
        (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    for (at, tool) in tools.into_iter().flatten().enumerate() {
        let function = &tool["function"];
        if tool["type"] != "function" || !function["name"].as_str().is_some_and(is_name) {
            return Some(format!("tools[{at}]: invalid type or function name."));
        }
        if function["parameters"]["type"] != "object" {
            return Some(format!(
                "tools[{at}].function.parameters: schema must be of type 'object'."
            ));
        }
    }
    let named = body["tool_choice"]["function"]["name"].as_str();
    let is_offered = |name: &str| tools.into_iter().flatten().any(|tool| tool["function"]["name"] == name);
    named
        .filter(|name| !is_offered(name))
        .map(|name| format!("Tool choice '{name}' not found in 'tools'."))
}
