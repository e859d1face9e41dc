//! Kills a real server process with SIGKILL again and again, while people ask, call, approve, reject and stop, and
//! then looks for anything lost or done twice.
//!
//! Three parts: [`driver`] issues commands over HTTP and writes into the [`book`] what was acknowledged; [`Chaos::run`]
//! kills and restarts; [`reckoning`] compares the book with what the last process left, and with the real PostgreSQL in
//! which every change counts its own executions.

mod book;
mod counted;
mod dice;
mod driver;
mod reckoning;

pub use counted::Counted;

use crate::{
    Postgres,
    server_process::{Launch, ServerProcess},
};
use anyhow::{Context, Result};
use book::Book;
use dice::Dice;
use driver::{Driver, Place};
use serde::Serialize;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// People at work at the same time.
const PEOPLE: u64 = 4;
/// One kill in so many comes before the server is ready: at start-up or in the middle of recovery.
const AT_START: u64 = 4;
/// Such a kill comes within this time after spawning; a start takes some 200 ms in an unoptimised build.
const LATEST_AT_START_MS: u64 = 150;
/// A life is at most this long.
const LONGEST_LIFE_MS: u64 = 400;
/// When the killing is over, everything must come to rest within this time.
const REST_WITHIN: Duration = Duration::from_secs(60);

/// What to do to whom.
#[derive(Clone, Debug)]
pub struct Chaos {
    /// `steersman`, or `chaos_server` where the change is [`Counted::Tally`].
    pub binary: PathBuf,
    pub counted: Counted,
    pub kills: u32,
    /// The same seed makes the same decisions in the same order; the scheduler still has its say.
    pub seed: u64,
    /// No more kills after this time, so that a slow machine ends too.
    pub at_most: Duration,
}

/// What came of it. Nothing is wrong when `broken` is empty.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    pub kills: u32,
    pub kills_before_ready: u32,
    pub elapsed_s: f64,
    pub runs: usize,
    pub messages: usize,
    pub events: usize,
    /// Of these, shown to somebody who followed.
    pub events_shown: usize,
    /// Changes that were acknowledged.
    pub changes: usize,
    pub completed: usize,
    pub failed: usize,
    pub rejected: usize,
    pub unknown: usize,
    pub still_waiting: usize,
    /// Changes whose process died between intent and report.
    pub interrupted: usize,
    /// Rows in the real PostgreSQL.
    pub rows: usize,
    pub audit_entries: i64,
    /// Median from start to ready over the data directory as it was left by the kill before.
    pub recovery_ms: f64,
    /// Broken promises, a sentence each.
    pub broken: Vec<String>,
}

/// What is left when the killing is over and everything has come to rest: the data directory, the book and the
/// PostgreSQL.
pub struct Aftermath {
    pub server: Postgres,
    findings: Findings,
    book: Book,
    counted: Counted,
    folder: TempDir,
}

impl Aftermath {
    /// Compares everything with everything.
    pub async fn reckon(&self) -> Result<Findings> {
        let mut findings = self.findings.clone();
        reckoning::look(
            &mut findings,
            &self.book,
            &self.server,
            self.folder.path(),
            self.counted,
        )
        .await?;
        Ok(findings)
    }
}

impl Chaos {
    /// Fires, and reckons.
    pub async fn run(&self) -> Result<Findings> {
        self.fire().await?.reckon().await
    }

    /// Kills the server so many times over a data directory and a PostgreSQL of its own.
    pub async fn fire(&self) -> Result<Aftermath> {
        let began = Instant::now();
        let server = Postgres::start().await?;
        let folder = tempfile::Builder::new().prefix("steersman-chaos-").tempdir()?;
        let launch = Launch::new(&self.binary, folder.path());
        self.counted.prepare(&server).await?;
        let process = launch.start().await.context("the first start")?;
        let place = Place::settle(&process.http(), &server, self.counted).await?;
        let book = Book::default();
        let mut findings = Findings::default();
        let mut dice = Dice::new(self.seed);
        let mut recoveries = Vec::new();

        let mut running = Some(process);
        while findings.kills < self.kills && began.elapsed() < self.at_most {
            if running.is_none() && dice.one_in(AT_START) {
                let starting = launch.spawn()?;
                sleep(Duration::from_millis(dice.below(LATEST_AT_START_MS))).await;
                starting.kill().await?;
                findings.kills_before_ready += 1;
            } else {
                let process = match running.take() {
                    Some(process) => process,
                    None => launch
                        .start()
                        .await
                        .with_context(|| format!("after kill {}", findings.kills))?,
                };
                recoveries.push(process.ready_after);
                let life = Duration::from_millis(10 + dice.below(LONGEST_LIFE_MS));
                live(process, life, &book, &place, &mut dice).await?;
            }
            findings.kills += 1;
        }
        recoveries.sort();
        let median = recoveries.get(recoveries.len() / 2);
        findings.recovery_ms = median.map_or(0.0, |time| time.as_secs_f64() * 1_000.0);

        let process = launch.start().await.context("the last start")?;
        timeout(REST_WITHIN, come_to_rest(&process, &book, &place, dice.fork()))
            .await
            .context("the runs did not come to rest")??;
        process.stop().await?;
        findings.elapsed_s = began.elapsed().as_secs_f64();
        Ok(Aftermath {
            server,
            findings,
            book,
            counted: self.counted,
            folder,
        })
    }
}

/// One life: people work until the process is killed under their hands.
async fn live(process: ServerProcess, life: Duration, book: &Book, place: &Place, dice: &mut Dice) -> Result<()> {
    let http = process.http();
    let work = async {
        let people = (0..PEOPLE).map(|_| {
            let driver = Driver::new(&http, book, place, dice.fork());
            async move { driver.work().await }
        });
        futures::future::join(futures::future::join_all(people), driver::follow(&http, book)).await
    };
    tokio::pin!(work);
    let is_over = tokio::select! {
        _ = &mut work => true,
        () = sleep(life) => false,
    };
    let killed = process.kill();
    tokio::pin!(killed);
    if is_over {
        return killed.await;
    }
    // People go on until they notice: what they were told by then counts as acknowledged.
    tokio::select! {
        killed = &mut killed => killed,
        _ = &mut work => killed.await,
    }
}

/// What was left undone by the kills is done now, and everything under way ends.
async fn come_to_rest(process: &ServerProcess, book: &Book, place: &Place, dice: Dice) -> Result<()> {
    let http = process.http();
    let driver = Driver::new(&http, book, place, dice);
    driver.finish().await?;
    loop {
        if driver.is_at_rest().await? {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
}
