//! What is sent. The server refuses what the published reference does not allow, so an answer alone says much.

use super::*;

/// A conversation with parallel calls, one of which never came to a result, and one with arguments that are no JSON.
fn long_request() -> ModelRequest {
    let call = |id: &str, arguments: Value| ToolCall {
        id: id.into(),
        name: "postgres_get_locks".into(),
        arguments,
    };
    let result = |id: &str, is_error| ModelMessage::Tool {
        call_id: id.into(),
        name: "postgres_get_locks".into(),
        text: format!("result of {id}"),
        summary: "A result".into(),
        suggestions: vec![],
        is_error,
    };
    ModelRequest {
        messages: vec![
            ModelMessage::User { text: "locks?".into() },
            ModelMessage::Assistant {
                text: String::new(),
                tool_calls: vec![
                    call("a", json!({"table": "x"})),
                    call("b", "{broken".into()),
                    call("c", json!({})),
                ],
            },
            result("a", false),
            result("c", true),
            ModelMessage::User { text: "and?".into() },
            ModelMessage::Assistant {
                text: "Well.".into(),
                tool_calls: vec![call("d", json!({}))],
            },
            result("d", false),
        ],
        max_output_tokens: Some(100),
        temperature: Some(0.0),
        ..request("")
    }
}

async fn sent(kind: ProviderKind, request: ModelRequest) -> Value {
    let server = ScriptedModel::start(vec![Scripted::text(&["ok"])]).await;
    let asked = ask(config(kind, &server), request).await;
    assert_eq!(asked.answer().text, "ok", "{kind}");
    server.chats().remove(0)
}

#[tokio::test]
async fn a_conversation_with_calls_has_the_form_that_each_api_wants() {
    for kind in ALL {
        let body = sent(kind, long_request()).await;
        let text = body.to_string();
        assert!(!text.contains("x-slot"), "{kind}: {text}");
        assert!(text.contains("No result: the run was stopped."), "{kind}: {text}");
    }
}

#[tokio::test]
async fn anthropic_gets_all_results_in_one_message() {
    let body = sent(ProviderKind::Anthropic, long_request()).await;
    assert_eq!(body["system"], "Be brief.");
    let roles: Vec<&str> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant", "user"]);
    assert_eq!(
        body["messages"][2]["content"],
        json!([
            { "type": "tool_result", "tool_use_id": "a", "content": "result of a", "is_error": false },
            { "type": "tool_result", "tool_use_id": "b", "content": "No result: the run was stopped.", "is_error": true },
            { "type": "tool_result", "tool_use_id": "c", "content": "result of c", "is_error": true },
            { "type": "text", "text": "and?" },
        ])
    );
    assert_eq!(
        body["messages"][1]["content"][1]["input"],
        json!({ "unreadable": "{broken" })
    );
}

#[tokio::test]
async fn gemini_gets_its_schema_and_its_results_in_order() {
    let body = sent(ProviderKind::Gemini, long_request()).await;
    let order = &body["tools"][0]["functionDeclarations"][0]["parameters"]["properties"]["order"];
    assert_eq!(
        order,
        &json!({ "type": "STRING", "enum": ["up", "down"], "nullable": true })
    );
    let results = body["contents"][2]["parts"].as_array().unwrap();
    let first =
        json!({ "functionResponse": { "name": "postgres_get_locks", "response": { "output": "result of a" } } });
    assert_eq!((results.len(), &results[0]), (4, &first));
}

#[tokio::test]
async fn ollama_is_asked_for_a_context_that_fits_and_keeps_the_model() {
    let body = sent(ProviderKind::Ollama, long_request()).await;
    assert_eq!(
        body["options"],
        json!({ "num_predict": 100, "temperature": 0.0, "num_ctx": 8192 })
    );
    assert_eq!(body["keep_alive"], "15m");
    let long = "x".repeat(150_000);
    // The server says that the model reads 32,768.
    assert_eq!(
        sent(ProviderKind::Ollama, request(&long)).await["options"]["num_ctx"],
        32768
    );
}

