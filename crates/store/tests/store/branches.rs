//! The tree of a session's runs, the path through it, and what the list of sessions shows of it.

use crate::support::*;
use std::time::{Duration, Instant};
use steersman_protocol::*;
use steersman_store::*;

/// A conversation that is written run by run.
struct Talk {
    f: Fixture,
    session: SessionId,
}

async fn talk() -> Talk {
    let f = fixture().await;
    let session = f.session("");
    f.store
        .create_session(session.clone(), now(), f.draft("session.created"))
        .await
        .unwrap();
    Talk { f, session: session.id }
}

fn ended() -> Event {
    Event::RunEnded {
        status: RunStatus::Completed,
        problem: None,
    }
}

impl Talk {
    fn commit(&self, parent: Option<RunId>, leaf: LeafStep, text: &str) -> Commit {
        let run_id = id(RunId::from_uuid);
        let mut answer = self.f.message(self.session, run_id, &format!("answer to {text}"));
        answer.role = MessageRole::Assistant;
        Commit {
            session_id: Some(self.session),
            events: vec![event(1), ended()],
            run: Some(RunView {
                parent_run_id: parent,
                ..self.f.run(run_id, Some(self.session), RunStatus::Completed)
            }),
            messages: vec![self.f.message(self.session, run_id, text), answer],
            leaf: Some(leaf),
            ..self.f.commit(run_id, 0)
        }
    }

    /// Says something below the leaf.
    async fn say(&self, from: Option<RunId>, text: &str) -> RunId {
        let commit = self.commit(from, LeafStep::Continue { from }, text);
        let run_id = commit.run_id;
        self.f.store.commit(commit).await.unwrap();
        run_id
    }

    /// Says something beside another run with this parent.
    async fn branch(&self, parent: Option<RunId>, text: &str) -> RunId {
        let commit = self.commit(parent, LeafStep::Branch, text);
        let run_id = commit.run_id;
        self.f.store.commit(commit).await.unwrap();
        run_id
    }

    async fn path(&self, leaf: Option<RunId>, before: Option<RunId>, limit: u32) -> PathPage {
        self.f.store.path_runs(self.session, leaf, before, limit).await.unwrap()
    }

    async fn said(&self, leaf: RunId, limit: u32) -> Vec<String> {
        let messages = self.f.store.messages_on_path(self.session, leaf, limit).await.unwrap();
        messages.into_iter().map(|message| message.content).collect()
    }

    async fn look(&self) -> Session {
        self.f.store.session(self.f.organization, self.session).await.unwrap()
    }

    async fn show(&self, run_id: RunId) -> Result<()> {
        let audit = self.f.draft("session.branch_shown");
        let store = &self.f.store;
        store
            .show_branch(self.f.organization, self.session, run_id, now(), audit)
            .await
    }
}

fn ids(page: &PathPage) -> Vec<RunId> {
    page.runs.iter().map(|part| part.run.id).collect()
}

#[tokio::test]
async fn a_path_is_read_from_its_end_with_the_siblings_of_each_run() {
    let t = talk().await;
    assert_eq!(t.path(None, None, 10).await.leaf, None);
    let a = t.say(None, "a").await;
    let b = t.say(Some(a), "b").await;
    let c = t.say(Some(b), "c").await;
    let b2 = t.branch(Some(a), "b2").await;
    let d = t.say(Some(b2), "d").await;
    let a2 = t.branch(None, "a2").await;

    let page = t.path(None, None, 10).await;
    assert_eq!((ids(&page), page.leaf, page.next), (vec![a2], Some(a2), None));
    assert_eq!(page.runs[0].siblings, [a, a2]);
    assert_eq!(page.runs[0].run.parent_run_id, None);

    let page = t.path(Some(d), None, 10).await;
    assert_eq!(ids(&page), [d, b2, a]);
    let siblings: Vec<_> = page.runs.iter().map(|part| part.siblings.clone()).collect();
    assert_eq!(siblings, [vec![d], vec![b, b2], vec![a, a2]]);

    // By parts, it is the same path.
    let first = t.path(Some(d), None, 1).await;
    assert_eq!((ids(&first), first.next), (vec![d], Some(d)));
    let rest = t.path(Some(d), first.next, 2).await;
    assert_eq!((ids(&rest), rest.next), (vec![b2, a], None));
    assert_eq!(ids(&t.path(None, Some(a), 5).await), []);

    assert_eq!(
        t.said(c, 100).await,
        ["a", "answer to a", "b", "answer to b", "c", "answer to c"]
    );
    assert_eq!(t.said(c, 3).await, ["answer to b", "c", "answer to c"]);
    assert_eq!(t.said(d, 100).await[2..4], ["b2", "answer to b2"]);
}

