//! Nobody reaches into another organization.

use crate::support::*;
use steersman_protocol::*;
use steersman_store::*;

#[tokio::test]
async fn things_of_another_organization_are_not_found() {
    let f = fixture().await;
    let (stranger, ..) = inhabit(&f.store, "Globex").await;
    let session = f.session("ours");
    f.store
        .create_session(session.clone(), now(), f.draft("session.created"))
        .await
        .unwrap();
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
    let approval = f.approval(run_id, None);
    let commit = Commit {
        events: vec![event(1)],
        run: Some(f.run(run_id, None, RunStatus::Pending)),
        approvals: vec![approval.clone()],
        ..f.commit(run_id, 0)
    };
    f.store.commit(commit).await.unwrap();
    f.store
        .save_policy(f.organization, policy(), 0, now(), f.draft("policy.saved"))
        .await
        .unwrap();

    let s = &f.store;
    let audit = || draft(stranger, "attempt");
    let mut foreign = target.clone();
    foreign.organization_id = stranger;
    let outcomes = [
        s.run(stranger, run_id).await.map(drop),
        s.approval(stranger, approval.id).await.map(drop),
        s.session(stranger, session.id).await.map(drop),
        s.message_page(stranger, session.id, all()).await.map(drop),
        s.server(stranger, f.server.id).await.map(drop),
        s.target(stranger, target.id).await.map(drop),
        s.target_by_name(stranger, "orders-db").await.map(drop),
        s.policy_revision(stranger, 1).await.map(drop),
        s.rename_session(stranger, session.id, "theirs".into(), now(), audit())
            .await,
        s.archive_session(stranger, session.id, now(), audit()).await,
        s.delete_session(stranger, session.id, now(), audit()).await,
        s.update_target(foreign, None, 1, now(), audit()).await.map(drop),
        s.delete_target(stranger, target.id, now(), audit()).await,
        s.set_user_enabled(stranger, f.user.id, false, now(), audit()).await,
        s.set_user_role(stranger, f.user.id, Role::Owner, now(), audit()).await,
        s.delete_provider(stranger, id(ProviderId::from_uuid), now(), audit())
            .await,
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        assert!(
            matches!(outcome, Err(StoreError::NotFound { .. })),
            "outcome {number}: {outcome:?}"
        );
    }
    let claimed = Commit {
        expect_target_revision: Some((target.id, 1)),
        ..Commit::new(id(RunId::from_uuid), stranger, 0, now())
    };
    assert!(matches!(
        s.commit(claimed).await,
        Err(StoreError::Conflict(Conflict::TargetRevision { found: None, .. }))
    ));

    assert!(s.targets(stranger).await.unwrap().is_empty());
    assert!(s.events_after(stranger, 0, 10).await.unwrap().is_empty());
    assert!(
        s.runs(stranger, RunFilter::default(), all())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        s.approvals(stranger, ApprovalFilter::default(), all())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(s.policy(stranger).await.unwrap(), None);
    assert_eq!(s.users(stranger).await.unwrap().len(), 1);
    let entries = s.audit(stranger, AuditFilter::default(), all()).await.unwrap().items;
    assert_eq!(entries.len(), 3, "a refused attempt writes no entry of success");
    assert_eq!(s.target(f.organization, target.id).await.unwrap(), target);
    assert_eq!(s.organizations().await.unwrap().len(), 2);
}
