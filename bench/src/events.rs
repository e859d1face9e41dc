//! Durable events a second through the store, beside bare insert-and-commit on the same file with the same settings.

use crate::{machine::Machine, report::Report, spread::Spread};
use anyhow::Result;
use futures::future::join_all;
use rusqlite::{Connection, params};
use serde_json::json;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use steersman_protocol::{Event, ExecutionId, OrganizationId, RunId, Timestamp};
use steersman_store::{Commit, KeyRing, MasterKey, Store, StoreOptions};
use uuid::Uuid;

const ROUNDS: usize = 25;
const ROUND: Duration = Duration::from_millis(250);
const MANY: usize = 64;

pub async fn measure() -> Result<Report> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("steersman.db");
    let mut report = Report::new("events", Machine::look(folder.path()));
    let options = StoreOptions {
        path: path.clone(),
        readers: 1,
    };
    let (store, writer) = Store::open(options, KeyRing::new(MasterKey::generate()?)).await?;
    let writing = tokio::spawn(writer.run());

    let mut rates: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        rates[0].push(through_store(&store, 1).await?);
        rates[1].push(bare(&path, 1)?);
        rates[2].push(through_store(&store, MANY).await?);
        rates[3].push(bare(&path, MANY)?);
    }
    store.close().await;
    writing.await??;

    let [one, bare_one, many, bare_many] = rates.map(|rates| Spread::of(rates).median());
    report.figure("1 caller", one, "events/s");
    report.figure("bare, 1 row a commit", bare_one, "events/s");
    report.figure("1 caller / bare", one / bare_one, "times");
    report.figure("64 callers at once", many, "events/s");
    report.figure("bare, 64 rows a commit", bare_many, "events/s");
    report.figure("64 callers / bare, 1 row a commit", many / bare_one, "times");
    report.figure("64 callers / bare, 64 rows a commit", many / bare_many, "times");
    report.note(format!(
        "Median of {ROUNDS} rounds of {} ms each way, in turns. Every event is one Store::commit that returned: on disk.",
        ROUND.as_millis()
    ));
    report.note(
        "Bare: the same row into the same table by rusqlite, prepared once; WAL, synchronous=FULL, secure_delete=ON.",
    );
    Ok(report)
}

/// So many callers, each with a run of its own, each waiting for its commit before the next.
async fn through_store(store: &Store, callers: usize) -> Result<f64> {
    let began = Instant::now();
    let callers: Vec<_> = (0..callers)
        .map(|_| async {
            let (run_id, organization_id) = (RunId::from_uuid(Uuid::now_v7()), organization());
            let mut committed = 0;
            while began.elapsed() < ROUND {
                let mut commit = Commit::new(run_id, organization_id, committed, Timestamp::now());
                commit.events = vec![event()];
                store.commit(commit).await?;
                committed += 1;
            }
            anyhow::Ok(committed)
        })
        .collect();
    let mut all = 0;
    for committed in join_all(callers).await {
        all += committed?;
    }
    Ok(all as f64 / began.elapsed().as_secs_f64())
}

fn bare(path: &Path, rows_a_commit: usize) -> Result<f64> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON",
    )?;
    let mut position: i64 =
        connection.query_row("SELECT COALESCE(MAX(position), 0) FROM run_event", [], |row| row.get(0))?;
    let (run_id, organization_id) = (Uuid::now_v7().to_string(), organization().to_string());
    let body = serde_json::to_string(&event())?;
    let mut insert = connection.prepare(
        "INSERT INTO run_event (run_id, seq, position, organization_id, session_id, at, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    let (began, mut written) = (Instant::now(), 0_i64);
    while began.elapsed() < ROUND {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..rows_a_commit {
            written += 1;
            position += 1;
            let at = Timestamp::now().to_string();
            insert.execute(params![
                run_id,
                written,
                position,
                organization_id,
                None::<String>,
                at,
                body
            ])?;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(written as f64 / began.elapsed().as_secs_f64())
}

fn organization() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(1))
}

/// Of the usual size of an answer to a query.
fn event() -> Event {
    Event::QueryAnswered {
        execution_id: ExecutionId::from_uuid(Uuid::from_u128(2)),
        summary: "12 of 60 connections are used, 1 run a statement".into(),
        blocks: vec![steersman_protocol::Block::Record {
            origin: steersman_protocol::Origin::Target {
                name: "orders-db".into(),
            },
            title: Some("Connections".into()),
            fields: (0..8).map(|n| (format!("field {n}"), json!(n * 1_000))).collect(),
        }],
        suggestions: Vec::new(),
        elapsed_ms: 3,
    }
}
