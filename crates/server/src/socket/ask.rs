//! What a client says.

use super::rest::problem;
use serde::Deserialize;
use serde_json::{Map, Value};
use steersman_protocol::{ApprovalId, RunId, SessionId};

/// Longest id of a frame, in characters; it is only repeated.
const LONGEST_ID: usize = 100;
/// Longest Idempotency-Key, in characters.
const LONGEST_KEY: usize = 200;

/// Every `type` there is, to tell an unknown one from a malformed one.
const KINDS: &[&str] = &[
    "chat:join",
    "chat:leave",
    "chat:message",
    "chat:typing",
    "approval:subscribe",
    "approval:unsubscribe",
    "approval:respond",
    "run:subscribe",
    "run:unsubscribe",
    "plugin:subscribe",
    "plugin:unsubscribe",
    "audit:subscribe",
    "audit:unsubscribe",
    "workspace:subscribe",
    "workspace:unsubscribe",
    "alert:subscribe",
    "alert:unsubscribe",
];

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub enum Ask {
    #[serde(rename = "chat:join")]
    Join { session_id: SessionId, after: Option<i64> },
    #[serde(rename = "chat:leave")]
    Leave { session_id: SessionId },
    #[serde(rename = "chat:message")]
    Message {
        session_id: SessionId,
        key: Option<String>,
        /// The body of the REST request: whatever that takes.
        #[serde(flatten)]
        body: Map<String, Value>,
    },
    #[serde(rename = "chat:typing")]
    Typing { session_id: SessionId },
    #[serde(rename = "approval:subscribe")]
    Approvals { after: Option<i64> },
    #[serde(rename = "approval:unsubscribe")]
    NoApprovals,
    #[serde(rename = "approval:respond")]
    Respond {
        approval_id: ApprovalId,
        approve: bool,
        key: Option<String>,
        #[serde(default)]
        digest: String,
        reason: Option<String>,
    },
    #[serde(rename = "run:subscribe")]
    Runs { run_id: Option<RunId>, after: Option<i64> },
    #[serde(rename = "run:unsubscribe")]
    NoRuns { run_id: Option<RunId> },
    #[serde(rename = "plugin:subscribe")]
    Plugins { after: Option<i64> },
    #[serde(rename = "plugin:unsubscribe")]
    NoPlugins,
    #[serde(rename = "audit:subscribe")]
    Audit,
    #[serde(rename = "audit:unsubscribe")]
    NoAudit,
    /// Acknowledged: there is nothing to say about these yet.
    #[serde(
        rename = "workspace:subscribe",
        alias = "workspace:unsubscribe",
        alias = "alert:subscribe",
        alias = "alert:unsubscribe"
    )]
    Quiet,
}

/// Reads a frame: its id, which is null when it has none, and what it asks or why it cannot be taken.
pub fn read(text: &str) -> (Value, Result<Ask, Value>) {
    let frame: Value = match serde_json::from_str(text) {
        Ok(frame) => frame,
        Err(error) => return (Value::Null, Err(problem("socket.bad_json", &error.to_string()))),
    };
    let id = match &frame["id"] {
        Value::String(id) if id.chars().count() <= LONGEST_ID => frame["id"].clone(),
        Value::Number(_) => frame["id"].clone(),
        Value::Null => Value::Null,
        _ => {
            let why = format!("its id is neither a number nor a text of at most {LONGEST_ID} characters");
            return (Value::Null, Err(problem("socket.bad_frame", &why)));
        }
    };
    let ask = match frame["type"].as_str() {
        Some(kind) if KINDS.contains(&kind) => serde_json::from_value(frame)
            .map_err(|error| problem("socket.bad_frame", &error.to_string()))
            .and_then(checked),
        Some(kind) => {
            let shown: String = kind.chars().take(60).collect();
            Err(problem("socket.unknown_type", &format!("there is no type \"{shown}\"")))
        }
        None => Err(problem("socket.bad_frame", "it has no type")),
    };
    (id, ask)
}

fn checked(ask: Ask) -> Result<Ask, Value> {
    match &ask {
        Ask::Message { key: Some(key), .. } | Ask::Respond { key: Some(key), .. }
            if key.chars().count() > LONGEST_KEY =>
        {
            let why = format!("its key is longer than {LONGEST_KEY} characters");
            Err(problem("socket.bad_frame", &why))
        }
        _ => Ok(ask),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_can_be_read() {
        let id = "0198e0f0-0000-7000-8000-000000000001";
        for kind in KINDS {
            let frame = json!({ "type": kind, "id": 7, "session_id": id, "run_id": id, "approval_id": id,
                "approve": true, "digest": "x", "text": "hello" });
            let (told, ask) = read(&frame.to_string());
            assert_eq!(told, json!(7), "{kind}");
            assert!(ask.is_ok(), "{kind}: {ask:?}");
        }
    }

    #[test]
    fn a_frame_that_cannot_be_read_says_why() {
        for (text, code) in [
            ("", "socket.bad_json"),
            ("{", "socket.bad_json"),
            ("[]", "socket.bad_frame"),
            ("7", "socket.bad_frame"),
            (r#"{"id": "a"}"#, "socket.bad_frame"),
            (r#"{"type": 7}"#, "socket.bad_frame"),
            (r#"{"type": "chat:dance"}"#, "socket.unknown_type"),
            (r#"{"type": "chat:join", "id": 1}"#, "socket.bad_frame"),
            (r#"{"type": "chat:join", "session_id": "x"}"#, "socket.bad_frame"),
            (r#"{"type": "approval:subscribe", "after": "x"}"#, "socket.bad_frame"),
            (r#"{"type": "audit:subscribe", "id": {}}"#, "socket.bad_frame"),
        ] {
            let (_, ask) = read(text);
            assert_eq!(ask.unwrap_err()["code"], code, "{text}");
        }
    }
}
