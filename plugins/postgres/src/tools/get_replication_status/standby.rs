//! The receiving side.

use super::Findings;
use crate::{
    connection::Read,
    replication::{self, LAG_BYTES, Receiver},
    show,
    version::Version,
};
use serde_json::json;
use steersman_toolkit::{
    Cx,
    protocol::{Block, Problem},
};

pub(super) async fn look(
    cx: &Cx,
    read: &mut Read<'_>,
    version: Version,
    findings: &mut Findings,
) -> Result<(), Problem> {
    let Some(receiver) = replication::receiver(read, version).await? else {
        return Ok(());
    };
    tell(&receiver, findings);
    let since = |seconds: Option<f64>| json!(seconds.map(|seconds| show::duration(seconds * 1_000.0)));
    let fields = vec![
        ("receives", json!(receiver.is_running)),
        ("state", json!(receiver.status)),
        ("from", json!(receiver.sender)),
        ("slot", json!(receiver.slot)),
        ("last heard of the primary", since(receiver.silent_seconds)),
        ("behind by", json!(receiver.bytes().map(show::bytes))),
        ("behind by, bytes", json!(receiver.bytes())),
        ("received and not replayed, bytes", json!(receiver.waiting_bytes)),
        ("behind by at most, seconds", json!(receiver.seconds())),
        ("last transaction replayed", since(receiver.last_replayed_seconds)),
        ("replay", json!(receiver.pause_state)),
        ("wanted delay", json!(receiver.apply_delay)),
        ("statements cancelled by replay", json!(receiver.conflicts)),
        ("hot_standby_feedback", json!(receiver.feedback)),
        ("max_standby_streaming_delay", json!(receiver.max_delay)),
    ];
    findings.blocks.push(show::record(cx, "This standby", fields));
    if receiver.is_running && receiver.status.is_none() {
        findings.blocks.push(Block::text(
            "What the primary told this standby is hidden from our role. GRANT pg_monitor to it to see it.",
        ));
    }
    if receiver.conflicts > 0 && receiver.feedback == "off" {
        findings.blocks.push(Block::text(
            "Statements here were cancelled because they still needed rows that the primary had removed. \
             hot_standby_feedback = on prevents most of it, at the price of later cleanup on the primary.",
        ));
    }
    Ok(())
}

fn tell(receiver: &Receiver, findings: &mut Findings) {
    let bytes = receiver.bytes().unwrap_or_default();
    let behind = match (receiver.bytes(), receiver.seconds()) {
        (Some(bytes), Some(seconds)) if bytes > 0 => format!(
            "{} behind, at most {}",
            show::bytes(bytes),
            show::duration(seconds * 1_000.0)
        ),
        (Some(bytes), None) if bytes > 0 => format!("{} behind, for an unknown time", show::bytes(bytes)),
        (Some(_), _) => "up to date".to_owned(),
        (None, _) => "an unknown way behind".to_owned(),
    };
    if !receiver.is_running {
        let waiting = match receiver.waiting_bytes {
            Some(bytes) if bytes > 0 => format!(", and {} that it received wait to be replayed", show::bytes(bytes)),
            _ => String::new(),
        };
        findings.wrong(format!(
            "this standby receives nothing: it is not connected to its primary{waiting}"
        ));
    } else if !receiver.is_connected() {
        let silent = show::duration(receiver.silent_seconds.unwrap_or_default() * 1_000.0);
        findings.wrong(format!("this standby has heard nothing of its primary for {silent}"));
    } else if receiver.is_paused() {
        findings.wrong(format!("replay is paused on this standby, which is {behind}"));
    } else if bytes >= LAG_BYTES[0] {
        findings.wrong(format!("this standby is {behind}"));
    } else {
        findings.well(format!("this standby receives and is {behind}"));
    }
}
