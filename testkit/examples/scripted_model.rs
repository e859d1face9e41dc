//! Serves a fixed script, for checking the fake with foreign clients: see `check_model_server.py`.

use std::time::Duration;
use steersman_testkit::model_server::{Answer, Ending, Scripted, ScriptedCall, ScriptedModel};

#[tokio::main]
async fn main() {
    let hello = || Scripted::text(&["Hel", "lo, ", "wörld."]);
    let error = Scripted::Answer(Answer {
        ending: Ending::Error,
        ..Answer::text(&["half"])
    });
    // Chat Completions: also whole calls, a busy server and a cut stream.
    let mut script = vec![hello(), hello(), calls(), calls(), Scripted::text(&["Two indexes."])];
    script.extend([too_long(), limited(), Scripted::error(503, "overloaded")]);
    script.push(Scripted::Answer(Answer {
        ending: Ending::Cut,
        ..Answer::text(&["half"])
    }));
    // Responses, Messages, Ollama, Gemini: the same each.
    for _ in 0..4 {
        script.extend([hello(), hello(), calls(), Scripted::text(&["Two indexes."])]);
        script.extend([too_long(), limited(), error.clone()]);
    }
    let server = ScriptedModel::start(script).await;
    println!("{}", server.root_url());
    tokio::time::sleep(Duration::from_secs(120)).await;
}

fn calls() -> Scripted {
    Scripted::calls(vec![
        ScriptedCall::new("call_a", "list_indexes", r#"{"table":"orders"}"#),
        ScriptedCall::new("call_b", "get_locks", "{}"),
    ])
}

fn too_long() -> Scripted {
    Scripted::Answer(Answer {
        finish: Some("length"),
        ..Answer::text(&["cut"])
    })
}

fn limited() -> Scripted {
    Scripted::Error {
        status: 429,
        code: "rate_limit_exceeded",
        message: "Slow down.",
        headers: vec![("Retry-After", "7")],
    }
}