#[tokio::test]
async fn another_branch_is_shown_down_to_its_newest_leaf() {
    let t = talk().await;
    let a = t.say(None, "a").await;
    let b = t.say(Some(a), "b").await;
    let c = t.say(Some(b), "c").await;
    let c2 = t.branch(Some(b), "c2").await;
    let b2 = t.branch(Some(a), "b2").await;
    for (shown, leaf) in [(b, c2), (c, c), (b2, b2), (a, b2)] {
        t.show(shown).await.unwrap();
        assert_eq!(t.look().await.leaf_run_id, Some(leaf));
        assert_eq!(t.path(None, None, 1).await.leaf, Some(leaf));
    }
    assert_eq!(t.look().await.preview.as_deref(), Some("answer to b2"));
    t.show(c).await.unwrap();
    assert_eq!(t.look().await.preview.as_deref(), Some("answer to c"));
    // What is said next continues what is shown.
    let d = t.say(Some(c), "d").await;
    assert_eq!(ids(&t.path(None, None, 10).await), [d, c, b, a]);
}

#[tokio::test]
async fn a_message_goes_below_the_leaf_it_was_meant_for_or_nowhere() {
    let t = talk().await;
    let a = t.say(None, "a").await;
    t.say(Some(a), "b").await;
    let late = t.commit(Some(a), LeafStep::Continue { from: Some(a) }, "too late");
    let late_id = late.run_id;
    let error = t.f.store.commit(late).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Conflict(Conflict::LeafMoved { .. })),
        "{error}"
    );
    assert_eq!(error.to_problem("x").code, "store.leaf_moved");
    assert!(t.f.store.run(t.f.organization, late_id).await.is_err());
    assert!(
        !t.said(t.look().await.leaf_run_id.unwrap(), 50)
            .await
            .contains(&"too late".to_owned())
    );
}

