//! Standbys, slots, and on a standby its primary.

use super::{
    Server,
    finding::{Finding, Verdict, some_of},
};
use crate::{
    connection::Read,
    replication::{self, Follower, LAG_BYTES, LAG_SECONDS, Receiver, SLOT_BYTES, Slot},
    show,
};
use serde_json::json;
use steersman_toolkit::protocol::Problem;

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let slots = replication::slots(read, server.version).await?;
    findings.push(about_slots(&slots));
    let followers = replication::followers(read).await?;
    findings.push(about_followers(&followers));
    if server.is_standby
        && let Some(receiver) = replication::receiver(read, server.version).await?
    {
        findings.push(about_receiver(&receiver));
    }
    Ok(())
}

fn look_closer(finding: Finding) -> Finding {
    let because = "it shows standbys, slots and lag in bytes and seconds";
    finding.suggest("postgres.get_replication_status", json!({}), because)
}

fn limits() -> String {
    format!(
        "{} or {}",
        show::bytes(LAG_BYTES[0]),
        show::duration(LAG_SECONDS[0] * 1_000.0)
    )
}

fn about_followers(followers: &[Follower]) -> Finding {
    let what = "lag of the standbys";
    let Some(last) = followers.iter().find(|follower| follower.state.is_some()) else {
        return match followers.len() {
            0 => Finding::new(what, Verdict::Ok, "no standby is connected", limits()),
            n => Finding::not_known(
                what,
                format!(
                    "the state of {} is hidden from our role",
                    show::plural(n, "standby", "standbys")
                ),
                "GRANT pg_monitor to our role.",
            ),
        };
    };
    let verdict = Verdict::of(last.not_replayed(), LAG_BYTES).max(Verdict::of(last.replay_seconds(), LAG_SECONDS));
    let value = format!(
        "{}; \"{}\" has {} not replayed, replay lag {}",
        show::plural(followers.len(), "standby", "standbys"),
        last.application,
        show::bytes(last.not_replayed()),
        last.lag_seconds[2].map_or("not reported".to_owned(), |seconds| show::duration(seconds * 1_000.0)),
    );
    let finding = Finding::new(what, verdict, value, limits()).advice(
        "Readers of the standby see old data, and a failover would lose or wait for it. See what holds its replay up.",
    );
    look_closer(finding)
}

fn about_slots(slots: &[Slot]) -> Finding {
    let what = "slots that keep the log";
    let bad: Vec<&Slot> = slots
        .iter()
        .filter(|slot| slot.is_broken() || slot.is_abandoned())
        .collect();
    let limit = format!("none unused; {} is a problem", show::bytes(SLOT_BYTES));
    if bad.is_empty() {
        let value = format!("none of {}", show::plural(slots.len(), "slot", "slots"));
        return Finding::new(what, Verdict::Ok, value, limit);
    }
    let kept: i64 = bad.iter().filter_map(|slot| slot.kept_bytes).sum();
    let names: Vec<String> = bad.iter().map(|slot| slot.name.clone()).collect();
    let is_broken = bad.iter().any(|slot| slot.is_broken());
    let verdict = if is_broken || kept >= SLOT_BYTES {
        Verdict::Problem
    } else {
        Verdict::Warning
    };
    let value = format!("{}, {} kept", some_of(&names, names.len()), show::bytes(kept));
    let finding = Finding::new(what, verdict, value, limit).advice(
        "The log is kept for a consumer that does not come, until the disk is full. Bring the consumer back, or drop the \
         slot with pg_drop_replication_slot(name); max_slot_wal_keep_size sets a limit.",
    );
    look_closer(finding)
}

fn about_receiver(receiver: &Receiver) -> Finding {
    let what = "following the primary";
    let bytes = receiver.bytes();
    let behind = match (bytes, receiver.seconds()) {
        (Some(0), Some(_)) => "up to date".to_owned(),
        (Some(bytes), Some(seconds)) => format!(
            "{} behind, at most {}",
            show::bytes(bytes),
            show::duration(seconds * 1_000.0)
        ),
        (Some(bytes), None) => format!("{} behind", show::bytes(bytes)),
        (None, _) => "an unknown way behind".to_owned(),
    };
    let finding = if !receiver.is_connected() {
        Finding::new(what, Verdict::Problem, format!("not connected, {behind}"), limits())
            .advice("It falls further behind until it reaches its primary again. Its own log says why it does not.")
    } else if receiver.is_paused() {
        Finding::new(what, Verdict::Warning, format!("replay is paused, {behind}"), limits())
            .advice("Somebody paused replay; pg_wal_replay_resume() goes on.")
    } else {
        let verdict = Verdict::of(bytes.unwrap_or_default(), LAG_BYTES);
        Finding::new(what, verdict, behind, limits())
            .advice("Replay is slower than the primary writes, or waits for queries here. See the longest ones.")
    };
    look_closer(finding)
}
