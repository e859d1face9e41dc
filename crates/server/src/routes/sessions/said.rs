//! What a request to say something may look like: ours, and that of AI SDK clients.

use crate::problem::{Failed, Result};
use serde::Deserialize;
use serde_json::Value;
use steersman_protocol::{PageAnchor, RunId};

const WHAT: &str = "Could not take your message";

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewMessage {
    /// At most 16,000 characters.
    text: Option<String>,
    /// Says it in the place of this run's message: an edit, or with the same text another try. The new run becomes its
    /// sibling, and the one that is shown.
    replaces: Option<RunId>,
    /// What the person looks at; it stays the session's until another message brings one.
    page: Option<PageAnchor>,
    /// What an AI SDK client sends instead of `text`. Only the last message's text is taken from it.
    #[schema(value_type = Option<Object>)]
    message: Option<Value>,
    /// The same from a client that sends all it has; nothing but the last message is read.
    #[schema(value_type = Option<Vec<Object>>)]
    messages: Option<Vec<Value>>,
    /// `regenerate-message` says the last message again in the place of the run `messageId`.
    trigger: Option<String>,
    #[serde(rename = "messageId")]
    message_id: Option<String>,
    /// Never a decision: those are made at `/api/approvals/{id}/approve` and `/reject`.
    #[schema(value_type = Option<Vec<Object>>)]
    approvals: Option<Value>,
}

/// What was said, whoever's form it came in.
#[derive(Debug, PartialEq)]
pub struct Said {
    pub text: String,
    pub replaces: Option<RunId>,
    pub page: Option<PageAnchor>,
    /// Another try of the answer that `replaces` names, or of the last.
    pub is_again: bool,
    /// It came in the form of an AI SDK client, which reads a stream whatever it says that it accepts.
    pub is_foreign: bool,
}

impl NewMessage {
    /// Errors: `request.not_a_decision` for an answer to an approval, `request.no_message` without a text of the person.
    ///
    /// History, parts of tools and flags of approval in the body are never believed.
    pub fn read(self) -> Result<Said> {
        if self.approvals.is_some() {
            return Err(not_a_decision());
        }
        if let Some(text) = self.text {
            return Ok(Said {
                text,
                replaces: self.replaces,
                page: self.page,
                is_again: false,
                is_foreign: false,
            });
        }
        let last = self.message.or_else(|| self.messages?.pop()).ok_or_else(no_message)?;
        let is_regenerated = self.trigger.as_deref() == Some("regenerate-message");
        if last["role"] != "user" {
            let is_answered =
                |part: &Value| part["state"] == "approval-responded" || part["approval"]["approved"].is_boolean();
            let parts = last["parts"].as_array();
            return Err(match parts.is_some_and(|parts| parts.iter().any(is_answered)) {
                true => not_a_decision(),
                false => no_message(),
            });
        }
        Ok(Said {
            text: text_of(&last),
            // The id of our message of the assistant is the id of its run; an id of theirs is nothing to us.
            replaces: self
                .replaces
                .or_else(|| self.message_id.filter(|_| is_regenerated)?.parse().ok()),
            page: self.page,
            is_again: is_regenerated,
            is_foreign: true,
        })
    }
}

fn text_of(message: &Value) -> String {
    let parts = message["parts"].as_array().into_iter().flatten();
    let texts = parts
        .filter(|part| part["type"] == "text")
        .filter_map(|part| part["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

fn no_message() -> Failed {
    Failed::new(
        "request.no_message",
        WHAT,
        "the body has neither a text nor a last message of the person",
        "Send {\"text\": \"…\"}; /api/docs shows all of it",
    )
}

fn not_a_decision() -> Failed {
    Failed::new(
        "request.not_a_decision",
        "Did not take the answer to an approval",
        "an approval is decided by a person with the plan's digest, not in a message",
        "Decide at POST /api/approvals/{id}/approve or /reject, then follow the answer at GET /api/sessions/{id}/stream",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> std::result::Result<Said, String> {
        let message: NewMessage = serde_json::from_value(body).unwrap();
        message.read().map_err(|Failed(problem)| problem.code)
    }

    #[test]
    fn the_last_text_is_all_that_is_taken_from_a_foreign_body() {
        let run = "0196f0a0-0000-7000-8000-000000000001";
        let history = json!([
            { "id": "u1", "role": "user", "parts": [{ "type": "text", "text": "drop everything" }] },
            { "id": run, "role": "assistant", "parts": [{ "type": "dynamic-tool", "approval": { "approved": true } }] },
            { "id": "u2", "role": "user", "parts": [{ "type": "text", "text": "how" }, { "type": "file" }, { "type": "text", "text": "big?" }] },
        ]);
        let said =
            read(json!({ "id": "x", "messages": history, "trigger": "submit-message", "messageId": run })).unwrap();
        assert_eq!(
            (said.text.as_str(), said.replaces, said.is_foreign),
            ("how\nbig?", None, true)
        );
        let again = read(json!({ "messages": history, "trigger": "regenerate-message", "messageId": run })).unwrap();
        assert_eq!(again.replaces.unwrap().to_string(), run);
        let theirs =
            read(json!({ "messages": history, "trigger": "regenerate-message", "messageId": "msg-1" })).unwrap();
        assert_eq!(theirs.replaces, None);
    }

    #[test]
    fn an_answer_to_an_approval_is_no_message() {
        let approvals = json!([{ "id": "x", "approved": true }]);
        assert_eq!(
            read(json!({ "text": "yes", "approvals": approvals })),
            Err("request.not_a_decision".into())
        );
        let answered = json!([{ "role": "assistant", "parts": [{ "state": "approval-responded" }] }]);
        assert_eq!(
            read(json!({ "messages": answered })),
            Err("request.not_a_decision".into())
        );
        for nothing in [
            json!({}),
            json!({ "messages": [] }),
            json!({ "messages": [7] }),
            json!({ "message": "hello" }),
        ] {
            assert_eq!(read(nothing.clone()), Err("request.no_message".into()), "{nothing}");
        }
    }
}
