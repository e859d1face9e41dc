//! Every kind of provider against a server that speaks its wire format: the same script, the same answer.

mod requests;
mod retries;
mod trouble;

use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use steersman_llm::{DeltaSink, Provider, Remote, RemoteConfig, Retry};
use steersman_protocol::{
    FinishReason, ModelAnswer, ModelDelta, ModelMessage, ModelRequest, OfferedTool, Problem, ProviderKind, Risk,
    ToolCall, ToolChoice, ToolKind,
};
use steersman_testkit::model_server::{Answer, MODEL, Scripted, ScriptedCall, ScriptedModel};
use tokio_util::sync::CancellationToken;

const ALL: [ProviderKind; 5] = ProviderKind::ALL;

fn config(kind: ProviderKind, server: &ScriptedModel) -> RemoteConfig {
    RemoteConfig {
        kind,
        name: "my-model".into(),
        base_url: server.root_url(),
        model: MODEL.into(),
        api_key: None,
        first_token_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        retry: Retry::NEVER,
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
        input_schema: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "table": { "type": "string", "x-slot": "table" },
                "limit": { "type": ["integer", "null"], "format": "uint32", "default": null },
                "order": { "anyOf": [{ "$ref": "#/$defs/Order" }, { "type": "null" }] },
            },
            "required": ["table"],
            "additionalProperties": false,
            "$defs": { "Order": { "oneOf": [{ "const": "up", "type": "string" }, { "const": "down", "type": "string" }] } },
        }),
        relevance: 0.0,
    }
}

