use crate::stage::{Stage, rows};
use serde_json::json;
use std::time::{Duration, Instant};
use steersman_toolkit::protocol::{Block, Origin};

#[tokio::test]
async fn metrics_are_measured_in_under_300_ms_of_sampling_and_are_plausible() {
    let stage = Stage::new().await;
    let began = Instant::now();
    let answer = stage.ask("host.get_metrics", json!({})).await.expect("metrics");
    assert!(began.elapsed() > Duration::from_millis(200) && began.elapsed() < Duration::from_secs(3));
    assert!(
        answer.summary.contains("CPU is") && answer.summary.contains("memory used"),
        "{}",
        answer.summary
    );
    let used = rows(&answer);
    assert_eq!(used[0]["what"], "cpu");
    let memory = used[1]["used"].as_f64().expect("percent");
    assert!(memory > 0.0 && memory <= 100.0 && used[1]["total"].as_u64() > used[1]["used bytes"].as_u64());
    for block in &answer.blocks {
        match block {
            Block::Table { origin, .. } | Block::Record { origin, .. } => {
                assert_eq!(
                    *origin,
                    Origin::Target {
                        name: "here".to_owned()
                    }
                );
            }
            other => panic!("unexpected {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_stop_shortens_the_sample() {
    let stage = Stage::new().await;
    stage.cx.cancel.cancel();
    let began = Instant::now();
    stage
        .ask("host.get_metrics", json!({}))
        .await
        .expect("a short sample is an answer");
    assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_work_on_many_threads_too() {
    let stage = Stage::new().await;
    stage.ask("host.get_metrics", json!({})).await.expect("metrics");
}
