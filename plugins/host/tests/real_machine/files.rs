use crate::stage::{Stage, rows};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, Instant},
};

fn fill(path: &Path, kib: usize) {
    fs::write(path, vec![7_u8; kib * 1024]).expect("written");
}

fn paths(rows: &[Value]) -> Vec<String> {
    rows.iter()
        .map(|row| {
            row["path"]
                .as_str()
                .expect("a path")
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn the_largest_files_come_first_and_links_and_copies_by_link_count_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("a/b")).expect("folders");
    fill(&at("a/b/large"), 3_000);
    fill(&at("middle"), 2_000);
    fill(&at("small"), 10);
    fs::hard_link(at("middle"), at("middle-again")).expect("a hard link");
    symlink(at("a/b/large"), at("link")).expect("a link");
    symlink("/", at("way-out")).expect("a link");
    fs::File::create(at("sparse"))
        .and_then(|file| file.set_len(1 << 30))
        .expect("a sparse file");
    let stage = Stage::new().await;
    let answer = stage
        .ask(
            "host.find_large_files",
            json!({"path": folder.path(), "min_size_bytes": 1_000_000}),
        )
        .await
        .expect("files");
    let names = paths(&rows(&answer));
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(names[0], "large");
    assert!(names[1].starts_with("middle"), "{names:?}");
    assert!(
        answer.summary.starts_with("2 files of 977 kB or more"),
        "{}",
        answer.summary
    );
}

#[tokio::test]
async fn the_limit_keeps_the_largest() {
    let folder = tempfile::tempdir().expect("a folder");
    for n in 1..=9 {
        fill(&folder.path().join(format!("f{n}")), n * 100);
    }
    let stage = Stage::new().await;
    let arguments = json!({"path": folder.path(), "min_size_bytes": 1, "limit": 2});
    let answer = stage.ask("host.find_large_files", arguments).await.expect("files");
    assert_eq!(paths(&rows(&answer)), ["f9", "f8"]);
    assert!(answer.summary.starts_with("9 files"), "{}", answer.summary);
}

#[tokio::test]
async fn a_stop_or_the_time_limit_gives_what_was_found_so_far() {
    let folder = tempfile::tempdir().expect("a folder");
    for n in 0..2_000 {
        fs::write(folder.path().join(n.to_string()), "x").expect("written");
    }
    let mut stage = Stage::new().await;
    let ask = json!({"path": folder.path(), "min_size_bytes": 1});
    stage.cx.limits.time_ms = 0;
    let answer = stage.ask("host.find_large_files", ask.clone()).await.expect("a part");
    assert!(
        answer.summary.contains("(partial: time ran out after 500 entries)"),
        "{}",
        answer.summary
    );
    stage.cx.limits.time_ms = 30_000;
    stage.cx.cancel.cancel();
    let answer = stage.ask("host.find_large_files", ask).await.expect("a part");
    assert!(
        answer.summary.contains("(partial: it was stopped"),
        "{}",
        answer.summary
    );
}

#[tokio::test]
async fn the_whole_machine_is_searched_without_its_kernel_tables_and_in_time() {
    let mut stage = Stage::new().await;
    stage.cx.limits.time_ms = 2_000;
    let began = Instant::now();
    let answer = stage.ask("host.find_large_files", json!({})).await.expect("files");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(!format!("{answer:?}").contains("/proc/kcore"));
}

#[tokio::test]
async fn only_allowed_folders_are_searched() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("in")).expect("in");
    symlink("/etc", folder.path().join("in/etc")).expect("a link");
    let stage = Stage::with(json!({"search_roots": [folder.path().join("in")]})).await;
    for (path, code) in [
        ("/etc", "host.path_not_allowed"),
        ("relative", "host.path_not_allowed"),
        (
            &*folder.path().join("in/etc").to_string_lossy(),
            "host.path_not_allowed",
        ),
        (&*folder.path().join("in/none").to_string_lossy(), "host.not_a_folder"),
    ] {
        let problem = stage
            .ask("host.find_large_files", json!({"path": path}))
            .await
            .expect_err("must be refused");
        assert_eq!(problem.code, code, "{path}");
    }
    let everywhere = Stage::new().await;
    let problem = everywhere
        .ask("host.find_large_files", json!({"path": "/proc"}))
        .await
        .expect_err("no files");
    assert_eq!(problem.code, "host.not_a_folder");
}
