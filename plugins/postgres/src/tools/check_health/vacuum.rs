//! Wraparound, and the cleaning up that prevents it.

mod horizon;
mod wraparound;

use super::{
    Server,
    finding::{Finding, Verdict, some_of},
};
use crate::{connection::Read, show};
use serde_json::json;
use steersman_toolkit::protocol::Problem;
use tokio_postgres::Row;

/// Dead rows below this number are no reason to talk about them.
const DEAD_ROWS: i64 = 10_000;
const DEAD_PERCENT: i64 = 20;
/// From here on, more dead than living is a problem.
const DEAD_PROBLEM: i64 = 1_000_000;

const DEAD: &str = "SELECT s.relid::regclass::text, s.n_live_tup, s.n_dead_tup, \
       greatest(s.last_vacuum, s.last_autovacuum)::text \
  FROM pg_catalog.pg_stat_user_tables s \
 WHERE s.n_dead_tup >= 10000 AND s.n_dead_tup * 5 > s.n_live_tup + s.n_dead_tup \
 ORDER BY s.n_dead_tup DESC, 1 LIMIT 100";

const AUTOVACUUM: &str = "SELECT pg_catalog.current_setting('autovacuum') = 'on' \
       AND pg_catalog.current_setting('track_counts') = 'on', \
       (SELECT pg_catalog.array_agg(q.name ORDER BY q.pages DESC) FROM \
         (SELECT c.oid::regclass::text AS name, c.relpages AS pages FROM pg_catalog.pg_class c, \
               pg_catalog.pg_options_to_table(c.reloptions) o \
           WHERE c.relkind IN ('r', 'm') AND o.option_name = 'autovacuum_enabled' AND NOT o.option_value::bool \
           LIMIT 100) q)";

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    wraparound::look(read, findings).await?;
    horizon::look(read, server, findings).await?;
    if let Some(row) = read.row(AUTOVACUUM, &[]).await? {
        findings.push(about_autovacuum(
            row.get(0),
            &row.get::<_, Option<Vec<String>>>(1).unwrap_or_default(),
        ));
    }
    if server.is_standby {
        let why = "dead rows are counted on the primary";
        findings.push(Finding::not_known("dead rows", why, "Ask on the primary."));
    } else {
        let rows = read.rows(DEAD, &[]).await?;
        findings.push(about_dead_rows(&rows));
    }
    Ok(())
}

fn about_autovacuum(is_on: bool, tables_without: &[String]) -> Finding {
    let what = "autovacuum";
    if !is_on {
        return Finding::new(what, Verdict::Problem, "autovacuum or track_counts is off", "on").advice(
            "Nothing cleans up, and statistics grow old. Set autovacuum and track_counts on; both need no restart.",
        );
    }
    let verdict = Verdict::warning_if(!tables_without.is_empty());
    let value = match tables_without {
        [] => "on".to_owned(),
        tables => format!("on, but off for {}", some_of(tables, tables.len())),
    };
    Finding::new(what, verdict, value, "on, for every table")
        .advice("ALTER TABLE … RESET (autovacuum_enabled), unless something else vacuums these tables.")
}

fn about_dead_rows(rows: &[Row]) -> Finding {
    let what = "dead rows";
    let limit = format!("{DEAD_PERCENT} % of a table and {}", show::count(DEAD_ROWS as f64));
    let Some(worst) = rows.first() else {
        return Finding::new(what, Verdict::Ok, "no table has many", limit);
    };
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let (live, dead): (i64, i64) = (worst.get(1), worst.get(2));
    let last = match worst.get::<_, Option<&str>>(3) {
        Some(time) => format!("last vacuumed {}", time.split('.').next().unwrap_or(time)),
        None => "never vacuumed".to_owned(),
    };
    let value = format!(
        "{}; \"{}\" has {} dead and {} live rows, {last}",
        some_of(&names, names.len()),
        names[0],
        show::count(dead as f64),
        show::count(live as f64)
    );
    let verdict = if dead >= DEAD_PROBLEM && dead >= live {
        Verdict::Problem
    } else {
        Verdict::Warning
    };
    Finding::new(what, verdict, value, limit)
        .advice("Scans read them for nothing, and the table grows. Vacuum it, and see whether something holds cleanup back.")
        .suggest(
            "postgres.vacuum_table",
            json!({ "table": names[0] }),
            format!("it has {} dead rows", show::count(dead as f64)),
        )
}
