//! Finding among many: audit entries, runs, approvals, revisions.

use crate::support::*;
use serde_json::json;
use std::collections::BTreeSet;
use steersman_protocol::*;
use steersman_store::*;

const MANY: usize = 24_000;

/// Twenty-four thousand entries: six people, of whom one does nearly everything; three targets; rare failures.
async fn crowded() -> Fixture {
    let f = fixture().await;
    let draft = |n: usize| {
        let user = if n.is_multiple_of(100) {
            format!("guest{}", n % 5)
        } else {
            "ana".to_owned()
        };
        AuditDraft {
            result: if n % 5_000 == 7 {
                AuditResult::Unknown
            } else {
                AuditResult::Success
            },
            risk: Some(if n % 4_000 == 9 { Risk::Critical } else { Risk::Low }),
            run_id: Some(RunId::from_uuid(uuid::Uuid::from_u128((n / 10) as u128))),
            body: AuditBody {
                user_name: user,
                tool: Some(format!("postgres.tool_{}", n % 7)),
                target: Some(format!("db-{}", n % 3)),
                plugin: Some("postgres".into()),
                sentence: format!("Did the Ünusual thing number {n}."),
                parameters: json!({ "table": format!("orders_{}", n % 11) }),
                ..AuditBody::default()
            },
            ..f.draft(if n.is_multiple_of(2) {
                "tool.executed"
            } else {
                "approval.requested"
            })
        }
    };
    for first in (0..MANY).step_by(1_000) {
        let at = time("2026-11-21T08:00:00Z") + std::time::Duration::from_secs(first as u64);
        let drafts = (first..first + 1_000).map(draft).collect();
        f.store.append_audit(at, drafts).await.unwrap();
    }
    f
}

