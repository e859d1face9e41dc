//! Side by side with a peer: the questions that both can answer, on one server, in one session.
//!
//! The peer runs as its users run it, over its standard input and output. Steersman's side goes through the whole funnel,
//! audit included, in this process.

pub mod mongodb;
mod peer;
pub mod postgres;

use crate::{
    report::Report,
    spread::{Spread, ms},
    station::Station,
};
use anyhow::{Context, Result};
use peer::Peer;
use serde_json::Value;
use std::{fs, time::Instant};
use steersman_protocol::Target;

const WARM_UP: usize = 3;
const MEASURED: usize = 50;

/// One question in the words of both.
struct Case {
    name: &'static str,
    ours: (&'static str, Value),
    theirs: (&'static str, Value),
}

impl Case {
    fn new(name: &'static str, ours: (&'static str, Value), theirs: (&'static str, Value)) -> Self {
        Self { name, ours, theirs }
    }

    /// What takes seconds is measured less often.
    fn rounds(&self) -> usize {
        match self.ours.0 {
            "postgres.suggest_indexes" => MEASURED / 10,
            _ => MEASURED,
        }
    }
}

/// Both sides, and what is found.
struct Duel {
    station: Station,
    target: Target,
    peer: Peer,
    report: Report,
}

impl Duel {
    async fn fight(&mut self, cases: &[Case]) -> Result<()> {
        for case in cases {
            self.measure(case).await?;
        }
        let (ours, theirs) = (resident_mib("self")?, resident_mib(&self.peer.pid().to_string())?);
        let name = self.peer.name;
        let report = &mut self.report;
        report.figure("resident memory: Steersman (this process, bench included)", ours, "MiB");
        report.figure(format!("resident memory: {name}"), theirs, "MiB");
        report.figure(format!("resident memory: Steersman / {name}"), ours / theirs, "times");
        report.note(format!(
            "{} over standard input and output, reading only; Steersman with its funnel: judged, recorded, two durable \
             commits a call. {MEASURED} rounds after {WARM_UP}, one call after the other, suggesting indexes a tenth of that.",
            self.peer.version
        ));
        Ok(())
    }

    async fn measure(&mut self, case: &Case) -> Result<()> {
        let mut times: [Vec<f64>; 2] = Default::default();
        for round in 0..WARM_UP + case.rounds() {
            let began = Instant::now();
            self.station
                .call(&self.target, case.ours.0, case.ours.1.clone())
                .await?;
            let ours = ms(began);
            let began = Instant::now();
            self.peer.call(case.theirs.0, case.theirs.1.clone())?;
            if round >= WARM_UP {
                times[0].push(ours);
                times[1].push(ms(began));
            }
        }
        let per_second = times
            .each_ref()
            .map(|times| 1_000.0 * times.len() as f64 / times.iter().sum::<f64>());
        let [ours, theirs] = times.map(Spread::of);
        let (name, peer) = (case.name, self.peer.name);
        for (what, value, unit) in [
            ("Steersman, median", ours.median(), "ms"),
            (&format!("{peer}, median"), theirs.median(), "ms"),
            ("Steersman, p99", ours.p99(), "ms"),
            (&format!("{peer}, p99"), theirs.p99(), "ms"),
            ("Steersman, calls", per_second[0], "calls/s"),
            (&format!("{peer}, calls"), per_second[1], "calls/s"),
            (
                &format!("calls, Steersman / {peer}"),
                per_second[0] / per_second[1],
                "times",
            ),
        ] {
            self.report.figure(format!("{name}: {what}"), value, unit);
        }
        Ok(())
    }
}

fn resident_mib(process: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line
        .and_then(|rest| rest.split_whitespace().next())
        .context("no VmRSS")?
        .parse()?;
    Ok(kib / 1024.0)
}
