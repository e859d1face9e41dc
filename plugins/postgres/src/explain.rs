//! Asks the server for the plan of a statement that the guard accepted, and works out which index would help.

use crate::{
    connection::Read,
    guard, problem,
    query_plan::{QueryPlan, TableRows, WastefulScan},
    statement,
};
use std::collections::HashMap;
use steersman_toolkit::protocol::Problem;
use tokio_postgres::types::Type;

/// More columns than this make an index that few other queries can use.
const MAX_INDEX_COLUMNS: usize = 3;

/// A plan with what the catalogue knows about its tables.
pub(crate) struct Explained {
    pub plan: QueryPlan,
    pub rows: TableRows,
    /// Indexes that would spare a full scan, the most useful first.
    pub missing: Vec<MissingIndex>,
    /// True when the statement has placeholders, so that the plan holds for typical values.
    pub is_generic: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MissingIndex {
    pub oid: u32,
    pub schema: String,
    /// As short as it can be said here.
    pub table: String,
    pub columns: Vec<String>,
    pub table_rows: f64,
}

/// Explains one statement. With `is_measured` it also runs it, inside of the read-only transaction.
///
/// A statement with placeholders (`$1`, as pg_stat_statements shows it) gets the generic plan.
///
/// Errors: those of the guard, `postgres.has_placeholders` where they cannot be measured, and those of reading.
pub(crate) async fn explain(read: &mut Read<'_>, sql: &str, is_measured: bool) -> Result<Explained, Problem> {
    let accepted = accepted(read, sql).await?;
    if accepted.placeholders > 0 && is_measured {
        return Err(Problem::new(
            "postgres.has_placeholders",
            read.what(),
            "the statement has placeholders ($1) and cannot be run without their values",
            "Put values in their place, or ask for the plan without measuring",
        ));
    }
    let options = if is_measured {
        "ANALYZE, BUFFERS, VERBOSE, "
    } else {
        "VERBOSE, "
    };
    let asking = accepted.asking(options, "steersman_explain");
    // After a failure the connection is not used again, so the prepared statement never outlives this.
    let answer = read.text(&asking).await.inspect_err(|_| read.give_up())?;
    let json = all_text(answer);
    let plan = QueryPlan::parse(&json).ok_or_else(|| unreadable(read.what()))?;
    let (rows, missing) = look_up(read, &plan).await?;
    Ok(Explained {
        plan,
        rows,
        missing,
        is_generic: accepted.placeholders > 0,
    })
}

/// A statement that the guard let pass as a query.
pub(crate) struct Accepted {
    /// One statement, without what follows its semicolon.
    pub text: String,
    /// How many values it leaves open.
    pub placeholders: usize,
}

/// Judges a text as one query whose plan may be asked for.
///
/// Errors: those of the guard, and `postgres.not_a_query`.
pub(crate) async fn accepted(read: &mut Read<'_>, sql: &str) -> Result<Accepted, Problem> {
    let text = statement::explained(sql).unwrap_or_else(|| sql.to_owned());
    let placeholders = statement::placeholders(&text);
    let text = if placeholders == 0 {
        text
    } else {
        statement::rewritten(&text).unwrap_or(text)
    };
    let judged = guard::parse_read_only(&text).map_err(|refusal| problem::refused(read.what(), refusal))?;
    let checked = read.check(&judged).await?;
    if judged.kind() != guard::Kind::Rows {
        return Err(not_a_query(read.what()));
    }
    let text = statement::only(checked.text())
        .ok_or_else(|| not_a_query(read.what()))?
        .to_owned();
    Ok(Accepted { text, placeholders })
}

impl Accepted {
    /// What to send for the plan: one row comes back, whatever the number of statements. `name` is for a prepared
    /// statement that is gone afterwards, unless one of the statements fails: then give up the connection.
    ///
    /// A statement with placeholders is prepared, and its execution with NULLs explained, under
    /// `plan_cache_mode = force_generic_plan`: the planner then reckons with the average value of each column, and the
    /// NULLs do not matter. `EXPLAIN (GENERIC_PLAN)`, since PostgreSQL 16, gives the same plan; one way for all versions
    /// is one way to test. Values taken from statistics would show the plan for one value, which may be a rare or a
    /// common one.
    pub(crate) fn asking(&self, options: &str, name: &str) -> String {
        let mark = crate::connection::MARK;
        let text = &self.text;
        if self.placeholders == 0 {
            return format!("{mark}EXPLAIN ({options}FORMAT JSON)\n{text}\n;");
        }
        let nulls = vec!["NULL"; self.placeholders].join(", ");
        format!(
            "{mark}SET LOCAL plan_cache_mode = force_generic_plan;{mark}PREPARE {name} AS\n{text}\n;\
             {mark}EXPLAIN ({options}FORMAT JSON) EXECUTE {name} ({nulls});{mark}DEALLOCATE {name};"
        )
    }
}

fn not_a_query(what: &str) -> Problem {
    Problem::new(
        "postgres.not_a_query",
        what,
        "only a SELECT, VALUES or TABLE has a plan to show",
        "Give the query itself",
    )
}

pub(crate) fn unreadable(what: &str) -> Problem {
    Problem::new(
        "postgres.unreadable_plan",
        what,
        "the server's answer to EXPLAIN is not in the form that we know",
        "Report this as a bug, with the server's version",
    )
}

fn all_text(rows: Vec<Vec<Option<String>>>) -> String {
    rows.into_iter()
        .filter_map(|row| row.into_iter().next().flatten())
        .collect::<Vec<_>>()
        .join("\n")
}

const TABLES: &str = "SELECT n.nspname::text, c.relname::text, c.reltuples::float8, c.oid::regclass::text, c.oid \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema, name) \
    ON n.nspname = wanted.schema AND c.relname = wanted.name";

/// First columns of valid indexes that serve any query.
const LEADING_COLUMNS: &str = "SELECT a.attname::text FROM pg_catalog.pg_index x \
  JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] \
 WHERE x.indrelid = $1 AND x.indisvalid AND x.indpred IS NULL";

/// How many distinct values a column has; empty where our role may not see statistics.
const DISTINCT: &str = "SELECT s.attname::text, CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * $3 ELSE s.n_distinct END::float8 \
  FROM pg_catalog.pg_stats s WHERE s.schemaname = $1 AND s.tablename = $2";

async fn look_up(read: &mut Read<'_>, plan: &QueryPlan) -> Result<(TableRows, Vec<MissingIndex>), Problem> {
    let (schemas, names): (Vec<String>, Vec<String>) = plan.tables().into_iter().unzip();
    let found = read
        .rows(TABLES, &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)])
        .await?;
    let rows: TableRows = found
        .iter()
        .map(|row| ((row.get(0), row.get(1)), row.get::<_, f64>(2).max(0.0)))
        .collect();
    let mut missing = Vec::new();
    for scan in plan.wasteful_scans(&rows) {
        let Some(row) = found
            .iter()
            .find(|row| row.get::<_, &str>(0) == scan.schema && row.get::<_, &str>(1) == scan.table)
        else {
            continue;
        };
        let columns = index_columns(read, &scan, row.get(4)).await?;
        let index = MissingIndex {
            oid: row.get(4),
            schema: scan.schema,
            table: row.get(3),
            columns,
            table_rows: scan.table_rows,
        };
        if !index.columns.is_empty() && !missing.contains(&index) {
            missing.push(index);
        }
    }
    Ok((rows, missing))
}

