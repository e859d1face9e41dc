//! What several tests of the chat stand on: chunks as a client reads them, and the story of a run told by a model.

use serde_json::{Value, json};
use steersman_protocol::{RunId, SessionId, Target};
use steersman_server::ui_stream::{
    chunk::{Chunk, FinishReason},
    reduce::Reducer,
};
use steersman_testkit::{
    TestApp,
    app::{EventStream, Frame},
    model_server::{Scripted, ScriptedModel},
};

/// What a stream said, to its end or to where it was left.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub chunks: Vec<Chunk>,
    /// It said that it is complete.
    pub is_done: bool,
}

impl Told {
    fn add(&mut self, frame: &Frame) {
        assert_eq!((frame.event.as_str(), &frame.id), ("", &None), "{frame:?}");
        if frame.data == "[DONE]" {
            self.is_done = true;
            return;
        }
        assert!(!self.is_done, "something after the end: {frame:?}");
        let chunk = serde_json::from_value(frame.data.clone()).unwrap_or_else(|error| panic!("{error}: {frame:?}"));
        self.chunks.push(chunk);
    }

    pub fn finish(&self) -> Option<FinishReason> {
        match self.chunks.last() {
            Some(Chunk::Finish { finish_reason, .. }) => *finish_reason,
            _ => None,
        }
    }

    pub fn run_id(&self) -> RunId {
        match &self.chunks[0] {
            Chunk::Start {
                message_id: Some(id), ..
            } => id.parse().unwrap(),
            other => panic!("it begins with {other:?}"),
        }
    }

    /// The message as a client has it now.
    pub fn message(&self) -> Value {
        message(&self.chunks)
    }
}

pub fn message(chunks: &[Chunk]) -> Value {
    let message = Reducer::message_of(chunks.to_vec()).unwrap_or_else(|unfit| panic!("{unfit}: {chunks:#?}"));
    serde_json::to_value(message).unwrap()
}

/// Reads to the end.
pub async fn rest(stream: &mut EventStream) -> Told {
    let mut told = Told::default();
    while let Some(frame) = stream.next().await {
        told.add(&frame);
    }
    told
}

/// Reads to the first chunk that fits.
pub async fn until(stream: &mut EventStream, fits: impl Fn(&Chunk) -> bool) -> Told {
    let mut told = Told::default();
    loop {
        let frame = stream.next().await.unwrap_or_else(|| panic!("ended after {told:#?}"));
        told.add(&frame);
        if told.chunks.last().is_some_and(&fits) {
            return told;
        }
    }
}

/// Says something, and streams the answer.
pub async fn say(app: &TestApp, session: SessionId, text: &str) -> EventStream {
    let client = app.as_("operator");
    let request = client.request("POST", &format!("/api/sessions/{session}/messages"));
    client.follow_request(request.json(&json!({ "text": text }))).await
}

pub async fn resume(app: &TestApp, session: SessionId) -> EventStream {
    let path = format!("/api/sessions/{session}/stream");
    app.as_("operator").follow(&path).await
}

/// The stream of one run, ended or not.
pub async fn replay(app: &TestApp, session: SessionId, run: RunId) -> Told {
    let path = format!("/api/sessions/{session}/stream?run_id={run}");
    rest(&mut app.as_("operator").follow(&path).await).await
}

pub async fn transcript(app: &TestApp, session: SessionId, query: &str) -> Value {
    let path = format!("/api/sessions/{session}/transcript{query}");
    let reply = app.as_("operator").get(&path).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

/// The last message of the transcript.
pub async fn last_message(app: &TestApp, session: SessionId) -> Value {
    let transcript = transcript(app, session, "").await;
    transcript["items"].as_array().unwrap().last().unwrap().clone()
}

/// A model that answers as scripted, and a session.
pub async fn with_model(app: &TestApp, script: Vec<Scripted>) -> (ScriptedModel, SessionId) {
    let model = ScriptedModel::start(script).await;
    app.use_model(&model).await;
    (model, app.open_session("operator").await)
}

/// The model sets a value of the fault plugin.
pub fn sets(target: &Target, name: &str, mishap: Option<&str>) -> Scripted {
    let mut arguments = json!({ "target": target.name, "name": name, "value": "1" });
    if let Some(mishap) = mishap {
        arguments["mishap"] = json!(mishap);
    }
    Scripted::call("a", "fault_set_value", &arguments.to_string())
}

/// The model reads them.
pub fn reads(target: &Target) -> Scripted {
    Scripted::call("b", "fault_read_values", &json!({ "target": target.name }).to_string())
}