fn request(text: &str) -> ModelRequest {
    ModelRequest {
        model: String::new(),
        system: "Be brief.".into(),
        messages: vec![ModelMessage::User { text: text.into() }],
        tools: vec![tool("list_indexes"), tool("get_locks")],
        tool_choice: ToolChoice::Auto,
        inventory: Default::default(),
        max_output_tokens: None,
        temperature: None,
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
        let text = |delta: &ModelDelta| match delta {
            ModelDelta::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.deltas.iter().filter_map(text).collect()
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
async fn asked(kind: ProviderKind, scripted: Scripted) -> Asked {
    let server = ScriptedModel::start(vec![scripted]).await;
    ask(config(kind, &server), request("hello")).await
}

#[tokio::test]
async fn text_streams_and_tokens_are_counted() {
    for kind in ALL {
        let asked = asked(kind, Scripted::text(&["Two ", "indexes, ", "größer."])).await;
        let answer = asked.answer();
        assert_eq!(answer.text, "Two indexes, größer.", "{kind}");
        assert_eq!(
            (answer.model.as_str(), answer.finish),
            (MODEL, FinishReason::Stop),
            "{kind}"
        );
        let usage = answer.usage;
        assert_eq!(
            (usage.prompt_tokens, usage.completion_tokens),
            (Some(21), Some(7)),
            "{kind}"
        );
        let cached = (kind != ProviderKind::Ollama).then_some(4);
        assert_eq!(usage.cached_tokens, cached, "{kind}");
        assert_eq!(asked.deltas.len(), 3, "{kind}: {:?}", asked.deltas);
        assert_eq!(asked.streamed_text(), answer.text, "{kind}");
    }
    let responses = asked(ProviderKind::OpenaiResponses, Scripted::text(&["x"])).await;
    assert_eq!(responses.answer().usage.reasoning_tokens, Some(3));
}

#[tokio::test]
async fn parallel_calls_are_put_together_from_their_pieces() {
    for kind in ALL {
        let calls = vec![
            ScriptedCall::new("call_a", "postgres_list_indexes", r#"{"table":"größe"}"#),
            ScriptedCall::new("call_b", "postgres_get_locks", "{}"),
        ];
        let asked = asked(kind, Scripted::calls(calls)).await;
        let answer = asked.answer();
        assert_eq!(answer.finish, FinishReason::ToolCalls, "{kind}");
        let found: Vec<(&str, &Value)> = answer
            .tool_calls
            .iter()
            .map(|call| (call.name.as_str(), &call.arguments))
            .collect();
        assert_eq!(
            found,
            [
                ("postgres_list_indexes", &json!({"table": "größe"})),
                ("postgres_get_locks", &json!({}))
            ],
            "{kind}"
        );
        assert_ne!(answer.tool_calls[0].id, answer.tool_calls[1].id, "{kind}");
        // Two of them have no ids on the wire.
        if !matches!(kind, ProviderKind::Ollama | ProviderKind::Gemini) {
            assert_eq!(answer.tool_calls[0].id, "call_a", "{kind}");
        }
        let streamed = |wanted: usize| -> String {
            let arguments = asked.deltas.iter().filter_map(|delta| match delta {
                ModelDelta::ToolCallArguments { index, text } if *index == wanted => Some(text.as_str()),
                _ => None,
            });
            arguments.collect()
        };
        assert_eq!(
            (streamed(0).as_str(), streamed(1).as_str()),
            (r#"{"table":"größe"}"#, "{}"),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn thoughts_stay_out_of_the_answer() {
    for kind in ALL {
        let answer = Answer {
            reasoning: vec!["Hm, ".into(), "drop it?".into()],
            ..Answer::text(&["All is well."])
        };
        let asked = asked(kind, Scripted::Answer(answer)).await;
        assert_eq!(
            (asked.answer().text.as_str(), asked.streamed_text().as_str()),
            ("All is well.", "All is well."),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn finish_reasons_are_understood() {
    for kind in ALL {
        for (finish, expected) in [
            ("length", FinishReason::Length),
            ("content_filter", FinishReason::ContentFilter),
        ] {
            let answer = Answer {
                finish: Some(finish),
                ..Answer::text(&["x"])
            };
            let found = asked(kind, Scripted::Answer(answer)).await.answer().finish;
            // Ollama has no filter.
            if kind != ProviderKind::Ollama || finish == "length" {
                assert_eq!(found, expected, "{kind}");
            }
        }
    }
}

#[tokio::test]
async fn missing_counts_are_none_and_not_zero() {
    for kind in ALL {
        let answer = Answer {
            hides_usage: true,
            ..Answer::text(&["x"])
        };
        let asked = asked(kind, Scripted::Answer(answer)).await;
        assert_eq!(asked.answer().usage, Default::default(), "{kind}");
    }
}

#[tokio::test]
async fn a_call_written_as_text_is_recognised_where_small_models_are_served() {
    let written = "I look.\n```json\n{'name': 'postgres_list_indexes', 'arguments': {'table': 'orders',}}\n```";
    for kind in ALL {
        let asked = asked(kind, Scripted::text(&[written])).await;
        let is_small = matches!(kind, ProviderKind::Openai | ProviderKind::Ollama);
        assert_eq!(asked.answer().tool_calls.len(), usize::from(is_small), "{kind}");
        if is_small {
            assert_eq!(asked.answer().text, "I look.", "{kind}");
            assert_eq!(
                asked.answer().tool_calls[0].arguments,
                json!({"table": "orders"}),
                "{kind}"
            );
        }
    }
}

#[tokio::test]
async fn arguments_that_can_be_read_in_one_way_are_mended_unless_the_answer_was_cut() {
    use ProviderKind::{Anthropic, Openai, OpenaiResponses};
    for kind in [Openai, OpenaiResponses, Anthropic] {
        for (finish, expected) in [
            (None, json!({"table": "orders"})),
            (Some("length"), json!("{\"table\": \"orders\",")),
        ] {
            let call = ScriptedCall::new("a", "postgres_get_locks", "{\"table\": \"orders\",");
            let answer = Answer {
                calls: vec![call],
                finish,
                ..Answer::default()
            };
            let asked = asked(kind, Scripted::Answer(answer)).await;
            assert_eq!(asked.answer().tool_calls[0].arguments, expected, "{kind}");
        }
    }
}
