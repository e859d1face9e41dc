//! Stop stops: the work itself, on its server.

use crate::stage::{faulty, indexes, refused, shop, until};
use serde_json::json;
use std::time::{Duration, Instant};
use steersman_protocol::{ExecutionStatus, RunId, RunStatus, RunView};
use steersman_testkit::{
    TestApp,
    app::only_call,
    model_server::{Scripted, ScriptedModel},
    postgres::Database,
};

async fn cancel(app: &TestApp, user: &str, run: RunId) {
    let reply = app.as_(user).post(&format!("/api/runs/{run}/cancel"), &json!({})).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
}

/// How many sessions of this database run a statement with this text.
async fn running(database: &Database, text: &str) -> usize {
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() \
         AND datname = current_database() AND query LIKE '%{text}%'"
    );
    database.sql(&sql).await.unwrap().len()
}

/// The newest run, by hand or by message.
async fn newest_run(app: &TestApp) -> RunId {
    let list = app.as_("operator").get("/api/runs?limit=1").await.json();
    list["items"][0]["id"]
        .as_str()
        .map(|id| id.parse().unwrap())
        .expect("a run")
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_a_query_ends_its_statement_on_the_server() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let sql = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b";
    let call = app.execute("operator", &target, "run_query", json!({ "sql": sql }));
    let stopped = async {
        until("the statement runs", async || {
            running(&database, "generate_series(1, 100000) b").await == 1
        })
        .await;
        let run = newest_run(&app).await;
        let began = Instant::now();
        cancel(&app, "colleague", run).await;
        until("the statement ends", async || {
            running(&database, "generate_series(1, 100000) b").await == 0
        })
        .await;
        (run, began.elapsed())
    };
    let (reply, (run, took)) = tokio::join!(call, stopped);
    assert!(took < Duration::from_secs(2), "{took:?}");
    let view: RunView = serde_json::from_value(reply.json()).unwrap();
    assert_eq!((reply.status, view.id, view.status), (200, run, RunStatus::Cancelled));
    refused(
        &app.as_("operator")
            .post(&format!("/api/runs/{run}/cancel"), &json!({}))
            .await,
        409,
        "run.already_over",
    );
    let entries = app.audit(&format!("run={run}")).await;
    let stopped = entries.iter().find(|entry| entry.action == "run.cancelled").unwrap();
    assert_eq!(stopped.body.as_ref().unwrap().user_name, "colleague");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_an_index_build_leaves_no_broken_index() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    // The build waits for this writer.
    let mut writer = database.connect().await.unwrap();
    let transaction = writer.transaction().await.unwrap();
    transaction
        .batch_execute("UPDATE orders SET status = status WHERE id = 1")
        .await
        .unwrap();
    let run = app
        .propose(
            "developer",
            &target,
            "create_index",
            json!({ "table": "orders", "columns": ["status"] }),
        )
        .await;
    let approval = app.approval_of(&run).await;
    assert_eq!(app.approve("operator", &approval, None).await.status, 200);
    until("the build waits", async || {
        running(&database, "CREATE INDEX CONCURRENTLY").await == 1
    })
    .await;
    let began = Instant::now();
    cancel(&app, "developer", run.id).await;
    until("the build ends", async || {
        running(&database, "CREATE INDEX CONCURRENTLY").await == 0
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    transaction.rollback().await.unwrap();
    let run = app.over("developer", run.id).await;
    assert_eq!(
        (run.status, only_call(&run).status),
        (RunStatus::Cancelled, ExecutionStatus::Failed),
        "{run:#?}"
    );
    assert_eq!(indexes(&database, "orders").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_reaches_whatever_the_run_is_at() {
    let (app, fault, target, _) = faulty().await;

    // Waiting for a person.
    let run = app
        .propose("developer", &target, "set_value", json!({ "name": "a", "value": "1" }))
        .await;
    let approval = app.approval_of(&run).await;
    cancel(&app, "developer", run.id).await;
    assert_eq!(app.over("developer", run.id).await.status, RunStatus::Cancelled);
    refused(
        &app.approve("operator", &approval, None).await,
        409,
        "approval.already_decided",
    );
    let approval = app
        .as_("operator")
        .get(&format!("/api/approvals/{}", approval.id))
        .await
        .json();
    assert_eq!(approval["status"], json!("cancelled"));

    // Reading, planning (deaf), the last look, performing.
    let reading = app.execute("developer", &target, "misread", json!({ "how": "hang_until_stopped" }));
    let stop = async {
        until("it reads", async || {
            !app.as_("operator").get("/api/runs?status=executing").await.json()["items"]
                .as_array()
                .unwrap()
                .is_empty()
        })
        .await;
        cancel(&app, "developer", newest_run(&app).await).await;
    };
    let (reply, ()) = tokio::join!(reading, stop);
    assert_eq!(
        (reply.json()["status"].clone(), fault.world.cancelled()),
        (json!("cancelled"), 1),
        "{}",
        reply.text
    );

    let arguments = json!({ "name": "a", "value": "1", "mishap": "hang_in_plan" });
    let planned = fault.world.planned();
    let planning = app.execute("developer", &target, "set_value", arguments);
    let stop = async {
        until("it plans", async || fault.world.planned() > planned).await;
        cancel(&app, "developer", newest_run(&app).await).await;
    };
    let began = Instant::now();
    let (reply, ()) = tokio::join!(planning, stop);
    assert_eq!(reply.json()["status"], json!("cancelled"), "{}", reply.text);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "a deaf tool is not waited for: {:?}",
        began.elapsed()
    );

    let run = app
        .propose("developer", &target, "set_value", json!({ "name": "b", "value": "1" }))
        .await;
    let approval = app.approval_of(&run).await;
    fault.world.planning.close();
    app.approve("operator", &approval, None).await;
    fault.world.planning.reached().await;
    cancel(&app, "developer", run.id).await;
    fault.world.planning.open();
    let run = app.over("developer", run.id).await;
    assert_eq!(
        (run.status, only_call(&run).problem.as_ref().unwrap().code.as_str()),
        (RunStatus::Cancelled, "run.cancelled")
    );
    assert_eq!(fault.world.performed(), Vec::<String>::new());

    let run = app
        .propose(
            "developer",
            &target,
            "set_value",
            json!({ "name": "c", "value": "1", "mishap": "hang_in_perform" }),
        )
        .await;
    let approval = app.approval_of(&run).await;
    app.approve("operator", &approval, None).await;
    until("it performs", async || fault.world.performed().len() == 1).await;
    cancel(&app, "operator", run.id).await;
    let run = app.over("developer", run.id).await;
    assert_eq!(
        (run.status, only_call(&run).status),
        (RunStatus::Cancelled, ExecutionStatus::Failed)
    );
    assert_eq!((fault.world.cancelled(), fault.world.values().len()), (2, 0));

    // What was done before the stop arrived is verified and told, not forgotten.
    let run = app
        .propose("developer", &target, "set_value", json!({ "name": "d", "value": "1" }))
        .await;
    let approval = app.approval_of(&run).await;
    fault.world.reporting.close();
    app.approve("operator", &approval, None).await;
    fault.world.reporting.reached().await;
    cancel(&app, "operator", run.id).await;
    fault.world.reporting.open();
    let run = app.over("developer", run.id).await;
    assert_eq!(
        (run.status, only_call(&run).status),
        (RunStatus::Cancelled, ExecutionStatus::Completed)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_an_answer_hangs_up_on_the_model() {
    let app = TestApp::start().await;
    let model = ScriptedModel::start(vec![Scripted::Hang]).await;
    app.use_model(&model).await;
    let session = app.open_session("operator").await;
    let run = app.say("operator", session, "think hard").await;
    until("the model is asked", async || !model.chats().is_empty()).await;
    cancel(&app, "operator", run).await;
    assert_eq!(app.over("operator", run).await.status, RunStatus::Cancelled);
    tokio::time::timeout(Duration::from_secs(2), model.hung_up_on())
        .await
        .expect("the connection is closed");
}
