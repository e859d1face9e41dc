//! The tool *get profiler data*.

use crate::{
    activity, collection,
    connection::{Bounds, Read, Reader},
    problem, show,
};
use bson::{Bson, Document, doc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Problem, Risk},
};

pub(crate) struct GetProfilerData;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Only operations on this collection. Example: `orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "collection"))]
    collection: Option<String>,
    /// Another database than the target's own; each has its own profiler. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// Only operations that took at least this long. Example: `100`.
    #[serde(default)]
    #[schemars(extend("x-slot" = "duration_ms"))]
    min_ms: u64,
    /// At most this many, the slowest first. Example: `20`.
    #[serde(default = "usual_limit")]
    #[schemars(range(min = 1, max = 200), extend("x-slot" = "count"))]
    limit: u64,
}

fn usual_limit() -> u64 {
    20
}

const HEADINGS: [show::Heading; 11] = [
    ("at", "time"),
    ("took", "ms"),
    ("operation", ""),
    ("namespace", ""),
    ("plan", ""),
    ("documents examined", "count"),
    ("keys examined", "count"),
    ("returned", "count"),
    ("application", ""),
    ("user", ""),
    ("command", "code"),
];

/// What is running for this long already is slow, whether it is recorded or not.
const RUNNING_SLOW_MS: i64 = 100;

#[async_trait]
impl Query for GetProfilerData {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.get_profiler_data",
            title: "Show slow queries",
            description: "Shows the slowest operations that the database profiler recorded, with plan, documents examined and \
                          client; without the profiler, what runs slowly now and how to switch it on",
            example: "show slow queries on {target}",
            synonyms: &[
                "slow operations",
                "slow queries",
                "profiler",
                "system.profile",
                "what is slow in mongo",
                "slow log",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "read the profiler's data"))?;
        let database = collection::database(&read, input.database.as_deref())?;
        let setting = setting(&read, &database).await?;
        let recorded = recorded(&read, &database, &input).await?;
        let mut blocks = vec![show::table(
            cx,
            "Slow operations",
            &HEADINGS,
            recorded.iter().map(row).collect(),
        )];
        let mut suggestions = Vec::new();
        let mut summary = match recorded.first() {
            Some(slowest) => format!(
                "{}; the slowest took {}",
                show::plural(recorded.len(), "recorded operation", "recorded operations"),
                show::duration(show::number(slowest.get("millis")).unwrap_or(0.0))
            ),
            None => "The profiler has recorded nothing".to_owned(),
        };
        if setting.level == 0 {
            summary = format!("{summary}; it is off for the database \"{database}\"");
            blocks.push(Block::text(
                "The profiler is off. `mongodb.set_profiling_level` with level `slow` records operations slower than a limit.",
            ));
            let arguments = json!({ "database": database, "level": "slow", "slow_ms": 100 });
            suggestions.push(show::suggest(
                cx,
                "mongodb.set_profiling_level",
                arguments,
                "the profiler is off",
            ));
            blocks.extend(running_block(cx, &read, &database).await?);
        } else {
            summary = format!("{summary}; level {}, from {} ms", setting.level, setting.slow_ms);
        }
        let scan = recorded
            .iter()
            .find(|op| op.get_str("planSummary").is_ok_and(|plan| plan.contains("COLLSCAN")));
        if let Some(name) = scan.and_then(|op| op.get_str("ns").ok()?.strip_prefix(&format!("{database}."))) {
            let arguments = json!({ "collection": name, "database": database });
            suggestions.push(show::suggest(
                cx,
                "mongodb.list_indexes",
                arguments,
                "an operation on it reads the whole collection",
            ));
        }
        Ok(Answer {
            summary,
            blocks,
            suggestions,
        })
    }
}

/// How the profiler of a database is set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    pub level: i64,
    pub slow_ms: i64,
    pub sample_rate: f64,
    pub filter: Option<Document>,
}

/// Errors: `mongodb.permission_denied`.
pub(crate) async fn setting(read: &Read<'_>, database: &str) -> Result<Setting, Problem> {
    let answer = read.run(database, doc! { "profile": -1 }).await?;
    Ok(Setting {
        level: show::number(answer.get("was")).unwrap_or(0.0) as i64,
        slow_ms: show::number(answer.get("slowms")).unwrap_or(100.0) as i64,
        sample_rate: show::number(answer.get("sampleRate")).unwrap_or(1.0),
        filter: answer.get_document("filter").ok().cloned(),
    })
}

async fn recorded(read: &Read<'_>, database: &str, input: &Input) -> Result<Vec<Document>, Problem> {
    let limit = i64::try_from(input.limit.clamp(1, 200)).unwrap_or(20);
    let mut filter = doc! { "millis": { "$gte": i64::try_from(input.min_ms).unwrap_or(i64::MAX) } };
    match &input.collection {
        Some(collection) => filter.insert("ns", format!("{database}.{collection}")),
        // Looking at the profiler is recorded too.
        None => filter.insert("ns", doc! { "$ne": format!("{database}.system.profile") }),
    };
    let command = doc! { "find": "system.profile", "filter": filter, "sort": { "millis": -1 }, "limit": limit };
    match read.try_rows(database, command, limit as usize).await {
        Ok(rows) => Ok(rows),
        Err(stopped) => Err(problem::of(read.what(), stopped, read.limits(), "find")),
    }
}

fn row(op: &Document) -> Vec<Cell> {
    let mut command = op.get_document("command").cloned().unwrap_or_default();
    for name in ["lsid", "$clusterTime", "$db", "$readPreference"] {
        command.remove(name);
    }
    let number = |name: &str| show::whole(show::number(op.get(name)));
    vec![
        show::cell_at(op, "ts"),
        number("millis"),
        show::cell_at(op, "op"),
        show::cell_at(op, "ns"),
        show::cell_at(op, "planSummary"),
        number("docsExamined"),
        number("keysExamined"),
        number("nreturned"),
        show::cell_at(op, "appName"),
        show::cell_at(op, "user"),
        json!(show::cell(&Bson::Document(command))),
    ]
}

async fn running_block(cx: &Cx, read: &Read<'_>, database: &str) -> Result<Option<Block>, Problem> {
    let only = doc! {
        "microsecs_running": { "$gte": RUNNING_SLOW_MS * 1_000 }, "ns": { "$gte": format!("{database}."), "$lt": format!("{database}/") }
    };
    let running = activity::running(read, only).await?;
    let rows: Vec<_> = running.ops.iter().take(20).map(activity::row).collect();
    Ok((!rows.is_empty()).then(|| show::table(cx, "Running slowly now", &activity::HEADINGS, rows)))
}
