//! The chain and what it notices.

use crate::support::*;
use serde_json::json;
use steersman_protocol::*;
use steersman_store::*;

/// Ten entries: three of the fixture, seven more, two of them by Ben and one in a run.
async fn filled() -> (Fixture, UserId, RunId) {
    let f = fixture().await;
    let (ben, run_id) = (id(UserId::from_uuid), id(RunId::from_uuid));
    let by_ben = AuditBody {
        user_id: Some(ben),
        user_name: "Ben".into(),
        tool: Some("postgres.drop_index".into()),
        plugin: Some("postgres".into()),
        target: Some("orders-db".into()),
        parameters: json!({"index": "orders_100%_idx", "id": 9_007_199_254_740_993_u64}),
        ..AuditBody::default()
    };
    let mut drafts = vec![f.draft("tool.executed"); 7];
    for draft in &mut drafts[2..4] {
        draft.body = by_ben.clone();
    }
    drafts[5].run_id = Some(run_id);
    drafts[6].result = AuditResult::Failure;
    drafts[6].risk = None;
    f.store.append_audit(now(), drafts).await.unwrap();
    (f, ben, run_id)
}

fn tamper(f: &Fixture, statements: &str) {
    let beside = f.beside();
    for trigger in [
        "audit_entry_is_not_updated",
        "audit_entry_is_not_deleted",
        "audit_body_is_not_updated",
    ] {
        beside
            .execute_batch(&format!("DROP TRIGGER IF EXISTS {trigger}"))
            .unwrap();
    }
    beside.execute_batch(statements).unwrap();
}

#[tokio::test]
async fn an_untouched_chain_is_intact_and_numbered_without_gaps() {
    let (f, ..) = filled().await;
    let page = f
        .store
        .audit(f.organization, AuditFilter::default(), all())
        .await
        .unwrap();
    let numbers: Vec<i64> = page.items.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=10).rev().collect::<Vec<i64>>());
    for pair in page.items.windows(2) {
        assert_eq!(pair[0].previous_hash, pair[1].hash);
    }
    assert_eq!(page.items[9].previous_hash, "0".repeat(64));
    let found = f.store.verify_audit(f.organization).await.unwrap();
    assert_eq!(
        found,
        AuditVerification {
            is_intact: true,
            entries: 10,
            erased_bodies: 0,
            head: page.items[0].hash.clone(),
            broken_at: None,
        }
    );
}

#[tokio::test]
async fn every_way_of_tampering_is_told_in_words() {
    let cases = [
        (
            "UPDATE audit_entry SET result = 'failure' WHERE number = 5",
            "Entry 5 was changed: its header",
        ),
        (
            "UPDATE audit_entry SET at = '2020-01-01T00:00:00.000000Z' WHERE number = 5",
            "Entry 5 was changed: its header",
        ),
        (
            "UPDATE audit_entry SET id = 'x' WHERE number = 1",
            "Entry 1 was changed: its header",
        ),
        (
            "UPDATE audit_entry SET hash = 'x' WHERE number = 5",
            "Entry 5 was changed: its header",
        ),
        (
            "UPDATE audit_entry SET previous_hash = 'x' WHERE number = 5",
            "Entry 5 was changed: its header",
        ),
        (
            "UPDATE audit_body SET body = REPLACE(body, 'Ana', 'Eve') WHERE number = 2",
            "Entry 2 was changed: its body",
        ),
        (
            "UPDATE audit_body SET salt = 'x' WHERE number = 2",
            "Entry 2 was changed: its body",
        ),
        (
            "DELETE FROM audit_body WHERE number = 2",
            "The body of entry 2 is missing, and no erasure says so",
        ),
        ("DELETE FROM audit_entry WHERE number = 4", "Entry 4 is missing"),
        (
            "DELETE FROM audit_entry WHERE number IN (4, 5)",
            "Entries 4 to 5 are missing",
        ),
        ("DELETE FROM audit_entry WHERE number = 1", "Entry 1 is missing"),
        (
            "DELETE FROM audit_entry WHERE number > 8",
            "The end is cut off: the log ends with entry 8, its seal says 10",
        ),
        (
            "DELETE FROM audit_entry WHERE number > 8; UPDATE audit_head SET number = 8,
             hash = (SELECT hash FROM audit_entry WHERE number = 8)",
            "The seal over the end of the log does not fit: it says entry 8",
        ),
        ("DELETE FROM audit_head", "The sealed end of the log is missing"),
        (
            "DELETE FROM audit_entry; DELETE FROM audit_body; DELETE FROM audit_head",
            "The sealed end of the log is missing",
        ),
        (
            "DELETE FROM audit_entry; DELETE FROM audit_body",
            "The end is cut off: the log ends with entry 0",
        ),
        (
            "UPDATE audit_entry SET number = 100 WHERE number = 4; UPDATE audit_entry SET number = 4 WHERE number = 5;
             UPDATE audit_entry SET number = 5 WHERE number = 100",
            "Entry 4 was changed: its header",
        ),
        (
            "UPDATE audit_head SET seal = 'x'",
            "The seal over the end of the log does not fit",
        ),
        (
            "INSERT INTO audit_entry SELECT organization_id, 11, id, at, action, result, risk, run_id, execution_id,
             body_digest, hash, 'x' FROM audit_entry WHERE number = 10",
            "Entry 11 was changed: its header",
        ),
    ];
    for (statements, expected) in cases {
        let (f, ..) = filled().await;
        tamper(&f, statements);
        let found = f.store.verify_audit(f.organization).await.unwrap();
        assert!(!found.is_intact, "{statements}");
        let sentence = found.broken_at.unwrap();
        assert!(
            sentence.starts_with(expected),
            "{statements}\n  says: {sentence}\n  not: {expected}"
        );
    }
}

