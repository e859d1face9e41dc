//! A plugin whose one change counts its own executions: every performance leaves a row in a real PostgreSQL, in a
//! table without any unique constraint, so that a second performance cannot hide.
//!
//! Made to be killed: there are random pauses before the row, between row and commit (on the database server, which
//! goes on when we are gone), and after it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};
use steersman_runtime::toolkit::{
    Change, Cx, Declaration, Discovered, Draft, Granted, Handles, Plugin, Secrets, Tool, async_trait,
    protocol::{
        Health, HealthState, Limits, Plan, Problem, Receipt, Resource, ResourceName, Risk, Step, Undo, Verification,
    },
};
use tokio_postgres::Client;

/// The table that the test makes before the first execution.
pub const TABLE: &str = "CREATE TABLE tally (mark text, execution_id text, \
     at timestamptz NOT NULL DEFAULT clock_timestamp())";

/// A mark that begins so is one whose row verification may not look for: only the report tells.
pub const BLIND: &str = "blind";

/// The plugin `tally`. Its target's settings are `{"url": "postgres://…"}`.
pub struct Tally;

/// Both handles of a target: an address.
struct Address(String);

impl Address {
    async fn connect(&self) -> Result<Client, Problem> {
        crate::postgres::connect(&self.0)
            .await
            .map_err(|error| problem("tally.unreachable", format!("{error:#}")))
    }
}

fn problem(code: &str, why: String) -> Problem {
    Problem::new(code, "Could not count", why, "Look at the test")
}

struct AddRow;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Tells this execution from all others. Example: `mark-17`.
    #[schemars(extend("x-slot" = "text"))]
    mark: String,
}

#[async_trait]
impl Change for AddRow {
    type Reader = Address;
    type Writer = Address;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "tally.add_row",
            title: "Add a row to the tally",
            description: "Adds one row with a mark to the tally.",
            example: "add the row \"mark-17\" to {target}",
            synonyms: &["count one", "tally"],
            category: "database",
            floor: Risk::Medium,
        }
    }

    async fn plan(&self, _cx: &Cx, _reader: &Address, input: Input) -> Result<Draft, Problem> {
        Ok(Draft {
            summary: format!("Add the row {} to the tally", input.mark),
            steps: vec![Step::sql(format!(
                "INSERT INTO tally (mark, execution_id) VALUES ('{}', $idempotency_key)",
                input.mark.replace('\'', "''")
            ))],
            arguments: json!(input),
            on_failure: Vec::new(),
            touches: vec![Resource {
                kind: "table".into(),
                name: "tally".into(),
                how: "one row more".into(),
            }],
            // Nothing about the rows that are there: a repeated performance shall find nothing in its way.
            must_hold: BTreeMap::new(),
            observed: Vec::new(),
            undo: Undo::Irreversible {
                why: "a tally only grows".into(),
            },
            limits: Limits::default(),
            facts: Vec::new(),
            warnings: Vec::new(),
        })
    }

    async fn perform(&self, cx: &Cx, writer: &Address, granted: &Granted) -> Result<Receipt, Problem> {
        let began = Instant::now();
        let mark = mark_of(granted.plan())?;
        pause(25).await;
        // Of a blind one nobody could tell afterwards that it was stopped in time.
        if cx.cancel.is_cancelled() && !mark.starts_with(BLIND) {
            return Err(problem("tally.cancelled", "it was stopped before the row".into()));
        }
        let client = writer.connect().await?;
        // One message: once it is sent, the database server carries it out whether we live or not. Verification waits
        // for the lock and so for the end of it.
        let sql = format!(
            "BEGIN; SELECT pg_advisory_xact_lock({lock}); INSERT INTO tally (mark, execution_id) VALUES ('{mark}', '{key}'); \
             SELECT pg_sleep({seconds}); COMMIT",
            lock = lock_of(&mark),
            key = granted.idempotency_key(),
            seconds = random(25) as f64 / 1_000.0,
        );
        client
            .batch_execute(&sql)
            .await
            .map_err(|error| problem("tally.failed", error.to_string()))?;
        pause(25).await;
        Ok(Receipt {
            sentence: "Added the row".into(),
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            facts: BTreeMap::new(),
        })
    }

    async fn verify(
        &self,
        _cx: &Cx,
        reader: &Address,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let mark = mark_of(plan)?;
        if receipt.is_none() && mark.starts_with(BLIND) {
            return Ok(Verification::CannotTell {
                sentence: "Without a report nobody can tell whether the row was added".into(),
            });
        }
        let client = reader.connect().await?;
        let sql = format!(
            "SELECT pg_advisory_lock({}); SELECT count(*) FROM tally WHERE mark = '{mark}'",
            lock_of(&mark)
        );
        let messages = client
            .simple_query(&sql)
            .await
            .map_err(|error| problem("tally.failed", error.to_string()))?;
        let count = messages.iter().rev().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        let evidence = Vec::new();
        Ok(match count.as_deref() {
            Some("0") => Verification::DoesNotHold {
                sentence: "The row is not there".into(),
                evidence,
                left_behind: false,
            },
            Some(count) => Verification::Holds {
                sentence: format!("The tally has {count} row with this mark"),
                evidence,
            },
            None => Verification::CannotTell {
                sentence: "The tally gave no answer".into(),
            },
        })
    }
}

fn mark_of(plan: &Plan) -> Result<String, Problem> {
    let mark = plan.arguments["mark"].as_str().unwrap_or_default();
    let is_plain = !mark.is_empty() && mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match is_plain {
        true => Ok(mark.to_owned()),
        false => Err(problem(
            "tally.bad_mark",
            "a mark has letters, digits and hyphens".into(),
        )),
    }
}

/// The lock of a mark: its last digits.
fn lock_of(mark: &str) -> i64 {
    let digits: String = mark.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

async fn pause(at_most_ms: u64) {
    tokio::time::sleep(Duration::from_millis(random(at_most_ms))).await;
}

/// Another number at every call. What is killed when need not be repeatable: the driver's seed is.
fn random(below: u64) -> u64 {
    RandomState::new().hash_one(0) % below.max(1)
}

#[async_trait]
impl Plugin for Tally {
    fn name(&self) -> &'static str {
        "tally"
    }
    fn title(&self) -> &'static str {
        "Tally"
    }
    fn description(&self) -> &'static str {
        "Counts executions"
    }
    fn settings_schema(&self) -> Value {
        json!({ "type": "object", "properties": { "url": { "type": "string" } }, "required": ["url"] })
    }
    fn tools(&self) -> Vec<Tool> {
        vec![Tool::change(AddRow)]
    }
    fn check_settings(&self, settings: &Value) -> Result<Value, Problem> {
        match settings["url"].is_string() {
            true => Ok(settings.clone()),
            false => Err(problem("tally.bad_settings", "there is no url".into())),
        }
    }
    async fn connect(&self, settings: &Value, _secrets: &Secrets) -> Result<Handles, Problem> {
        let url = settings["url"].as_str().unwrap_or_default();
        Ok(Handles::new(Address(url.to_owned()), Address(url.to_owned())))
    }
    async fn health(&self, _handles: &Handles) -> Health {
        Health {
            state: HealthState::Healthy,
            sentence: "It counts".into(),
            version: None,
            latency_ms: 0,
            measurements: Vec::new(),
        }
    }
    async fn resources(&self, _handles: &Handles) -> Result<Vec<ResourceName>, Problem> {
        Ok(Vec::new())
    }
    async fn discover(&self) -> Vec<Discovered> {
        Vec::new()
    }
}
