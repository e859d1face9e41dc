//! The tool *kill operation*.

use crate::{
    activity, command,
    connection::{Bounds, Read, Reader, Steps, Writer},
    problem, server, show, verify,
};
use bson::{Bson, Document, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Block, Fact, Limits, Plan, Problem, Receipt, Resource, Risk, Undo, Verification},
};
use tokio::time::Instant;

pub(crate) struct KillOperation;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Number of the operation, as get_current_ops shows it. Example: `48213`.
    #[schemars(extend("x-slot" = "pid"))]
    opid: i64,
}

/// An operation ends at its next interruption point; some work has few.
const OBEYED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[async_trait]
impl Change for KillOperation {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.kill_operation",
            title: "Kill an operation",
            description: "Ends one running operation of a client by its opid; shows first whose it is, what it does and since \
                          when; never the server's own work",
            example: "kill operation 48213 on {target}",
            synonyms: &[
                "killOp",
                "kill op",
                "stop operation",
                "cancel operation",
                "end mongo query",
            ],
            category: "monitoring",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan kill_operation"))?;
        draft(cx, &read, input).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        kill(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let began = Instant::now();
        loop {
            let read = match verify::settled(cx, reader, plan).await {
                Ok(read) => read,
                Err(cannot_tell) => return Ok(cannot_tell),
            };
            let still = match of_plan(&read, plan).await {
                Ok(still) => still,
                Err(problem) => return Ok(verify::cannot_tell(&problem)),
            };
            match still {
                false => return Ok(verify::holds(format!("The operation {} has ended", opid_of(plan)))),
                true if began.elapsed() >= OBEYED_WITHIN => {
                    return Ok(verify::fails(format!("The operation {} still runs", opid_of(plan))));
                }
                true => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }
}

/// Errors: `mongodb.no_such_operation`, `mongodb.internal_operation`, `mongodb.our_own`, `mongodb.not_primary`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let running = activity::running(read, doc! { "opid": input.opid }).await?;
    let Some(op) = running.ops.first() else {
        let hidden = if running.sees_all {
            ""
        } else {
            ", or it is another user's and hidden from ours"
        };
        return Err(Problem::new(
            "mongodb.no_such_operation",
            read.what(),
            format!("no operation {} is running{hidden}", input.opid),
            "mongodb.get_current_ops shows what runs; with clusterMonitor also that of others",
        ));
    };
    refuse(read.what(), op, input.opid)?;
    let what = format!(
        "the {} of {}",
        activity::kind(op),
        activity::user(op).unwrap_or_else(|| "an unnamed user".to_owned())
    );
    let mut identity = identity(op);
    identity["server_process"] = json!(server_process(&server.hello));
    let mut warnings = warnings(op);
    warnings.extend(server.warnings());
    Ok(Draft {
        arguments: json!(input),
        summary: format!("End operation {}, {what}", input.opid),
        steps: vec![command::step("admin", &doc! { "killOp": 1, "op": input.opid })],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "operation".to_owned(),
            name: input.opid.to_string(),
            how: "ended".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("operation".to_owned(), identity),
        ]),
        observed: vec![about(cx, op)],
        undo: Undo::NotNeeded {
            why: "whoever ran it can run it again".to_owned(),
        },
        limits: Limits {
            time_ms: 10_000,
            ..Limits::default()
        },
        facts: vec![Fact::Interrupts { what }],
        warnings,
    })
}

/// Whose it is, and what it does.
fn about(cx: &Cx, op: &Document) -> Block {
    let fields = vec![
        ("opid", show::cell_at(op, "opid")),
        ("kind", json!(activity::kind(op))),
        ("namespace", show::cell_at(op, "ns")),
        ("running for", json!(show::duration(activity::running_ms(op)))),
        ("user", json!(activity::user(op))),
        ("application", json!(activity::text(op, "appName"))),
        ("client", json!(activity::text(op, "client"))),
        ("waits for a lock", show::cell_at(op, "waitingForLock")),
        ("operation", json!(activity::what_it_does(op))),
    ];
    show::record(cx, "What it is", fields)
}

/// Another process has counted from the beginning again.
fn server_process(hello: &Document) -> Option<String> {
    hello
        .get_document("topologyVersion")
        .ok()?
        .get_object_id("processId")
        .ok()
        .map(|id| id.to_hex())
}

/// What stays the same while an operation runs, and differs for every other one: numbers are given once in the life of a
/// server process.
fn identity(op: &Document) -> Value {
    json!({
        "opid": show::whole(show::number(op.get("opid"))),
        "client": op.get_str("client").ok(),
        "connection": show::whole(show::number(op.get("connectionId"))),
        "namespace": op.get_str("ns").ok(),
        "operation": shape(op),
    })
}

