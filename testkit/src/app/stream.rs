//! Reading server-sent events, as the HTML standard says they are written.

use futures::{Stream, StreamExt};
use serde_json::Value;
use std::{pin::Pin, time::Duration};

/// A test that waits longer for a frame has found something.
const LONGEST: Duration = Duration::from_secs(30);

/// One event of a stream. Keep-alive comments are not among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    pub id: Option<String>,
    /// `event`, `delta`, `progress` or `notice`; empty for the chunks of a chat stream, which are all data.
    pub event: String,
    pub data: Value,
}

impl Frame {
    /// The type of the run's event that this frame holds: `started`, `run_ended`, …; empty for other frames.
    pub fn kind(&self) -> &str {
        match self.event.as_str() {
            "event" => self.data["event"]["type"].as_str().unwrap_or_default(),
            _ => "",
        }
    }

    /// Position of the event; 0 for other frames.
    pub fn position(&self) -> i64 {
        self.id.as_deref().and_then(|id| id.parse().ok()).unwrap_or_default()
    }
}

/// Dropping it closes the connection.
pub struct EventStream {
    bytes: Pin<Box<dyn Stream<Item = reqwest::Result<Vec<u8>>> + Send>>,
    text: Vec<u8>,
}

impl EventStream {
    pub(super) fn new(response: reqwest::Response) -> Self {
        let bytes = response.bytes_stream().map(|chunk| chunk.map(|chunk| chunk.to_vec()));
        Self {
            bytes: Box::pin(bytes),
            text: Vec::new(),
        }
    }

    /// The next frame; `None` when the stream has ended. Panics after 30 s of silence.
    pub async fn next(&mut self) -> Option<Frame> {
        let next = tokio::time::timeout(LONGEST, self.read()).await;
        next.expect("a frame, or the end of the stream")
    }

    /// The next frame if one comes within this time.
    pub async fn next_within(&mut self, time: Duration) -> Option<Frame> {
        tokio::time::timeout(time, self.read()).await.ok().flatten()
    }

    /// All frames up to and with the first that fits.
    pub async fn until(&mut self, fits: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            let Some(frame) = self.next().await else {
                panic!("the stream ended after {frames:#?}")
            };
            let is_last = fits(&frame);
            frames.push(frame);
            if is_last {
                return frames;
            }
        }
    }

    /// All frames to the end of the stream.
    pub async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        frames
    }

    async fn read(&mut self) -> Option<Frame> {
        loop {
            while let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                if let Some(frame) = parse(&String::from_utf8(block).expect("events are UTF-8")) {
                    return Some(frame);
                }
            }
            match self.bytes.next().await {
                Some(Ok(chunk)) => self.text.extend_from_slice(&chunk),
                Some(Err(_)) | None => return None,
            }
        }
    }
}

fn parse(block: &str) -> Option<Frame> {
    let mut frame = Frame::default();
    let mut data: Vec<&str> = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => frame.id = Some(value.to_owned()),
            "event" => frame.event = value.to_owned(),
            "data" => data.push(value),
            _ => {}
        }
    }
    if data.is_empty() {
        return None;
    }
    frame.data = match data.join("\n").as_str() {
        // How a stream of chunks says that it is complete.
        "[DONE]" => Value::String("[DONE]".into()),
        data => serde_json::from_str(data).expect("data is JSON"),
    };
    Some(frame)
}