/// Somebody who knows how entries are hashed, but not the master key, rewrites the tail without a seam.
#[tokio::test]
async fn a_tail_rewritten_with_fitting_hashes_is_betrayed_by_the_seal() {
    let (f, ..) = filled().await;
    let page = f
        .store
        .audit(f.organization, AuditFilter::default(), all())
        .await
        .unwrap();
    let last = &page.items[0];
    let (salt, body) = ("00", serde_json::to_string(last.body.as_ref().unwrap()).unwrap());
    let body_digest = sha256_hex(format!("{salt}{body}").as_bytes());
    let hash = Digest::of(&json!({
        "id": last.id, "number": last.number, "at": format!("{:.6}", last.at), "organization_id": f.organization,
        "action": last.action, "result": "success", "risk": null, "run_id": null, "execution_id": null,
        "body_digest": body_digest, "previous_hash": last.previous_hash,
    }));
    let statements = format!(
        "UPDATE audit_entry SET result = 'success', body_digest = '{body_digest}', hash = '{hash}' WHERE number = 10;
         UPDATE audit_body SET salt = '{salt}', body = '{body}' WHERE number = 10;"
    );
    tamper(&f, &statements);
    let found = f.store.verify_audit(f.organization).await.unwrap();
    assert!(found.broken_at.unwrap().starts_with("The end was rewritten: entry 10"));
    tamper(&f, &format!("UPDATE audit_head SET hash = '{hash}'"));
    let found = f.store.verify_audit(f.organization).await.unwrap();
    assert!(
        found
            .broken_at
            .unwrap()
            .starts_with("The seal over the end of the log does not fit")
    );
}

