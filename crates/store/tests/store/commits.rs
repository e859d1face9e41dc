//! What one commit promises.

use crate::support::*;
use serde_json::json;
use steersman_protocol::*;
use steersman_store::*;

#[tokio::test]
async fn everything_of_a_commit_survives_reopening() {
    let f = fixture().await;
    let session = f.session("");
    f.store
        .create_session(session.clone(), now(), f.draft("session.created"))
        .await
        .unwrap();
    let run_id = id(RunId::from_uuid);
    let run = f.run(run_id, Some(session.id), RunStatus::WaitingApproval);
    let execution = f.execution(run_id);
    let approval = f.approval(run_id, Some(session.id));
    let message = f.message(session.id, run_id, "why is orders slow");
    let effect = NewEffect {
        id: id(EffectId::from_uuid),
        kind: "expire_approval".into(),
        body: json!({"big": 9_007_199_254_740_993_i64, "text": "naïve \u{0} ✓"}),
        due_at: Some(now()),
    };
    let records = f
        .store
        .commit(Commit {
            session_id: Some(session.id),
            events: vec![event(1), event(2)],
            open_effects: vec![effect.clone()],
            audit: vec![f.draft("tool.executed")],
            run: Some(run.clone()),
            executions: vec![execution.clone()],
            approvals: vec![approval.clone()],
            messages: vec![message.clone()],
            session_title: Some("Orders is slow".into()),
            ..f.commit(run_id, 0)
        })
        .await
        .unwrap();
    assert_eq!(
        records
            .iter()
            .map(|record| (record.seq, record.position))
            .collect::<Vec<_>>(),
        [(1, 1), (2, 2)]
    );

    let f = f.reopen().await;
    let s = &f.store;
    assert_eq!(s.run_events(run_id, 0).await.unwrap(), records);
    assert_eq!(s.run_events(run_id, 1).await.unwrap(), records[1..]);
    assert_eq!(s.session_events(session.id, 0, 10).await.unwrap(), records);
    assert_eq!(s.session_events(session.id, 1, 10).await.unwrap(), records[1..]);
    assert_eq!(s.events_after(f.organization, 0, 1).await.unwrap(), records[..1]);
    let run = RunView {
        executions: vec![execution.clone()],
        ..run
    };
    assert_eq!(s.run(f.organization, run_id).await.unwrap(), run);
    assert_eq!(s.execution(execution.id).await.unwrap(), execution);
    assert_eq!(s.approval(f.organization, approval.id).await.unwrap(), approval);
    assert_eq!(s.messages(session.id, 10).await.unwrap(), [message]);
    assert_eq!(
        s.session(f.organization, session.id).await.unwrap().title,
        "Orders is slow"
    );
    assert_eq!(s.unfinished_runs().await.unwrap(), [run_id]);
    let open = s.open_effects().await.unwrap();
    assert_eq!(
        open,
        [OpenEffect {
            id: effect.id,
            run_id,
            kind: effect.kind,
            body: effect.body,
            due_at: effect.due_at,
        }]
    );
    assert_eq!(
        s.audit(f.organization, AuditFilter::default(), all())
            .await
            .unwrap()
            .items[0]
            .action,
        "tool.executed"
    );

    let more = Commit {
        events: vec![event(3)],
        close_effects: vec![effect.id],
        run: Some(f.run(run_id, Some(session.id), RunStatus::Completed)),
        ..f.commit(run_id, 2)
    };
    assert_eq!(s.commit(more).await.unwrap()[0].position, 3);
    assert!(s.open_effects().await.unwrap().is_empty());
    assert!(s.unfinished_runs().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_that_moved_on_takes_no_stale_commit() {
    let f = fixture().await;
    let run_id = id(RunId::from_uuid);
    let first = Commit {
        events: vec![event(1)],
        ..f.commit(run_id, 0)
    };
    f.store.commit(first.clone()).await.unwrap();
    let before = f.store.verify_audit(f.organization).await.unwrap();
    let stale = Commit {
        audit: vec![f.draft("tool.executed")],
        run: Some(f.run(run_id, None, RunStatus::Failed)),
        ..first
    };
    match f.store.commit(stale).await {
        Err(StoreError::Conflict(Conflict::Sequence {
            expected: 0, found: 1, ..
        })) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(f.store.run_events(run_id, 0).await.unwrap().len(), 1);
    assert!(matches!(
        f.store.run(f.organization, run_id).await,
        Err(StoreError::NotFound { .. })
    ));
    assert_eq!(
        f.store.verify_audit(f.organization).await.unwrap(),
        before,
        "no entry of it is left"
    );
}

#[tokio::test]
async fn a_grant_is_used_once_for_each_use() {
    let f = fixture().await;
    let target = f
        .store
        .create_target(
            f.target("orders-db"),
            Default::default(),
            now(),
            f.draft("target.created"),
        )
        .await
        .unwrap();
    let grant = grant(target.id);
    let run_id = id(RunId::from_uuid);
    let using = |seq: i64, grant_use| Commit {
        events: vec![event(seq as u32 + 1)],
        use_grant: Some((grant.clone(), grant_use)),
        ..f.commit(run_id, seq)
    };
    f.store.commit(using(0, GrantUse::Perform)).await.unwrap();
    f.store.commit(using(1, GrantUse::CleanUp)).await.unwrap();
    for grant_use in [GrantUse::Perform, GrantUse::CleanUp] {
        let error = f.store.commit(using(2, grant_use)).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Conflict(Conflict::GrantUsed { .. })),
            "{error}"
        );
        assert_eq!(error.to_problem("Could not perform").code, "store.grant_used");
    }
    assert_eq!(
        f.store.run_events(run_id, 0).await.unwrap().len(),
        2,
        "a refused use leaves no intent"
    );
}

#[tokio::test]
async fn of_many_who_use_one_grant_exactly_one_succeeds() {
    let f = fixture().await;
    let grant = grant(id(TargetId::from_uuid));
    let attempts = (0..50).map(|_| {
        f.store.commit(Commit {
            events: vec![event(1)],
            use_grant: Some((grant.clone(), GrantUse::Perform)),
            ..f.commit(id(RunId::from_uuid), 0)
        })
    });
    let done = futures::future::join_all(attempts).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(f.store.events_after(f.organization, 0, 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_commit_holds_only_for_the_rules_and_the_target_it_was_decided_on() {
    let f = fixture().await;
    let target = f
        .store
        .create_target(
            f.target("orders-db"),
            Default::default(),
            now(),
            f.draft("target.created"),
        )
        .await
        .unwrap();
    let run_id = id(RunId::from_uuid);
    let commit = |policy, target| Commit {
        events: vec![event(1)],
        expect_policy_revision: policy,
        expect_target_revision: target,
        ..f.commit(run_id, 0)
    };
    let code = async |commit| f.store.commit(commit).await.map_err(|error| error.to_problem("x").code);

    assert_eq!(code(commit(Some(1), None)).await.unwrap_err(), "store.policy_changed");
    assert_eq!(
        code(commit(Some(0), Some((target.id, 2)))).await.unwrap_err(),
        "store.target_changed"
    );
    let stored = f
        .store
        .save_policy(f.organization, policy(), 0, now(), f.draft("policy.saved"))
        .await
        .unwrap();
    assert_eq!(stored.revision, 1);
    assert_eq!(code(commit(Some(0), None)).await.unwrap_err(), "store.policy_changed");
    f.store
        .update_target(target.clone(), None, 1, now(), f.draft("target.updated"))
        .await
        .unwrap();
    assert_eq!(
        code(commit(Some(1), Some((target.id, 1)))).await.unwrap_err(),
        "store.target_changed"
    );
    f.store
        .delete_target(f.organization, target.id, now(), f.draft("target.deleted"))
        .await
        .unwrap();
    assert_eq!(
        code(commit(Some(1), Some((target.id, 2)))).await.unwrap_err(),
        "store.target_changed"
    );
    assert!(code(commit(Some(1), None)).await.is_ok());
}

#[tokio::test]
async fn a_message_written_again_keeps_its_place() {
    let f = fixture().await;
    let session = f.session("New chat");
    f.store
        .create_session(session.clone(), now(), f.draft("session.created"))
        .await
        .unwrap();
    let run_id = id(RunId::from_uuid);
    let mut messages: Vec<ChatMessage> = ["a", "b", "c"].map(|text| f.message(session.id, run_id, text)).to_vec();
    f.store
        .commit(Commit {
            session_id: Some(session.id),
            messages: messages.clone(),
            ..f.commit(run_id, 0)
        })
        .await
        .unwrap();
    messages[1].content = "b, longer".into();
    f.store
        .commit(Commit {
            messages: vec![messages[1].clone()],
            ..f.commit(run_id, 0)
        })
        .await
        .unwrap();
    assert_eq!(f.store.messages(session.id, 10).await.unwrap(), messages);
    assert_eq!(f.store.messages(session.id, 2).await.unwrap(), messages[1..]);
}
