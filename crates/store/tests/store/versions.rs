//! Opening files of other times.

use crate::support::*;
use std::os::unix::fs::PermissionsExt;
use steersman_protocol::ProviderKind;
use steersman_store::*;

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_untouched() {
    let f = fixture().await;
    f.beside()
        .execute_batch("INSERT INTO schema_migration (number, name) VALUES (1000, 'from_the_future')")
        .unwrap();
    f.store.close().await;
    f.writer.await.unwrap().unwrap();
    let error = open(&f.path, ring()).await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 1000, .. }));
    let problem = error.to_problem("Could not open the database");
    assert_eq!(problem.code, "store.newer");
    assert!(problem.why.contains("version 1000"), "{problem}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steersman.db");
    std::fs::write(&path, "this is a shopping list, not a database".repeat(100)).unwrap();
    let error = open(&path, ring()).await.map(drop).unwrap_err();
    assert_eq!(error.to_problem("Could not open the database").code, "store.broken");
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("this is a shopping list")
    );
}

#[tokio::test]
async fn a_new_database_is_readable_by_its_owner_only() {
    let f = fixture().await;
    for file in std::fs::read_dir(f.folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

#[tokio::test]
async fn two_processes_that_open_a_new_file_at_once_both_find_it_ready() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steersman.db");
    let opened = futures::future::join_all((0..4).map(|_| open(&path, ring()))).await;
    for opened in opened {
        opened.unwrap().0.health().await.unwrap();
    }
}

/// As the first program left it: three runs in two sessions, one by hand.
const FIRST: &str = r#"
INSERT INTO organization VALUES ('o', 'Acme', '2026-11-21T08:00:00.000000Z');
INSERT INTO app_user VALUES ('u', 'o', 'ana', 'owner', 1, NULL, '2026-11-21T08:00:00.000000Z');
INSERT INTO chat_session VALUES
    ('00000000-0000-0000-0000-0000000000a1', 'o', 'u', 'Slow ORDERS', 'active', '{}', '2026-11-21T08:00:00.000000Z', '2026-11-21T08:00:00.000000Z', NULL),
    ('00000000-0000-0000-0000-0000000000a2', 'o', 'u', '', 'active', '{}', '2026-11-21T08:00:00.000000Z', '2026-11-21T08:00:00.000000Z', NULL);
INSERT INTO run VALUES
    ('00000000-0000-0000-0000-000000000003', 'o', '00000000-0000-0000-0000-0000000000a1', 'u', 'a', 'completed', NULL, '2026-11-21T08:00:09.000000Z', '2026-11-21T08:00:09.000000Z'),
    ('00000000-0000-0000-0000-000000000002', 'o', '00000000-0000-0000-0000-0000000000a1', 'u', 'b', 'completed', NULL, '2026-11-21T08:00:01.000000Z', '2026-11-21T08:00:01.000000Z'),
    ('00000000-0000-0000-0000-000000000001', 'o', '00000000-0000-0000-0000-0000000000a1', 'u', 'c', 'waiting_approval', NULL, '2026-11-21T08:00:02.000000Z', '2026-11-21T08:00:02.000000Z'),
    ('00000000-0000-0000-0000-000000000009', 'o', NULL, 'u', 'by hand', 'completed', NULL, '2026-11-21T08:00:03.000000Z', '2026-11-21T08:00:03.000000Z');
INSERT INTO run_event VALUES
    ('00000000-0000-0000-0000-000000000003', 1, 1, 'o', '00000000-0000-0000-0000-0000000000a1', '2026-11-21T08:00:09.000000Z', '{}'),
    ('00000000-0000-0000-0000-000000000002', 1, 2, 'o', '00000000-0000-0000-0000-0000000000a1', '2026-11-21T08:00:01.000000Z', '{}'),
    ('00000000-0000-0000-0000-000000000001', 1, 3, 'o', '00000000-0000-0000-0000-0000000000a1', '2026-11-21T08:00:02.000000Z', '{}'),
    ('00000000-0000-0000-0000-000000000002', 2, 4, 'o', '00000000-0000-0000-0000-0000000000a1', '2026-11-21T08:00:02.000000Z', '{}'),
    ('00000000-0000-0000-0000-000000000009', 1, 5, 'o', NULL, '2026-11-21T08:00:03.000000Z', '{}');
INSERT INTO chat_message VALUES
    ('m1', '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000003', 1, '{"role":"user","content":"WHY is it"}'),
    ('m2', '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000001', 2, '{"role":"assistant","content":"Because\nit is"}'),
    ('m3', '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000001', 3, '{"role":"tool","content":"rows"}');
"#;

#[tokio::test]
async fn what_was_said_before_there_were_branches_becomes_one_line_and_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steersman.db");
    let old = first_version(&path);
    old.execute_batch(FIRST).unwrap();

    let (_store, _writer) = open(&path, ring()).await.unwrap();
    // In the order of their first events, whatever the clocks and ids say.
    let line: Vec<(String, Option<String>)> = {
        let mut statement = old
            .prepare("SELECT id, parent_run_id FROM run ORDER BY ordinal")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let text = |n: u128| uuid::Uuid::from_u128(n).to_string();
    assert_eq!(
        line,
        [
            (text(3), None),
            (text(2), Some(text(3))),
            (text(1), Some(text(2))),
            (text(9), None)
        ]
    );
    type Marks = (Option<String>, i64, i64, String, String);
    let marks = |id: u128| -> Marks {
        old.query_row(
            "SELECT leaf_run_id, read_position, news_position, preview, title_folded FROM chat_session WHERE id = $1",
            [uuid::Uuid::from_u128(id).to_string()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .unwrap()
    };
    assert_eq!(
        marks(0xa1),
        (Some(text(1)), 4, 0, "Because it is".into(), "slow orders".into())
    );
    assert_eq!(marks(0xa2), (None, 0, 0, String::new(), String::new()));
    let said: Vec<Option<String>> = {
        let mut statement = old.prepare("SELECT said FROM chat_message ORDER BY ordinal").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(said, [Some("why is it".into()), Some("because\nit is".into()), None]);
}

#[tokio::test]
async fn a_provider_from_before_there_were_kinds_speaks_chat_completions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steersman.db");
    let old = first_version(&path);
    old.execute_batch(
        "INSERT INTO organization VALUES ('00000000-0000-0000-0000-0000000000f0', 'Acme', '2026-11-21T08:00:00Z');
         INSERT INTO model_provider VALUES
         ('00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-0000000000f0', 'lab', 'openai_chat',
          'http://127.0.0.1:8080', 'qwen', 1, '2026-11-21T08:00:00Z')",
    )
    .unwrap();
    let (store, _writer) = open(&path, ring()).await.unwrap();
    let organization = store.organizations().await.unwrap().remove(0);
    let kinds: Vec<ProviderKind> = store
        .providers(organization.id)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.kind)
        .collect();
    assert_eq!(kinds, [ProviderKind::Openai]);
}

/// A database as the first version left it.
fn first_version(path: &std::path::Path) -> rusqlite::Connection {
    let old = rusqlite::Connection::open(path).unwrap();
    let migrations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for file in ["0001_first_tables.sql", "sqlite/0001_append_only.sql"] {
        old.execute_batch(&std::fs::read_to_string(migrations.join(file)).unwrap())
            .unwrap();
    }
    old.execute_batch("CREATE TABLE schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        .unwrap();
    old.execute_batch("INSERT INTO schema_migration VALUES (1, 'first_tables')")
        .unwrap();
    old
}
