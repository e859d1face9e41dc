//! The OpenAI-compatible dialect against a server that speaks the wire format.

mod trouble;

use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use steersman_llm::{DeltaSink, Provider, Remote, RemoteConfig, Retry};
use steersman_protocol::{
    FinishReason, ModelAnswer, ModelDelta, ModelMessage, ModelRequest, OfferedTool, Problem, ProviderKind, Risk,
    ToolCall, ToolChoice, ToolKind, Usage,
};
use steersman_testkit::model_server::{Answer, Ending, MODEL, Scripted, ScriptedCall, ScriptedModel, WRONG_KEY};
use tokio_util::sync::CancellationToken;

fn config(base_url: &str) -> RemoteConfig {
    RemoteConfig {
        kind: ProviderKind::Openai,
        name: "my-model".into(),
        base_url: base_url.into(),
        model: MODEL.into(),
        api_key: None,
        first_token_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        retry: Retry::NEVER,
    }
}

fn request(text: &str) -> ModelRequest {
    ModelRequest {
        model: String::new(),
        system: "Be brief.".into(),
        messages: vec![ModelMessage::User { text: text.into() }],
        tools: vec![],
        tool_choice: ToolChoice::Auto,
        inventory: Default::default(),
        max_output_tokens: None,
        temperature: None,
    }
}

fn tool(name: &str) -> OfferedTool {
    OfferedTool {
        name: format!("postgres_{name}"),
        tool: format!("postgres.{name}").parse().unwrap(),
        kind: ToolKind::Query,
        floor: Risk::Low,
        title: name.into(),
        description: format!("{name} of a database"),
        example: String::new(),
        synonyms: vec![],
        input_schema: json!({ "type": "object", "properties": { "table": { "type": "string", "x-slot": "table" } } }),
        relevance: 0.0,
    }
}

fn with_tools(text: &str) -> ModelRequest {
    ModelRequest {
        tools: vec![tool("list_indexes"), tool("get_locks")],
        ..request(text)
    }
}

/// What came out, and what was streamed on the way.
struct Asked {
    result: Result<ModelAnswer, Problem>,
    deltas: Vec<ModelDelta>,
}

impl Asked {
    fn answer(&self) -> &ModelAnswer {
        self.result.as_ref().unwrap()
    }
    fn problem(&self) -> &Problem {
        self.result.as_ref().unwrap_err()
    }
    fn streamed_text(&self) -> String {
        self.deltas
            .iter()
            .filter_map(|delta| {
                if let ModelDelta::Text(text) = delta {
                    Some(text.as_str())
                } else {
                    None
                }
            })
            .collect()
    }
}

async fn ask(config: RemoteConfig, request: ModelRequest) -> Asked {
    ask_until(config, request, CancellationToken::new()).await
}

async fn ask_until(config: RemoteConfig, request: ModelRequest, cancel: CancellationToken) -> Asked {
    let deltas = Arc::new(Mutex::new(Vec::new()));
    let seen = deltas.clone();
    let sink: DeltaSink = Arc::new(move |delta| seen.lock().unwrap().push(delta));
    let result = Remote::new(config).ask(request, sink, cancel).await;
    let deltas = deltas.lock().unwrap().clone();
    Asked { result, deltas }
}

/// One scripted answer to one plain question.
async fn asked(scripted: Scripted) -> Asked {
    let server = ScriptedModel::start(vec![scripted]).await;
    ask(config(&server.base_url()), with_tools("hello")).await
}

#[tokio::test]
async fn text_streams_and_tokens_are_counted() {
    let asked = asked(Scripted::text(&["Two ", "indexes, ", "größer."])).await;
    let expected = ModelAnswer {
        provider: "my-model".into(),
        model: MODEL.into(),
        text: "Two indexes, größer.".into(),
        tool_calls: vec![],
        finish: FinishReason::Stop,
        usage: Usage {
            prompt_tokens: Some(21),
            completion_tokens: Some(7),
            cached_tokens: Some(4),
            reasoning_tokens: Some(0),
        },
        stands_in_for: None,
    };
    assert_eq!(asked.answer(), &expected);
    assert_eq!(asked.deltas.len(), 3);
    assert_eq!(asked.streamed_text(), expected.text);
}