/// The command without what the driver adds.
fn shape(op: &Document) -> String {
    let mut command = op.get_document("command").cloned().unwrap_or_default();
    for name in ["lsid", "$clusterTime", "$db", "$readPreference", "txnNumber"] {
        command.remove(name);
    }
    format!(
        "{} {}",
        activity::kind(op),
        show::shortened(&command::to_line(&command), 2_000)
    )
}

fn refuse(what: &str, op: &Document, opid: i64) -> Result<(), Problem> {
    let is_internal = !op.contains_key("client")
        || activity::user(op).is_some_and(|user| user.split(", ").any(|name| name == "__system"))
        || op.get_document("command").is_ok_and(|command| {
            ["hello", "isMaster", "ismaster"]
                .iter()
                .any(|name| command.contains_key(*name))
                || command
                    .keys()
                    .any(|name| name.starts_with("replSet") || name.starts_with("_"))
        });
    if is_internal {
        return Err(Problem::new(
            "mongodb.internal_operation",
            what,
            format!("operation {opid} is the server's own work, or that of another member of the set"),
            "Leave it alone",
        ));
    }
    if op.get_str("appName").is_ok_and(|name| name.starts_with("steersman")) {
        return Err(Problem::new(
            "mongodb.our_own",
            what,
            format!("operation {opid} is one of Steersman itself"),
            "Cancel the run that it works for instead",
        ));
    }
    Ok(())
}

fn warnings(op: &Document) -> Vec<String> {
    let mut warnings = Vec::new();
    if op.contains_key("transaction") {
        warnings.push("It is part of a transaction: all of that is rolled back".to_owned());
    }
    if op
        .get_document("command")
        .is_ok_and(|command| command.contains_key("createIndexes"))
    {
        warnings.push("It builds an index: the build ends, and what it did so far is lost".to_owned());
    }
    if matches!(op.get_str("op"), Ok("update" | "remove" | "insert")) {
        warnings.push("It writes: documents that it has changed already stay changed".to_owned());
    }
    if op.get_bool("killPending").unwrap_or(false) {
        warnings.push("It was told to end already".to_owned());
    }
    warnings
}

fn opid_of(plan: &Plan) -> i64 {
    plan.must_hold
        .get("operation")
        .and_then(|operation| operation["opid"].as_i64())
        .unwrap_or_default()
}

/// Whether the very operation of the plan runs.
async fn of_plan(read: &Read<'_>, plan: &Plan) -> Result<bool, Problem> {
    let running = activity::running(read, doc! { "opid": opid_of(plan) }).await?;
    Ok(running.ops.iter().any(|op| is_planned(op, plan)))
}

fn is_planned(op: &Document, plan: &Plan) -> bool {
    let planned = plan.must_hold.get("operation").cloned().unwrap_or_default();
    let now = identity(op);
    ["opid", "client", "connection", "namespace", "operation"]
        .iter()
        .all(|name| now[*name] == planned[*name])
}

/// Looks once more that the number still means the same operation, then ends it.
///
/// Errors: `mongodb.operation_changed` and those of [`Writer::run`].
pub(super) async fn kill(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let what = format!("Could not carry out {} on {}", plan.tool, plan.target.name);
    let mut same = false;
    // Who may not see everybody's operations may see and end his own.
    for sees_all in [true, false] {
        let look = doc! { "aggregate": 1, "cursor": {}, "pipeline": [
            { "$currentOp": { "allUsers": sees_all } }, { "$match": { "opid": opid_of(plan) } }
        ] };
        match writer.look(&what, key, "admin", look).await {
            Ok(answer) => {
                let found = answer
                    .get_document("cursor")
                    .ok()
                    .and_then(|cursor| cursor.get_array("firstBatch").ok());
                same = found
                    .into_iter()
                    .flatten()
                    .filter_map(Bson::as_document)
                    .any(|op| is_planned(op, plan));
                break;
            }
            Err(problem) if sees_all && problem.code == "mongodb.permission_denied" => {}
            Err(problem) => return Err(problem),
        }
    }
    if !same {
        return Err(problem::operation_changed(&what));
    }
    let done = writer
        .run(
            cx,
            Steps {
                plan,
                steps: &plan.steps,
                key,
                secret: None,
                watch: None,
            },
        )
        .await?;
    Ok(Receipt {
        sentence: "The server was told to end it".to_owned(),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}
