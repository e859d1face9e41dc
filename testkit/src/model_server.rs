//! A model provider that says what a test tells it to, in the wire format of whoever asks: OpenAI's Chat Completions and
//! Responses, Anthropic's Messages, Ollama's own API, Gemini.
//!
//! Written after the published API references, and checked with the official Python packages:
//! `testkit/check_model_server.py`. It is strict about what it is sent, as the real ones are: a request that a reference
//! does not allow is answered with 400.

mod chat_completions;
mod generate_content;
mod messages;
mod ollama;
mod request;
mod response;
mod responses;
mod script;
mod wire;

pub use request::Recorded;
pub use script::{Answer, Ending, Scripted, ScriptedCall};

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A server on a free port of the loopback interface. Stops when dropped.
pub struct ScriptedModel {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    script: Mutex<VecDeque<Scripted>>,
    recorded: Mutex<Vec<Recorded>>,
    /// How many clients went away before they had a whole answer.
    hang_ups: watch::Sender<usize>,
}

/// The only model that the server has; any other is answered with 404.
pub const MODEL: &str = "scripted-1";
/// The only key that it refuses.
pub const WRONG_KEY: &str = "wrong-key";

impl ScriptedModel {
    /// Starts a server that answers chat requests with `script`, one entry each, in order; afterwards with 500.
    pub async fn start(script: Vec<Scripted>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Arc::new(State {
            script: Mutex::new(script.into()),
            recorded: Mutex::new(Vec::new()),
            hang_ups: watch::Sender::new(0),
        });
        let serving = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        Self { address, state, task }
    }

    /// `http://127.0.0.1:PORT/v1`
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// `http://127.0.0.1:PORT`, which every kind of client completes by itself.
    pub fn root_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds to the end of the script.
    pub fn then(&self, scripted: Scripted) {
        locked(&self.state.script).push_back(scripted);
    }

    /// What was asked so far, refused requests included, oldest first.
    pub fn recorded(&self) -> Vec<Recorded> {
        locked(&self.state.recorded).clone()
    }

    /// The bodies of the requests for an answer, oldest first.
    pub fn chats(&self) -> Vec<serde_json::Value> {
        self.recorded()
            .into_iter()
            .filter(|r| wire::of(r).is_some())
            .map(|r| r.body)
            .collect()
    }

    /// Entries of the script that nobody asked for yet.
    pub fn left(&self) -> usize {
        locked(&self.state.script).len()
    }

    /// Waits until a client has gone away in the middle of an answer.
    pub async fn hung_up_on(&self) {
        let mut hang_ups = self.state.hang_ups.subscribe();
        let _ = hang_ups.wait_for(|count| *count > 0).await;
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request, one answer, and the connection is closed.
async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let Some(recorded) = request::read(&mut stream).await else {
        return;
    };
    locked(&state.recorded).push(recorded.clone());
    let around = wire::around(&recorded);
    let sent = if recorded.key.as_deref() == Some(WRONG_KEY) {
        let (status, body) = around.wrong_key();
        response::json(&mut stream, status, &body).await
    } else if let Some(wire) = wire::of(&recorded) {
        chat(&mut stream, wire, &recorded, &state).await
    } else if let Some(facts) = wire::facts(&recorded, MODEL) {
        response::json(&mut stream, 200, &facts).await
    } else {
        let body = around.error(404, "", "Unknown request URL.");
        response::json(&mut stream, 404, &body).await
    };
    if sent.is_err() {
        state.hang_ups.send_modify(|count| *count += 1);
    }
    let _ = stream.shutdown().await;
}

async fn chat(
    stream: &mut TcpStream,
    wire: &dyn wire::Wire,
    recorded: &Recorded,
    state: &State,
) -> std::io::Result<()> {
    if let Some(mistake) = wire.mistake(recorded) {
        return response::json(stream, 400, &wire.error(400, "", &mistake)).await;
    }
    let model = wire.model(recorded);
    if model != MODEL {
        let message = format!("The model `{model}` does not exist or you do not have access to it.");
        return response::json(stream, 404, &wire.error(404, wire.unknown_model(), &message)).await;
    }
    let next = locked(&state.script).pop_front();
    match next {
        None => {
            let body = wire.error(500, "script_ended", "The script has no further answer.");
            response::json(stream, 500, &body).await
        }
        Some(scripted) => response::scripted(stream, wire, recorded, scripted).await,
    }
}
