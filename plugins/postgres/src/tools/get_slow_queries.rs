//! The tool *get slow queries*.

use crate::{
    catalogue::{self, Table},
    connection::{Bounds, Read, Reader},
    explain::{self, MissingIndex},
    looked::{Between, Look},
    recorded::{self, HIDDEN, Order, Recorder},
    show, statement,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Limits, Problem, Risk, Timestamp},
};
use tokio_postgres::Row;

pub(crate) struct GetSlowQueries;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// At most this many queries, up to 50. Example: `10`.
    #[serde(default = "usual_limit")]
    #[schemars(range(min = 1, max = 50), extend("x-slot" = "count"))]
    limit: u64,
    /// Only queries that use this table. Example: `orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "table"))]
    table: Option<String>,
    /// Only queries that take at least this long on average, in milliseconds. Example: `100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-slot" = "duration_ms"))]
    min_mean_ms: Option<f64>,
}

fn usual_limit() -> u64 {
    10
}

/// More of them are read than shown: those of another table, of maintenance and our own fall out.
const READ_AHEAD: i64 = 500;
/// Of so many of the slowest the plan is looked at, to say which one an index would help.
const LOOK_AT_PLANS: usize = 5;
/// Such a look costs nothing, or is left.
const PLAN_LIMITS: Limits = Limits {
    time_ms: 2_000,
    lock_wait_ms: 500,
    rows: 1_000,
    bytes: 256 * 1024,
};

/// What runs right now: the answer where nothing was recorded.
const RUNNING: &str = "SELECT a.pid, a.usename::text, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.query_start) * 1000)::float8, a.query \
  FROM pg_catalog.pg_stat_activity a \
 WHERE a.state = 'active' AND a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() \
 ORDER BY a.query_start LIMIT 20";

#[async_trait]
impl Query for GetSlowQueries {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.get_slow_queries",
            title: "Show slow queries",
            description: "Shows the queries that take longest on average, with calls, times and rows, from \
                          pg_stat_statements; on request only those of one table; says which of them an index would help",
            example: "show slow queries on {target}",
            synonyms: &[
                "slow queries",
                "why is it slow",
                "slowest statements",
                "long queries",
                "expensive queries",
                "top queries",
                "query performance",
                "performance problem",
                "pg_stat_statements",
                "what takes so long",
                "slow database",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        const DOING: &str = "read the slow queries";
        let mut read = reader.begin(Bounds::of(cx, DOING)).await?;
        let table = match &input.table {
            Some(name) => Some(catalogue::find_table(&mut read, name).await?),
            None => None,
        };
        let Some(recorder) = Recorder::find(&mut read).await? else {
            let why = "The extension pg_stat_statements is not installed in this database.";
            let answer = not_recorded(cx, &mut read, why, false).await;
            read.end().await;
            return answer;
        };
        let recorded = recorder
            .statements(&mut read, Order::Mean, input.min_mean_ms.unwrap_or(0.0), READ_AHEAD)
            .await;
        let rows = match recorded {
            Ok(rows) => rows,
            Err(problem) if problem.code == "postgres.not_possible_now" => {
                // The failed statement ended the transaction.
                let mut read = reader.begin(Bounds::of(cx, DOING)).await?;
                let why = "The extension pg_stat_statements exists, but the server was started without its library.";
                let answer = not_recorded(cx, &mut read, why, true).await;
                read.end().await;
                return answer;
            }
            Err(problem) => return Err(problem),
        };
        let look = Look {
            at: cx.now,
            since: recorder.since(&mut read).await?,
            counters: recorder
                .counters(&mut read)
                .await?
                .into_iter()
                .map(|(key, calls, ms)| (key, (calls, ms)))
                .collect(),
        };
        read.end().await;

        let is_hidden = rows
            .iter()
            .any(|row| row.get::<_, Option<&str>>(0).is_none_or(|text| text == HIDDEN));
        let mut slow: Vec<Slow> = rows
            .iter()
            .filter_map(Slow::of)
            .filter(|slow| slow.is_about(table.as_ref()))
            .take(input.limit.clamp(1, 50) as usize)
            .collect();
        find_missing_indexes(cx, reader, &mut slow).await;
        let since = look.since;
        let between = remember(reader, look);
        Ok(answer(cx, &slow, table.as_ref(), is_hidden, since, between.as_ref()))
    }
}

/// Keeps this look for the next one, and says what changed since the one before.
fn remember(reader: &Reader, look: Look) -> Option<Between> {
    let mut last = reader.last_look.lock().expect("no code panics while it holds the lock");
    let between = last.as_ref().map(|before| look.after(before));
    *last = Some(look);
    between
}

struct Slow {
    query: String,
    calls: i64,
    mean_ms: f64,
    key: String,
    cells: Vec<Value>,
    missing: Option<MissingIndex>,
}

impl Slow {
    fn of(row: &Row) -> Option<Self> {
        let query: String = row.get::<_, Option<String>>(0)?;
        statement::works_on_rows(&query).then(|| Slow {
            query,
            calls: row.get(1),
            mean_ms: row.get(2),
            key: row.get(11),
            cells: (1..11).map(|at| show::cell(row, at)).collect(),
            missing: None,
        })
    }

    fn is_about(&self, table: Option<&Table>) -> bool {
        table.is_none_or(|table| statement::names_table(&self.query, &table.schema, &table.name))
    }
}

