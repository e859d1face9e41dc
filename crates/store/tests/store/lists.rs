//! Paged lists and small tables.

use crate::support::*;
use steersman_protocol::*;
use steersman_store::*;

#[tokio::test]
async fn pages_of_runs_give_every_run_once_newest_first() {
    let f = fixture().await;
    let session = id(SessionId::from_uuid);
    let mut expected = Vec::new();
    for number in 0..25 {
        let run_id = id(RunId::from_uuid);
        let status = if number % 5 == 0 {
            RunStatus::Failed
        } else {
            RunStatus::Completed
        };
        let run = RunView {
            // Several at the same moment: the id decides.
            created_at: time(&format!("2026-11-21T08:00:{:02}Z", number / 4)),
            ..f.run(run_id, (number % 2 == 0).then_some(session), status)
        };
        let commit = Commit {
            run: Some(run.clone()),
            ..f.commit(run_id, 0)
        };
        f.store.commit(commit).await.unwrap();
        expected.insert(0, run);
    }
    assert_eq!(walk(&f, RunFilter::default()).await, expected);
    let matching =
        |keep: &dyn Fn(&RunView) -> bool| expected.iter().filter(|run| keep(run)).cloned().collect::<Vec<_>>();
    let of_session = RunFilter {
        session: Some(session),
        ..RunFilter::default()
    };
    assert_eq!(walk(&f, of_session).await, matching(&|run| run.session_id.is_some()));
    let failed = RunFilter {
        statuses: vec![RunStatus::Failed],
        user: Some(f.user.id),
        ..RunFilter::default()
    };
    assert_eq!(walk(&f, failed).await, matching(&|run| run.status == RunStatus::Failed));
    let of_nobody = RunFilter {
        user: Some(id(UserId::from_uuid)),
        ..RunFilter::default()
    };
    assert_eq!(walk(&f, of_nobody).await, []);
}

async fn walk(f: &Fixture, filter: RunFilter) -> Vec<RunView> {
    let mut request = PageRequest { limit: 3, cursor: None };
    let mut items = Vec::new();
    loop {
        let page = f
            .store
            .runs(f.organization, filter.clone(), request.clone())
            .await
            .unwrap();
        assert!(page.items.len() <= 3);
        items.extend(page.items);
        match page.next_cursor {
            Some(_) => request.cursor = page.next_cursor,
            None => return items,
        }
    }
}

#[tokio::test]
async fn a_foreign_cursor_is_refused_with_a_sentence() {
    let f = fixture().await;
    for cursor in ["", "x", "x~y", "'; DROP TABLE run; --"] {
        let request = PageRequest {
            limit: 10,
            cursor: Some(cursor.into()),
        };
        let runs = f
            .store
            .runs(f.organization, RunFilter::default(), request.clone())
            .await
            .unwrap_err();
        let audit = f
            .store
            .audit(f.organization, AuditFilter::default(), request)
            .await
            .unwrap_err();
        assert_eq!(
            [runs.to_problem("x").code, audit.to_problem("x").code],
            ["store.invalid"; 2]
        );
    }
}

