//! Opening files of other times.

use crate::support::*;
use std::os::unix::fs::PermissionsExt;
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
