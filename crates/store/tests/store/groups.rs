//! Many callers, one writer.

use crate::support::*;
use std::{collections::BTreeMap, time::Duration};
use steersman_protocol::*;
use steersman_store::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_commits_keep_positions_unique_and_runs_gapless() {
    let f = fixture().await;
    let runs: Vec<RunId> = (0..100).map(|_| id(RunId::from_uuid)).collect();
    let tasks: Vec<_> = runs
        .iter()
        .map(|&run_id| {
            let store = f.store.clone();
            let commits: Vec<Commit> = (0..10)
                .map(|seq| Commit {
                    events: vec![event(1), event(2)],
                    audit: vec![f.draft("tool.executed")],
                    ..f.commit(run_id, seq * 2)
                })
                .collect();
            tokio::spawn(async move {
                let mut records = Vec::new();
                for commit in commits {
                    records.extend(store.commit(commit).await.unwrap());
                }
                records
            })
        })
        .collect();
    let mut by_position = BTreeMap::new();
    for task in tasks {
        for record in task.await.unwrap() {
            assert!(
                by_position.insert(record.position, record).is_none(),
                "a position was given twice"
            );
        }
    }
    let positions: Vec<i64> = by_position.keys().copied().collect();
    assert_eq!(positions, (1..=2000).collect::<Vec<i64>>());
    for run_id in runs {
        let records = f.store.run_events(run_id, 0).await.unwrap();
        assert_eq!(
            records.iter().map(|record| record.seq).collect::<Vec<_>>(),
            (1..=20).collect::<Vec<_>>()
        );
        assert!(records.is_sorted_by_key(|record| record.position));
        assert!(records.iter().all(|record| by_position[&record.position] == *record));
    }
    let audit = f.store.verify_audit(f.organization).await.unwrap();
    assert!(audit.is_intact && audit.entries == 1003, "{audit:?}");
}

#[tokio::test]
async fn a_failing_member_of_a_group_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        path: folder.path().join("steersman.db"),
        readers: 2,
    };
    let (store, writer) = Store::open(options, ring()).await.unwrap();
    let organization = id(OrganizationId::from_uuid);
    let grant = grant(id(TargetId::from_uuid));
    // The writer does not run yet: all of these wait and become one group.
    let commits = (0..60).map(|number| {
        let mut commit = Commit::new(id(RunId::from_uuid), organization, 0, now());
        commit.events = vec![event(number), event(number)];
        commit.audit = vec![draft(organization, "tool.executed")];
        match number % 4 {
            0 => {}
            // Fails at the first statement.
            1 => commit.expected_seq = 7,
            // Fails at the first write, all but the first time.
            2 => commit.use_grant = Some((grant.clone(), GrantUse::Perform)),
            // Fails after an effect and an audit entry were written.
            _ => {
                commit.open_effects = vec![effect(number)];
                commit.audit.push(draft(organization, "audit.erased"));
            }
        }
        let store = store.clone();
        async move { store.commit(commit).await }
    });
    let together = tokio::spawn(futures::future::join_all(commits));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let running = tokio::spawn(writer.run());
    let results = together.await.unwrap();

    let succeeded: Vec<usize> = (0..60).filter(|&i| results[i].is_ok()).collect();
    let expected: Vec<usize> = (0..60).filter(|&i| i % 4 == 0 || i == 2).collect();
    assert_eq!(succeeded, expected);
    let written = store.events_after(organization, 0, 1000).await.unwrap();
    let told: Vec<EventRecord> = results.into_iter().flatten().flatten().collect();
    assert_eq!(written, told);
    assert_eq!(written.last().unwrap().position, 32, "failed members leave no gap");
    assert!(store.open_effects().await.unwrap().is_empty());
    let audit = store.verify_audit(organization).await.unwrap();
    assert!(audit.is_intact && audit.entries == 16, "{audit:?}");

    store.close().await;
    running.await.unwrap().unwrap();
}

fn effect(number: u32) -> NewEffect {
    NewEffect {
        id: id(EffectId::from_uuid),
        kind: "perform".into(),
        body: number.into(),
        due_at: None,
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_tears_nothing() {
    let f = fixture().await;
    let run_id = id(RunId::from_uuid);
    for seq in 0..200 {
        let commit = Commit {
            events: vec![event(1)],
            audit: vec![f.draft("tool.executed")],
            ..f.commit(run_id, seq)
        };
        // Polled once, which queues it, and dropped.
        let polled = futures::poll!(Box::pin(f.store.commit(commit)));
        assert!(polled.is_pending());
        f.store.health().await.unwrap();
    }
    assert_eq!(f.store.run_events(run_id, 0).await.unwrap().len(), 200);
    assert!(f.store.verify_audit(f.organization).await.unwrap().is_intact);
}

#[tokio::test]
async fn what_was_queued_before_closing_is_written() {
    let f = fixture().await;
    let runs: Vec<RunId> = (0..100).map(|_| id(RunId::from_uuid)).collect();
    let commits = runs.iter().map(|&run_id| {
        f.store.commit(Commit {
            events: vec![event(1)],
            ..f.commit(run_id, 0)
        })
    });
    let mut all = Box::pin(futures::future::join_all(commits));
    assert!(futures::poll!(&mut all).is_pending());
    let ((), results) = tokio::join!(f.store.close(), all);
    assert!(results.iter().all(|result| result.is_ok()));
    assert!(matches!(f.store.set_setting("a", "b").await, Err(StoreError::Closed)));
    f.writer.await.unwrap().unwrap();
    let (store, _) = open(&f.path, ring()).await.unwrap();
    assert_eq!(store.events_after(f.organization, 0, 1000).await.unwrap().len(), 100);
}

#[tokio::test]
async fn the_writer_ends_when_the_last_store_is_dropped() {
    let f = fixture().await;
    let clone = f.store.clone();
    drop(f.store);
    clone.set_setting("a", "b").await.unwrap();
    drop(clone);
    tokio::time::timeout(Duration::from_secs(5), f.writer)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_reader_that_goes_away_leaves_the_pool_whole() {
    let f = fixture().await;
    for _ in 0..50 {
        let mut read = Box::pin(f.store.verify_audit(f.organization));
        let _ = futures::poll!(&mut read);
        drop(read);
    }
    let found = tokio::time::timeout(Duration::from_secs(5), f.store.verify_audit(f.organization)).await;
    assert!(found.unwrap().unwrap().is_intact);
}
