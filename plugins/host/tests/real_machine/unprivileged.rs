//! What an ordinary user gets. Run as root, these tests start themselves again as nobody.

use crate::stage::{Stage, rows};
use serde_json::json;
use std::{
    env, fs,
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::Command,
};

const NOBODY: u32 = 65_534;
const FOREIGN_PORT: &str = "STEERSMAN_TEST_FOREIGN_PORT";
const FOREIGN_PID: &str = "STEERSMAN_TEST_FOREIGN_PID";

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Runs the named test of this very program again as nobody, beside a port that root holds.
fn again_as_nobody(test: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("open to all");
    let program = folder.path().join("test");
    fs::copy(env::current_exe().expect("this program"), &program).expect("a copy that nobody may run");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("open to all");
    let foreign = TcpListener::bind("127.0.0.1:0").expect("a port");
    let output = Command::new(&program)
        .args(["--exact", test, "--nocapture"])
        .env(
            FOREIGN_PORT,
            foreign.local_addr().expect("an address").port().to_string(),
        )
        .env(FOREIGN_PID, std::process::id().to_string())
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .expect("the program runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
}

fn foreign(name: &str) -> Option<u32> {
    env::var(name).ok()?.parse().ok()
}

#[tokio::test]
async fn a_port_of_another_user_is_shown_with_its_process_unknown() {
    if is_root() {
        return again_as_nobody("unprivileged::a_port_of_another_user_is_shown_with_its_process_unknown");
    }
    let own = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own_port = own.local_addr().expect("an address").port();
    let stage = Stage::new().await;
    let found = rows(
        &stage
            .ask("host.list_listening_ports", json!({"port": own_port}))
            .await
            .expect("ports"),
    );
    assert_eq!(found[0]["pid"], std::process::id());
    if let Some(port) = foreign(FOREIGN_PORT) {
        let answer = stage
            .ask("host.list_listening_ports", json!({"port": port}))
            .await
            .expect("ports");
        let found = rows(&answer);
        assert_eq!(
            (&found[0]["pid"], &found[0]["process"], &found[0]["user"]),
            (&json!(null), &json!(null), &json!("root"))
        );
        assert!(answer.summary.contains("may not look into"), "{}", answer.summary);
    }
}

#[tokio::test]
async fn a_process_of_another_user_is_refused_when_planning() {
    if is_root() {
        return again_as_nobody("unprivileged::a_process_of_another_user_is_refused_when_planning");
    }
    let stage = Stage::new().await;
    let the_first = 1;
    let pid = foreign(FOREIGN_PID).unwrap_or(the_first);
    let problem = stage.plan_kill(json!({"pid": pid})).await.expect_err("must be refused");
    let expected = if pid == the_first {
        "host.protected_process"
    } else {
        "host.not_permitted"
    };
    assert_eq!(problem.code, expected, "{problem}");
}

#[tokio::test]
async fn a_log_that_we_may_not_read_and_folders_that_we_may_not_enter_are_told() {
    if is_root() {
        return again_as_nobody("unprivileged::a_log_that_we_may_not_read_and_folders_that_we_may_not_enter_are_told");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).expect("a folder");
    let log = folder.path().join("app.log");
    fs::write(&log, "text").expect("written");
    fs::set_permissions(&log, fs::Permissions::from_mode(0o000)).expect("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("closed");
    let stage = Stage::with(json!({"log_paths": [folder.path()]})).await;
    let problem = stage
        .ask("host.read_log", json!({"path": log}))
        .await
        .expect_err("must be refused");
    assert_eq!(problem.code, "host.not_permitted");
    let answer = stage
        .ask(
            "host.find_large_files",
            json!({"path": folder.path(), "min_size_bytes": 1}),
        )
        .await
        .expect("files");
    assert!(
        format!("{answer:?}").contains("1 folder or file could not be looked at"),
        "{answer:?}"
    );
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).expect("open again");
}