#[tokio::test]
async fn runs_of_other_sessions_and_organizations_are_no_part_of_a_path() {
    let t = talk().await;
    let a = t.say(None, "a").await;
    let other = t.f.session("another");
    let store = &t.f.store;
    store
        .create_session(other.clone(), now(), t.f.draft("session.created"))
        .await
        .unwrap();
    let not_found = |error: StoreError| assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    not_found(store.path_runs(other.id, Some(a), None, 5).await.unwrap_err());
    not_found(store.path_runs(other.id, None, Some(a), 5).await.unwrap_err());
    assert!(store.messages_on_path(other.id, a, 5).await.unwrap().is_empty());
    let audit = || t.f.draft("session.branch_shown");
    not_found(
        store
            .show_branch(t.f.organization, other.id, a, now(), audit())
            .await
            .unwrap_err(),
    );
    let (stranger, ..) = inhabit(store, "Globex").await;
    not_found(
        store
            .show_branch(stranger, t.session, a, now(), draft(stranger, "attempt"))
            .await
            .unwrap_err(),
    );
    not_found(
        store
            .reopen_session(stranger, t.session, now(), draft(stranger, "attempt"))
            .await
            .unwrap_err(),
    );
    store
        .delete_session(t.f.organization, t.session, now(), t.f.draft("session.deleted"))
        .await
        .unwrap();
    not_found(store.path_runs(t.session, Some(a), None, 5).await.unwrap_err());
    assert!(store.messages_on_path(t.session, a, 5).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_keeps_its_place_when_it_is_written_again() {
    let t = talk().await;
    let a = t.say(None, "a").await;
    let b = t.say(Some(a), "b").await;
    let again = Commit {
        session_id: Some(t.session),
        events: vec![event(2)],
        run: Some(t.f.run(b, Some(t.session), RunStatus::Failed)),
        ..t.f.commit(b, 2)
    };
    t.f.store.commit(again).await.unwrap();
    let page = t.path(None, None, 10).await;
    assert_eq!(ids(&page), [b, a]);
    assert_eq!(page.runs[0].run.status, RunStatus::Failed);
}

#[tokio::test]
async fn unread_is_what_came_after_the_person_looked_or_wrote() {
    let t = talk().await;
    assert!(!t.look().await.is_unread);
    let run_id = id(RunId::from_uuid);
    let asked = Commit {
        session_id: Some(t.session),
        events: vec![event(1)],
        run: Some(t.f.run(run_id, Some(t.session), RunStatus::Executing)),
        messages: vec![t.f.message(t.session, run_id, "why is\n\n orders slow?")],
        leaf: Some(LeafStep::Continue { from: None }),
        session_title: Some("why is".into()),
        ..t.f.commit(run_id, 0)
    };
    t.f.store.commit(asked).await.unwrap();
    let session = t.look().await;
    assert!(!session.is_unread, "own words are no news");
    assert_eq!(session.preview.as_deref(), Some("why is orders slow?"));
    let next = async |seq, events| {
        let commit = Commit {
            session_id: Some(t.session),
            events,
            ..t.f.commit(run_id, seq)
        };
        t.f.store.commit(commit).await.unwrap().last().unwrap().position
    };
    let read = async |up_to| t.f.store.mark_read(t.f.organization, t.session, up_to).await.unwrap();

    let approval = Event::ApprovalRequested {
        execution_id: id(ExecutionId::from_uuid),
        approval_id: id(ApprovalId::from_uuid),
        expires_at: now(),
    };
    let asked_at = next(1, vec![approval]).await;
    assert!(t.look().await.is_unread, "a question to the person is news");
    read(Some(asked_at - 1)).await;
    assert!(t.look().await.is_unread);
    read(Some(asked_at)).await;
    assert!(!t.look().await.is_unread);
    next(2, vec![event(2)]).await;
    assert!(!t.look().await.is_unread);
    next(3, vec![ended()]).await;
    assert!(t.look().await.is_unread, "an answer is news");
    read(Some(1)).await;
    assert!(t.look().await.is_unread, "an old look does not count");
    read(None).await;
    assert!(!t.look().await.is_unread);

    let run_id = t.say(Some(run_id), "next").await;
    assert!(t.look().await.is_unread);
    t.say(Some(run_id), "next").await;
    read(None).await;
    let (stranger, ..) = inhabit(&t.f.store, "Globex").await;
    t.say(t.look().await.leaf_run_id, "more").await;
    t.f.store.mark_read(stranger, t.session, None).await.unwrap();
    assert!(t.look().await.is_unread, "a stranger's look is nobody's");
}

#[tokio::test]
async fn the_list_counts_what_waits_and_finds_words_in_any_case() {
    let t = talk().await;
    t.say(None, "Überlauf: 100% of shop_db is FULL").await;
    let other = t.f.session("Slow orders");
    t.f.store
        .create_session(other.clone(), now(), t.f.draft("session.created"))
        .await
        .unwrap();
    let approval = t.f.approval(id(RunId::from_uuid), Some(other.id));
    for status in [ApprovalStatus::Pending, ApprovalStatus::Rejected] {
        let approval = ApprovalView {
            status,
            id: id(ApprovalId::from_uuid),
            ..approval.clone()
        };
        let commit = Commit {
            approvals: vec![approval],
            ..t.f.commit(id(RunId::from_uuid), 0)
        };
        t.f.store.commit(commit).await.unwrap();
    }
    let found = async |words: &str, status| {
        let filter = SessionFilter {
            status,
            words: Some(words.into()),
        };
        let page =
            t.f.store
                .sessions(t.f.organization, t.f.user.id, filter, all())
                .await
                .unwrap();
        page.items.iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(found("überLAUF", None).await, [t.session]);
    assert_eq!(found("answer to Ü", None).await, [t.session]);
    assert_eq!(found("slow ORDERS", None).await, [other.id]);
    assert_eq!(found("100% of", None).await, [t.session]);
    assert_eq!(found("0%o", None).await, []);
    assert_eq!(found("shop_db", None).await, [t.session]);
    assert_eq!(found("shop%db", None).await, []);
    assert_eq!(found("shop!db", None).await, []);
    assert_eq!(found("  ", None).await.len(), 2);
    assert_eq!(found("full", Some(SessionStatus::Archived)).await, []);
    assert_eq!(t.f.store.session(t.f.organization, other.id).await.unwrap().waiting, 1);

    t.f.store
        .rename_session(
            t.f.organization,
            other.id,
            "ÄPFEL".into(),
            now(),
            t.f.draft("session.renamed"),
        )
        .await
        .unwrap();
    assert_eq!(found("äpfel", None).await, [other.id]);
    assert_eq!(found("slow orders", None).await, []);
}

#[tokio::test]
async fn a_search_looks_at_so_many_sessions_and_says_where_it_goes_on() {
    let t = talk().await;
    t.say(None, "needle").await;
    let store = &t.f.store;
    let later = (0..2_000).map(|_| Session {
        updated_at: time("2026-11-22T08:00:00Z"),
        ..t.f.session("hay")
    });
    let written = later.map(|session| store.create_session(session, now(), t.f.draft("session.created")));
    for result in futures::future::join_all(written).await {
        result.unwrap();
    }
    let search = async |cursor| {
        let filter = SessionFilter {
            status: None,
            words: Some("needle".into()),
        };
        let request = PageRequest { limit: 10, cursor };
        store
            .sessions(t.f.organization, t.f.user.id, filter, request)
            .await
            .unwrap()
    };
    let first = search(None).await;
    assert_eq!((first.items.len(), first.next_cursor.is_some()), (0, true));
    let second = search(first.next_cursor).await;
    assert_eq!(second.items.iter().map(|one| one.id).collect::<Vec<_>>(), [t.session]);
    assert_eq!(second.next_cursor, None);
}

#[tokio::test]
async fn a_title_given_by_a_person_stays_and_the_page_looked_at_becomes_the_anchor() {
    let t = talk().await;
    t.f.store
        .rename_session(
            t.f.organization,
            t.session,
            "Mine".into(),
            now(),
            t.f.draft("session.renamed"),
        )
        .await
        .unwrap();
    let page = PageAnchor {
        resource_type: "target".into(),
        resource_ids: vec!["a".into()],
        title: None,
    };
    let mut leaf = None;
    for (page, anchored) in [
        (Some(page.clone()), Some(page.clone())),
        (None, Some(page.clone())),
        (
            Some(PageAnchor {
                resource_ids: vec![],
                ..page.clone()
            }),
            None,
        ),
    ] {
        let commit = Commit {
            session_title: Some("made from words".into()),
            page,
            ..t.commit(leaf, LeafStep::Continue { from: leaf }, "words")
        };
        leaf = Some(commit.run_id);
        t.f.store.commit(commit).await.unwrap();
        let session = t.look().await;
        assert_eq!((session.title.as_str(), session.anchor.page), ("Mine", anchored));
    }
}

#[tokio::test]
async fn an_archived_session_can_be_opened_again() {
    let t = talk().await;
    let store = &t.f.store;
    store
        .archive_session(t.f.organization, t.session, now(), t.f.draft("session.archived"))
        .await
        .unwrap();
    assert_eq!(t.look().await.status, SessionStatus::Archived);
    store
        .reopen_session(t.f.organization, t.session, now(), t.f.draft("session.reopened"))
        .await
        .unwrap();
    assert_eq!(t.look().await.status, SessionStatus::Active);
    let entries = store
        .audit(t.f.organization, AuditFilter::default(), all())
        .await
        .unwrap();
    assert_eq!(entries.items[0].action, "session.reopened");
}

/// The cost of a page is that of its runs, not of the conversation's length.
#[tokio::test]
async fn a_page_at_the_end_of_a_long_conversation_takes_milliseconds() {
    let t = talk().await;
    let mut leaf = None;
    for _ in 0..1_500 {
        leaf = Some(t.say(leaf, "words").await);
    }
    let mut shortest = [Duration::MAX; 3];
    for _ in 0..5 {
        let start = Instant::now();
        let page = t.path(None, None, 30).await;
        shortest[0] = shortest[0].min(start.elapsed());
        assert_eq!(page.runs.len(), 30);
        let start = Instant::now();
        assert_eq!(t.said(leaf.unwrap(), 200).await.len(), 200);
        shortest[1] = shortest[1].min(start.elapsed());
        let start = Instant::now();
        let (mut runs, mut before) = (0, None);
        loop {
            let page = t.path(None, before, 100).await;
            runs += page.runs.len();
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(runs, 1_500);
        shortest[2] = shortest[2].min(start.elapsed());
    }
    println!(
        "page of 30: {:?}, 200 messages: {:?}, all 1,500 runs: {:?}",
        shortest[0], shortest[1], shortest[2]
    );
    // A scan of the whole conversation at each step would take seconds here.
    assert!(shortest[0] < Duration::from_millis(50), "{shortest:?}");
    assert!(shortest[1] < Duration::from_millis(100), "{shortest:?}");
    assert!(shortest[2] < Duration::from_millis(1_000), "{shortest:?}");
}
