use crate::stage::{Stage, rows};
use serde_json::json;

#[tokio::test]
async fn the_root_file_system_is_shown_with_sizes_that_add_up() {
    let stage = Stage::new().await;
    let answer = stage.ask("host.get_disk_usage", json!({})).await.expect("disks");
    let found = rows(&answer);
    let root = found.iter().find(|row| row["mounted on"] == "/").expect("a root");
    let number = |name: &str| root[name].as_u64().expect("bytes");
    assert!(number("size") >= number("used") + number("available"), "{root}");
    assert!(
        answer.summary.contains("% full:") && answer.summary.contains("left"),
        "{}",
        answer.summary
    );
    assert!(
        found
            .iter()
            .all(|row| row["mounted on"] != "/proc" && row["mounted on"] != "/sys"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_path_shows_the_file_system_that_holds_it() {
    let stage = Stage::new().await;
    let whole = rows(
        &stage
            .ask("host.get_disk_usage", json!({"path": "/proc/self"}))
            .await
            .expect("proc"),
    );
    assert_eq!(
        (whole.len(), &whole[0]["mounted on"], &whole[0]["type"]),
        (1, &json!("/proc"), &json!("proc"))
    );
}

#[tokio::test]
async fn a_path_that_is_not_there_is_a_clear_problem() {
    let stage = Stage::new().await;
    for path in ["/no/such/folder", "relative"] {
        let problem = stage
            .ask("host.get_disk_usage", json!({"path": path}))
            .await
            .expect_err("must be refused");
        assert_eq!(problem.code, "host.no_such_path");
        assert!(
            problem.what.contains(path) && problem.what.contains("here"),
            "{problem}"
        );
    }
}