#[tokio::test]
async fn nothing_is_added_to_a_chain_whose_end_was_changed() {
    for statement in ["UPDATE audit_head SET number = 8", "DELETE FROM audit_head"] {
        let (f, ..) = filled().await;
        tamper(&f, statement);
        let run_id = id(RunId::from_uuid);
        let error = f
            .store
            .commit(Commit {
                events: vec![event(1)],
                audit: vec![f.draft("tool.executed")],
                ..f.commit(run_id, 0)
            })
            .await
            .unwrap_err();
        assert_eq!(error.to_problem("Could not record the intent").code, "store.tampered");
        assert!(f.store.run_events(run_id, 0).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_is_appended_cannot_be_changed_by_a_plain_statement() {
    let (f, ..) = filled().await;
    f.store
        .commit(Commit {
            events: vec![event(1)],
            ..f.commit(id(RunId::from_uuid), 0)
        })
        .await
        .unwrap();
    let beside = f.beside();
    for statement in [
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "UPDATE audit_body SET body = '{}'",
        "UPDATE run_event SET body = '{}'",
        "DELETE FROM run_event",
    ] {
        assert!(beside.execute_batch(statement).is_err(), "{statement}");
    }
    assert!(f.store.verify_audit(f.organization).await.unwrap().is_intact);
}

#[tokio::test]
async fn erased_bodies_are_gone_from_the_files_and_the_chain_stands() {
    let (f, ben, run_id) = filled().await;
    let needle = b"orders_100%_idx";
    assert!(found_in_files(&f, needle));
    let erase = |filter| {
        f.store
            .erase_audit_bodies(f.organization, filter, AuditBody::default(), now())
    };

    assert!(matches!(
        erase(EraseFilter::default()).await,
        Err(StoreError::Invalid(_))
    ));
    let of_ben = EraseFilter {
        user: Some(ben),
        ..EraseFilter::default()
    };
    assert_eq!(erase(of_ben.clone()).await.unwrap(), 2);
    assert!(
        !found_in_files(&f, needle),
        "erased text is overwritten in file and log"
    );
    assert_eq!(erase(of_ben).await.unwrap(), 0, "nothing is left of Ben");

    let found = f.store.verify_audit(f.organization).await.unwrap();
    assert!(found.is_intact, "{found:?}");
    assert_eq!((found.entries, found.erased_bodies), (11, 2));
    let of_run = EraseFilter {
        run: Some(run_id),
        ..EraseFilter::default()
    };
    assert_eq!(erase(of_run).await.unwrap(), 1);
    let before_tomorrow = EraseFilter {
        before: Some(time("2026-11-22T00:00:00Z")),
        ..EraseFilter::default()
    };
    assert_eq!(erase(before_tomorrow).await.unwrap(), 7);
    let page = f
        .store
        .audit(f.organization, AuditFilter::default(), all())
        .await
        .unwrap();
    let kept: Vec<&str> = page
        .items
        .iter()
        .filter(|entry| entry.body.is_some())
        .map(|entry| &*entry.action)
        .collect();
    assert_eq!(kept, ["audit.erased"; 3], "erasures cannot be erased");
    let found = f.store.verify_audit(f.organization).await.unwrap();
    assert!(found.is_intact && found.erased_bodies == 10, "{found:?}");

    let forged = f.draft("audit.erased");
    assert!(matches!(
        f.store.append_audit(now(), vec![forged]).await,
        Err(StoreError::Invalid(_))
    ));
    tamper(&f, "DELETE FROM audit_body WHERE number = 12");
    let found = f.store.verify_audit(f.organization).await.unwrap();
    assert!(!found.is_intact, "an erasure that vanished covers nothing");
}

fn found_in_files(f: &Fixture, needle: &[u8]) -> bool {
    std::fs::read_dir(f.folder.path()).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

#[tokio::test]
async fn filters_find_what_they_name() {
    let (f, ben, run_id) = filled().await;
    let none = AuditFilter::default;
    let cases = [
        (none(), 10),
        (
            AuditFilter {
                user: Some(ben),
                ..none()
            },
            2,
        ),
        (
            AuditFilter {
                run: Some(run_id),
                ..none()
            },
            1,
        ),
        (
            AuditFilter {
                tool: Some("postgres.drop_index".into()),
                ..none()
            },
            2,
        ),
        (
            AuditFilter {
                plugin: Some("postgres".into()),
                target: Some("orders-db".into()),
                ..none()
            },
            2,
        ),
        (
            AuditFilter {
                result: Some(AuditResult::Failure),
                ..none()
            },
            1,
        ),
        (
            AuditFilter {
                risk: Some(Risk::Medium),
                ..none()
            },
            9,
        ),
        (
            AuditFilter {
                risk: Some(Risk::Critical),
                ..none()
            },
            0,
        ),
        (
            AuditFilter {
                from: Some(now()),
                ..none()
            },
            10,
        ),
        (
            AuditFilter {
                to: Some(now()),
                ..none()
            },
            0,
        ),
        (
            AuditFilter {
                text: Some("ORDERS_100%".into()),
                ..none()
            },
            2,
        ),
        (
            AuditFilter {
                text: Some("orders_1%idx".into()),
                ..none()
            },
            0,
        ),
        (
            AuditFilter {
                text: Some("server.created".into()),
                ..none()
            },
            1,
        ),
    ];
    for (filter, expected) in cases {
        let page = f.store.audit(f.organization, filter.clone(), all()).await.unwrap();
        assert_eq!(page.items.len(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn statistics_count_what_is_there() {
    let (f, ..) = filled().await;
    let stats = f
        .store
        .audit_stats(f.organization, Timestamp::MIN, Timestamp::MAX)
        .await
        .unwrap();
    let expected = AuditStats {
        entries: 10,
        by_risk: [("medium".to_owned(), 9)].into(),
        by_result: [("failure".to_owned(), 1), ("success".to_owned(), 9)].into(),
        by_action: stats.by_action.clone(),
        by_tool: vec![("postgres.drop_index".to_owned(), 2)],
        by_user: stats.by_user.clone(),
        days: [(
            "2026-11-21".to_owned(),
            [("failure".to_owned(), 1), ("success".to_owned(), 9)].into(),
        )]
        .into(),
    };
    assert_eq!(stats, expected);
    assert_eq!(stats.by_action[0], ("tool.executed".to_owned(), 7));
    assert_eq!(stats.by_user.iter().map(|(_, entries)| entries).sum::<i64>(), 10);
    let before = f
        .store
        .audit_stats(f.organization, Timestamp::MIN, now())
        .await
        .unwrap();
    assert_eq!(before, AuditStats::default());
}

#[tokio::test]
async fn each_organization_has_its_own_chain() {
    let (f, ..) = filled().await;
    let (other, ..) = inhabit(&f.store, "Globex").await;
    assert_eq!(f.store.verify_audit(other).await.unwrap().entries, 3);
    tamper(
        &f,
        &format!(
            "UPDATE audit_entry SET risk = 'low' WHERE organization_id = '{}'",
            f.organization
        ),
    );
    assert!(!f.store.verify_audit(f.organization).await.unwrap().is_intact);
    assert!(f.store.verify_audit(other).await.unwrap().is_intact);
}