/// The columns of an index for this scan: those compared for equality, the one with most values first, then one range.
/// Empty when an index already leads with one of them: then the planner had its reasons.
async fn index_columns(read: &mut Read<'_>, scan: &WastefulScan, table: u32) -> Result<Vec<String>, Problem> {
    let leading = read.rows(LEADING_COLUMNS, &[(&table, Type::OID)]).await?;
    let is_led = |column: &String| leading.iter().any(|row| row.get::<_, &str>(0) == column);
    let mut columns = scan.columns.equal.clone();
    if columns.iter().any(is_led) || (columns.is_empty() && scan.columns.range.iter().any(is_led)) {
        return Ok(Vec::new());
    }
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] = [
        (&scan.schema, Type::TEXT),
        (&scan.table, Type::TEXT),
        (&scan.table_rows, Type::FLOAT8),
    ];
    let distinct: HashMap<String, f64> = read
        .rows(DISTINCT, &values)
        .await?
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let values_of = |column: &String| distinct.get(column).copied().unwrap_or(0.0);
    columns.sort_by(|a, b| values_of(b).total_cmp(&values_of(a)));
    columns.truncate(MAX_INDEX_COLUMNS);
    if columns.len() < MAX_INDEX_COLUMNS {
        columns.extend(scan.columns.range.first().cloned());
    }
    Ok(columns)
}
