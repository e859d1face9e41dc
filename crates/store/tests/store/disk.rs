//! A disk without space.

use crate::support::*;
use serde_json::json;
use steersman_protocol::*;
use steersman_store::*;

#[tokio::test]
async fn a_full_disk_fails_whole_commits_and_space_brings_the_store_back() {
    let f = fixture().await;
    let run_id = id(RunId::from_uuid);
    let big = |seq| Commit {
        events: vec![event(1)],
        open_effects: vec![NewEffect {
            id: id(EffectId::from_uuid),
            kind: "big".into(),
            body: json!("x".repeat(100_000)),
            due_at: None,
        }],
        audit: vec![f.draft("tool.executed")],
        ..f.commit(run_id, seq)
    };
    f.store.commit(big(0)).await.unwrap();
    let before = f.store.verify_audit(f.organization).await.unwrap();

    f.store.limit_pages(1).await.unwrap();
    for _ in 0..3 {
        let error = f.store.commit(big(1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
        let problem = error.to_problem("Could not record the intent");
        assert_eq!(problem.code, "store.disk_full");
    }
    assert_eq!(f.store.run_events(run_id, 0).await.unwrap().len(), 1);
    assert_eq!(f.store.open_effects().await.unwrap().len(), 1);
    assert_eq!(f.store.verify_audit(f.organization).await.unwrap(), before);

    f.store.limit_pages(0).await.unwrap();
    assert_eq!(f.store.commit(big(1)).await.unwrap()[0].seq, 2);
    let after = f.store.verify_audit(f.organization).await.unwrap();
    assert!(after.is_intact && after.entries == before.entries + 1, "{after:?}");
}

#[tokio::test]
async fn a_full_disk_in_the_middle_of_a_group_tells_every_member() {
    let f = fixture().await;
    f.store.limit_pages(1).await.unwrap();
    let commits = (0..200).map(|_| {
        f.store.commit(Commit {
            events: vec![event(1)],
            open_effects: vec![NewEffect {
                id: id(EffectId::from_uuid),
                kind: "big".into(),
                body: json!("x".repeat(20_000)),
                due_at: None,
            }],
            ..f.commit(id(RunId::from_uuid), 0)
        })
    });
    let results = futures::future::join_all(commits).await;
    assert!(results.iter().all(|result| matches!(result, Err(StoreError::Full(_)))));
    f.store.limit_pages(0).await.unwrap();
    assert!(f.store.events_after(f.organization, 0, 10).await.unwrap().is_empty());
    f.store.health().await.unwrap();
}
