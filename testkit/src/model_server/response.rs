//! Writing answers.

use super::{
    request::Recorded,
    script::{Answer, Ending, Scripted},
    wire::Wire,
};
use serde_json::Value;
use std::io::{Error, ErrorKind, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

pub(super) async fn scripted(
    stream: &mut TcpStream,
    wire: &dyn Wire,
    request: &Recorded,
    scripted: Scripted,
) -> Result<()> {
    match scripted {
        Scripted::Answer(answer) if wire.streams(request) => streamed(stream, wire, request, answer).await,
        Scripted::Answer(answer) => {
            sleep(answer.delay).await;
            json(stream, 200, &wire.whole(request, &answer)).await
        }
        Scripted::Error {
            status,
            code,
            message,
            headers,
        } => {
            let body = wire.error(status, code, message).to_string();
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

async fn streamed(stream: &mut TcpStream, wire: &dyn Wire, request: &Recorded, answer: Answer) -> Result<()> {
    sleep(answer.delay).await;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        wire.stream_type()
    );
    stream.write_all(head.as_bytes()).await?;
    for piece in wire.opening(request, &answer) {
        chunk(stream, &piece).await?;
    }
    for piece in wire.pieces(request, &answer) {
        sleep(answer.pause).await;
        notice_hang_up(stream)?;
        chunk(stream, &piece).await?;
    }
    match answer.ending {
        Ending::Cut => return Ok(()),
        Ending::Hang => return until_gone(stream).await,
        Ending::Garbage => chunk(stream, &wire.frame("{\"half\": [{\"a\": {\"piece\": \"half a")).await?,
        Ending::Error => chunk(stream, &wire.frame(&wire.error_piece().to_string())).await?,
        Ending::Proper | Ending::WithoutDone => {
            for piece in wire.closing(request, &answer) {
                chunk(stream, &piece).await?;
            }
        }
    }
    if answer.ending == Ending::Proper
        && let Some(done) = wire.done()
    {
        chunk(stream, &wire.frame(done)).await?;
    }
    stream.write_all(b"0\r\n\r\n").await
}

/// One chunk of the transfer coding.
async fn chunk(stream: &mut TcpStream, text: &str) -> Result<()> {
    stream
        .write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes())
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