#[tokio::test]
async fn approvals_are_found_by_status_session_and_run() {
    let f = fixture().await;
    let (run_a, run_b, session) = (id(RunId::from_uuid), id(RunId::from_uuid), id(SessionId::from_uuid));
    let mut first = f.approval(run_a, Some(session));
    let second = f.approval(run_b, None);
    for approval in [&first, &second] {
        let commit = Commit {
            approvals: vec![approval.clone()],
            ..f.commit(approval.run_id, 0)
        };
        f.store.commit(commit).await.unwrap();
    }
    first.status = ApprovalStatus::Approved;
    first.decided_by_name = Some("Ben".into());
    let decided = Commit {
        approvals: vec![first.clone()],
        ..f.commit(run_a, 0)
    };
    f.store.commit(decided).await.unwrap();
    let none = ApprovalFilter::default;
    let cases = [
        (none(), vec![&second, &first]),
        (
            ApprovalFilter {
                statuses: vec![ApprovalStatus::Pending],
                ..none()
            },
            vec![&second],
        ),
        (
            ApprovalFilter {
                statuses: vec![ApprovalStatus::Approved],
                ..none()
            },
            vec![&first],
        ),
        (
            ApprovalFilter {
                session: Some(session),
                ..none()
            },
            vec![&first],
        ),
        (
            ApprovalFilter {
                run: Some(run_b),
                ..none()
            },
            vec![&second],
        ),
    ];
    for (filter, expected) in cases {
        let page = f.store.approvals(f.organization, filter.clone(), all()).await.unwrap();
        assert_eq!(page.items.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn sessions_are_renamed_archived_deleted_and_move_up_when_used() {
    let f = fixture().await;
    let (a, b) = (f.session("a"), f.session("b"));
    for session in [&a, &b] {
        f.store
            .create_session(session.clone(), now(), f.draft("session.created"))
            .await
            .unwrap();
    }
    let names = async |status| {
        let page = f
            .store
            .sessions(f.organization, f.user.id, SessionFilter { status, words: None }, all())
            .await
            .unwrap();
        page.items.into_iter().map(|session| session.title).collect::<Vec<_>>()
    };
    assert_eq!(names(None).await, ["b", "a"]);
    let run_id = id(RunId::from_uuid);
    let said = Commit {
        session_id: Some(a.id),
        at: time("2026-11-21T09:00:00Z"),
        messages: vec![f.message(a.id, run_id, "hello")],
        events: vec![event(1)],
        ..f.commit(run_id, 0)
    };
    f.store.commit(said).await.unwrap();
    assert_eq!(names(None).await, ["a", "b"]);
    let later = time("2026-11-21T10:00:00Z");
    f.store
        .rename_session(f.organization, b.id, "b2".into(), later, f.draft("session.renamed"))
        .await
        .unwrap();
    f.store
        .archive_session(f.organization, b.id, later, f.draft("session.archived"))
        .await
        .unwrap();
    assert_eq!(names(Some(SessionStatus::Active)).await, ["a"]);
    assert_eq!(names(Some(SessionStatus::Archived)).await, ["b2"]);

    f.store
        .delete_session(f.organization, a.id, later, f.draft("session.deleted"))
        .await
        .unwrap();
    assert_eq!(names(None).await, ["b2"]);
    assert!(f.store.messages(a.id, 10).await.unwrap().is_empty());
    assert!(f.store.message_page(f.organization, a.id, all()).await.is_err());
    assert_eq!(f.store.run_events(run_id, 0).await.unwrap().len(), 1, "the log stays");
}

#[tokio::test]
async fn messages_are_paged_backwards() {
    let f = fixture().await;
    let session = f.session("a");
    f.store
        .create_session(session.clone(), now(), f.draft("session.created"))
        .await
        .unwrap();
    let run_id = id(RunId::from_uuid);
    let messages = ["1", "2", "3", "4", "5"]
        .map(|text| f.message(session.id, run_id, text))
        .to_vec();
    let commit = Commit {
        messages,
        ..f.commit(run_id, 0)
    };
    f.store.commit(commit).await.unwrap();
    let mut request = PageRequest { limit: 2, cursor: None };
    let mut seen = Vec::new();
    loop {
        let page = f
            .store
            .message_page(f.organization, session.id, request.clone())
            .await
            .unwrap();
        seen.push(
            page.items
                .iter()
                .map(|message| message.content.clone())
                .collect::<Vec<_>>()
                .join(""),
        );
        request.cursor = page.next_cursor;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["54", "32", "1"]);
}

#[tokio::test]
async fn every_revision_of_the_rules_is_kept() {
    let f = fixture().await;
    assert_eq!(f.store.policy(f.organization).await.unwrap(), None);
    let save = |minutes, expected| {
        let policy = Policy {
            approval_minutes: minutes,
            ..policy()
        };
        f.store
            .save_policy(f.organization, policy, expected, now(), f.draft("policy.saved"))
    };
    save(30, 0).await.unwrap();
    save(15, 1).await.unwrap();
    let lost = save(5, 1).await.unwrap_err();
    assert!(
        matches!(
            lost,
            StoreError::Conflict(Conflict::PolicyRevision { expected: 1, found: 2 })
        ),
        "{lost}"
    );
    let minutes = async |revision| {
        let policy = f.store.policy_revision(f.organization, revision).await;
        policy.map(|policy| policy.approval_minutes).ok()
    };
    assert_eq!(
        [minutes(1).await, minutes(2).await, minutes(3).await],
        [Some(30), Some(15), None]
    );
    assert_eq!(f.store.policy(f.organization).await.unwrap().unwrap().revision, 2);
}

#[tokio::test]
async fn settings_are_set_and_replaced() {
    let f = fixture().await;
    assert_eq!(f.store.setting("first_start").await.unwrap(), None);
    for value in ["a", "b"] {
        f.store.set_setting("first_start", value).await.unwrap();
        assert_eq!(f.store.setting("first_start").await.unwrap().as_deref(), Some(value));
    }
}

#[tokio::test]
async fn a_store_tells_its_size_and_health() {
    let f = fixture().await;
    assert!(f.store.size_bytes().await.unwrap() > 100_000);
    f.store.health().await.unwrap();
    f.store.close().await;
    f.writer.await.unwrap().unwrap();
    assert_eq!(
        f.store.health().await.unwrap_err().to_problem("x").code,
        "store.unavailable"
    );
}
