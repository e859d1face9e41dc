//! The tool *get slow queries*.

use crate::{
    catalogue::{self, Table},
    connection::{Bounds, MARK, Read, Reader},
    explain::{self, MissingIndex},
    identifier, show, statement,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Limits, Problem, Risk},
};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

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

const EXTENSION: &str = "SELECT n.nspname::text FROM pg_catalog.pg_extension e \
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'";

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
        let Some(schema) = read.row(EXTENSION, &[]).await?.map(|row| row.get::<_, String>(0)) else {
            let answer = not_recorded(
                cx,
                &mut read,
                "The extension pg_stat_statements is not installed in this database.",
            )
            .await;
            read.end().await;
            return answer;
        };
        let recorded = statements(&mut read, &schema, input.min_mean_ms.unwrap_or(0.0)).await;
        let rows = match recorded {
            Ok(rows) => rows,
            Err(problem) if problem.code == "postgres.not_possible_now" => {
                // The failed statement ended the transaction.
                let mut read = reader.begin(Bounds::of(cx, DOING)).await?;
                let why = "The extension pg_stat_statements exists, but the server was started without its library.";
                let answer = not_recorded(cx, &mut read, why).await;
                read.end().await;
                return answer;
            }
            Err(problem) => return Err(problem),
        };
        read.end().await;

        let is_hidden = rows
            .iter()
            .any(|row| row.get::<_, Option<&str>>(0).is_none_or(|text| text == HIDDEN));
        let mut slow: Vec<Slow> = rows
            .iter()
            .filter_map(Slow::of)
            .filter(|slow| slow.is_about(table.as_ref()))
            .collect();
        slow.truncate(input.limit.clamp(1, 50) as usize);
        find_missing_indexes(cx, reader, &mut slow).await;
        Ok(answer(cx, &slow, table.as_ref(), is_hidden))
    }
}

/// What pg_stat_statements shows in place of other users' statements.
const HIDDEN: &str = "<insufficient privilege>";

/// `total_exec_time` and its like are so named since extension version 1.8, which came with PostgreSQL 13.
async fn statements(read: &mut Read<'_>, schema: &str, min_mean_ms: f64) -> Result<Vec<Row>, Problem> {
    let sql = format!(
        "SELECT s.query, s.calls, s.mean_exec_time, s.total_exec_time, s.max_exec_time, s.rows, \
                CASE WHEN s.shared_blks_hit + s.shared_blks_read > 0 \
                     THEN (100.0 * s.shared_blks_hit / (s.shared_blks_hit + s.shared_blks_read))::float8 END, \
                pg_catalog.pg_get_userbyid(s.userid)::text \
           FROM {}.pg_stat_statements s \
          WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
            AND s.mean_exec_time >= $1 AND s.query IS DISTINCT FROM '' AND NOT pg_catalog.starts_with(s.query, $2) \
          ORDER BY s.mean_exec_time DESC LIMIT $3",
        identifier::quoted(schema)
    );
    let ours = MARK.trim_end();
    let values: [(&(dyn ToSql + Sync), Type); 3] = [
        (&min_mean_ms, Type::FLOAT8),
        (&ours, Type::TEXT),
        (&READ_AHEAD, Type::INT8),
    ];
    read.rows(&sql, &values).await
}

struct Slow {
    query: String,
    calls: i64,
    mean_ms: f64,
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
            cells: (1..8).map(|at| show::cell(row, at)).collect(),
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

const HEADINGS: [show::Heading; 9] = [
    ("query", "sql"),
    ("calls", "count"),
    ("mean", "ms"),
    ("total", "ms"),
    ("longest", "ms"),
    ("rows", "count"),
    ("from cache", "percent"),
    ("user", ""),
    ("remark", ""),
];

fn answer(cx: &Cx, slow: &[Slow], table: Option<&Table>, is_hidden: bool) -> Answer {
    let rows = slow
        .iter()
        .map(|slow| {
            let mut cells = vec![json!(show::one_line(&slow.query, 1_000))];
            cells.extend(slow.cells.iter().cloned());
            cells.push(json!(slow.missing.as_ref().map(|index| {
                format!(
                    "reads all of {}; an index on {} would help",
                    index.table,
                    index.columns.join(", ")
                )
            })));
            cells
        })
        .collect();
    let mut blocks = vec![show::table_of(cx, "Slow queries", &HEADINGS, rows)];
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

async fn not_recorded(cx: &Cx, read: &mut Read<'_>, why: &str) -> Result<Answer, Problem> {
    let running = read.rows(RUNNING, &[]).await?;
    let how = format!(
        "{why} So there is no record of slow queries, only what runs now. To record them from now on:\n\n\
         1. add `pg_stat_statements` to `shared_preload_libraries` in postgresql.conf and restart the server;\n\
         2. run `CREATE EXTENSION IF NOT EXISTS pg_stat_statements` in this database;\n\
         3. `GRANT pg_read_all_stats` (part of pg_monitor) to our role, to see other users' statements."
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
