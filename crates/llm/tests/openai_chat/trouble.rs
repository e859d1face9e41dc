//! What goes wrong on the way, and how it is told.

use super::*;

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
    let config = RemoteConfig {
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
    let first = RemoteConfig {
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

    let total = RemoteConfig {
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
    let test = |config: RemoteConfig| async move { Remote::new(config).test().await };
    let server = ScriptedModel::start(vec![Scripted::text(&["Ready."])]).await;
    assert_eq!(test(config(&server.base_url())).await, Ok(()));

    let server = ScriptedModel::start(vec![Scripted::error(400, "unsupported"), Scripted::text(&["Ready."])]).await;
    assert_eq!(
        test(config(&server.base_url())).await.unwrap_err().code,
        "model.no_tools"
    );
    assert!(server.chats()[1].get("tools").is_none());

    let wrong_key = RemoteConfig {
        api_key: Some(WRONG_KEY.into()),
        ..config(&server.base_url())
    };
    assert_eq!(test(wrong_key).await.unwrap_err().code, "model.refused_key");
    let copied_key = RemoteConfig {
        api_key: Some("sk-abc\n".into()),
        ..config(&server.base_url())
    };
    assert!(test(copied_key).await.unwrap_err().why.contains("line break"));
    let other_path = config(&format!("http://{}/other", server.address()));
    assert_eq!(test(other_path).await.unwrap_err().code, "model.unknown_model");
    let slow = ScriptedModel::start(vec![Scripted::Hang]).await;
    let impatient = RemoteConfig {
        first_token_timeout: Duration::from_millis(200),
        ..config(&slow.base_url())
    };
    assert_eq!(test(impatient).await.unwrap_err().code, "model.timed_out");
}
