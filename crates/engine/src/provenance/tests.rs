use super::from_target_text;
use serde_json::{Value, json};
use steersman_protocol::{ChatMessage, MessageId, MessageRole, RunId, SessionId};
use uuid::Uuid;

fn message(role: MessageRole, content: &str) -> ChatMessage {
    ChatMessage {
        id: MessageId::from_uuid(Uuid::from_u128(1)),
        session_id: SessionId::from_uuid(Uuid::from_u128(2)),
        run_id: RunId::from_uuid(Uuid::from_u128(3)),
        role,
        content: content.into(),
        tool_calls: Vec::new(),
        tool_call_id: None,
        tool_name: None,
        summary: None,
        suggestions: Vec::new(),
        is_error: false,
        prompt_tokens: None,
        completion_tokens: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn arguments_that_stand_only_in_tool_results_are_marked() {
    let messages = [
        message(MessageRole::User, "Why is Orders slow on orders-db?"),
        message(MessageRole::Assistant, "I look at payments."),
        message(
            MessageRole::Tool,
            "customer_id | drop table users | orders | ab\npath /tmp/a~b/c",
        ),
    ];
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({ "column": "customer_id" }), &["/column"]),
        // The person said it, in another case.
        (json!({ "table": "orders" }), &[]),
        // The model's own words, and words from nowhere.
        (json!({ "table": "payments", "name": "made_up" }), &[]),
        (json!({ "columns": ["orders", "CUSTOMER_ID"] }), &["/columns/1"]),
        (
            json!({ "a": { "b": [{ "sql": "drop table users" }] } }),
            &["/a/b/0/sql"],
        ),
        (json!({ "x/y": { "~z": "/tmp/a~b/c" } }), &["/x~1y/~0z"]),
        // Too short to prove anything; no texts.
        (json!({ "a": "ab", "b": "", "c": 5, "d": null, "e": true }), &[]),
        (json!("customer_id"), &[""]),
        (json!({}), &[]),
    ];
    for (arguments, expected) in cases {
        assert_eq!(from_target_text(&arguments, &messages), expected, "{arguments}");
    }
}

#[test]
fn without_tool_results_nothing_is_marked() {
    let messages = [message(MessageRole::User, "hello")];
    assert!(from_target_text(&json!({ "table": "orders" }), &messages).is_empty());
    assert!(from_target_text(&json!({ "table": "orders" }), &[]).is_empty());
}
