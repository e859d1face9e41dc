//! Writing answers.

use super::script::{Answer, Ending, Scripted};
use serde_json::{Value, json};
use std::io::{Error, ErrorKind, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

/// Seconds since the epoch, the same in every answer.
pub(super) const CREATED: u64 = 1_790_000_000;
const ID: &str = "chatcmpl-scripted";

pub(super) async fn scripted(stream: &mut TcpStream, request: &Value, scripted: Scripted) -> Result<()> {
    match scripted {
        Scripted::Answer(answer) if request["stream"] == true => streamed(stream, request, answer).await,
        Scripted::Answer(answer) => whole(stream, request, answer).await,
        Scripted::Error {
            status,
            code,
            message,
            headers,
        } => {
            let body = error_body("invalid_request_error", Some(code), message).to_string();
            write(stream, status, "application/json", &headers, body.as_bytes()).await
        }
        Scripted::Raw {
            status,
            content_type,
            body,
        } => {
            write(
                stream,
                status,
                content_type,
                &[("Location", "http://127.0.0.1:9/")],
                body.as_bytes(),
            )
            .await
        }
        Scripted::Hang => until_gone(stream).await,
    }
}

pub(super) async fn json(stream: &mut TcpStream, status: u16, body: &Value) -> Result<()> {
    write(stream, status, "application/json", &[], body.to_string().as_bytes()).await
}

pub(super) async fn error(
    stream: &mut TcpStream,
    status: u16,
    kind: &str,
    code: Option<&str>,
    message: &str,
) -> Result<()> {
    json(stream, status, &error_body(kind, code, message)).await
}

fn error_body(kind: &str, code: Option<&str>, message: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
}

async fn write(
    stream: &mut TcpStream,
    status: u16,
    content_type: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n",
        reason(status),
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Other",
    }
}

/// One `chat.completion`, for requests that do not stream.
async fn whole(stream: &mut TcpStream, request: &Value, answer: Answer) -> Result<()> {
    sleep(answer.delay).await;
    let text = answer.text.concat();
    let mut message = json!({ "role": "assistant", "content": text, "refusal": null });
    if !answer.calls.is_empty() {
        message["tool_calls"] = answer
            .calls
            .iter()
            .map(|call| json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments.concat() } }))
            .collect();
        if text.is_empty() {
            message["content"] = Value::Null;
        }
    }
    let choice = json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(&answer) });
    let mut body = json!({
        "id": ID, "object": "chat.completion", "created": CREATED, "model": request["model"], "choices": [choice],
    });
    if !answer.hides_usage {
        body["usage"] = usage(&answer);
    }
    json(stream, 200, &body).await
}

/// `chat.completion.chunk`s as server-sent events, each written and flushed by itself.
async fn streamed(stream: &mut TcpStream, request: &Value, answer: Answer) -> Result<()> {
    sleep(answer.delay).await;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let counts = request["stream_options"]["include_usage"] == true && !answer.hides_usage;
    let chunk = |choices: Value, usage: Option<Value>| {
        let mut chunk = json!({ "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": request["model"], "choices": choices });
        if counts {
            chunk["usage"] = usage.unwrap_or(Value::Null);
        }
        chunk.to_string()
    };
    let delta = |delta: Value, finish: Value| {
        chunk(
            json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]),
            None,
        )
    };

    event(
        stream,
        &delta(json!({ "role": "assistant", "content": "" }), Value::Null),
    )
    .await?;
    for piece in pieces(&answer) {
        sleep(answer.pause).await;
        notice_hang_up(stream)?;
        event(stream, &delta(piece, Value::Null)).await?;
    }
    match answer.ending {
        Ending::Cut => return Ok(()),
        Ending::Hang => return until_gone(stream).await,
        Ending::Garbage => event(stream, "{\"choices\": [{\"delta\": {\"content\": \"half a").await?,
        Ending::Error => {
            event(
                stream,
                &error_body("server_error", Some("overloaded"), "Something the vendor says.").to_string(),
            )
            .await?
        }
        Ending::Proper | Ending::WithoutDone => {
            event(stream, &delta(json!({}), json!(finish_reason(&answer)))).await?;
            if counts {
                event(stream, &chunk(json!([]), Some(usage(&answer)))).await?;
            }
        }
    }
    if answer.ending == Ending::Proper {
        event(stream, "[DONE]").await?;
    }
    stream.write_all(b"0\r\n\r\n").await
}

/// Deltas in order: thoughts, text, then for the calls first name and id of each, then their arguments in turns.
fn pieces(answer: &Answer) -> Vec<Value> {
    let mut pieces: Vec<Value> = Vec::new();
    pieces.extend(
        answer
            .reasoning
            .iter()
            .map(|piece| json!({ "reasoning_content": piece })),
    );
    pieces.extend(answer.text.iter().map(|piece| json!({ "content": piece })));
    for (index, call) in answer.calls.iter().enumerate() {
        pieces.push(json!({ "tool_calls": [{ "index": index, "id": call.id, "type": "function", "function": { "name": call.name, "arguments": "" } }] }));
    }
    let most = answer.calls.iter().map(|call| call.arguments.len()).max().unwrap_or(0);
    for at in 0..most {
        for (index, call) in answer.calls.iter().enumerate() {
            if let Some(piece) = call.arguments.get(at) {
                pieces.push(json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] }));
            }
        }
    }
    pieces
}

fn finish_reason(answer: &Answer) -> &'static str {
    answer
        .finish
        .unwrap_or(if answer.calls.is_empty() { "stop" } else { "tool_calls" })
}

fn usage(answer: &Answer) -> Value {
    let (prompt, completion, cached) = answer.usage.unwrap_or((21, 7, 4));
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": { "cached_tokens": cached, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    })
}

/// One event in one chunk of the transfer coding.
async fn event(stream: &mut TcpStream, data: &str) -> Result<()> {
    let event = format!("data: {data}\n\n");
    stream
        .write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes())
        .await?;
    stream.flush().await
}

/// A client that closed its side has nothing more to say and reads no more.
fn notice_hang_up(stream: &TcpStream) -> Result<()> {
    let mut byte = [0; 1];
    match stream.try_read(&mut byte) {
        Ok(0) => Err(Error::from(ErrorKind::ConnectionReset)),
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}

/// Waits until the client goes away, which is the error that is expected.
async fn until_gone(stream: &mut TcpStream) -> Result<()> {
    let mut byte = [0; 1];
    while stream.read(&mut byte).await? > 0 {}
    Err(Error::from(ErrorKind::ConnectionReset))
}
