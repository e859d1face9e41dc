//! What every change of every plugin keeps, on the real thing and through the real runtime: planning changes nothing;
//! performing twice with one key equals once; a crash between perform and report is found by verification; undo
//! restores what was; nothing printed or stored holds the planted secret.
//!
//! A new change needs a row in `rows.rs`; without one a test here fails.

mod collections;
mod performing;
mod rows;
mod world;

use rows::{Row, Stage};
use serde_json::Value;
use std::collections::BTreeSet;
use steersman_protocol::{ExecutionStatus, RunView, ToolKind, Undo};
use steersman_testkit::{
    TestApp,
    app::{Setup, logs},
    lost_report::{Loss, LostReport},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_every_plugin_has_a_row() {
    let app = TestApp::start().await;
    let specs = app.runtime().registry().specs().into_iter();
    let changes: BTreeSet<String> = specs
        .filter(|spec| spec.kind == ToolKind::Change)
        .map(|spec| spec.name.to_string())
        .collect();
    let mut rows: BTreeSet<String> = Row::ALL.iter().map(|row| row.tool().to_owned()).collect();
    rows.extend(rows::WITHOUT_A_ROW.iter().map(|(tool, _why)| (*tool).to_owned()));
    assert_eq!(
        rows, changes,
        "every change needs a row in testkit/tests/contract/rows.rs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_changes_nothing_and_performing_does_what_was_planned() {
    let app = TestApp::start().await;
    for row in Row::ALL {
        let stage = row.set(&app).await;
        let before = stage.world.snapshot().await;
        let run = propose(&app, *row, &stage).await;
        assert_eq!(
            stage.world.snapshot().await,
            before,
            "{row:?}: planning changed something"
        );
        let run = approve(&app, &run).await;
        assert_eq!(status(&run), ExecutionStatus::Completed, "{row:?}: {run:#?}");
        let after = stage.world.snapshot().await;
        assert!(row.is_done(&after), "{row:?}: {after:#}");
        assert_eq!(after != before, row.leaves_a_trace(), "{row:?}: {after:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn performing_twice_with_one_key_equals_once() {
    let app = TestApp::start().await;
    for row in Row::ALL {
        let stage = row.set(&app).await;
        let performing = performing::Performing::plan(&app, *row, &stage).await;
        performing
            .perform()
            .await
            .unwrap_or_else(|problem| panic!("{row:?}: {problem}"));
        performing.must_hold(*row).await;
        let once = stage.world.snapshot().await.without_counters();
        // The second may say that there is nothing left to do; what counts is the world.
        let second = performing.perform().await;
        performing.must_hold(*row).await;
        let twice = stage.world.snapshot().await.without_counters();
        assert_eq!(
            twice, once,
            "{row:?}: the second changed something, and said {second:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_perform_and_report_is_found_by_verification() {
    let (mut app, lost) = losing().await;
    for row in Row::ALL {
        let stage = row.set(&app).await;
        let run = cut_off(&mut app, &lost, *row, &stage, Loss::Report).await;
        let expected = match row.leaves_a_trace() {
            true => ExecutionStatus::Completed,
            false => ExecutionStatus::Unknown,
        };
        assert_eq!(status(&run), expected, "{row:?}: {run:#?}");
        let after = stage.world.snapshot().await;
        assert!(row.is_done(&after), "{row:?}: {after:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_performing_is_found_out_and_nothing_is_done_after_it() {
    let (mut app, lost) = losing().await;
    for row in Row::ALL {
        let stage = row.set(&app).await;
        let before = stage.world.snapshot().await;
        let run = cut_off(&mut app, &lost, *row, &stage, Loss::Everything).await;
        let expected = match row.leaves_a_trace() {
            true => ExecutionStatus::Failed,
            false => ExecutionStatus::Unknown,
        };
        assert_eq!(status(&run), expected, "{row:?}: {run:#?}");
        assert_eq!(stage.world.snapshot().await, before, "{row:?}: it was done after all");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_goes_through_the_funnel_and_restores_what_was_or_the_plan_says_why_not() {
    let app = TestApp::start().await;
    for row in Row::ALL {
        let stage = row.set(&app).await;
        let before = stage.world.snapshot().await.without_counters();
        let run = propose(&app, *row, &stage).await;
        let done = approve(&app, &run).await;
        let call = &done.executions[0];
        let undo = call.suggestions.iter().find(|suggestion| suggestion.is_undo);
        match (&call.plan.as_ref().expect("a plan").undo, undo) {
            (Undo::Reversible { .. }, Some(undo)) => {
                let tool = undo.tool.to_string();
                let run = app
                    .propose("developer", &stage.target, &tool, undo.arguments.clone())
                    .await;
                let undone = approve(&app, &run).await;
                assert_eq!(status(&undone), ExecutionStatus::Completed, "{row:?}: {undone:#?}");
                assert_eq!(
                    stage.world.snapshot().await.without_counters(),
                    before,
                    "{row:?}: not as before"
                );
            }
            (Undo::NotNeeded { why } | Undo::Irreversible { why }, None) => {
                assert!(!why.is_empty(), "{row:?} does not say why there is no undo");
            }
            (Undo::BackedUp { location }, None) => assert!(!location.is_empty(), "{row:?} does not say where"),
            (planned, offered) => panic!("{row:?}: planned {planned:?} and offered {offered:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_printed_or_stored_holds_the_planted_secret() {
    let app = TestApp::start().await;
    for row in Row::ALL {
        let stage = row.set(&app).await;
        let run = propose(&app, *row, &stage).await;
        let waiting = app.as_("owner").get("/api/approvals").await.text;
        let run = approve(&app, &run).await;
        let client = app.as_("owner");
        let said = [
            waiting,
            serde_json::to_string(&run).expect("JSON"),
            client.get("/api/audit?limit=500").await.text,
            client.get("/api/targets").await.text,
            client.get("/api/audit/export?format=csv").await.text,
            logs::text(),
        ];
        for (at, text) in said.iter().enumerate() {
            assert!(!text.contains(&stage.secret), "{row:?}: the secret is in output {at}");
        }
        let files = files_with(&app, &stage.secret);
        assert!(files.is_empty(), "{row:?}: the secret is in {files:?}");
        let control = files_with(&app, &run.executions[0].target.name);
        assert!(
            !control.is_empty(),
            "{row:?}: what is stored is not where this test looks"
        );
    }
}

/// Names of the app's files that hold these bytes.
fn files_with(app: &TestApp, text: &str) -> Vec<String> {
    let files = std::fs::read_dir(app.folder()).expect("the app's folder");
    let paths = files.map(|file| file.expect("a file").path());
    let holding = paths.filter(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    });
    holding.map(|path| path.display().to_string()).collect()
}

async fn losing() -> (TestApp, LostReport) {
    let lost = LostReport::default();
    let around = lost.clone();
    let setup = Setup {
        around: Some(std::sync::Arc::new(move |plugin| around.around(plugin))),
        ..Setup::default()
    };
    (TestApp::with(setup).await, lost)
}

/// Approves, lets the app die when performing is so far, starts it again, and returns the ended run.
async fn cut_off(app: &mut TestApp, lost: &LostReport, row: Row, stage: &Stage, loss: Loss) -> RunView {
    let run = propose(app, row, stage).await;
    let before = lost.count();
    lost.lose(loss);
    decide(app, &run).await;
    world::until(|| async { lost.count() > before }).await;
    app.crash().await;
    lost.lose(Loss::Nothing);
    app.start_again().await;
    let run = app.over("owner", run.id).await;
    let events = app.store().run_events(run.id, 0).await.expect("the events");
    let text = serde_json::to_string(&events).expect("JSON");
    assert!(
        text.contains("\"interrupted\""),
        "{row:?}: nobody noticed the crash: {text}"
    );
    run
}

async fn propose(app: &TestApp, row: Row, stage: &Stage) -> RunView {
    app.propose("developer", &stage.target, row.tool(), stage.arguments.clone())
        .await
}

async fn decide(app: &TestApp, run: &RunView) {
    let approval = app.approval_of(run).await;
    let reply = app.approve("operator", &approval, Some("the contract")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

async fn approve(app: &TestApp, run: &RunView) -> RunView {
    decide(app, run).await;
    app.over("owner", run.id).await
}

fn status(run: &RunView) -> ExecutionStatus {
    run.executions[0].status
}

/// Something to compare.
trait Snapshot {
    /// Without how often something was done: doing it again is allowed where it changes nothing else.
    fn without_counters(self) -> Value;
}

impl Snapshot for Value {
    fn without_counters(mut self) -> Value {
        if let Some(members) = self.as_object_mut() {
            for counted in ["analyzed", "vacuumed", "rebuilt"] {
                members.remove(counted);
            }
        }
        self
    }
}
