//! Asking, approving, and calling by hand, over HTTP.

use super::{Reply, TestApp};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steersman_protocol::{
    ApprovalId, ApprovalView, ChatMessage, ExecutionStatus, ExecutionView, RunId, RunView, SessionId, Target,
};

/// A run that takes longer has found something.
const LONGEST: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(15);

/// A run that ended or waits for a person, with all messages of its session.
#[derive(Clone, Debug)]
pub struct Asked {
    pub session_id: SessionId,
    pub run: RunView,
    pub messages: Vec<ChatMessage>,
}

impl Asked {
    /// The last message of the assistant.
    pub fn answer(&self) -> &str {
        let last = self.messages.iter().rev().find(|message| {
            message.role == steersman_protocol::MessageRole::Assistant && message.run_id == self.run.id
        });
        last.map_or("", |message| message.content.as_str())
    }

    /// The run's only call.
    pub fn call(&self) -> &ExecutionView {
        only_call(&self.run)
    }

    pub fn approval_id(&self) -> ApprovalId {
        waiting(&self.run)
    }
}

/// The run's only call; panics when there is another number of them.
pub fn only_call(run: &RunView) -> &ExecutionView {
    match run.executions.as_slice() {
        [only] => only,
        others => panic!("{} calls in {run:#?}", others.len()),
    }
}

fn waiting(run: &RunView) -> ApprovalId {
    let call = run
        .executions
        .iter()
        .find(|call| call.status == ExecutionStatus::Pending && call.approval_id.is_some());
    call.and_then(|call| call.approval_id)
        .unwrap_or_else(|| panic!("nothing waits for approval in {run:#?}"))
}

impl TestApp {
    pub async fn open_session(&self, user: &str) -> SessionId {
        let reply = self.as_(user).post("/api/sessions", &json!({})).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        parse(&reply.json()["id"])
    }

    /// Says something in a new session, and waits until the run ended or needs a person.
    pub async fn ask(&self, user: &str, text: &str) -> Asked {
        let session_id = self.open_session(user).await;
        self.ask_in(user, session_id, text).await
    }

    /// The same in a session that is there.
    pub async fn ask_in(&self, user: &str, session_id: SessionId, text: &str) -> Asked {
        let run_id = self.say(user, session_id, text).await;
        self.asked(user, session_id, run_id).await
    }

    /// Says something and does not wait for what comes of it.
    pub async fn say(&self, user: &str, session_id: SessionId, text: &str) -> RunId {
        let path = format!("/api/sessions/{session_id}/messages");
        let reply = self.as_(user).post(&path, &json!({ "text": text })).await;
        assert_eq!(reply.status, 202, "{}", reply.text);
        parse(&reply.json()["run_id"])
    }

    /// Waits until a run of a session ended or needs a person.
    pub async fn asked(&self, user: &str, session_id: SessionId, run_id: RunId) -> Asked {
        let run = self.settled(user, run_id).await;
        let path = format!("/api/sessions/{session_id}/messages");
        let messages = self.as_(user).get(&path).await.json();
        Asked {
            session_id,
            run,
            messages: parse(&messages["items"]),
        }
    }

    /// Calls a tool by hand; the reply is 200, 202 or a problem.
    pub async fn execute(&self, user: &str, target: &Target, tool: &str, arguments: Value) -> Reply {
        let body = json!({ "tool": tool, "arguments": arguments });
        self.as_(user).post(&self.path_of(target, "/execute"), &body).await
    }

    /// Calls a tool by hand that has to be approved, and returns its run.
    pub async fn propose(&self, user: &str, target: &Target, tool: &str, arguments: Value) -> RunView {
        let reply = self.execute(user, target, tool, arguments).await;
        assert_eq!(reply.status, 202, "{}", reply.text);
        let run: RunView = parse(&reply.json());
        waiting(&run);
        run
    }

    /// `/api/servers/…/plugins/…` and what follows.
    pub fn path_of(&self, target: &Target, rest: &str) -> String {
        format!("/api/servers/{}/plugins/{}{rest}", target.server_id, target.id)
    }

    /// The approval that a run waits for.
    pub async fn approval_of(&self, run: &RunView) -> ApprovalView {
        let reply = self.as_("owner").get(&format!("/api/approvals/{}", waiting(run))).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        parse(&reply.json())
    }

    /// Approves with the digest that is there now.
    pub async fn approve(&self, user: &str, approval: &ApprovalView, reason: Option<&str>) -> Reply {
        let body = json!({ "digest": approval.digest, "reason": reason });
        let path = format!("/api/approvals/{}/approve", approval.id);
        self.as_(user).post(&path, &body).await
    }

    pub async fn reject(&self, user: &str, approval: &ApprovalView, reason: Option<&str>) -> Reply {
        let path = format!("/api/approvals/{}/reject", approval.id);
        self.as_(user).post(&path, &json!({ "reason": reason })).await
    }

    /// Waits until a run ended or needs a person.
    pub async fn settled(&self, user: &str, run_id: RunId) -> RunView {
        let needs_person = |call: &ExecutionView| call.status == ExecutionStatus::Pending && call.approval_id.is_some();
        self.run_when(user, run_id, |run| {
            run.status.is_over() || run.executions.iter().any(needs_person)
        })
        .await
    }

    /// Waits until a run ended.
    pub async fn over(&self, user: &str, run_id: RunId) -> RunView {
        self.run_when(user, run_id, |run| run.status.is_over()).await
    }

    /// Waits until a run is as wanted, at most 90 s.
    pub async fn run_when(&self, user: &str, run_id: RunId, is_wanted: impl Fn(&RunView) -> bool) -> RunView {
        let client = self.as_(user);
        let began = Instant::now();
        loop {
            let reply = client.get(&format!("/api/runs/{run_id}")).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let run: RunView = parse(&reply.json());
            if is_wanted(&run) {
                return run;
            }
            assert!(began.elapsed() < LONGEST, "not within {LONGEST:?}: {run:#?}");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Audit entries of the first organization that fit, newest first.
    pub async fn audit(&self, query: &str) -> Vec<steersman_protocol::AuditEntry> {
        let reply = self.as_("owner").get(&format!("/api/audit?limit=500&{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        parse(&reply.json()["items"])
    }
}

fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error} in {value:#}"))
}