#[tokio::test]
async fn parallel_calls_are_put_together_from_their_pieces() {
    let asked = asked(Scripted::calls(vec![
        ScriptedCall::new("call_a", "postgres_list_indexes", r#"{"table":"größe"}"#),
        ScriptedCall::new("call_b", "postgres_get_locks", ""),
    ]))
    .await;
    let answer = asked.answer();
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    assert_eq!(
        answer.tool_calls,
        [
            ToolCall {
                id: "call_a".into(),
                name: "postgres_list_indexes".into(),
                arguments: json!({"table": "größe"})
            },
            ToolCall {
                id: "call_b".into(),
                name: "postgres_get_locks".into(),
                arguments: json!({})
            },
        ]
    );
    let started: Vec<usize> = asked
        .deltas
        .iter()
        .filter_map(|d| {
            if let ModelDelta::ToolCallStarted { index, .. } = d {
                Some(*index)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(started, [0, 1]);
}

#[tokio::test]
async fn equal_call_ids_are_told_apart_and_odd_arguments_are_kept_as_written() {
    let asked = asked(Scripted::calls(vec![
        ScriptedCall::new("same", "postgres_list_indexes", "{\"table\": orders"),
        ScriptedCall::new("same", "postgres_get_locks", "{}"),
    ]))
    .await;
    let calls = &asked.answer().tool_calls;
    assert_ne!(calls[0].id, calls[1].id);
    assert_eq!(calls[0].arguments, Value::String("{\"table\": orders".into()));
}

#[tokio::test]
async fn thoughts_stay_out_of_the_answer() {
    for answer in [
        Answer {
            reasoning: vec!["Hm, ".into(), "drop it?".into()],
            ..Answer::text(&["All is well."])
        },
        Answer::text(&["<thi", "nk>Hm, drop it?</th", "ink>\n\n", "All is well."]),
    ] {
        let asked = asked(Scripted::Answer(answer)).await;
        assert_eq!(asked.answer().text, "All is well.");
        assert_eq!(asked.streamed_text(), "All is well.");
    }
}

#[tokio::test]
async fn finish_reasons_are_understood() {
    for (finish, expected) in [
        ("length", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("stop", FinishReason::Stop),
    ] {
        let asked = asked(Scripted::Answer(Answer {
            finish: Some(finish),
            ..Answer::text(&["x"])
        }))
        .await;
        assert_eq!(asked.answer().finish, expected);
    }
    // Calls although it says stop.
    let call = ScriptedCall::new("a", "postgres_get_locks", "{}");
    let asked = asked(Scripted::Answer(Answer {
        calls: vec![call],
        finish: Some("stop"),
        ..Answer::default()
    }))
    .await;
    assert_eq!(asked.answer().finish, FinishReason::ToolCalls);
}

#[tokio::test]
async fn missing_counts_are_none_and_not_zero() {
    let asked = asked(Scripted::Answer(Answer {
        hides_usage: true,
        ..Answer::text(&["x"])
    }))
    .await;
    assert_eq!(asked.answer().usage, Usage::default());
}

#[tokio::test]
async fn a_stream_without_done_is_whole_when_it_finished() {
    let asked = asked(Scripted::Answer(Answer {
        ending: Ending::WithoutDone,
        ..Answer::text(&["x"])
    }))
    .await;
    assert_eq!(asked.answer().text, "x");
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_fine() {
    let body = json!({ "model": MODEL, "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": {
        "role": "assistant", "content": "Look:", "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "postgres_get_locks", "arguments": "{}" } }],
    } }] });
    let asked = asked(Scripted::Raw {
        status: 200,
        content_type: "application/json",
        body: body.to_string(),
    })
    .await;
    assert_eq!(asked.answer().text, "Look:");
    assert_eq!(asked.answer().tool_calls.len(), 1);
}

#[tokio::test]
async fn a_call_written_as_text_is_recognised_only_for_offered_tools() {
    let written =
        "I look.\n```json\n{\"name\": \"postgres_list_indexes\", \"arguments\": {\"table\": \"orders\"}}\n```";
    let found = asked(Scripted::text(&[written])).await;
    assert_eq!(found.answer().text, "I look.");
    assert_eq!(found.answer().tool_calls[0].arguments, json!({"table": "orders"}));
    assert_eq!(found.answer().finish, FinishReason::ToolCalls);

    let server = ScriptedModel::start(vec![Scripted::text(&[written])]).await;
    let without = ask(config(&server.base_url()), request("hello")).await;
    assert_eq!(without.answer().tool_calls, []);
    assert_eq!(without.answer().text, written);
}

#[tokio::test]
async fn the_request_has_the_form_that_the_api_wants() {
    let server = ScriptedModel::start(vec![Scripted::text(&["ok"])]).await;
    let request = ModelRequest {
        messages: vec![
            ModelMessage::User {
                text: "indexes?".into(),
            },
            ModelMessage::Assistant {
                text: String::new(),
                tool_calls: vec![
                    ToolCall {
                        id: "a".into(),
                        name: "postgres_list_indexes".into(),
                        arguments: json!({"table": "orders"}),
                    },
                    ToolCall {
                        id: "b".into(),
                        name: "postgres_get_locks".into(),
                        arguments: Value::String("{broken".into()),
                    },
                ],
            },
            ModelMessage::Tool {
                call_id: "a".into(),
                name: "postgres_list_indexes".into(),
                text: "2 indexes\n...".into(),
                summary: "2 indexes".into(),
                suggestions: vec![],
                is_error: false,
            },
            ModelMessage::User { text: "and?".into() },
        ],
        tool_choice: ToolChoice::Named("postgres_get_locks".into()),
        max_output_tokens: Some(100),
        temperature: Some(0.0),
        ..with_tools("")
    };
    // The fake refuses calls without results, so an answer shows that the dangling one was mended.
    assert_eq!(ask(config(&server.base_url()), request).await.answer().text, "ok");
    let body = server.chats().remove(0);
    assert_eq!(body["messages"][0], json!({"role": "system", "content": "Be brief."}));
    assert_eq!(
        body["tools"][0]["function"]["parameters"]["properties"]["table"],
        json!({"type": "string"})
    );
    assert_eq!(
        body["tool_choice"],
        json!({"type": "function", "function": {"name": "postgres_get_locks"}})
    );
    assert_eq!((&body["stream"], &body["max_tokens"]), (&json!(true), &json!(100)));
    assert_eq!(server.recorded()[0].key, None);
}

#[tokio::test]
async fn tool_choices_are_passed_on() {
    let server = ScriptedModel::start(vec![Scripted::text(&["ok"]); 3]).await;
    for (choice, expected) in [
        (ToolChoice::Auto, "auto"),
        (ToolChoice::Required, "required"),
        (ToolChoice::None, "none"),
    ] {
        let request = ModelRequest {
            tool_choice: choice,
            ..with_tools("x")
        };
        ask(config(&server.base_url()), request).await.answer();
        assert_eq!(server.chats().last().unwrap()["tool_choice"], expected);
    }
}

#[tokio::test]
async fn the_base_url_may_lack_v1_or_have_a_slash() {
    let server = ScriptedModel::start(vec![Scripted::text(&["ok"]); 3]).await;
    let bare = format!("http://{}", server.address());
    for url in [bare.clone(), format!("{bare}/"), format!("{bare}/v1/")] {
        assert_eq!(ask(config(&url), request("x")).await.answer().text, "ok", "{url}");
    }
}