/// All pages of a filter.
async fn all_of(f: &Fixture, filter: &AuditFilter) -> Vec<AuditEntry> {
    let mut request = PageRequest {
        limit: 500,
        cursor: None,
    };
    let mut found = Vec::new();
    for _ in 0..200 {
        let page = f
            .store
            .audit(f.organization, filter.clone(), request.clone())
            .await
            .unwrap();
        found.extend(page.items);
        match page.next_cursor {
            Some(_) => request.cursor = page.next_cursor,
            None => return found,
        }
    }
    panic!("no end of {filter:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mixture_of_filters_finds_what_a_look_at_every_entry_finds() {
    let f = crowded().await;
    let everything = all_of(&f, &AuditFilter::default()).await;
    assert_eq!(everything.len(), MANY + 3);
    let none = AuditFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let body = |entry: &AuditEntry| entry.body.clone().unwrap();
    type Fits = Box<dyn Fn(&AuditEntry) -> bool>;
    let noon = time("2026-11-21T10:00:00Z");
    let run = RunId::from_uuid(uuid::Uuid::from_u128(77));
    let cases: Vec<(AuditFilter, Fits)> = vec![
        (
            AuditFilter {
                user_name: text("guest0"),
                ..none()
            },
            Box::new(move |entry| body(entry).user_name == "guest0"),
        ),
        (
            AuditFilter {
                user_name: text("ana"),
                tool: text("postgres.tool_3"),
                target: text("db-1"),
                ..none()
            },
            Box::new(move |entry| {
                let body = body(entry);
                body.user_name == "ana"
                    && body.tool.as_deref() == Some("postgres.tool_3")
                    && body.target.as_deref() == Some("db-1")
            }),
        ),
        (
            AuditFilter {
                user_name: text("ana"),
                result: Some(AuditResult::Unknown),
                ..none()
            },
            Box::new(|entry| entry.result == AuditResult::Unknown),
        ),
        (
            AuditFilter {
                result: Some(AuditResult::Success),
                risk: Some(Risk::Critical),
                ..none()
            },
            Box::new(|entry| entry.risk == Some(Risk::Critical)),
        ),
        (
            AuditFilter {
                action: text("approval.*"),
                plugin: text("postgres"),
                ..none()
            },
            Box::new(|entry| entry.action == "approval.requested"),
        ),
        (
            AuditFilter {
                action: text("approval_requested"),
                ..none()
            },
            Box::new(|_| false),
        ),
        (
            AuditFilter {
                action: text("approval_*"),
                ..none()
            },
            Box::new(|_| false),
        ),
        (
            AuditFilter {
                user_name: text("ana"),
                plugin: text("host"),
                ..none()
            },
            Box::new(|_| false),
        ),
        (
            AuditFilter {
                text: text("ünusual THING number 12345."),
                ..none()
            },
            Box::new(move |entry| body(entry).sentence.ends_with("number 12345.")),
        ),
        (
            AuditFilter {
                text: text("orders_10"),
                target: text("db-2"),
                from: Some(noon),
                ..none()
            },
            Box::new(move |entry| {
                let body = body(entry);
                entry.at >= noon
                    && body.target.as_deref() == Some("db-2")
                    && body.parameters["table"] == json!("orders_10")
            }),
        ),
        (
            AuditFilter {
                to: Some(noon),
                ..none()
            },
            Box::new(move |entry| entry.at < noon),
        ),
        (
            AuditFilter {
                run: Some(run),
                ..none()
            },
            Box::new(move |entry| entry.run_id == Some(run)),
        ),
    ];
    for (filter, fits) in cases {
        let expected: Vec<i64> = everything
            .iter()
            .filter(|entry| fits(entry))
            .map(|entry| entry.number)
            .collect();
        let found: Vec<i64> = all_of(&f, &filter).await.iter().map(|entry| entry.number).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_found_by_id_and_number_with_what_belongs_to_it() {
    let f = crowded().await;
    let newest = f
        .store
        .audit(f.organization, AuditFilter::default(), all())
        .await
        .unwrap();
    let entry = &newest.items[4];
    for key in [entry.id.to_string(), entry.number.to_string()] {
        assert_eq!(&f.store.audit_entry(f.organization, &key).await.unwrap(), entry);
    }
    let related = f.store.audit_related(entry).await.unwrap();
    assert_eq!(related.len(), 9, "the run has ten");
    assert!(
        related
            .iter()
            .all(|one| one.run_id == entry.run_id && one.number != entry.number)
    );
    let (other, ..) = inhabit(&f.store, "Globex").await;
    for key in [
        entry.id.to_string(),
        "99999999".into(),
        "x".into(),
        uuid::Uuid::nil().to_string(),
    ] {
        let error = f.store.audit_entry(other, &key).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { .. }), "{key}");
    }
}

#[tokio::test]
async fn runs_are_found_by_statuses_words_target_and_time_and_counted() {
    let f = fixture().await;
    let mut runs = Vec::new();
    for (n, (title, status)) in [
        ("Why is Orders slow", RunStatus::Failed),
        ("100% of_disk", RunStatus::Completed),
        ("drop it", RunStatus::WaitingApproval),
    ]
    .into_iter()
    .enumerate()
    {
        let id = id(RunId::from_uuid);
        let run = RunView {
            title: title.into(),
            created_at: time(&format!("2026-11-21T08:00:0{n}Z")),
            ..f.run(id, None, status)
        };
        f.store
            .commit(Commit {
                run: Some(run.clone()),
                approvals: if n == 2 { vec![f.approval(id, None)] } else { vec![] },
                ..f.commit(id, 0)
            })
            .await
            .unwrap();
        runs.push(run);
    }
    let none = RunFilter::default;
    let cases = [
        (
            RunFilter {
                statuses: vec![RunStatus::Failed, RunStatus::Completed],
                ..none()
            },
            vec![1, 0],
        ),
        (
            RunFilter {
                text: Some("ORDERS".into()),
                ..none()
            },
            vec![0],
        ),
        (
            RunFilter {
                text: Some("100% OF_".into()),
                ..none()
            },
            vec![1],
        ),
        (
            RunFilter {
                text: Some("of%".into()),
                ..none()
            },
            vec![],
        ),
        (
            RunFilter {
                from: Some(time("2026-11-21T08:00:01Z")),
                ..none()
            },
            vec![2, 1],
        ),
        (
            RunFilter {
                to: Some(time("2026-11-21T08:00:01Z")),
                ..none()
            },
            vec![0],
        ),
        (
            RunFilter {
                target: Some("no-such-db".into()),
                ..none()
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        let page = f.store.runs(f.organization, filter.clone(), all()).await.unwrap();
        let found: Vec<&str> = page.items.iter().map(|run| run.title.as_str()).collect();
        let expected: Vec<&str> = expected.into_iter().map(|n: usize| runs[n].title.as_str()).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let ids: Vec<RunId> = runs.iter().map(|run| run.id).collect();
    let waiting: Vec<i64> = f
        .store
        .run_summaries(&ids)
        .await
        .unwrap()
        .iter()
        .map(|one| one.waiting)
        .collect();
    assert_eq!(waiting, [0, 0, 1]);
}

#[tokio::test]
async fn approvals_are_found_by_several_statuses_risk_target_and_person() {
    let f = fixture().await;
    let run_id = id(RunId::from_uuid);
    let first = f.approval(run_id, None);
    let mut second = ApprovalView {
        status: ApprovalStatus::Expired,
        ..f.approval(run_id, None)
    };
    second.risk = Risk::Critical;
    second.plan.target.name = "staging-db".into();
    let commit = Commit {
        run: Some(f.run(run_id, None, RunStatus::Executing)),
        approvals: vec![first.clone(), second.clone()],
        ..f.commit(run_id, 0)
    };
    f.store.commit(commit).await.unwrap();
    let none = ApprovalFilter::default;
    let target = Some(first.plan.target.name.clone());
    let both: BTreeSet<ApprovalId> = [first.id, second.id].into();
    let cases: Vec<(ApprovalFilter, BTreeSet<ApprovalId>)> = vec![
        (
            ApprovalFilter {
                statuses: vec![ApprovalStatus::Pending, ApprovalStatus::Expired],
                ..none()
            },
            both.clone(),
        ),
        (
            ApprovalFilter {
                statuses: vec![ApprovalStatus::Approved, ApprovalStatus::Expired],
                ..none()
            },
            [second.id].into(),
        ),
        (
            ApprovalFilter {
                risk: Some(Risk::Critical),
                ..none()
            },
            [second.id].into(),
        ),
        (ApprovalFilter { target, ..none() }, [first.id].into()),
        (
            ApprovalFilter {
                requested_by_name: Some(f.user.name.clone()),
                ..none()
            },
            both,
        ),
        (
            ApprovalFilter {
                requested_by_name: Some("nobody".into()),
                ..none()
            },
            [].into(),
        ),
    ];
    for (filter, expected) in cases {
        let page = f.store.approvals(f.organization, filter.clone(), all()).await.unwrap();
        let found: BTreeSet<ApprovalId> = page.items.iter().map(|approval| approval.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn revisions_of_the_policy_are_paged_with_what_was_before_them() {
    let f = fixture().await;
    for minutes in [10, 20, 30] {
        let policy = Policy {
            revision: 0,
            four_eyes: false,
            approval_minutes: minutes,
            rules: vec![],
        };
        f.store
            .save_policy(
                f.organization,
                policy,
                i64::from(minutes / 10) - 1,
                now(),
                f.draft("policy.changed"),
            )
            .await
            .unwrap();
    }
    let mut request = PageRequest { limit: 2, cursor: None };
    let mut seen = Vec::new();
    loop {
        let page = f.store.policy_revisions(f.organization, request.clone()).await.unwrap();
        seen.extend(page.items.iter().map(|one| {
            let before = one.previous.as_ref().map(|before| before.approval_minutes);
            (one.policy.revision, one.policy.approval_minutes, before)
        }));
        match page.next_cursor {
            Some(_) => request.cursor = page.next_cursor,
            None => break,
        }
    }
    assert_eq!(seen, [(3, 30, Some(20)), (2, 20, Some(10)), (1, 10, None)]);
    let second = f.store.policy_revision_with_previous(f.organization, 2).await.unwrap();
    assert_eq!((second.policy.revision, second.previous.unwrap().revision), (2, 1));
    let error = f
        .store
        .policy_revision_with_previous(f.organization, 9)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }));
}
