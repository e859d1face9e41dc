//! Operations that run now, and those that a change would get in the way of.

use crate::{connection::Read, problem, show};
use bson::{Bson, Document, doc};
use serde_json::{Value, json};
use steersman_toolkit::{
    Cx,
    protocol::{Block, Cell, Problem},
};

/// More than this running at once is said, not shown.
pub(crate) const MAX_OPS: usize = 500;
/// A statement is cut to this.
const COMMAND_CHARS: usize = 600;

/// What runs, and whether our user sees everybody's.
pub(crate) struct Running {
    pub ops: Vec<Document>,
    pub sees_all: bool,
}

/// Active operations, ours of this moment aside, that match. Falls back to our own user's where we may not see others.
pub(crate) async fn running(read: &Read<'_>, only: Document) -> Result<Running, Problem> {
    for sees_all in [true, false] {
        let command = doc! { "aggregate": 1, "cursor": { "batchSize": MAX_OPS as i32 }, "pipeline": [
            { "$currentOp": { "allUsers": sees_all, "idleConnections": false, "idleSessions": false } },
            { "$match": { "active": true, "$nor": [{ "command.pipeline.$currentOp": { "$exists": true } }] } },
            { "$match": only.clone() },
            { "$sort": { "microsecs_running": -1 } }, { "$limit": MAX_OPS as i32 }
        ] };
        match read.try_rows("admin", command, MAX_OPS).await {
            Ok(ops) => return Ok(Running { ops, sees_all }),
            Err(stopped) if sees_all && problem::server_code(&stopped) == Some(13) => {}
            Err(stopped) => return Err(problem::of(read.what(), stopped, read.limits(), "aggregate")),
        }
    }
    Ok(Running {
        ops: Vec::new(),
        sees_all: false,
    })
}

pub(crate) const HEADINGS: [show::Heading; 9] = [
    ("opid", ""),
    ("kind", ""),
    ("namespace", ""),
    ("running", "ms"),
    ("user", ""),
    ("application", ""),
    ("client", ""),
    ("waits for lock", ""),
    ("operation", "code"),
];

pub(crate) fn row(op: &Document) -> Vec<Cell> {
    vec![
        op.get("opid").map_or(Value::Null, show::cell),
        json!(kind(op)),
        show::cell_at(op, "ns"),
        show::whole(Some(running_ms(op))),
        json!(user(op)),
        json!(text(op, "appName")),
        json!(text(op, "client").or_else(|| text(op, "desc"))),
        show::cell_at(op, "waitingForLock"),
        json!(what_it_does(op)),
    ]
}

pub(crate) fn running_ms(op: &Document) -> f64 {
    show::number(op.get("microsecs_running")).unwrap_or(0.0) / 1_000.0
}

/// `query`, `command createIndexes`.
pub(crate) fn kind(op: &Document) -> String {
    let op_kind = op.get_str("op").unwrap_or("?");
    match op
        .get_document("command")
        .ok()
        .and_then(|command| command.keys().next())
    {
        Some(verb) if op_kind == "command" => format!("command {verb}"),
        _ => op_kind.to_owned(),
    }
}

pub(crate) fn user(op: &Document) -> Option<String> {
    let users = op.get_array("effectiveUsers").ok()?;
    let names = users.iter().filter_map(|user| user.as_document()?.get_str("user").ok());
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| names.join(", "))
}

pub(crate) fn text(op: &Document, name: &str) -> Option<String> {
    op.get_str(name).ok().map(|text| show::shortened(text, 200))
}

/// The command without what belongs to the connection, and its progress where it says so.
pub(crate) fn what_it_does(op: &Document) -> String {
    let mut command = op.get_document("command").cloned().unwrap_or_default();
    for name in ["lsid", "$clusterTime", "$db", "$readPreference", "txnNumber"] {
        command.remove(name);
    }
    let command = show::cell(&Bson::Document(command));
    let command = show::one_line(command.as_str().unwrap_or_default(), COMMAND_CHARS);
    match op.get_str("msg") {
        Ok(message) => format!("{} | {command}", show::one_line(message, 200)),
        Err(_) => command,
    }
}

/// What runs on one collection, for plans.
pub(crate) struct Activity {
    pub count: usize,
    pub longest_ms: f64,
    pub sees_all: bool,
    pub block: Option<Block>,
}

/// Operations that last longer than this hold up whoever wants the collection for himself.
const LONG_MS: f64 = 5_000.0;

pub(crate) async fn on_collection(cx: &Cx, read: &Read<'_>, namespace: &str) -> Result<Activity, Problem> {
    let running = running(read, doc! { "ns": namespace }).await?;
    let rows: Vec<Vec<Cell>> = running.ops.iter().take(20).map(row).collect();
    Ok(Activity {
        count: running.ops.len(),
        longest_ms: running.ops.iter().map(running_ms).fold(0.0, f64::max),
        sees_all: running.sees_all,
        block: (!rows.is_empty()).then(|| show::table(cx, "Running on it now", &HEADINGS, rows)),
    })
}

impl Activity {
    pub(crate) fn in_words(&self) -> String {
        let hidden = if self.sees_all {
            ""
        } else {
            " (our user sees only its own)"
        };
        format!("{}{hidden}", show::count(self.count as f64))
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.longest_ms > LONG_MS {
            warnings.push(format!(
                "An operation has been running on it for {}: whoever needs the collection for a moment waits for it",
                show::duration(self.longest_ms)
            ));
        }
        if !self.sees_all {
            warnings
                .push("Our user does not see other users' operations; clusterMonitor on admin shows them".to_owned());
        }
        warnings
    }
}
