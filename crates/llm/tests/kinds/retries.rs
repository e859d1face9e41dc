//! Asking again.

use super::*;
use std::time::Instant;
use steersman_testkit::model_server::Ending;

const QUICK: Retry = Retry {
    most: 2,
    pause: Duration::from_millis(20),
    longest: Duration::from_secs(3),
};

fn limited(retry_after: &'static str) -> Scripted {
    Scripted::Error {
        status: 429,
        code: "rate_limit_exceeded",
        message: "Slow down.",
        headers: vec![("Retry-After", retry_after)],
    }
}

async fn tried(kind: ProviderKind, script: Vec<Scripted>) -> (Asked, usize, Duration) {
    let server = ScriptedModel::start(script).await;
    let config = RemoteConfig {
        retry: QUICK,
        ..config(kind, &server)
    };
    let begin = Instant::now();
    let asked = ask(config, request("x")).await;
    (asked, server.chats().len(), begin.elapsed())
}

#[tokio::test]
async fn a_server_that_cannot_now_is_asked_again() {
    for kind in ALL {
        let busy = vec![
            Scripted::error(503, "overloaded"),
            Scripted::error(500, "x"),
            Scripted::text(&["ok"]),
        ];
        let (asked, times, _) = tried(kind, busy).await;
        assert_eq!((asked.answer().text.as_str(), times), ("ok", 3), "{kind}");
    }
}

#[tokio::test]
async fn it_is_asked_a_few_times_and_never_about_what_will_not_change() {
    for kind in ALL {
        let (asked, times, _) = tried(kind, vec![Scripted::error(503, "overloaded"); 5]).await;
        assert_eq!(
            (asked.problem().code.as_str(), times),
            ("model.unreachable", 3),
            "{kind}"
        );
        for scripted in [
            Scripted::error(400, "x"),
            Scripted::error(403, "x"),
            Scripted::error(402, "x"),
        ] {
            let (asked, times, _) = tried(kind, vec![scripted, Scripted::text(&["ok"])]).await;
            assert_eq!((asked.result.is_err(), times), (true, 1), "{kind}");
        }
    }
}

#[tokio::test]
async fn retry_after_is_honoured_and_not_waited_for_too_long() {
    let kind = ProviderKind::Openai;
    let (asked, times, took) = tried(kind, vec![limited("1"), Scripted::text(&["ok"])]).await;
    assert_eq!((asked.answer().text.as_str(), times), ("ok", 2));
    assert!(took >= Duration::from_secs(1), "{took:?}");
    let (asked, times, took) = tried(kind, vec![limited("60"), Scripted::text(&["ok"])]).await;
    assert_eq!((asked.problem().code.as_str(), times), ("model.rate_limited", 1));
    assert!(asked.problem().next.contains("60 s") && took < Duration::from_secs(2));
}

#[tokio::test]
async fn an_answer_that_has_begun_is_never_asked_for_again() {
    for kind in ALL {
        let broken = Scripted::Answer(Answer {
            ending: Ending::Error,
            ..Answer::text(&["half"])
        });
        let (asked, times, _) = tried(kind, vec![broken, Scripted::text(&["ok"])]).await;
        assert_eq!(
            (asked.problem().code.as_str(), times),
            ("model.bad_answer", 1),
            "{kind}"
        );
    }
    // Anthropic says so in the stream when it has no room, before anything else.
    let full = Scripted::Answer(Answer {
        ending: Ending::Error,
        ..Answer::default()
    });
    let (asked, times, _) = tried(ProviderKind::Anthropic, vec![full, Scripted::text(&["ok"])]).await;
    assert_eq!((asked.answer().text.as_str(), times), ("ok", 2));
}