#[tokio::test]
async fn responses_are_not_stored_and_strict_where_possible() {
    let body = sent(ProviderKind::OpenaiResponses, long_request()).await;
    assert_eq!(
        (&body["store"], &body["instructions"]),
        (&json!(false), &json!("Be brief."))
    );
    assert_eq!(body["tools"][0]["strict"], false, "oneOf is not in the strict mode");
    let mut plain = tool("get_size");
    plain.input_schema = json!({ "type": "object", "properties": { "limit": { "type": ["integer", "null"] } } });
    let request = ModelRequest {
        tools: vec![plain],
        ..request("x")
    };
    let body = sent(ProviderKind::OpenaiResponses, request).await;
    assert_eq!(body["tools"][0]["strict"], true);
    assert_eq!(body["tools"][0]["parameters"]["required"], json!(["limit"]));
}

#[tokio::test]
async fn tool_choices_are_passed_on() {
    let named = || ToolChoice::Named("postgres_get_locks".into());
    for kind in ALL {
        for choice in [ToolChoice::Auto, ToolChoice::Required, ToolChoice::None, named()] {
            let body = sent(
                kind,
                ModelRequest {
                    tool_choice: choice.clone(),
                    ..request("x")
                },
            )
            .await;
            let word = match &choice {
                ToolChoice::Auto => "auto",
                ToolChoice::Required if kind == ProviderKind::Anthropic => "any",
                ToolChoice::Required => "required",
                ToolChoice::None => "none",
                ToolChoice::Named(_) => "named",
            };
            check_choice(kind, &body, word);
        }
    }
}

fn check_choice(kind: ProviderKind, body: &Value, word: &str) {
    let choice = &body["tool_choice"];
    match (kind, word) {
        (ProviderKind::Openai, "named") => assert_eq!(choice["function"]["name"], "postgres_get_locks"),
        (ProviderKind::OpenaiResponses | ProviderKind::Anthropic, "named") => {
            assert_eq!(choice["name"], "postgres_get_locks")
        }
        (ProviderKind::Openai | ProviderKind::OpenaiResponses, word) => assert_eq!(choice, word),
        (ProviderKind::Anthropic, word) => assert_eq!(choice["type"], word),
        (ProviderKind::Gemini, word) => {
            let config = &body["toolConfig"]["functionCallingConfig"];
            let mode = match word {
                "required" | "named" => "ANY".to_owned(),
                other => other.to_uppercase(),
            };
            assert_eq!(config["mode"], mode);
            assert_eq!(config.get("allowedFunctionNames").is_some(), word == "named");
        }
        (ProviderKind::Ollama, word) => {
            let offered = match word {
                "none" => 0,
                "named" => 1,
                _ => 2,
            };
            assert_eq!(body["tools"].as_array().map_or(0, Vec::len), offered, "{word}");
        }
    }
}

#[tokio::test]
async fn a_conversation_that_was_cut_begins_with_the_person() {
    for kind in [ProviderKind::Anthropic, ProviderKind::Gemini] {
        let request = ModelRequest {
            messages: vec![
                ModelMessage::Assistant {
                    text: "As I said.".into(),
                    tool_calls: vec![],
                },
                ModelMessage::User { text: "and?".into() },
            ],
            ..request("")
        };
        sent(kind, request).await;
    }
}

#[tokio::test]
async fn keys_travel_in_the_header_that_each_api_wants() {
    for kind in ALL {
        let server = ScriptedModel::start(vec![Scripted::text(&["ok"])]).await;
        let config = RemoteConfig {
            api_key: Some("planted-key".into()),
            ..config(kind, &server)
        };
        ask(config, request("x")).await.answer();
        let recorded = server.recorded().pop().unwrap();
        let header = match kind {
            ProviderKind::Anthropic => "x-api-key",
            ProviderKind::Gemini => "x-goog-api-key",
            _ => "authorization",
        };
        assert!(
            recorded
                .header(header)
                .is_some_and(|value| value.ends_with("planted-key")),
            "{kind}"
        );
        assert!(!recorded.query.contains("planted"), "{kind}");
    }
}
