//! A process killed in mid-write.

use crate::support::*;
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use steersman_protocol::*;
use steersman_store::*;
use uuid::Uuid;

const CHILD: &str = "STEERSMAN_STORE_CRASH_FOLDER";
const WRITERS: u128 = 8;
const KILLS: u64 = 20;

/// The test is its own child: with the variable set it writes, and says what was acknowledged, until it is killed.
#[test]
fn a_kill_in_mid_write_loses_no_acknowledged_commit() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Ok(folder) = std::env::var(CHILD) {
        return runtime.block_on(write_for_ever(Path::new(&folder)));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = [0; WRITERS as usize];
    for kill in 0..KILLS {
        for (writer, seq) in killed_after(folder.path(), Duration::from_millis(40 + kill * 13 % 90)) {
            acknowledged[writer] = seq;
        }
        runtime.block_on(check(folder.path(), &acknowledged));
    }
    assert!(acknowledged.iter().all(|&seq| seq > 0), "{acknowledged:?}");
}

fn run_of(writer: u128) -> RunId {
    RunId::from_uuid(Uuid::from_u128(1 + writer))
}

fn organization() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(99))
}

/// Runs the child, kills it so long after its first word, and returns what it said.
fn killed_after(folder: &Path, wait: Duration) -> Vec<(usize, i64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "crash::a_kill_in_mid_write_loses_no_acknowledged_commit",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    let mut killer = None;
    for line in lines.map_while(Result::ok) {
        let mut words = line.split_whitespace();
        if words.next() != Some("acknowledged") {
            continue;
        }
        let mut word = || words.next().and_then(|word| word.parse::<i64>().ok());
        // A line cut off by the kill says nothing.
        if let (Some(writer), Some(seq), Some(-1)) = (word(), word(), word()) {
            said.push((writer as usize, seq));
        }
        killer.get_or_insert_with(|| {
            let pid = nix::unistd::Pid::from_raw(child.id() as i32);
            std::thread::spawn(move || {
                std::thread::sleep(wait);
                nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
            })
        });
    }
    killer.expect("the child acknowledged something").join().unwrap();
    assert!(!child.wait().unwrap().success());
    said
}

async fn write_for_ever(folder: &Path) {
    let (store, _writer) = open(&folder.join("steersman.db"), ring()).await.unwrap();
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let run_id = run_of(writer);
            let mut seq = store.run_events(run_id, 0).await.unwrap().len() as i64;
            loop {
                let mut commit = Commit::new(run_id, organization(), seq, now());
                commit.events = vec![event(1), event(2), event(3)];
                commit.audit = vec![draft(organization(), "tool.executed")];
                store.commit(commit).await.unwrap();
                seq += 3;
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nacknowledged {writer} {seq} -1").unwrap();
                out.flush().unwrap();
            }
        })
    });
    futures::future::join_all(writers).await;
}

async fn check(folder: &Path, acknowledged: &[i64]) {
    let (store, writer) = open(&folder.join("steersman.db"), ring()).await.unwrap();
    let mut events = 0;
    for (number, &seq) in acknowledged.iter().enumerate() {
        let records = store.run_events(run_of(number as u128), 0).await.unwrap();
        let found = records.len() as i64;
        assert!(found >= seq, "writer {number}: {seq} acknowledged, {found} found");
        assert_eq!(found % 3, 0, "no commit is torn");
        assert!(records.iter().zip(1..).all(|(record, seq)| record.seq == seq));
        events += found;
    }
    let audit = store.verify_audit(organization()).await.unwrap();
    assert!(audit.is_intact, "{audit:?}");
    assert_eq!(
        audit.entries * 3,
        events,
        "events and their audit entries stand or fall together"
    );
    store.close().await;
    writer.await.unwrap().unwrap();
}
