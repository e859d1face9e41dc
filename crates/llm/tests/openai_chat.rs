//! The OpenAI-compatible dialect against a server that speaks the wire format.

use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use steersman_llm::{
    DeltaSink, Provider,
    dialects::openai_chat::{OpenAiChat, OpenAiChatConfig},
};
use steersman_protocol::{
    FinishReason, ModelAnswer, ModelDelta, ModelMessage, ModelRequest, OfferedTool, Problem, Risk, ToolCall,
    ToolChoice, ToolKind, Usage,
};
use steersman_testkit::model_server::{Answer, Ending, MODEL, Scripted, ScriptedCall, ScriptedModel, WRONG_KEY};
use tokio_util::sync::CancellationToken;

fn config(base_url: &str) -> OpenAiChatConfig {
    OpenAiChatConfig {
        name: "my-model".into(),
        base_url: base_url.into(),
        model: MODEL.into(),
        api_key: None,
        first_token_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
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

async fn ask(config: OpenAiChatConfig, request: ModelRequest) -> Asked {
    ask_until(config, request, CancellationToken::new()).await
}

async fn ask_until(config: OpenAiChatConfig, request: ModelRequest, cancel: CancellationToken) -> Asked {
    let deltas = Arc::new(Mutex::new(Vec::new()));
    let seen = deltas.clone();
    let sink: DeltaSink = Arc::new(move |delta| seen.lock().unwrap().push(delta));
    let result = OpenAiChat::new(config).ask(request, sink, cancel).await;
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
        },
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

/// The problem of one bad answer: its code, and a part of each sentence.
async fn check_problem(scripted: Scripted, code: &str, why: &str, next: &str) {
    let shown = format!("{scripted:?}");
    let asked = asked(scripted).await;
    let problem = asked.problem();
    assert_eq!(problem.code, code, "{shown}: {problem}");
    assert!(
        problem.why.contains(why) && problem.next.contains(next),
        "{shown}: {problem}"
    );
    assert!(problem.what.contains("my-model"), "{problem}");
    assert!(!problem.to_string().contains("vendor says"), "{problem}");
}

#[tokio::test]
async fn every_refusal_has_a_code_a_reason_and_a_next_step() {
    let limited = Scripted::Error {
        status: 429,
        code: "rate_limit_exceeded",
        message: "x",
        headers: vec![("Retry-After", "7")],
    };
    for (scripted, code, why, next) in [
        (limited, "model.rate_limited", "rate_limit_exceeded", "in 7 s"),
        (
            Scripted::error(429, "insufficient_quota"),
            "model.rate_limited",
            "no credit",
            "Add credit",
        ),
        (
            Scripted::error(400, "context_length_exceeded"),
            "model.too_long",
            "longer than",
            "new session",
        ),
        (
            Scripted::error(400, "unsupported_value"),
            "model.refused_request",
            "unsupported_value",
            "tool calls",
        ),
        (
            Scripted::error(403, "no_access"),
            "model.refused_key",
            "403",
            "Use another key",
        ),
        (
            Scripted::error(404, "model_not_found"),
            "model.unknown_model",
            MODEL,
            "Choose a model",
        ),
        (
            Scripted::error(500, "server_error"),
            "model.unreachable",
            "500",
            "Try again",
        ),
        (
            Scripted::error(503, "overloaded"),
            "model.unreachable",
            "overloaded",
            "Try again",
        ),
        (Scripted::error(504, "timeout"), "model.timed_out", "504", "Try again"),
        (
            Scripted::error(529, "overloaded_error"),
            "model.unreachable",
            "529",
            "Try again",
        ),
        (Scripted::html(), "model.bad_answer", "web page", "/v1"),
        (
            Scripted::Raw {
                status: 200,
                content_type: "application/json",
                body: "{\"choices\": []}".into(),
            },
            "model.bad_answer",
            "no choice",
            "OpenAI-compatible",
        ),
        (
            Scripted::Raw {
                status: 200,
                content_type: "application/json",
                body: "nonsense".into(),
            },
            "model.bad_answer",
            "not JSON",
            "/v1",
        ),
        (
            Scripted::Raw {
                status: 404,
                content_type: "text/plain",
                body: "nothing here".into(),
            },
            "model.bad_answer",
            "no chat endpoint",
            "/v1",
        ),
        (
            Scripted::Raw {
                status: 302,
                content_type: "text/plain",
                body: String::new(),
            },
            "model.bad_answer",
            "redirects",
            "final address",
        ),
        (
            Scripted::Raw {
                status: 200,
                content_type: "text/event-stream",
                body: String::new(),
            },
            "model.bad_answer",
            "broke off",
            "Try again",
        ),
        (
            Scripted::Raw {
                status: 200,
                content_type: "text/event-stream",
                body: "x".repeat(2_000_000),
            },
            "model.bad_answer",
            "line without end",
            "OpenAI",
        ),
    ] {
        check_problem(scripted, code, why, next).await;
    }
}

#[tokio::test]
async fn a_wrong_key_is_named_and_never_shown() {
    let server = ScriptedModel::start(vec![]).await;
    let config = OpenAiChatConfig {
        api_key: Some(WRONG_KEY.into()),
        ..config(&server.base_url())
    };
    let asked = ask(config, request("x")).await;
    assert_eq!(asked.problem().code, "model.refused_key");
    assert!(!asked.problem().to_string().contains(WRONG_KEY));
    assert_eq!(server.recorded()[0].key.as_deref(), Some(WRONG_KEY));
}

#[tokio::test]
async fn a_stream_that_breaks_keeps_what_came_and_marks_it() {
    for (ending, why) in [
        (Ending::Cut, "broke off"),
        (Ending::Garbage, "not JSON"),
        (Ending::Error, "overloaded"),
    ] {
        let asked = asked(Scripted::Answer(Answer {
            ending,
            ..Answer::text(&["half an ", "answer"])
        }))
        .await;
        let problem = asked.problem().clone();
        assert_eq!(problem.code, "model.bad_answer");
        assert!(problem.why.contains(why), "{problem}");
        assert_eq!(asked.streamed_text(), "half an answer");
        assert_eq!(asked.deltas.last(), Some(&ModelDelta::Failed(problem)));
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let piece = "x".repeat(100_000);
    let pieces: Vec<&str> = std::iter::repeat_n(piece.as_str(), 40).collect();
    let asked = asked(Scripted::text(&pieces)).await;
    assert!(asked.problem().why.contains("longer than 2 MiB"), "{}", asked.problem());
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let server = ScriptedModel::start(vec![]).await;
    let url = server.base_url();
    drop(server);
    tokio::task::yield_now().await;
    let asked = ask(config(&url), request("x")).await;
    assert_eq!(asked.problem().code, "model.unreachable");
    for url in ["not a url", "ftp://127.0.0.1/v1", ""] {
        assert_eq!(
            ask(config(url), request("x")).await.problem().code,
            "model.unreachable",
            "{url}"
        );
    }
}

#[tokio::test]
async fn both_time_limits_hold() {
    let short = Duration::from_millis(150);
    let server = ScriptedModel::start(vec![
        Scripted::Hang,
        Scripted::Answer(Answer {
            ending: Ending::Hang,
            ..Answer::text(&["half"])
        }),
    ])
    .await;
    let first = OpenAiChatConfig {
        first_token_timeout: short,
        ..config(&server.base_url())
    };
    let asked = ask(first, request("x")).await;
    assert_eq!(asked.problem().code, "model.timed_out");
    assert!(
        asked.problem().why.contains("nothing was answered"),
        "{}",
        asked.problem()
    );
    assert_eq!(asked.deltas, []);

    let total = OpenAiChatConfig {
        first_token_timeout: short,
        total_timeout: 2 * short,
        ..config(&server.base_url())
    };
    let begin = Instant::now();
    let asked = ask(total, request("x")).await;
    assert!(asked.problem().why.contains("not complete"), "{}", asked.problem());
    assert!(
        begin.elapsed() >= 2 * short,
        "the first limit must not end an answer that has begun"
    );
    assert!(matches!(asked.deltas.last(), Some(ModelDelta::Failed(_))));
}

#[tokio::test]
async fn cancel_drops_the_request() {
    for scripted in [
        Scripted::Hang,
        Scripted::Answer(Answer {
            ending: Ending::Hang,
            ..Answer::text(&["half"])
        }),
    ] {
        let server = ScriptedModel::start(vec![scripted]).await;
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stop.cancel();
        });
        let begin = Instant::now();
        let asked = ask_until(config(&server.base_url()), request("x"), cancel).await;
        assert_eq!(asked.problem().code, "model.cancelled");
        assert!(begin.elapsed() < Duration::from_secs(3));
        tokio::time::timeout(Duration::from_secs(5), server.hung_up_on())
            .await
            .expect("the server sees that the client is gone");
    }
}

#[tokio::test]
async fn the_test_says_exactly_what_is_wrong() {
    let test = |config: OpenAiChatConfig| async move { OpenAiChat::new(config).test().await };
    let server = ScriptedModel::start(vec![Scripted::text(&["Ready."])]).await;
    assert_eq!(test(config(&server.base_url())).await, Ok(()));

    let server = ScriptedModel::start(vec![Scripted::error(400, "unsupported"), Scripted::text(&["Ready."])]).await;
    assert_eq!(
        test(config(&server.base_url())).await.unwrap_err().code,
        "model.no_tools"
    );
    assert!(server.chats()[1].get("tools").is_none());

    let wrong_key = OpenAiChatConfig {
        api_key: Some(WRONG_KEY.into()),
        ..config(&server.base_url())
    };
    assert_eq!(test(wrong_key).await.unwrap_err().code, "model.refused_key");
    let copied_key = OpenAiChatConfig {
        api_key: Some("sk-abc\n".into()),
        ..config(&server.base_url())
    };
    assert!(test(copied_key).await.unwrap_err().why.contains("line break"));
    let other_path = config(&format!("http://{}/other", server.address()));
    assert_eq!(test(other_path).await.unwrap_err().code, "model.unknown_model");
    let slow = ScriptedModel::start(vec![Scripted::Hang]).await;
    let impatient = OpenAiChatConfig {
        first_token_timeout: Duration::from_millis(200),
        ..config(&slow.base_url())
    };
    assert_eq!(test(impatient).await.unwrap_err().code, "model.timed_out");
}
