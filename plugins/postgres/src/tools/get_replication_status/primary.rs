//! The sending side: followers, slots, archiver. A standby can have them too.

use super::Findings;
use crate::{
    connection::Read,
    replication::{self, Archiver, Follower, LAG_BYTES, LAG_SECONDS, SLOT_BYTES, Slot},
    show,
    version::Version,
};
use serde_json::json;
use steersman_toolkit::{
    Cx,
    protocol::{Block, Cell, Problem},
};

const FOLLOWERS: [show::Heading; 11] = [
    ("standby", ""),
    ("address", ""),
    ("state", ""),
    ("sync", ""),
    ("not sent", "bytes"),
    ("not written", "bytes"),
    ("not flushed", "bytes"),
    ("not replayed", "bytes"),
    ("write lag", "seconds"),
    ("flush lag", "seconds"),
    ("replay lag", "seconds"),
];

const SLOTS: [show::Heading; 10] = [
    ("slot", ""),
    ("type", ""),
    ("database", ""),
    ("active", ""),
    ("keeps", "bytes"),
    ("log", ""),
    ("lost after", "bytes"),
    ("given up because", ""),
    ("unused since", "time"),
    ("holds back cleanup by", "count"),
];

pub(super) async fn look(
    cx: &Cx,
    read: &mut Read<'_>,
    version: Version,
    is_standby: bool,
    findings: &mut Findings,
) -> Result<(), Problem> {
    let followers = replication::followers(read).await?;
    let slots = replication::slots(read, version).await?;
    let archiver = replication::archiver(read).await?;

    about_slots(&slots, findings);
    if let Some(archiver) = archiver.as_ref().filter(|archiver| archiver.is_failing()) {
        findings.wrong(format!(
            "archiving fails: {} so far, last of \"{}\"",
            show::plural(archiver.failed.max(0) as usize, "attempt", "attempts"),
            archiver.last_failed_file.as_deref().unwrap_or_default()
        ));
    }
    about_followers(&followers, is_standby, findings);

    if !followers.is_empty() {
        let rows = followers.iter().map(cells_of_follower).collect();
        findings.blocks.push(show::table_of(cx, "Standbys", &FOLLOWERS, rows));
    }
    if followers.iter().any(|follower| follower.state.is_none()) {
        findings.blocks.push(Block::text(
            "State and lag of the standbys are hidden from our role. GRANT pg_monitor to it to see them.",
        ));
    }
    if !slots.is_empty() {
        let rows = slots.iter().map(cells_of_slot).collect();
        findings.blocks.push(show::table_of(cx, "Slots", &SLOTS, rows));
    }
    findings
        .blocks
        .extend(archiver.map(|archiver| record_of_archiver(cx, &archiver)));
    Ok(())
}

fn about_followers(followers: &[Follower], is_standby: bool, findings: &mut Findings) {
    if followers.is_empty() {
        if !is_standby {
            findings.well("this is a primary, and no standby is connected".to_owned());
        }
        return;
    }
    let many = show::plural(followers.len(), "standby is", "standbys are");
    let Some(last) = followers.iter().find(|follower| follower.state.is_some()) else {
        findings.well(format!("{many} connected; their state is hidden from our role"));
        return;
    };
    let behind = format!(
        "\"{}\" has {} not replayed, and took {} for what it replayed last",
        last.application,
        show::bytes(last.not_replayed()),
        last.lag_seconds[2].map_or("an unknown time".to_owned(), |seconds| show::duration(
            seconds * 1_000.0
        )),
    );
    let is_late = last.not_replayed() >= LAG_BYTES[0] || last.replay_seconds() >= LAG_SECONDS[0];
    let away = followers
        .iter()
        .find(|follower| follower.state.as_deref().is_some_and(|state| state != "streaming"));
    match away {
        Some(away) => findings.wrong(format!(
            "{many} connected, and \"{}\" does not stream yet ({}); furthest behind, {behind}",
            away.application,
            away.state.as_deref().unwrap_or_default()
        )),
        None if is_late => findings.wrong(format!("{many} connected; furthest behind, {behind}")),
        None if last.not_replayed() == 0 => findings.well(format!("{many} connected and up to date")),
        None => findings.well(format!("{many} connected; furthest behind, {behind}")),
    }
}

fn about_slots(slots: &[Slot], findings: &mut Findings) {
    for slot in slots.iter().filter(|slot| slot.is_broken()).take(2) {
        let why = slot.invalidation.as_deref().or(slot.wal_status.as_deref());
        findings.wrong(format!(
            "the slot \"{}\" cannot go on: its log is {}",
            slot.name,
            why.unwrap_or("lost")
        ));
    }
    let abandoned: Vec<&Slot> = slots
        .iter()
        .filter(|slot| slot.is_abandoned() && !slot.is_broken())
        .collect();
    if let Some(worst) = abandoned.first() {
        let kept = worst.kept_bytes.unwrap_or_default();
        let more = match abandoned.len() - 1 {
            0 => String::new(),
            n => format!(", and {n} more like it"),
        };
        let urgent = if kept >= SLOT_BYTES {
            ", and will fill the disk"
        } else {
            ""
        };
        findings.wrong(format!(
            "nobody uses the slot \"{}\", which keeps {} of log{urgent}{more}",
            worst.name,
            show::bytes(kept)
        ));
    }
}

fn cells_of_follower(follower: &Follower) -> Vec<Cell> {
    let mut cells = vec![
        json!(follower.application),
        json!(follower.address),
        json!(follower.state),
        json!(follower.sync_state),
    ];
    cells.extend(follower.behind_bytes.map(|bytes| json!(bytes)));
    cells.extend(follower.lag_seconds.map(|seconds| json!(seconds)));
    cells
}

fn cells_of_slot(slot: &Slot) -> Vec<Cell> {
    vec![
        json!(slot.name),
        json!(slot.kind),
        json!(slot.database),
        json!(slot.is_active),
        json!(slot.kept_bytes),
        json!(slot.wal_status),
        json!(slot.safe_bytes),
        json!(slot.invalidation),
        json!(slot.inactive_since.map(|time| time.to_string())),
        json!(slot.xmin_age),
    ]
}

fn record_of_archiver(cx: &Cx, archiver: &Archiver) -> Block {
    let time = |time: Option<jiff::Timestamp>| json!(time.map(|time| time.to_string()));
    let mut fields = vec![("archive_mode", json!(archiver.mode))];
    if archiver.is_on() {
        fields.extend([
            ("archived files", json!(archiver.archived)),
            ("last archived", time(archiver.last_archived)),
            ("failed attempts", json!(archiver.failed)),
            ("last failed file", json!(archiver.last_failed_file)),
            ("last failure", time(archiver.last_failed)),
        ]);
    }
    show::record(cx, "Archiver", fields)
}
