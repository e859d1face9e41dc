use crate::stage::{Stage, rows};
use serde_json::json;
use std::{fs, os::unix::fs::symlink, path::PathBuf, process::Command};
use steersman_toolkit::{
    Answer,
    protocol::{Block, LogLine},
};
use tempfile::TempDir;

struct Logs {
    folder: TempDir,
    stage: Stage,
}

impl Logs {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("log")).expect("log");
        let stage = Stage::with(json!({"log_paths": [folder.path().join("log")]})).await;
        Self { folder, stage }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("written");
        path
    }
    async fn code_of(&self, path: impl serde::Serialize) -> String {
        self.stage
            .ask("host.read_log", json!({"path": path}))
            .await
            .expect_err("must be refused")
            .code
    }
}

fn log(answer: &Answer) -> (Vec<&LogLine>, bool) {
    match &answer.blocks[..] {
        [Block::Log { lines, truncated, .. }] => (lines.iter().collect(), *truncated),
        other => panic!("unexpected {other:?}"),
    }
}

#[tokio::test]
async fn the_last_lines_are_shown_oldest_first() {
    let logs = Logs::new().await;
    let path = logs.write(
        "log/app.log",
        (1..=500).map(|n| format!("line {n}\n")).collect::<String>(),
    );
    let answer = logs
        .stage
        .ask("host.read_log", json!({"path": path, "lines": 3}))
        .await
        .expect("a log");
    let (lines, truncated) = log(&answer);
    assert_eq!(
        lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(),
        ["line 498", "line 499", "line 500"]
    );
    assert!(
        truncated && answer.summary.starts_with("The last 3 lines of"),
        "{}",
        answer.summary
    );
}

#[tokio::test]
async fn lines_that_hold_a_text_are_found_far_back() {
    let logs = Logs::new().await;
    let noise = "2026-11-21T03:00:00Z INFO all is well\n".repeat(50_000);
    let path = logs.write("log/app.log", format!("2026-11-21T02:00:00Z ERROR disk gone\n{noise}"));
    let answer = logs
        .stage
        .ask("host.read_log", json!({"path": path, "contains": "error"}))
        .await
        .expect("a log");
    let (lines, truncated) = log(&answer);
    assert!(
        !truncated && answer.summary.starts_with("1 line with \"error\""),
        "{}",
        answer.summary
    );
    assert_eq!(lines[0].at, "2026-11-21T02:00:00Z".parse().ok());
    assert_eq!(lines[0].level.as_deref(), Some("error"));
}

#[tokio::test]
async fn what_could_harm_the_reader_is_made_visible_and_secrets_are_masked() {
    let logs = Logs::new().await;
    let path = logs.write(
        "log/app.log",
        b"bad \xff\xfe utf-8\n\x1b[2J clear\npassword=hunter2 ok\n",
    );
    let answer = logs
        .stage
        .ask("host.read_log", json!({"path": path}))
        .await
        .expect("a log");
    let (lines, truncated) = log(&answer);
    let texts: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(
        texts,
        ["bad \u{fffd}\u{fffd} utf-8", "\\x1b[2J clear", "password=*** ok"]
    );
    assert!(!truncated);
}

#[tokio::test]
async fn nothing_outside_the_allowed_folder_can_be_read() {
    let logs = Logs::new().await;
    let secret = logs.write("secret", "treasure");
    symlink(&secret, logs.path("log/link")).expect("a link");
    symlink(logs.folder.path(), logs.path("log/up")).expect("a link");
    for path in [
        secret,
        logs.path("log/link"),
        logs.path("log/up/secret"),
        logs.path("log/../secret"),
        PathBuf::from("/etc/passwd"),
        PathBuf::from("/proc/self/environ"),
        PathBuf::from("log/app.log"),
        PathBuf::from("/no/such/file"),
        PathBuf::from(""),
    ] {
        assert_eq!(logs.code_of(&path).await, "host.path_not_allowed", "{}", path.display());
    }
}

#[tokio::test]
async fn what_is_no_readable_log_is_refused_with_the_reason() {
    let logs = Logs::new().await;
    logs.write("log/old.gz", b"\x1f\x8b\x08\x00rest");
    logs.write("log/system.journal", b"LPKSHHRH more");
    assert!(
        Command::new("mkfifo")
            .arg(logs.path("log/pipe"))
            .status()
            .expect("mkfifo")
            .success()
    );
    for (name, code) in [
        ("log/old.gz", "host.not_a_log"),
        ("log/system.journal", "host.not_a_log"),
        ("log/pipe", "host.not_a_log"),
        ("log/missing", "host.no_such_log"),
    ] {
        assert_eq!(logs.code_of(logs.path(name)).await, code, "{name}");
    }
}

#[tokio::test]
async fn a_huge_log_is_read_from_its_end_within_the_byte_limit() {
    let logs = Logs::new().await;
    let path = logs.path("log/huge.log");
    let file = fs::File::create(&path).expect("a file");
    file.set_len(50 << 30).expect("a sparse file of 50 GB");
    drop(file);
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut f| std::io::Write::write_all(&mut f, b"\nthe end\n"))
        .expect("an end");
    let answer = logs
        .stage
        .ask("host.read_log", json!({"path": path, "lines": 1}))
        .await
        .expect("a log");
    assert_eq!(log(&answer).0[0].text, "the end");
    let answer = logs
        .stage
        .ask("host.read_log", json!({"path": path, "lines": 1000}))
        .await
        .expect("a log");
    let size: usize = log(&answer).0.iter().map(|l| l.text.len()).sum();
    assert!(size <= 256 * 1024 && log(&answer).1, "{size}");
}

#[tokio::test]
async fn a_folder_lists_its_logs_and_an_empty_log_says_so() {
    let logs = Logs::new().await;
    let path = logs.write("log/empty.log", "");
    let answer = logs
        .stage
        .ask("host.read_log", json!({"path": logs.path("log")}))
        .await
        .expect("a list");
    assert_eq!(rows(&answer)[0]["path"], json!(path.canonicalize().expect("real")));
    let answer = logs
        .stage
        .ask("host.read_log", json!({"path": path}))
        .await
        .expect("a log");
    assert!(
        answer.summary.ends_with("is empty") && log(&answer).0.is_empty(),
        "{}",
        answer.summary
    );
}
