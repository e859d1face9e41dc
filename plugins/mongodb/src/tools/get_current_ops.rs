//! The tool *get current ops*.

use crate::{
    activity,
    connection::{Bounds, Reader},
    show,
};
use bson::doc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk},
};

pub(crate) struct GetCurrentOps;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only operations that have been running for at least this long. Example: `1000`.
    #[serde(default)]
    #[schemars(extend("x-slot" = "duration_ms"))]
    min_running_ms: u64,
    /// Also the server's own work (replication, sessions, monitoring). Example: `false`.
    #[serde(default)]
    internal: bool,
}

/// Longer ones are worth a look at.
const LONG_MS: f64 = 5_000.0;

#[async_trait]
impl Query for GetCurrentOps {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.get_current_ops",
            title: "Current operations",
            description: "Lists the operations that run now with opid, running time, user, client and what they wait for; the \
                          longest first",
            example: "which operations are running on {target} right now",
            synonyms: &[
                "currentOp",
                "running operations",
                "long running operations",
                "what is running",
                "active operations",
                "opid",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "list the running operations"))?;
        let least = i64::try_from(input.min_running_ms)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000);
        let mut only = doc! {};
        if least > 0 {
            only.insert("microsecs_running", doc! { "$gte": least });
        }
        if !input.internal {
            // A client's operation names its connection; the server's own threads have none, or are members of the set.
            only.insert("client", doc! { "$exists": true });
            only.insert("effectiveUsers.user", doc! { "$ne": "__system" });
            only.insert("command.hello", doc! { "$exists": false });
            only.insert("command.isMaster", doc! { "$exists": false });
        }
        let running = activity::running(&read, only).await?;
        let limit = cx.limits.rows as usize;
        let rows: Vec<_> = running.ops.iter().take(limit).map(activity::row).collect();
        let many = show::plural(running.ops.len(), "operation", "operations");
        let mut summary = match running.ops.first() {
            Some(op) => format!(
                "{many} running, the longest for {}",
                show::duration(activity::running_ms(op))
            ),
            None => "No operations are running".to_owned(),
        };
        let waiting = running
            .ops
            .iter()
            .filter(|op| op.get_bool("waitingForLock").unwrap_or(false))
            .count();
        if waiting > 0 {
            summary = format!("{summary}; {waiting} of them wait for a lock");
        }
        let mut blocks = vec![show::table(cx, "Operations", &activity::HEADINGS, rows)];
        if !running.sees_all {
            summary = format!("{summary} (of our own user only)");
            blocks.push(Block::text(
                "Our user sees only its own operations. The role `clusterMonitor` on `admin` shows those of everybody.",
            ));
        }
        let long = running
            .ops
            .iter()
            .find(|op| activity::running_ms(op) > LONG_MS && op.contains_key("client"));
        let suggestions = long.and_then(|op| show::number(op.get("opid"))).map(|opid| {
            show::suggest(
                cx,
                "mongodb.kill_operation",
                json!({ "opid": opid as i64 }),
                "it has been running the longest",
            )
        });
        Ok(Answer {
            summary,
            blocks,
            suggestions: suggestions.into_iter().collect(),
        })
    }
}
