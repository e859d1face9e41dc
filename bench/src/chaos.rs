//! Kills the server again and again and looks for anything lost or done twice.

use crate::{binary, machine::Machine, report::Report};
use anyhow::Result;
use std::time::Duration;
use steersman_testkit::chaos::{Chaos, Counted};

/// A kill and the life before it take about half a second; this is for a machine that is ten times slower.
const LONGEST_KILL: Duration = Duration::from_secs(5);

pub async fn measure(kills: u32, seed: u64) -> Result<Report> {
    let mut report = Report::new("chaos", Machine::look(&std::env::temp_dir()));
    let chaos = Chaos {
        binary: binary::built("steersman-testkit", "chaos_server", &["app"])?,
        counted: Counted::Tally,
        kills,
        seed,
        at_most: LONGEST_KILL * kills,
    };
    let found = chaos.run().await?;
    let counts = [
        ("kills", found.kills as usize),
        ("kills before ready", found.kills_before_ready as usize),
        ("runs", found.runs),
        ("messages taken", found.messages),
        ("events", found.events),
        ("events that a stream had shown", found.events_shown),
        ("audit entries", found.audit_entries as usize),
        ("changes taken", found.changes),
        ("changes completed", found.completed),
        ("changes failed", found.failed),
        ("changes rejected or stopped", found.rejected),
        ("changes unknown", found.unknown),
        ("changes still waiting", found.still_waiting),
        ("changes cut off between intent and report", found.interrupted),
        ("rows in the real PostgreSQL", found.rows),
        ("broken promises", found.broken.len()),
    ];
    for (name, count) in counts {
        report.figure(name, count as f64, "");
    }
    report.figure("start to ready after a kill, median", found.recovery_ms, "ms");
    report.figure("whole test", found.elapsed_s, "s");
    report.note(format!("Seed {seed}. Every change adds a row to a table without any constraint; each promise is checked against it, the event log and the audit chain."));
    for broken in found.broken.iter().take(20) {
        report.note(format!("BROKEN: {broken}"));
    }
    Ok(report)
}
