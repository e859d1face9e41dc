//! What goes wrong on the way, and how it is told.

use super::*;
use steersman_testkit::model_server::{Ending, WRONG_KEY};

#[tokio::test]
async fn every_refusal_has_a_code_and_a_next_step() {
    let raw = |status, body: Value| Scripted::Raw {
        status,
        content_type: "application/json",
        body: body.to_string(),
    };
    use ProviderKind::*;
    for (kind, scripted, code, why, next) in [
        (
            Anthropic,
            raw(
                400,
                json!({ "type": "error", "error": { "type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum" } }),
            ),
            "model.too_long",
            "longer than",
            "new session",
        ),
        (
            Anthropic,
            raw(
                400,
                json!({ "type": "error", "error": { "type": "invalid_request_error", "message": "Your credit balance is too low to access the API." } }),
            ),
            "model.rate_limited",
            "no credit",
            "Add credit",
        ),
        (
            Anthropic,
            Scripted::error(529, "overloaded_error"),
            "model.unreachable",
            "overloaded_error",
            "Try again",
        ),
        (
            Ollama,
            Scripted::error(400, "no_tools"),
            "model.no_tools",
            "does not support tool calls",
            "tool support",
        ),
        (
            Openai,
            raw(
                400,
                json!({ "object": "error", "message": "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set", "code": 400 }),
            ),
            "model.no_tools",
            "does not support tool calls",
            "switched on",
        ),
        (
            Openai,
            raw(
                400,
                json!({ "error": { "code": 400, "type": "exceed_context_size_error", "message": "the request exceeds the available context size" } }),
            ),
            "model.too_long",
            "longer than",
            "new session",
        ),
        (
            Gemini,
            Scripted::error(429, ""),
            "model.rate_limited",
            "RESOURCE_EXHAUSTED",
            "in 34 s",
        ),
        (
            Gemini,
            Scripted::error(503, ""),
            "model.unreachable",
            "UNAVAILABLE",
            "Try again",
        ),
        (
            Gemini,
            raw(
                400,
                json!({ "error": { "code": 400, "status": "INVALID_ARGUMENT", "message": "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576)." } }),
            ),
            "model.too_long",
            "longer than",
            "new session",
        ),
        (
            OpenaiResponses,
            Scripted::error(429, "insufficient_quota"),
            "model.rate_limited",
            "no credit",
            "Add credit",
        ),
    ] {
        let asked = asked(kind, scripted).await;
        let problem = asked.problem();
        assert_eq!(problem.code, code, "{kind}: {problem}");
        assert!(
            problem.why.contains(why) && problem.next.contains(next),
            "{kind}: {problem}"
        );
        assert!(
            !problem.to_string().contains("tokens >") && !problem.to_string().contains("vendor says"),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_conversation_that_ollama_would_cut_without_a_word_is_refused() {
    let server = ScriptedModel::start(vec![]).await;
    let asked = ask(config(ProviderKind::Ollama, &server), request(&"word ".repeat(60_000))).await;
    assert_eq!(asked.problem().code, "model.too_long");
    assert_eq!(server.chats().len(), 0);
}

#[tokio::test]
async fn a_wrong_key_an_unknown_model_and_a_wrong_path_are_told_apart() {
    for kind in ALL {
        let server = ScriptedModel::start(vec![]).await;
        let wrong_key = RemoteConfig {
            api_key: Some(WRONG_KEY.into()),
            ..config(kind, &server)
        };
        let asked = ask(wrong_key, request("x")).await;
        assert_eq!(asked.problem().code, "model.refused_key", "{kind}");
        assert!(!asked.problem().to_string().contains(WRONG_KEY), "{kind}");
        let other_model = RemoteConfig {
            model: "other".into(),
            ..config(kind, &server)
        };
        let problem = ask(other_model, request("x")).await.result.unwrap_err();
        assert_eq!(problem.code, "model.unknown_model", "{kind}");
        assert_eq!(
            problem.next.contains("ollama pull other"),
            kind == ProviderKind::Ollama,
            "{problem}"
        );
        let page = asked_html(kind).await;
        assert!(
            page.why.contains("web page") && page.next.contains("usually ends in"),
            "{kind}: {page}"
        );
    }
}

async fn asked_html(kind: ProviderKind) -> Problem {
    asked(kind, Scripted::html()).await.result.unwrap_err()
}

#[tokio::test]
async fn a_stream_that_breaks_keeps_what_came_and_marks_it() {
    for kind in ALL {
        for (ending, why) in [
            (Ending::Cut, "broke off"),
            (Ending::Garbage, "not JSON"),
            (Ending::Error, "reported an error in the middle"),
        ] {
            let answer = Answer {
                ending,
                ..Answer::text(&["half an ", "answer"])
            };
            let asked = asked(kind, Scripted::Answer(answer)).await;
            let problem = asked.problem().clone();
            assert_eq!(problem.code, "model.bad_answer", "{kind}: {problem}");
            assert!(problem.why.contains(why), "{kind}: {problem}");
            assert_eq!(asked.streamed_text(), "half an answer", "{kind}");
            assert_eq!(asked.deltas.last(), Some(&ModelDelta::Failed(problem)), "{kind}");
        }
    }
}

#[tokio::test]
async fn cancel_and_both_time_limits_close_the_connection() {
    let hangs = || {
        Scripted::Answer(Answer {
            ending: Ending::Hang,
            ..Answer::text(&["half"])
        })
    };
    let short = Duration::from_millis(200);
    for kind in ALL {
        let server = ScriptedModel::start(vec![hangs()]).await;
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(short).await;
            stop.cancel();
        });
        let asked = ask_until(config(kind, &server), request("x"), cancel).await;
        assert_eq!(asked.problem().code, "model.cancelled", "{kind}");
        let seen = tokio::time::timeout(Duration::from_secs(5), server.hung_up_on()).await;
        seen.expect("the server sees that the client is gone");

        let server = ScriptedModel::start(vec![Scripted::Hang, hangs()]).await;
        let impatient = RemoteConfig {
            first_token_timeout: short,
            total_timeout: 2 * short,
            ..config(kind, &server)
        };
        for why in ["nothing was answered", "not complete"] {
            let asked = ask(impatient.clone(), request("x")).await;
            assert!(asked.problem().why.contains(why), "{kind}: {}", asked.problem());
        }
    }
}

#[tokio::test]
async fn the_test_of_a_provider_works_for_every_kind() {
    for kind in ALL {
        let test = |config: RemoteConfig| async move { Remote::new(config).test().await };
        let server = ScriptedModel::start(vec![Scripted::text(&["Ready."])]).await;
        assert_eq!(test(config(kind, &server)).await, Ok(()), "{kind}");
        let other_model = RemoteConfig {
            model: "other".into(),
            ..config(kind, &server)
        };
        let problem = test(other_model).await.unwrap_err();
        assert_eq!(problem.code, "model.unknown_model", "{kind}: {problem}");
        let wrong_key = RemoteConfig {
            api_key: Some(WRONG_KEY.into()),
            ..config(kind, &server)
        };
        assert_eq!(test(wrong_key).await.unwrap_err().code, "model.refused_key", "{kind}");
        let copied_key = RemoteConfig {
            api_key: Some("abc\n".into()),
            ..config(kind, &server)
        };
        assert!(test(copied_key).await.unwrap_err().why.contains("line break"), "{kind}");
        let nobody = RemoteConfig {
            base_url: "http://127.0.0.1:9".into(),
            ..config(kind, &server)
        };
        assert!(
            test(nobody).await.unwrap_err().why.contains("nothing listens"),
            "{kind}"
        );
    }
}
