//! Decisions that are not in order: refused, recorded, and nothing is done.

use crate::stage::{faulty, indexes, refused, shop};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use steersman_protocol::{ApprovalView, ExecutionStatus, RunStatus, RunView, Target};
use steersman_testkit::{
    TestApp,
    app::{ManualClock, Setup, only_call},
};

async fn propose_index(app: &TestApp, target: &Target, column: &str) -> (RunView, ApprovalView) {
    let arguments = json!({ "table": "orders", "columns": [column] });
    let run = app.propose("developer", target, "create_index", arguments).await;
    let approval = app.approval_of(&run).await;
    (run, approval)
}

/// Refusals of decisions in the audit log, by code, oldest first.
async fn recorded(app: &TestApp) -> Vec<String> {
    let entries = app.audit("result=rejected").await;
    let codes = entries
        .iter()
        .rev()
        .filter(|entry| entry.action == "approval.refused")
        .map(|entry| {
            let sentence = &entry.body.as_ref().unwrap().sentence;
            let code = sentence.rsplit_once('(').unwrap().1;
            code.trim_end_matches(')').to_owned()
        });
    codes.collect()
}

/// The code that the run's only call ended with.
#[track_caller]
fn ended_with(run: &RunView) -> String {
    assert_eq!(run.status, RunStatus::Failed, "{run:#?}");
    only_call(run)
        .problem
        .as_ref()
        .map(|problem| problem.code.clone())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_not_in_order_is_refused_and_recorded_and_changes_nothing() {
    let clock = Arc::new(ManualClock::new());
    let app = TestApp::with(Setup {
        clock: Some(clock.clone()),
        ..Setup::default()
    })
    .await;
    let (database, target) = shop(&app).await;
    let (run, approval) = propose_index(&app, &target, "status").await;
    let path = format!("/api/approvals/{}/approve", approval.id);
    let yes = json!({ "digest": approval.digest });

    // Somebody of another organization, somebody without the right, and nobody.
    refused(&app.as_("stranger").post(&path, &yes).await, 404, "approval.not_found");
    refused(
        &app.as_("stranger")
            .get(&format!("/api/approvals/{}", approval.id))
            .await,
        404,
        "store.not_found",
    );
    refused(
        &app.approve("developer", &approval, None).await,
        403,
        "approval.not_allowed",
    );
    refused(
        &app.approve("viewer", &approval, None).await,
        403,
        "approval.not_allowed",
    );
    refused(&app.anonymous().post(&path, &yes).await, 401, "auth.required");

    // A plan that is not this one.
    let other = json!({ "digest": "0".repeat(64) });
    refused(
        &app.as_("operator").post(&path, &other).await,
        409,
        "approval.changed_plan",
    );
    refused(
        &app.as_("operator").post(&path, &json!({ "digest": "short" })).await,
        400,
        "request.bad_digest",
    );
    refused(
        &app.as_("operator").post(&path, &json!({})).await,
        400,
        "request.bad_json",
    );

    // Other rules than those it was judged by.
    let mut policy = app.as_("owner").get("/api/policy").await.json();
    policy["approval_minutes"] = json!(20);
    let saved = app.as_("owner").put("/api/policy", &policy).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    refused(
        &app.approve("operator", &approval, None).await,
        409,
        "approval.changed_policy",
    );
    refused(
        &app.as_("owner").put("/api/policy", &policy).await,
        409,
        "store.policy_changed",
    );

    // No is always possible, and final.
    assert_eq!(app.reject("operator", &approval, None).await.status, 200);
    refused(
        &app.approve("operator", &approval, None).await,
        409,
        "approval.already_decided",
    );
    assert_eq!(app.over("developer", run.id).await.status, RunStatus::Failed);

    // A target that was edited meanwhile.
    let (run, approval) = propose_index(&app, &target, "status").await;
    let edit = json!({ "revision": target.revision, "environment": "staging" });
    let edited = app.as_("owner").patch(&app.path_of(&target, ""), &edit).await;
    assert_eq!(edited.status, 200, "{}", edited.text);
    app.approve("operator", &approval, None).await;
    assert_eq!(ended_with(&app.over("developer", run.id).await), "grant.changed_target");

    // A world that changed meanwhile.
    let (run, approval) = propose_index(&app, &target, "total_cents").await;
    database
        .sql("ALTER TABLE orders ALTER COLUMN total_cents TYPE numeric")
        .await
        .unwrap();
    app.approve("operator", &approval, None).await;
    assert_eq!(ended_with(&app.over("developer", run.id).await), "recheck.changed");

    // Too late.
    let (run, approval) = propose_index(&app, &target, "status").await;
    clock.advance(Duration::from_secs(20 * 60));
    let run = app.over("developer", run.id).await;
    assert_eq!(only_call(&run).status, ExecutionStatus::Rejected);
    refused(&app.approve("operator", &approval, None).await, 410, "approval.expired");

    assert_eq!(indexes(&database, "orders").await, Vec::<String>::new());
    let expected = [
        "approval.not_allowed",
        "approval.not_allowed",
        "approval.changed_plan",
        "approval.changed_policy",
        "approval.already_decided",
        "approval.expired",
    ];
    assert_eq!(recorded(&app).await, expected);
    let elsewhere = app.as_("stranger").get("/api/audit?result=rejected").await.text;
    assert!(elsewhere.contains("approval.not_found"), "{elsewhere}");
    let verified = app.as_("owner").get("/api/audit/verify").await.json();
    assert_eq!(verified["is_intact"], json!(true), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_approvals_at_once_one_counts_and_the_change_is_made_once() {
    let app = TestApp::start().await;
    let (database, target) = shop(&app).await;
    let (run, approval) = propose_index(&app, &target, "customer_id").await;
    let votes = (0..20).map(|index| {
        let voter = ["operator", "colleague"][index % 2];
        app.approve(voter, &approval, None)
    });
    let replies = futures::future::join_all(votes).await;
    let taken = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(taken, 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        refused(reply, 409, "approval.already_decided");
    }
    assert_eq!(app.over("developer", run.id).await.status, RunStatus::Completed);
    refused(
        &app.approve("owner", &approval, None).await,
        409,
        "approval.already_decided",
    );
    refused(
        &app.reject("owner", &approval, None).await,
        409,
        "approval.already_decided",
    );

    assert_eq!(indexes(&database, "orders").await.len(), 1);
    let actions = app.audit(&format!("run={}", run.id)).await;
    let count = |action: &str| actions.iter().filter(|entry| entry.action == action).count();
    assert_eq!((count("tool.granted"), count("tool.performed")), (1, 1));
    assert_eq!(recorded(&app).await.len(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_critical_change_wants_a_reason_and_with_four_eyes_a_second_person() {
    let (app, fault, target, _) = faulty().await;
    let mut policy = app.as_("owner").get("/api/policy").await.json();
    policy["four_eyes"] = json!(true);
    assert_eq!(app.as_("owner").put("/api/policy", &policy).await.status, 200);
    fault.world.put("colour", Some("red"));

    let run = app
        .propose("operator", &target, "destroy_value", json!({ "name": "colour" }))
        .await;
    let approval = app.approval_of(&run).await;
    assert!(
        approval.verdict.reason_required && approval.verdict.second_person,
        "{:?}",
        approval.verdict
    );
    refused(
        &app.approve("colleague", &approval, None).await,
        422,
        "approval.reason_required",
    );
    refused(
        &app.approve("colleague", &approval, Some("  ")).await,
        422,
        "approval.reason_required",
    );
    refused(
        &app.approve("operator", &approval, Some("mine")).await,
        403,
        "approval.needs_second_person",
    );
    assert_eq!(fault.world.value("colour").as_deref(), Some("red"));

    assert_eq!(
        app.approve("colleague", &approval, Some("it is ugly")).await.status,
        200
    );
    assert_eq!(app.over("operator", run.id).await.status, RunStatus::Completed);
    assert_eq!((fault.world.value("colour"), fault.world.performed().len()), (None, 1));
    let entries = app.audit(&format!("run={}", run.id)).await;
    let approved = entries
        .iter()
        .find(|entry| entry.action == "approval.approved")
        .unwrap();
    let body = approved.body.as_ref().unwrap();
    assert_eq!(
        (body.user_name.as_str(), body.sentence.as_str()),
        ("colleague", "it is ugly")
    );
}

/// Something that is taken away between the approval and the execution.
#[derive(Clone, Copy, Debug)]
enum Withdrawn {
    ApproverDisabled,
    ApproverDemoted,
    RequesterDisabled,
    TargetEdited,
    PolicyChanged,
    TimeRunOut,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_right_at_the_approval_is_checked_again_at_the_execution() {
    for (withdrawn, expected) in [
        (Withdrawn::ApproverDisabled, "grant.right_withdrawn"),
        (Withdrawn::ApproverDemoted, "grant.right_withdrawn"),
        (Withdrawn::RequesterDisabled, "grant.right_withdrawn"),
        (Withdrawn::TargetEdited, "grant.changed_target"),
        (Withdrawn::PolicyChanged, "grant.changed_policy"),
        (Withdrawn::TimeRunOut, "grant.expired"),
    ] {
        let (app, fault, target, clock) = faulty().await;
        let arguments = json!({ "name": "colour", "value": "red" });
        let run = app.propose("developer", &target, "set_value", arguments).await;
        let approval = app.approval_of(&run).await;
        // The last look before acting plans again, and is held there.
        fault.world.planning.close();
        assert_eq!(app.approve("colleague", &approval, None).await.status, 200);
        fault.world.planning.reached().await;
        withdraw(&app, &target, &clock, withdrawn).await;
        fault.world.planning.open();

        let run = app.over("owner", run.id).await;
        assert_eq!(ended_with(&run), expected, "{withdrawn:?}");
        assert_eq!(fault.world.performed(), Vec::<String>::new(), "{withdrawn:?}");
        let entries = app.audit(&format!("run={}&result=rejected", run.id)).await;
        assert!(!entries.is_empty(), "{withdrawn:?} left no entry");
    }
}

async fn withdraw(app: &TestApp, target: &Target, clock: &ManualClock, what: Withdrawn) {
    let owner = app.as_("owner");
    let user = |name: &str| format!("/api/users/{}", app.person(name).id);
    let reply = match what {
        Withdrawn::ApproverDisabled => owner.patch(&user("colleague"), &json!({ "is_enabled": false })).await,
        Withdrawn::ApproverDemoted => owner.patch(&user("colleague"), &json!({ "role": "developer" })).await,
        Withdrawn::RequesterDisabled => owner.patch(&user("developer"), &json!({ "is_enabled": false })).await,
        Withdrawn::TargetEdited => {
            let edit = json!({ "revision": target.revision, "settings": { "note": "moved" } });
            owner.patch(&app.path_of(target, ""), &edit).await
        }
        Withdrawn::PolicyChanged => {
            let policy = owner.get("/api/policy").await.json();
            owner.put("/api/policy", &policy).await
        }
        Withdrawn::TimeRunOut => {
            clock.advance(Duration::from_secs(31 * 60));
            return;
        }
    };
    assert_eq!(reply.status, 200, "{}", reply.text);
}
