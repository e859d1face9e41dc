//! The tool *set profiling level*.

use super::get_profiler_data::{Setting, setting};
use crate::{
    collection, command,
    connection::{Bounds, Read, Reader, Steps, Writer},
    rights::{self, Need},
    server, show, verify,
};
use bson::{Document, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Limits, Plan, Problem, Receipt, Resource, Risk, SuggestedCall, Undo, Verification},
};

pub(crate) struct SetProfilingLevel;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// `off` records nothing (level 0), `slow` only slow operations (1), `all` every one (2). Example: `slow`.
    level: Level,
    /// What counts as slow; as it is when left out. It holds for the whole server and its log. Example: `100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 3600000), extend("x-slot" = "duration_ms"))]
    slow_ms: Option<i32>,
    /// Another database than the target's own; each has its own profiler. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Off,
    Slow,
    All,
}

impl Level {
    /// As the server counts.
    fn number(self) -> i64 {
        match self {
            Level::Off => 0,
            Level::Slow => 1,
            Level::All => 2,
        }
    }

    fn of(number: i64) -> Self {
        match number {
            0 => Level::Off,
            1 => Level::Slow,
            _ => Level::All,
        }
    }
}

#[async_trait]
impl Change for SetProfilingLevel {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.set_profiling_level",
            title: "Set the profiling level",
            description: "Switches the database profiler of the primary off, to slow operations or to all, and sets what \
                          counts as slow; the undo restores what was",
            example: "set the profiling level to slow on {target}",
            synonyms: &[
                "switch on the profiler",
                "enable profiling",
                "disable profiler",
                "slowms",
                "setProfilingLevel",
            ],
            category: "monitoring",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan set_profiling_level"))?;
        draft(cx, &read, input).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let (plan, key) = (granted.plan(), granted.idempotency_key());
        let done = writer
            .run(
                cx,
                Steps {
                    plan,
                    steps: &plan.steps,
                    key: &key,
                    secret: None,
                    watch: None,
                },
            )
            .await?;
        Ok(Receipt {
            sentence: "The server took the setting".to_owned(),
            elapsed_ms: done.elapsed_ms,
            facts: BTreeMap::new(),
        })
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        Ok(verify::read_back(cx, reader, plan, |read| async move { outcome(&read, plan).await }).await)
    }
}

/// Errors: `mongodb.not_primary`, `mongodb.bad_level`, `mongodb.no_change`, `mongodb.permission_denied`.
async fn draft(cx: &Cx, read: &Read<'_>, input: Input) -> Result<Draft, Problem> {
    if input.slow_ms.is_some_and(|ms| !(0..=3_600_000).contains(&ms)) {
        let why = "the limit is 0 to 3600000 ms";
        return Err(Problem::new(
            "mongodb.bad_level",
            read.what(),
            why,
            "100 ms is a good beginning",
        ));
    }
    let server = server::primary(read).await?;
    let database = collection::database(read, input.database.as_deref())?;
    let before = setting(read, &database).await?;
    let right = Need {
        action: "enableProfiler",
        database: &database,
        collection: "",
        verb: "profile",
    };
    rights::need(read, right).await?;
    let slow_ms = input.slow_ms.map_or(before.slow_ms, i64::from);
    if input.level.number() == before.level && slow_ms == before.slow_ms {
        return Err(Problem::new(
            "mongodb.no_change",
            read.what(),
            format!(
                "the profiler is at level {} with {} ms already",
                before.level, before.slow_ms
            ),
            "Nothing is to be done",
        ));
    }
    let set = |level: i64, slow_ms: i64| -> Document {
        doc! { "profile": level as i32, "slowms": slow_ms as i32 }
    };
    let undo_arguments = json!({ "level": Level::of(before.level), "slow_ms": before.slow_ms, "database": database });
    let fields = vec![
        ("database", json!(database)),
        ("level", json!(before.level)),
        ("slow from", json!(format!("{} ms", before.slow_ms))),
        ("sample rate", json!(before.sample_rate)),
        ("filter", json!(before.filter.as_ref().map(command::to_line))),
        ("server", server.hello.get_str("me").map_or(json!(null), |me| json!(me))),
    ];
    Ok(Draft {
        arguments: json!(Input {
            slow_ms: Some(slow_ms as i32),
            database: Some(database.clone()),
            ..input.clone()
        }),
        summary: format!(
            "Set the profiler of {database} to level {}, slow from {slow_ms} ms",
            input.level.number()
        ),
        steps: vec![command::step(&database, &set(input.level.number(), slow_ms))],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "database".to_owned(),
            name: database.clone(),
            how: "profiled differently".to_owned(),
        }],
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            (
                "before".to_owned(),
                json!({ "level": before.level, "slow_ms": before.slow_ms }),
            ),
            (
                "after".to_owned(),
                json!({ "database": database, "level": input.level.number(), "slow_ms": slow_ms }),
            ),
        ]),
        observed: vec![show::record(cx, "Before", fields)],
        undo: Undo::Reversible {
            steps: vec![command::step(&database, &set(before.level, before.slow_ms))],
            call: Some(SuggestedCall {
                is_undo: true,
                ..show::suggest(
                    cx,
                    "mongodb.set_profiling_level",
                    undo_arguments,
                    "it restores the profiler's level and limit",
                )
            }),
        },
        limits: Limits {
            time_ms: 30_000,
            ..Limits::default()
        },
        facts: Vec::new(),
        warnings: warnings(&input, &before),
    })
}

fn warnings(input: &Input, before: &Setting) -> Vec<String> {
    let mut warnings = Vec::new();
    if input.level == Level::All {
        warnings
            .push("Level 2 records every operation: on a busy server that costs noticeable time and disk".to_owned());
    }
    if input.level != Level::Off {
        warnings
            .push("Recorded operations hold values of queries; whoever may read system.profile sees them".to_owned());
    }
    if input.slow_ms.is_some_and(|ms| i64::from(ms) != before.slow_ms) {
        warnings.push("The limit holds for all databases of this server, and for what its log calls slow".to_owned());
    }
    warnings.push("It holds for the primary only, until that restarts".to_owned());
    warnings
}

async fn outcome(read: &Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let after = plan.must_hold.get("after").cloned().unwrap_or_default();
    let now = setting(read, after["database"].as_str().unwrap_or_default()).await?;
    let sentence = format!("The profiler is at level {} with {} ms", now.level, now.slow_ms);
    let is_so = after["level"] == json!(now.level) && after["slow_ms"] == json!(now.slow_ms);
    Ok(if is_so {
        verify::holds(sentence)
    } else {
        verify::fails(sentence)
    })
}
