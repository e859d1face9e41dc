//! Serves a fixed script, for checking the fake with a foreign client: see `check_model_server.py`.

use std::time::Duration;
use steersman_testkit::model_server::{Answer, Ending, Scripted, ScriptedCall, ScriptedModel};

#[tokio::main]
async fn main() {
    let two_calls = || {
        vec![
            ScriptedCall::new("call_a", "list_indexes", r#"{"table":"orders"}"#),
            ScriptedCall::new("call_b", "get_locks", "{}"),
        ]
    };
    let server = ScriptedModel::start(vec![
        Scripted::text(&["Hel", "lo, ", "wörld."]),
        Scripted::text(&["Hel", "lo, ", "wörld."]),
        Scripted::calls(two_calls()),
        Scripted::calls(two_calls()),
        Scripted::text(&["Two indexes."]),
        Scripted::Answer(Answer {
            finish: Some("length"),
            ..Answer::text(&["cut"])
        }),
        Scripted::Error {
            status: 429,
            code: "rate_limit_exceeded",
            message: "Slow down.",
            headers: vec![("Retry-After", "7")],
        },
        Scripted::error(503, "overloaded"),
        Scripted::Answer(Answer {
            ending: Ending::Cut,
            ..Answer::text(&["half"])
        }),
    ])
    .await;
    println!("{}", server.base_url());
    tokio::time::sleep(Duration::from_secs(60)).await;
}
