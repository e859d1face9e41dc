//! Services that die, disks that fill, and a process that is killed: a clear outcome, nothing twice, never a hang.

use crate::stage::{faulty, indexes, refused, shop, until};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use steersman_protocol::{AuditBody, AuditResult, ExecutionStatus, OrganizationId, RunStatus, RunView};
use steersman_runtime::{
    Options, Runtime, SystemClock,
    engine::{audit::outside_a_run, default_rules::default_policy},
    store::{KeyRing, Store, StoreOptions},
};
use steersman_testkit::{Postgres, TestApp, app::only_call, fault_plugin::Fault, postgres::Database};

const LONG: &str = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_in_the_middle_gives_a_clear_outcome() {
    let app = TestApp::start().await;
    let mut server = Postgres::start().await.unwrap();
    let database = Database {
        name: "postgres".into(),
        url: server.url(),
    };
    database.sql("CREATE TABLE orders (id int PRIMARY KEY, status text); INSERT INTO orders SELECT i, 'open' FROM generate_series(1, 1000) i").await.unwrap();
    let target = app.add_postgres("orders-db", &database).await;

    // In the middle of a query.
    let call = app.execute("operator", &target, "run_query", json!({ "sql": LONG }));
    let fall = async {
        let sql = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 100000) b%' AND pid <> pg_backend_pid()";
        until("the statement runs", async || {
            !database.sql(sql).await.unwrap().is_empty()
        })
        .await;
        server.stop_immediately();
        Instant::now()
    };
    let (reply, fell) = tokio::join!(call, fall);
    assert!(fell.elapsed() < Duration::from_secs(5), "{:?}", fell.elapsed());
    let run: RunView = serde_json::from_value(reply.json()).unwrap();
    let problem = only_call(&run).problem.clone().unwrap();
    assert_eq!(run.status, RunStatus::Failed);
    assert!(
        problem.code.starts_with("postgres.") && !problem.next.is_empty(),
        "{problem}"
    );

    // Before planning.
    let began = Instant::now();
    let reply = app
        .execute(
            "operator",
            &target,
            "create_index",
            json!({ "table": "orders", "columns": ["status"] }),
        )
        .await;
    let run: RunView = serde_json::from_value(reply.json()).unwrap();
    assert_eq!((reply.status, run.status), (200, RunStatus::Failed), "{}", reply.text);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let health = app.as_("viewer").get(&app.path_of(&target, "/health")).await.json();
    assert_eq!(health["state"], json!("down"), "{health}");

    // In the middle of building an index; the server comes back with the invalid one.
    server.restart().await.unwrap();
    let run = app
        .propose(
            "operator",
            &target,
            "create_index",
            json!({ "table": "orders", "columns": ["status"] }),
        )
        .await;
    let approval = app.approval_of(&run).await;
    let mut writer = database.connect().await.unwrap();
    let transaction = writer.transaction().await.unwrap();
    transaction
        .batch_execute("UPDATE orders SET status = 'new' WHERE id = 1")
        .await
        .unwrap();
    app.approve("colleague", &approval, None).await;
    until("the build waits", async || {
        indexes(&database, "orders").await.len() == 1
    })
    .await;
    server.restart().await.unwrap();
    let run = app.over("operator", run.id).await;
    assert_eq!(
        (run.status, only_call(&run).status),
        (RunStatus::Failed, ExecutionStatus::Failed),
        "{run:#?}"
    );
    assert_eq!(
        indexes(&database, "orders").await,
        Vec::<String>::new(),
        "{:?}",
        only_call(&run).problem
    );

    // And everything works again.
    let reply = app.execute("operator", &target, "list_tables", json!({})).await;
    assert_eq!(
        (reply.status, reply.json()["status"].clone()),
        (200, json!("completed"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_in_a_build_and_stays_away_leaves_the_outcome_unknown() {
    let app = TestApp::start().await;
    let mut server = Postgres::start().await.unwrap();
    let database = Database {
        name: "postgres".into(),
        url: server.url(),
    };
    database
        .sql("CREATE TABLE orders (id int PRIMARY KEY, status text); INSERT INTO orders VALUES (1, 'open')")
        .await
        .unwrap();
    let target = app.add_postgres("orders-db", &database).await;
    let run = app
        .propose(
            "operator",
            &target,
            "create_index",
            json!({ "table": "orders", "columns": ["status"] }),
        )
        .await;
    let approval = app.approval_of(&run).await;
    let mut writer = database.connect().await.unwrap();
    let transaction = writer.transaction().await.unwrap();
    transaction
        .batch_execute("UPDATE orders SET status = 'new' WHERE id = 1")
        .await
        .unwrap();
    app.approve("colleague", &approval, None).await;
    until("the build waits", async || {
        indexes(&database, "orders").await.len() == 1
    })
    .await;
    server.stop_immediately();
    let began = Instant::now();
    let run = app.over("operator", run.id).await;
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let call = only_call(&run);
    let problem = call.problem.as_ref().unwrap();
    assert_eq!(
        (call.status, problem.code.as_str()),
        (ExecutionStatus::Unknown, "call.outcome_unknown"),
        "{run:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_no_approval_and_a_change_that_was_under_way_is_looked_at_and_not_repeated() {
    let mut app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let session = app.open_session("operator").await;
    let asked = app
        .ask_in("operator", session, "create an index on orders (status) on orders-db")
        .await;
    let before = app.store().session_events(session, 0, 1000).await.unwrap();
    let approval = app.approval_of(&asked.run).await;
    app.restart().await;
    assert_eq!(app.store().session_events(session, 0, 1000).await.unwrap(), before);
    assert_eq!(app.approval_of(&asked.run).await, approval, "still there, and the same");
    assert_eq!(app.approve("colleague", &approval, None).await.status, 200);
    let done = app.over("operator", asked.run.id).await;
    assert_eq!(done.status, RunStatus::Completed, "{done:#?}");
    assert_eq!(indexes(&database, "orders").await.len(), 1);

    // Between intent and report, on the real server: the build goes on there when we are gone.
    let run = app
        .propose(
            "operator",
            &target,
            "create_index",
            json!({ "table": "orders", "columns": ["customer_id"] }),
        )
        .await;
    let approval = app.approval_of(&run).await;
    let mut writer = database.connect().await.unwrap();
    let transaction = writer.transaction().await.unwrap();
    transaction
        .batch_execute("UPDATE orders SET status = status WHERE id = 1")
        .await
        .unwrap();
    app.approve("colleague", &approval, None).await;
    until("the build waits", async || {
        indexes(&database, "orders").await.len() == 2
    })
    .await;
    app.crash().await;
    transaction.rollback().await.unwrap();
    app.start_again().await;
    let run = app.over("operator", run.id).await;
    let entries = app.audit(&format!("run={}", run.id)).await;
    let count = |action: &str| entries.iter().filter(|entry| entry.action == action).count();
    assert_eq!(
        (count("tool.executing") >= 1, count("tool.interrupted")),
        (true, 1),
        "{entries:#?}"
    );
    let left = indexes(&database, "orders").await;
    let is_built = only_call(&run).status == ExecutionStatus::Completed;
    assert_eq!(left.len(), if is_built { 2 } else { 1 }, "{left:?} and {run:#?}");
    assert!(!left.iter().any(|index| index.contains("invalid")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_gate_does_nothing_twice() {
    let (mut app, fault, target, _) = faulty().await;
    let gates = [
        &fault.world.planning,
        &fault.world.performing,
        &fault.world.reporting,
        &fault.world.verifying,
    ];
    for (index, gate) in gates.into_iter().enumerate() {
        let name = format!("value-{index}");
        let arguments = json!({ "name": name, "value": "new" });
        let run = app.propose("operator", &target, "set_value", arguments).await;
        let approval = app.approval_of(&run).await;
        let performed = fault.world.performed().len();
        gate.close();
        app.approve("colleague", &approval, None).await;
        gate.reached().await;
        app.crash().await;
        gate.open();
        app.start_again().await;
        let run = app.over("operator", run.id).await;
        let times = fault.world.performed().len() - performed;
        // The last look had not let it begin, or it began once. What is in the world is what is told.
        let is_there = fault.world.value(&name).is_some();
        let expected = match index {
            0 => (0, false, ExecutionStatus::Failed),
            1 => (1, false, ExecutionStatus::Failed),
            _ => (1, true, ExecutionStatus::Completed),
        };
        assert_eq!(
            (times, is_there, only_call(&run).status),
            expected,
            "gate {index}: {run:#?}"
        );
    }
    let verified = app.as_("owner").get("/api/audit/verify").await.json();
    assert_eq!(verified["is_intact"], json!(true), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_everything_that_could_not_be_recorded_and_space_brings_it_back() {
    let (app, fault, target, _) = faulty().await;
    let session = app.open_session("operator").await;
    let waiting = app
        .propose("operator", &target, "set_value", json!({ "name": "a", "value": "1" }))
        .await;
    let approval = app.approval_of(&waiting).await;
    let held = app
        .propose("operator", &target, "set_value", json!({ "name": "b", "value": "1" }))
        .await;
    let held_approval = app.approval_of(&held).await;
    fault.world.reporting.close();
    app.approve("colleague", &held_approval, None).await;
    fault.world.reporting.reached().await;
    let mut stream = app
        .as_("operator")
        .follow(&format!("/api/runs/{}/events", held.id))
        .await;
    let before = app.as_("owner").get("/api/audit/verify").await.json();

    fill(&app).await;
    let performed = fault.world.performed().len();
    let long = "x".repeat(10_000);
    let path = format!("/api/sessions/{session}/messages");
    refused(
        &app.as_("operator").post(&path, &json!({ "text": long })).await,
        507,
        "store.disk_full",
    );
    refused(
        &app.execute("operator", &target, "set_value", json!({ "name": "c", "value": long }))
            .await,
        507,
        "store.disk_full",
    );
    refused(
        &app.approve("colleague", &approval, Some(&long)).await,
        507,
        "store.disk_full",
    );
    // A report that cannot be written is told to whoever follows, and kept until it can.
    fault.world.reporting.open();
    let notices = stream.until(|frame| frame.event == "notice").await;
    assert_eq!(
        notices.last().unwrap().data["problem"]["code"],
        json!("store.disk_full")
    );
    assert_eq!(
        fault.world.performed().len(),
        performed,
        "nothing that could not be recorded was done"
    );
    let during = app.as_("owner").get("/api/audit/verify").await.json();
    assert_eq!(during["is_intact"], json!(true));

    app.store().limit_pages(0).await.unwrap();
    let done = app.over("operator", held.id).await;
    assert_eq!(only_call(&done).status, ExecutionStatus::Completed, "{done:#?}");
    assert_eq!(app.approve("colleague", &approval, None).await.status, 200);
    assert_eq!(app.over("operator", waiting.id).await.status, RunStatus::Completed);
    assert_eq!(
        (fault.world.value("a").as_deref(), fault.world.performed().len()),
        (Some("1"), 2)
    );
    let after = app.as_("owner").get("/api/audit/verify").await.json();
    assert_eq!(after["is_intact"], json!(true));
    assert!(after["entries"].as_i64() > before["entries"].as_i64());
}

/// No page more, and none left that is half empty.
async fn fill(app: &TestApp) {
    app.store().limit_pages(1).await.unwrap();
    let filler = "x".repeat(200);
    for index in 0..2_000 {
        if app
            .store()
            .set_setting(&format!("filler-{index}"), &filler)
            .await
            .is_err()
        {
            return fill_audit(app).await;
        }
    }
    panic!("the disk does not fill");
}

/// The pages of the audit log may still have room for a small entry.
async fn fill_audit(app: &TestApp) {
    let organization_id = app.organization_id();
    // Each action has pages of its own in the indexes: full is when none of them goes in.
    for _ in 0..2_000 {
        let mut taken = 0;
        for action in ["tool.performed", "tool.verified", "tool.executed", "x"] {
            let entry = outside_a_run(organization_id, action, AuditResult::Success, AuditBody::default());
            let written = app.store().append_audit(app.runtime().now(), vec![entry]).await;
            taken += usize::from(written.is_ok());
        }
        if taken == 0 {
            return;
        }
    }
    panic!("the audit log does not fill");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_was_cut_off_is_finished_by_the_next() {
    for made in 0..3 {
        let folder = std::env::temp_dir().join(format!("steersman-cut-off-{}-{made}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let keys = KeyRing::load_or_create(&folder.join("master.key")).unwrap();
        let options = StoreOptions {
            path: folder.join("steersman.db"),
            readers: 1,
        };
        let (store, writer) = Store::open(options, keys).await.unwrap();
        let options = Options {
            plugins: vec![Arc::new(Fault::new())],
            clock: Arc::new(SystemClock),
            watch_targets: false,
        };
        let runtime = Runtime::start(store, writer, options).await.unwrap();
        let (store, now) = (runtime.store(), runtime.now());
        let id = OrganizationId::from_uuid(runtime.fresh_id());
        let entry = || outside_a_run(id, "setup.created", AuditResult::Success, AuditBody::default());
        // As far as the first start came before it was killed.
        if made > 0 {
            store.create_organization(id, "default", now, entry()).await.unwrap();
        }
        if made > 1 {
            store.save_policy(id, default_policy(), 0, now, entry()).await.unwrap();
        }
        let first = runtime.first_start("ana").await.unwrap();
        let again = runtime.first_start("ana").await.unwrap();
        assert_eq!((first.is_first, again.is_first), (true, false));
        assert_eq!((first.owner.id, first.server_id), (again.owner.id, again.server_id));
        assert!(runtime.policy(first.organization_id).await.is_ok());
        assert_eq!(store.organizations().await.unwrap().len(), 1);
        runtime.shut_down().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