/// Fills in which of the slowest an index would help. What cannot be explained is left as it is.
async fn find_missing_indexes(cx: &Cx, reader: &Reader, slow: &mut [Slow]) {
    let selects = slow
        .iter_mut()
        .filter(|slow| statement::is_select(&slow.query))
        .take(LOOK_AT_PLANS);
    for slow in selects {
        let bounds = Bounds {
            limits: PLAN_LIMITS,
            ..Bounds::of(cx, "explain a slow query")
        };
        let Ok(mut read) = reader.begin(bounds).await else {
            return;
        };
        if let Ok(explained) = explain::explain(&mut read, &slow.query, false).await {
            slow.missing = explained.missing.into_iter().next();
            read.end().await;
        }
    }
}

const HEADINGS: [show::Heading; 12] = [
    ("query", "sql"),
    ("calls", "count"),
    ("mean", "ms"),
    ("total", "ms"),
    ("of all time", "percent"),
    ("longest", "ms"),
    ("rows", "count"),
    ("from cache", "percent"),
    ("temporary files", "bytes"),
    ("reading and writing", "ms"),
    ("user", ""),
    ("remark", ""),
];
/// Only when there was a look before.
const CHANGES: [show::Heading; 2] = [("calls since last look", "count"), ("mean since last look", "ms")];

fn answer(
    cx: &Cx,
    slow: &[Slow],
    table: Option<&Table>,
    is_hidden: bool,
    since: Option<Timestamp>,
    between: Option<&Between>,
) -> Answer {
    let mut headings = HEADINGS.to_vec();
    if matches!(between, Some(Between::Changes { .. })) {
        headings.extend(CHANGES);
    }
    let rows = slow.iter().map(|slow| slow.row(between)).collect();
    let mut blocks = vec![show::table_of(cx, "Slow queries", &headings, rows)];
    blocks.extend(time_told(since, between).map(Block::text));
    if is_hidden {
        let text = "Statements of other users are hidden from our role. GRANT pg_monitor to it to see them.";
        blocks.push(Block::text(text));
    }
    let about = table.map_or(String::new(), |table| format!(" that use \"{}\"", table.shown));
    let summary = match slow.first() {
        None => format!("No queries{about} are recorded"),
        Some(slowest) => format!(
            "{}{about}; the slowest takes {} on average ({})",
            show::plural(slow.len(), "slow query", "slow queries"),
            show::duration(slowest.mean_ms),
            show::plural(slowest.calls as usize, "call", "calls"),
        ),
    };
    Answer {
        summary,
        blocks,
        suggestions: suggestions(cx, slow),
    }
}

impl Slow {
    fn row(&self, between: Option<&Between>) -> Vec<Value> {
        let mut cells = vec![json!(show::one_line(&self.query, 1_000))];
        cells.extend(self.cells.iter().cloned());
        cells.push(json!(self.missing.as_ref().map(|index| {
            format!(
                "reads all of {}; an index on {} would help",
                index.table,
                index.columns.join(", ")
            )
        })));
        if let Some(Between::Changes { more, .. }) = between {
            let change = more.get(&self.key);
            cells.push(json!(change.map_or(0, |(calls, _)| *calls)));
            cells.push(json!(change.map(|(calls, ms)| ms / *calls as f64)));
        }
        cells
    }
}

/// Since when the server counts, and what changed since our last look.
fn time_told(since: Option<Timestamp>, between: Option<&Between>) -> Option<String> {
    let counted = since.map(|since| format!("Counted since {since}."));
    let changed = between.map(|between| match between {
        Between::Reset => {
            "The counters were set back since the last look, so there is nothing to compare with.".to_owned()
        }
        Between::Changes { since, more } => {
            let (calls, ms) = more
                .values()
                .fold((0, 0.0), |(calls, ms), change| (calls + change.0, ms + change.1));
            format!(
                "Since the last look, at {since}: {} that took {} in all.",
                show::plural(calls as usize, "call", "calls"),
                show::duration(ms)
            )
        }
    });
    let told: Vec<String> = counted.into_iter().chain(changed).collect();
    (!told.is_empty()).then(|| told.join(" "))
}

/// First the one that an index would help, then the slowest.
fn suggestions(cx: &Cx, slow: &[Slow]) -> Vec<steersman_toolkit::protocol::SuggestedCall> {
    let mut suggestions = Vec::new();
    if let Some(helped) = slow.iter().find(|slow| slow.missing.is_some()) {
        let because = format!(
            "it takes {} on average and reads a whole table to keep a few rows",
            show::duration(helped.mean_ms)
        );
        suggestions.push(show::suggest(
            cx,
            "postgres.explain_query",
            json!({ "sql": helped.query }),
            because,
        ));
    }
    if let Some(slowest) = slow
        .first()
        .filter(|slow| slow.missing.is_none() && statement::is_select(&slow.query))
    {
        let because = format!("it is the slowest, with {} on average", show::duration(slowest.mean_ms));
        suggestions.push(show::suggest(
            cx,
            "postgres.explain_query",
            json!({ "sql": slowest.query }),
            because,
        ));
    }
    suggestions
}

async fn not_recorded(cx: &Cx, read: &mut Read<'_>, why: &str, is_installed: bool) -> Result<Answer, Problem> {
    let running = read.rows(RUNNING, &[]).await?;
    let how = format!(
        "{why} So there is no record of slow queries, only what runs now. To record them from now on:\n\n{}",
        recorded::how_to_record(is_installed)
    );
    let headings = [("pid", ""), ("user", ""), ("running for", "ms"), ("statement", "sql")];
    Ok(Answer {
        summary: format!(
            "Slow queries are not recorded on this server (pg_stat_statements is missing); {} now",
            show::plural(running.len(), "statement runs", "statements run")
        ),
        blocks: vec![Block::text(how), show::table(cx, "Running now", &headings, &running)],
        suggestions: Vec::new(),
    })
}
