//! Reading a request.

use serde_json::Value;
use tokio::{io::AsyncReadExt, net::TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub query: String,
    /// In lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The bearer token, or what a vendor's own header for it holds.
    pub key: Option<String>,
    /// Null where there was none.
    pub body: Value,
}

impl Recorded {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
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
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let header = |name: &str| {
        headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    let body_length: usize = header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    while bytes.len() < head_length + body_length {
        read_more(stream, &mut bytes).await?;
    }
    let bearer = header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    let key = bearer
        .or_else(|| header("x-api-key"))
        .or_else(|| header("x-goog-api-key"));
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    Some(Recorded {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        key,
        body: serde_json::from_slice(&bytes[head_length..head_length + body_length]).unwrap_or(Value::Null),
        headers,
    })
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(bytes).await.ok()?;
    (count > 0 && bytes.len() <= LONGEST_REQUEST).then_some(())
}
