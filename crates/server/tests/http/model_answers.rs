//! Models that answer nonsense, and models that call what they may not.

use crate::stage::{indexes, shop};
use serde_json::json;
use std::time::Duration;
use steersman_protocol::{MessageRole, RunStatus};
use steersman_testkit::{
    Postgres, TestApp,
    model_server::{Answer, Ending, MODEL, Scripted, ScriptedCall, ScriptedModel},
};

async fn with_model(script: Vec<Scripted>) -> (TestApp, ScriptedModel) {
    let app = TestApp::start().await;
    let model = ScriptedModel::start(script).await;
    app.use_model(&model).await;
    (app, model)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_answers_nonsense_ends_the_run_with_a_clear_problem() {
    let (app, model) = with_model(Vec::new()).await;
    let ending = |ending: Ending| {
        Scripted::Answer(Answer {
            ending,
            ..Answer::text(&["I think", " that"])
        })
    };
    let raw = |content_type: &'static str, body: &str| Scripted::Raw {
        status: 200,
        content_type,
        body: body.into(),
    };
    let ten_mib = Answer {
        text: vec!["x".repeat(1 << 20); 10],
        ..Answer::default()
    };
    let cases = [
        ("a web page", Scripted::html()),
        ("nothing", raw("application/json", "")),
        ("an empty object", raw("application/json", "{}")),
        ("an array", raw("application/json", "[1, 2, 3]")),
        ("broken JSON", raw("application/json", "{\"choices\": [{")),
        ("a stream of nothing", raw("text/event-stream", "")),
        (
            "a stream of noise",
            raw("text/event-stream", "data: \u{1F9E8}\n\ndata: {]\n\n"),
        ),
        ("a cut stream", ending(Ending::Cut)),
        ("garbage in the stream", ending(Ending::Garbage)),
        ("an error in the stream", ending(Ending::Error)),
        ("a refusal", Scripted::error(403, "forbidden")),
        ("ten mebibytes", Scripted::Answer(ten_mib)),
    ];
    for (name, scripted) in cases {
        model.then(scripted);
        let asked = app.ask("operator", "hello").await;
        let problem = asked
            .run
            .problem
            .as_ref()
            .unwrap_or_else(|| panic!("{name}: {:#?}", asked.run));
        assert_eq!(asked.run.status, RunStatus::Failed, "{name}");
        assert!(problem.code.starts_with("model."), "{name}: {problem}");
        assert!(!problem.why.is_empty() && !problem.next.is_empty(), "{name}: {problem}");
        let size = serde_json::to_string(&asked.messages).unwrap().len();
        assert!(size < 1 << 20, "{name}: messages of {size} bytes");
        while model.left() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let failures = app.audit("result=failure").await;
    assert_eq!(
        failures.iter().filter(|entry| entry.action == "ai.answered").count(),
        12
    );
    // And the next one is answered.
    model.then(Scripted::text(&["All", " well."]));
    let asked = app.ask("operator", "hello").await;
    assert_eq!((asked.run.status, asked.answer()), (RunStatus::Completed, "All well."));
    // A provider that is down is stood in for, and that is said.
    model.then(Scripted::error(500, "server_error"));
    let asked = app.ask("operator", "how much disk is left?").await;
    assert_eq!(asked.run.status, RunStatus::Completed, "{:#?}", asked.run);
    let said = asked
        .messages
        .iter()
        .find(|message| message.content.contains("scripted is away"));
    assert!(said.is_some(), "{:#?}", asked.messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_answers_only_for_the_organization_that_chose_it() {
    let app = TestApp::start().await;
    let model = ScriptedModel::start(vec![Scripted::text(&["Mine."])]).await;
    let body = json!({ "name": "theirs", "base_url": model.base_url(), "model": MODEL, "is_default": true });
    assert_eq!(app.as_("stranger").post("/api/models", &body).await.status, 201);
    app.ask("owner", "hello").await;
    assert_eq!(model.recorded().len(), 0, "what is said here stays here");
    assert_eq!(app.ask("stranger", "hello").await.answer(), "Mine.");
    for (user, name) in [("owner", "local"), ("stranger", "theirs")] {
        assert_eq!(
            app.as_(user).get("/api/me").await.json()["provider"]["name"],
            json!(name)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_ends_the_run_too() {
    let (app, _model) = with_model(vec![Scripted::text(&[])]).await;
    let asked = app.ask("operator", "hello").await;
    assert!(asked.run.status.is_over(), "{:#?}", asked.run);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_not_offered_is_told_to_the_model_and_never_made() {
    let (app, model) = with_model(Vec::new()).await;
    let (database, _) = shop(&app).await;
    let index = r#"{"target":"orders-db","table":"orders","columns":["status"]}"#;
    let elsewhere = r#"{"target":"payroll-db","table":"orders","columns":["status"]}"#;
    for (user, tool, arguments, code) in [
        // A viewer is offered no change.
        ("viewer", "postgres_create_index", index, "call.not_offered"),
        ("operator", "postgres_format_disk", index, "call.unknown_tool"),
        ("operator", "postgres_create_index", elsewhere, "call.unknown_target"),
        (
            "operator",
            "postgres_create_index",
            r#"{"target":"orders-db"}"#,
            "call.bad_arguments",
        ),
        (
            "operator",
            "postgres_create_index",
            r#"{"target":"orders-db","table":"#,
            "call.bad_arguments",
        ),
        (
            "operator",
            "postgres_create_index",
            r#"["orders"]"#,
            "call.bad_arguments",
        ),
        (
            "operator",
            "postgres_create_index",
            r#"{"target":7,"table":"orders","columns":["status"]}"#,
            "call.bad_arguments",
        ),
    ] {
        model.then(Scripted::call("c1", tool, arguments));
        model.then(Scripted::text(&["I could not."]));
        let asked = app.ask(user, "create an index on orders (status) on orders-db").await;
        assert_eq!(
            asked.run.status,
            RunStatus::Completed,
            "{tool} {arguments}: {:#?}",
            asked.run
        );
        assert_eq!(asked.run.executions.len(), 0, "{tool} {arguments}");
        let told = asked.messages.iter().find(|message| message.role == MessageRole::Tool);
        let told = told.unwrap_or_else(|| panic!("{tool} {arguments}: nothing was told"));
        assert!(
            told.is_error && told.content.contains(code),
            "{tool} {arguments}: {}",
            told.content
        );
        let entries = app.audit(&format!("run={}&result=rejected", asked.run.id)).await;
        assert_eq!(
            entries.iter().filter(|entry| entry.action == "tool.refused").count(),
            1,
            "{tool} {arguments}"
        );
    }
    let never = model
        .chats()
        .iter()
        .filter(|chat| chat["tools"].to_string().contains("create_index"))
        .count();
    assert_eq!(never, 12, "a viewer's requests hold no change");
    assert_eq!(indexes(&database, "orders").await, Vec::<String>::new());
    assert_eq!(app.as_("owner").get("/api/approvals").await.json()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_never_comes_to_an_end_is_brought_to_one() {
    let tables = || Scripted::call("c1", "postgres_list_tables", r#"{"target":"orders-db"}"#);
    let (app, _model) = with_model((0..40).map(|_| tables()).collect()).await;
    let database = Postgres::shared().await.unwrap().database("shop").await.unwrap();
    app.add_postgres("orders-db", &database).await;
    let asked = app.ask("operator", "which tables are there?").await;
    assert!(asked.run.status.is_over(), "{:#?}", asked.run);
    assert_eq!(asked.run.executions.len(), 1, "the same call is made once");

    // Another call each time; and a hundred in one answer.
    let one = |number: usize| {
        ScriptedCall::new(
            "same-id",
            "postgres_run_query",
            &format!(r#"{{"target":"orders-db","sql":"SELECT {number}"}}"#),
        )
    };
    let script = (0..40).map(|number| Scripted::calls(vec![one(number)])).collect();
    let model = ScriptedModel::start(script).await;
    app.as_("owner")
        .delete(&format!("/api/models/{}", provider(&app).await))
        .await;
    app.use_model(&model).await;
    let asked = app.ask("operator", "count for ever").await;
    assert_eq!(asked.run.status, RunStatus::Failed, "{:#?}", asked.run.problem);
    assert!(asked.run.executions.len() <= 16, "{} calls", asked.run.executions.len());

    let model = ScriptedModel::start(vec![
        Scripted::calls((100..200).map(one).collect()),
        Scripted::text(&["Enough."]),
    ])
    .await;
    app.as_("owner")
        .delete(&format!("/api/models/{}", provider(&app).await))
        .await;
    app.use_model(&model).await;
    let asked = app.ask("operator", "count at once").await;
    assert!(
        asked.run.status.is_over() && asked.run.executions.len() <= 8,
        "{} calls",
        asked.run.executions.len()
    );
}

async fn provider(app: &TestApp) -> String {
    let list = app.as_("owner").get("/api/models").await.json();
    let scripted = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "scripted")
        .unwrap()
        .clone();
    scripted["id"].as_str().unwrap().to_owned()
}
