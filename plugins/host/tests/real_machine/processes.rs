use crate::stage::{Stage, rows};
use serde_json::json;
use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

struct Ending(Child);
impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_process_is_found_by_its_command_line_and_its_secrets_are_not_shown() {
    let secret = "planted-hunter2";
    let argument = format!("--password={secret}");
    let child = Command::new("sh")
        .args(["-c", "read line; true", "steersman-find-me", &argument])
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh");
    let child = Ending(child);
    let stage = Stage::new().await;
    let answer = stage
        .ask("host.list_processes", json!({"name": "STEERSMAN-find-me"}))
        .await
        .expect("processes");
    let found = rows(&answer);
    assert!(found.iter().any(|row| row["pid"] == child.0.id()), "{found:?}");
    let printed = format!("{answer:?}");
    assert!(
        printed.contains("--password=***") && !printed.contains(secret),
        "{printed}"
    );
    assert!(
        answer.summary.contains("match \"steersman-find-me\""),
        "{}",
        answer.summary
    );
}

#[tokio::test]
async fn processes_are_sorted_and_limited_and_the_total_is_told() {
    let stage = Stage::new().await;
    let answer = stage
        .ask("host.list_processes", json!({"sort_by": "memory", "limit": 3}))
        .await
        .expect("processes");
    let memory: Vec<u64> = rows(&answer).iter().filter_map(|row| row["memory"].as_u64()).collect();
    assert!(
        !memory.is_empty() && memory.len() <= 3 && memory.is_sorted_by(|a, b| a >= b),
        "{memory:?}"
    );
    assert!(answer.summary.contains("uses the most memory"), "{}", answer.summary);
}

#[tokio::test]
async fn a_busy_process_comes_first() {
    let child = Ending(
        Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn()
            .expect("sh"),
    );
    // A process that has not used a whole tick yet has nothing to compare with.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let stage = Stage::new().await;
    let answer = stage
        .ask("host.list_processes", json!({"name": "while :; do :; done"}))
        .await
        .expect("processes");
    let found = rows(&answer);
    let busy = found
        .iter()
        .find(|row| row["pid"] == child.0.id())
        .expect("it is there");
    assert!(busy["cpu (of one core)"].as_f64() > Some(1.0), "{busy}");
}

#[tokio::test]
async fn an_unknown_name_gives_an_empty_answer_that_says_so() {
    let stage = Stage::new().await;
    let wanted = ["no", "body", "is", "called", "so"].join("-");
    let answer = stage
        .ask("host.list_processes", json!({"name": wanted}))
        .await
        .expect("an answer");
    assert_eq!(answer.summary, format!("No process is called \"{wanted}\""));
}
