use super::{conversation, conversation_of};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use steersman_protocol::*;
use uuid::Uuid;

fn run(number: u128) -> RunId {
    RunId::from_uuid(Uuid::from_u128(number))
}

fn message(run_number: u128, role: MessageRole, content: &str) -> ChatMessage {
    ChatMessage {
        id: MessageId::from_uuid(Uuid::from_u128(1)),
        session_id: SessionId::from_uuid(Uuid::from_u128(2)),
        run_id: run(run_number),
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

fn said(run: u128, text: &str) -> ChatMessage {
    message(run, MessageRole::User, text)
}

fn answered(run: u128, text: &str) -> ChatMessage {
    message(run, MessageRole::Assistant, text)
}

fn called(run: u128, ids: &[&str]) -> ChatMessage {
    let tool_calls = ids.iter().map(|id| ToolCall {
        id: (*id).into(),
        name: "postgres_list_indexes".into(),
        arguments: json!({ "target": "orders-db" }),
    });
    ChatMessage {
        tool_calls: tool_calls.collect(),
        ..message(run, MessageRole::Assistant, "")
    }
}

fn returned(run: u128, id: &str, text: &str) -> ChatMessage {
    ChatMessage {
        tool_call_id: Some(id.into()),
        tool_name: Some("postgres_list_indexes".into()),
        summary: Some(format!("summary of {id}")),
        ..message(run, MessageRole::Tool, text)
    }
}

/// `user:text`, `assistant:text[ids]`, `tool:id=text`.
fn told(messages: &[ModelMessage]) -> Vec<String> {
    messages
        .iter()
        .map(|message| match message {
            ModelMessage::User { text } => format!("user:{text}"),
            ModelMessage::Assistant { text, tool_calls } if tool_calls.is_empty() => format!("assistant:{text}"),
            ModelMessage::Assistant { text, tool_calls } => {
                let ids: Vec<&str> = tool_calls.iter().map(|call| call.id.as_str()).collect();
                format!("assistant:{text}[{}]", ids.join(","))
            }
            ModelMessage::Tool {
                call_id,
                summary,
                is_error: true,
                ..
            } => format!("tool:{call_id}!{summary}"),
            ModelMessage::Tool { call_id, text, .. } => format!("tool:{call_id}={text}"),
        })
        .collect()
}

#[test]
fn messages_come_run_by_run_with_each_result_after_its_call() {
    let waiting = "still waiting for a decision";
    let cases: Vec<(&str, Vec<ChatMessage>, Vec<String>)> = vec![
        ("nothing", vec![], vec![]),
        ("a person", vec![said(1, "hi")], vec!["user:hi".into()]),
        (
            "in order",
            vec![said(1, "a"), called(1, &["x"]), returned(1, "x", "r"), answered(1, "b")],
            ["user:a", "assistant:[x]", "tool:x=r", "assistant:b"]
                .map(String::from)
                .into(),
        ),
        (
            "results in another order than their calls",
            vec![
                said(1, "a"),
                called(1, &["x", "y"]),
                returned(1, "y", "ry"),
                returned(1, "x", "rx"),
            ],
            ["user:a", "assistant:[x,y]", "tool:x=rx", "tool:y=ry"]
                .map(String::from)
                .into(),
        ),
        (
            "one run waits while the next is asked",
            vec![said(1, "a"), called(1, &["x"]), said(2, "b")],
            vec![
                "user:a".into(),
                "assistant:[x]".into(),
                format!("tool:x!{waiting}"),
                "user:b".into(),
            ],
        ),
        (
            "a waiting run goes on after another began: it comes last",
            vec![
                said(1, "a"),
                called(1, &["x"]),
                said(2, "b"),
                called(2, &["y"]),
                returned(2, "y", "ry"),
                answered(2, "c"),
                returned(1, "x", "rx"),
            ],
            [
                "user:b",
                "assistant:[y]",
                "tool:y=ry",
                "assistant:c",
                "user:a",
                "assistant:[x]",
                "tool:x=rx",
            ]
            .map(String::from)
            .into(),
        ),
        (
            "two runs use one id",
            vec![
                said(1, "a"),
                called(1, &["x"]),
                returned(1, "x", "of 1"),
                said(2, "b"),
                called(2, &["x"]),
                returned(2, "x", "of 2"),
            ],
            [
                "user:a",
                "assistant:[x]",
                "tool:x=of 1",
                "user:b",
                "assistant:[x]",
                "tool:x=of 2",
            ]
            .map(String::from)
            .into(),
        ),
        (
            "orphans, and a run whose beginning was not read",
            vec![
                returned(1, "x", "r"),
                answered(1, "old"),
                said(2, "b"),
                returned(2, "nobody", "r"),
                message(2, MessageRole::System, "note"),
            ],
            vec!["user:b".into()],
        ),
        (
            "one id twice in one answer, and two results for it",
            vec![
                said(1, "a"),
                called(1, &["x", "x"]),
                returned(1, "x", "first"),
                returned(1, "x", "second"),
            ],
            ["user:a", "assistant:[x]", "tool:x=second"].map(String::from).into(),
        ),
    ];
    for (name, messages, expected) in cases {
        assert_eq!(told(&conversation(&messages)), expected, "{name}");
    }
}

#[test]
fn the_run_at_work_can_be_named() {
    let messages = [said(1, "a"), called(1, &["x"]), returned(1, "x", "r"), said(2, "b")];
    let view = conversation_of(run(1), &messages);
    assert_eq!(told(&view), ["user:b", "user:a", "assistant:[x]", "tool:x=r"]);
}

#[test]
fn earlier_runs_are_kept_whole_or_not_at_all() {
    let mut messages = Vec::new();
    for number in 1..=20u128 {
        messages.push(said(number, &format!("question {number}")));
        messages.push(called(number, &["x"]));
        messages.push(returned(number, "x", &"r".repeat(8_000)));
        messages.push(answered(number, "done"));
    }
    let view = conversation(&messages);
    assert!(matches!(&view[0], ModelMessage::User { .. }));
    assert_eq!(view.len() % 4, 0);
    assert_eq!(view.len() / 4, 11, "11 runs of 8 KB fit");
    assert!(matches!(&view[view.len() - 4], ModelMessage::User { text } if text == "question 20"));
}

#[test]
fn of_a_long_run_older_results_are_shortened_and_its_question_is_kept() {
    let mut messages = vec![said(1, "the question")];
    for turn in 0..16 {
        let id = format!("c{turn}");
        messages.push(called(1, &[&id]));
        messages.push(returned(1, &id, &"r".repeat(8_000)));
    }
    let view = conversation(&messages);
    assert_eq!(view.len(), 33, "nothing is lost");
    let is_whole = |message: &ModelMessage| matches!(message, ModelMessage::Tool { text, .. } if text.len() == 8_000);
    assert!(is_whole(&view[32]) && !is_whole(&view[2]));
    assert_eq!(
        told(&view[2..3]),
        ["tool:c0=summary of c0 [older result, shortened]"],
        "its summary stands for it"
    );
}

fn any_message() -> impl Strategy<Value = ChatMessage> {
    let ids = prop::collection::vec(prop::sample::select(vec!["x", "y", "z"]), 0..4);
    (1u128..4, 0u8..4, ids, 0usize..40_000).prop_map(|(run, kind, ids, length)| match kind {
        0 => said(run, &"u".repeat(length.min(16_000))),
        1 => ChatMessage {
            content: "a".repeat(length),
            ..called(run, &ids)
        },
        2 => returned(run, ids.first().unwrap_or(&"x"), &"r".repeat(length.min(8_000))),
        _ => message(run, MessageRole::System, "s"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_call_is_directly_followed_by_exactly_one_result(messages in prop::collection::vec(any_message(), 0..40)) {
        let view = conversation(&messages);
        let mut open: BTreeSet<String> = BTreeSet::new();
        for message in &view {
            match message {
                ModelMessage::Tool { call_id, .. } => prop_assert!(open.remove(call_id), "a result without its call"),
                ModelMessage::User { .. } => prop_assert!(open.is_empty(), "a call without a result"),
                ModelMessage::Assistant { tool_calls, .. } => {
                    prop_assert!(open.is_empty(), "a call without a result");
                    open.extend(tool_calls.iter().map(|call| call.id.clone()));
                    prop_assert_eq!(open.len(), tool_calls.len());
                }
            }
        }
        prop_assert!(open.is_empty());
        let bytes: usize = view.iter().map(super::size).sum();
        // The budget, plus the newest exchange, which is always kept.
        prop_assert!(bytes < 96_000 + 16_000 + 40_000 + 3 * 8_000 + 2_000, "{bytes}");
    }
}
