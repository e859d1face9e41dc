//! What is said in our own words inside of standard chunks: the message's metadata, a call, a notice, a question.

use super::chunk::{Chunk, DataChunk};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use steersman_protocol::{
    ApprovalId, ApprovalStatus, ApprovalView, ExecutionView, GrantedBy, Problem, Risk, UserId, Verification,
};
use steersman_runtime::engine::{Call, CallState, Run};

/// `data-call`: everything about one call, replaced in place as it goes on.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CallData {
    pub execution: ExecutionView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<CallApproval>,
    /// Who or what let it through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<GrantedBy>,
    /// What it said since its last event, oldest first, at most 20 lines. Gone when it ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub progress: Vec<String>,
    /// It was carried out, or may have been, and the world is being read back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_verifying: bool,
    /// What reading the world back found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
}

/// The question that was put to a person, without what the execution says already.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CallApproval {
    pub id: ApprovalId,
    pub status: ApprovalStatus,
    pub risk: Risk,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    pub requested_by: UserId,
    pub requested_by_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `data-notice`: something a person should know.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NoticeData {
    pub level: Level,
    pub text: String,
    /// The problem's code, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Warning,
    Error,
}

pub fn call(run: &Run, call: &Call, progress: Vec<String>) -> Chunk {
    let approval = run.approval_view(call).map(|view| CallApproval {
        id: view.id,
        status: view.status,
        risk: view.risk,
        expires_at: view.expires_at,
        requested_by: view.requested_by,
        requested_by_name: view.requested_by_name,
        decided_by: view.decided_by,
        decided_by_name: view.decided_by_name,
        decided_at: view.decided_at,
        reason: view.reason,
    });
    let data = CallData {
        execution: run.execution_view(call),
        approval,
        granted_by: call.granted_by.clone(),
        progress,
        is_verifying: matches!(call.state, CallState::Performed | CallState::Uncertain),
        verification: call.verification.clone(),
    };
    data_chunk("data-call", Some(call.execution_id.to_string()), &data, false)
}

pub fn notice(id: String, level: Level, problem: &Problem) -> Chunk {
    let data = NoticeData {
        level,
        text: problem.to_string(),
        code: Some(problem.code.clone()),
    };
    data_chunk("data-notice", Some(id), &data, false)
}

/// A notice that is for now only: it is in no log, so it may be in no message either.
pub fn passing_notice(level: Level, problem: &Problem) -> Chunk {
    let data = NoticeData {
        level,
        text: problem.to_string(),
        code: Some(problem.code.clone()),
    };
    data_chunk("data-notice", None, &data, true)
}

pub fn sentence(id: String, level: Level, code: &str, text: String) -> Chunk {
    let data = NoticeData {
        level,
        text,
        code: Some(code.to_owned()),
    };
    data_chunk("data-notice", Some(id), &data, false)
}

fn data_chunk(kind: &str, id: Option<String>, data: &impl Serialize, transient: bool) -> Chunk {
    Chunk::Data(DataChunk {
        kind: kind.to_owned(),
        id,
        // Our types have string keys and no NaN: the only reasons why this can fail.
        data: serde_json::to_value(data).expect("our own words are always JSON"),
        transient,
    })
}

/// What a person needs to decide in any client of this protocol.
pub fn question(view: &ApprovalView) -> Value {
    json!({
        "risk": view.risk,
        "digest": view.digest,
        "expiresAt": view.expires_at,
        "plan": view.plan,
        "requestedBy": view.requested_by,
        "requestedByName": view.requested_by_name,
        "reasonRequired": view.verdict.reason_required,
        "secondPerson": view.verdict.second_person,
    })
}

/// Metadata of the run's message as it is now.
pub fn metadata(run: &Run) -> Map<String, Value> {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| {
        if !value.is_null() {
            told.insert(name.to_owned(), value);
        }
    };
    tell("run_id", json!(run.id));
    tell("session_id", json!(run.session_id));
    tell("created_at", json!(run.created_at));
    tell("status", json!(run.status()));
    if let Some(last) = run.answers.last() {
        tell("provider", json!(last.answer.provider));
        tell("model", json!(last.answer.model));
        tell("usage", usage(run));
        let fallback = run
            .answers
            .iter()
            .find_map(|answered| answered.answer.stands_in_for.as_ref());
        tell("fallback", json!(fallback));
    }
    if let Some((_, problem)) = &run.ended {
        tell("ended_at", json!(run.updated_at));
        tell("problem", json!(problem));
    }
    told
}

/// Tokens of all turns together; what no provider counted is absent.
fn usage(run: &Run) -> Value {
    let mut sums = Map::new();
    for answered in &run.answers {
        let usage = answered.answer.usage;
        for (name, tokens) in [
            ("prompt_tokens", usage.prompt_tokens),
            ("completion_tokens", usage.completion_tokens),
            ("cached_tokens", usage.cached_tokens),
        ] {
            if let Some(tokens) = tokens {
                let so_far = sums.get(name).and_then(Value::as_u64).unwrap_or(0);
                sums.insert(name.to_owned(), json!(so_far.saturating_add(tokens)));
            }
        }
    }
    if sums.is_empty() {
        Value::Null
    } else {
        Value::Object(sums)
    }
}

/// What has to be told of `now` to somebody who knows `before`; `None` when nothing does.
pub fn news(before: &Map<String, Value>, now: &Map<String, Value>) -> Option<Value> {
    let changed: Map<String, Value> = now
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(*value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!changed.is_empty()).then_some(Value::Object(changed))
}
