//! The real binary: how soon it is ready on an existing data directory, what it holds when idle, how large it is.

use crate::{binary, machine::Machine, report::Report, spread::Spread};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use steersman_testkit::server_process::{Http, Launch};

const MEASURED: usize = 15;
const IDLE: Duration = Duration::from_secs(5);
/// Calls in the data directory's history, so that it is not an empty one.
const HISTORY: usize = 200;

pub async fn measure() -> Result<Report> {
    let binary = binary::built("steersman", "steersman", &[])?;
    let folder = tempfile::tempdir()?;
    let launch = Launch::new(&binary, folder.path());
    let mut report = Report::new("start", Machine::look(folder.path()));

    let server = launch.start().await?;
    let first_ms = server.ready_after.as_secs_f64() * 1_000.0;
    live_a_little(&server.http()).await?;
    server.stop().await?;

    let mut ready = Vec::with_capacity(MEASURED);
    let mut bare = Vec::with_capacity(MEASURED);
    for round in 0..=MEASURED {
        let process = bare_process(&binary)?;
        let server = launch.start().await?;
        let ready_after = server.ready_after;
        server.stop().await?;
        // The first warms the file cache.
        if round > 0 {
            ready.push(ready_after);
            bare.push(process);
        }
    }
    let (ready, bare) = (Spread::of_times(ready), Spread::of_times(bare));

    let server = launch.start().await?;
    tokio::time::sleep(IDLE).await;
    let resident_mb = resident_bytes(server.id())? as f64 / 1e6;
    let threads = threads(server.id())?;
    server.stop().await?;

    report.figure("start to ready, median", ready.median(), "ms");
    report.figure("start to ready, p99", ready.p99(), "ms");
    report.figure("bare process (--version), median", bare.median(), "ms");
    report.figure("start to ready / bare process", ready.median() / bare.median(), "times");
    report.figure("first start, empty data directory", first_ms, "ms");
    report.figure("idle resident memory", resident_mb, "MB");
    report.figure("threads when idle", threads as f64, "");
    report.figure("size of the binary", fs::metadata(&binary)?.len() as f64 / 1e6, "MB");
    report.note(format!(
        "Ready: from spawning `steersman up` to the 200 of GET /readyz, which reads and writes the store durably; {MEASURED} starts after a warm-up."
    ));
    report.note(format!(
        "The data directory holds {HISTORY} executed calls. Memory is VmRSS {} s after ready; MB are 1,000,000 bytes.",
        IDLE.as_secs()
    ));
    Ok(report)
}

/// Something to read back at the next start.
async fn live_a_little(server: &Http) -> Result<()> {
    let servers: Value = server.get("/api/servers").await?;
    let server_id = servers["items"][0]["id"]
        .as_str()
        .context("there is no server")?
        .to_owned();
    let targets: Value = server.get(&format!("/api/servers/{server_id}/plugins")).await?;
    let target_id = targets["items"][0]["id"]
        .as_str()
        .context("there is no target")?
        .to_owned();
    for _ in 0..HISTORY {
        let path = format!("/api/servers/{server_id}/plugins/{target_id}/execute");
        let call = json!({ "tool": "host.get_disk_usage", "arguments": {} });
        let (status, run) = server.post(&path, None, &call).await?;
        ensure!(status == 200, "a call of the history failed: {run}");
    }
    Ok(())
}

fn bare_process(binary: &Path) -> Result<Duration> {
    let began = Instant::now();
    let status = Command::new(binary).arg("--version").stdout(Stdio::null()).status()?;
    ensure!(status.success(), "`steersman --version` failed");
    Ok(began.elapsed())
}

pub fn resident_bytes(id: u32) -> Result<u64> {
    Ok(status_number(id, "VmRSS:")? * 1024)
}

fn threads(id: u32) -> Result<u64> {
    status_number(id, "Threads:")
}

fn status_number(id: u32, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("/proc/{id}/status has no {name}"))
}
