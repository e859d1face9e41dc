//! Checkpoints, archiving of the log, and checksums.

use super::{
    Server,
    finding::{Finding, Verdict},
};
use crate::{
    connection::Read,
    replication::{self, Archiver},
    show,
};
use serde_json::json;
use steersman_toolkit::protocol::Problem;

/// From this part on, checkpoints come because the log is full, not because it is time.
const REQUESTED_PERCENT: f64 = 50.0;
/// Fewer than this say nothing: backups and restarts request some.
const ENOUGH: i64 = 20;

const CHECKSUMS: &str = "SELECT pg_catalog.current_setting('data_checksums') = 'on', \
       coalesce(pg_catalog.sum(d.checksum_failures), 0)::int8, \
       pg_catalog.min(d.datname::text) FILTER (WHERE d.checksum_failures > 0) \
  FROM pg_catalog.pg_stat_database d";

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    if let Some(row) = read.row(CHECKSUMS, &[]).await? {
        findings.push(about_checksums(row.get(0), row.get(1), row.get(2)));
    }
    if let Some(archiver) = replication::archiver(read).await? {
        findings.push(about_archiving(&archiver));
    }
    // What a standby counts are restart points, which follow its primary's checkpoints.
    if !server.is_standby
        && let Some(row) = read.row(server.version.checkpoints(), &[]).await?
    {
        findings.push(about_checkpoints(row.get(0), row.get(1)));
    }
    Ok(())
}

fn about_checkpoints(timed: i64, requested: i64) -> Finding {
    let what = "checkpoints forced by writing";
    let all = timed + requested;
    let limit = format!("{REQUESTED_PERCENT:.0} % of {ENOUGH} or more");
    if all < ENOUGH {
        return Finding::new(what, Verdict::Ok, format!("{requested} of {all}"), limit);
    }
    let percent = requested as f64 * 100.0 / all as f64;
    let value = format!("{requested} of {all} ({percent:.0} %)");
    Finding::new(what, Verdict::warning_if(percent > REQUESTED_PERCENT), value, limit)
        .advice("Each one writes everything at once, and more of the log after it. Raise max_wal_size.")
}

fn about_archiving(archiver: &Archiver) -> Finding {
    let what = "log archiving";
    let limit = "the last attempt succeeded";
    if !archiver.is_on() {
        return Finding::new(what, Verdict::Ok, "off", limit);
    }
    let attempts = show::plural(archiver.failed.max(0) as usize, "failed attempt", "failed attempts");
    if archiver.is_failing() {
        let value = format!(
            "{attempts}, the last of \"{}\"",
            archiver.last_failed_file.as_deref().unwrap_or_default()
        );
        return Finding::new(what, Verdict::Problem, value, limit)
            .advice(
                "The log is kept until it can be archived and fills the disk, and backups have a gap. The server's log \
                 has the command's own message.",
            )
            .suggest(
                "postgres.get_replication_status",
                json!({}),
                "it shows the archiver's counters and what else keeps the log",
            );
    }
    let value = format!("{} archived, {attempts}", show::count(archiver.archived as f64));
    Finding::new(what, Verdict::Ok, value, limit)
}

fn about_checksums(is_on: bool, failures: i64, database: Option<String>) -> Finding {
    let what = "checksum failures";
    if !is_on {
        return Finding::new(what, Verdict::Ok, "checksums are off", "none");
    }
    let value = match database {
        Some(database) => format!("{failures}, among others in database \"{database}\""),
        None => "none".to_owned(),
    };
    let verdict = if failures > 0 { Verdict::Problem } else { Verdict::Ok };
    Finding::new(what, verdict, value, "none")
        .advice("Blocks on the disk are damaged. Check the hardware, and restore what is damaged from a backup.")
}
