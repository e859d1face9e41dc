//! A WebSocket client of `/api/ws`.

use super::TestApp;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::VecDeque, net::SocketAddr, time::Duration};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{ClientRequestBuilder, Error, Message, http::Uri},
};

/// A test that waits longer for a frame has found something.
const LONGEST: Duration = Duration::from_secs(30);

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// Broadcasts that came before an acknowledgement.
    early: VecDeque<Value>,
    next_id: u64,
}

impl TestApp {
    /// A socket of a person, with their token.
    pub async fn socket(&self, user: &str) -> Socket {
        let bearer = format!("Bearer {}", self.person(user).token);
        match self.try_socket(&[("authorization", &bearer)], None).await {
            Ok(socket) => socket,
            Err(status) => panic!("no socket for {user}: {status}"),
        }
    }

    /// A socket with these headers, or the status of the refusal. `buffer` is how many bytes the client's side of the
    /// network holds.
    pub async fn try_socket(&self, headers: &[(&str, &str)], buffer: Option<u32>) -> Result<Socket, u16> {
        Socket::open(self.address(), headers, buffer).await
    }
}

impl Socket {
    /// A socket of any server.
    pub async fn open(address: SocketAddr, headers: &[(&str, &str)], buffer: Option<u32>) -> Result<Socket, u16> {
        let socket = TcpSocket::new_v4().expect("a socket");
        if let Some(bytes) = buffer {
            socket.set_recv_buffer_size(bytes).expect("a small buffer");
        }
        let connection = socket.connect(address).await.expect("a connection");
        let uri: Uri = format!("ws://{address}/api/ws").parse().expect("an address");
        let request = headers
            .iter()
            .fold(ClientRequestBuilder::new(uri), |request, (name, value)| {
                request.with_header(*name, *value)
            });
        match client_async(request, connection).await {
            Ok((stream, _)) => Ok(Socket {
                stream,
                early: VecDeque::new(),
                next_id: 1,
            }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    pub async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    /// Anything at all; that the other side has closed is no failure here.
    pub async fn send_message(&mut self, message: Message) {
        let _ = self.stream.send(message).await;
    }

    /// Sends a frame with an id of its own and returns its acknowledgement.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        let id = self.next_id;
        self.next_id += 1;
        frame["id"] = json!(id);
        self.send(&frame).await;
        loop {
            let told = self.read(LONGEST).await.expect("an acknowledgement");
            if told["type"] == "ack" && told["id"] == id {
                return told;
            }
            self.early.push_back(told);
        }
    }

    /// The same, where it must be taken.
    pub async fn must(&mut self, frame: Value) -> Value {
        let told = self.ask(frame).await;
        assert_eq!(told["ok"], true, "{told}");
        told
    }

    /// The next frame that is no acknowledgement asked for with [`Socket::ask`]; `None` at the end.
    pub async fn next(&mut self) -> Option<Value> {
        match self.early.pop_front() {
            Some(frame) => Some(frame),
            None => self.read(LONGEST).await,
        }
    }

    /// The next frame of text as it came; `None` at the end. What came before an acknowledgement is not in it.
    pub async fn next_text(&mut self) -> Option<String> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame, or `None` when there is none for so long.
    pub async fn next_within(&mut self, wait: Duration) -> Option<Value> {
        match self.early.pop_front() {
            Some(frame) => Some(frame),
            None => tokio::time::timeout(wait, self.read(LONGEST)).await.ok().flatten(),
        }
    }

    /// Frames up to and with the first that is wanted.
    pub async fn until(&mut self, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut frames = Vec::new();
        loop {
            let frame = self
                .next()
                .await
                .unwrap_or_else(|| panic!("the socket ended after {frames:#?}"));
            let is_over = is_last(&frame);
            frames.push(frame);
            if is_over {
                return frames;
            }
        }
    }

    /// Reads to the end and returns the code that the server closed with; 0 when it just went away.
    pub async fn closed(&mut self) -> u16 {
        let until = tokio::time::Instant::now() + LONGEST;
        loop {
            match tokio::time::timeout_at(until, self.stream.next())
                .await
                .expect("an end")
            {
                Some(Ok(Message::Close(frame))) => return frame.map_or(0, |frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 0,
            }
        }
    }

    async fn read(&mut self, longest: Duration) -> Option<Value> {
        // Pings do not count.
        let until = tokio::time::Instant::now() + longest;
        loop {
            match tokio::time::timeout_at(until, self.stream.next())
                .await
                .expect("a frame")
            {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).expect("frames are JSON")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }
}
