//! The change that is made under fire, and how a real PostgreSQL counts its executions.

use super::dice::Dice;
use crate::{Postgres, tally};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_protocol::Timestamp;

/// Tables made beforehand for [`Counted::Analyze`]; further changes take the first ones again no more.
pub const TABLES: u64 = 3_000;

/// Which change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// `tally.add_row`: a row an execution, with pauses for kills to land in. Needs `chaos_server`.
    Tally,
    /// `postgres.analyze_table`, each time on another table: PostgreSQL itself counts (`analyze_count` of
    /// pg_stat_user_tables). In every build.
    Analyze,
}

/// How often a change was really carried out.
#[derive(Clone, Debug, Default)]
pub struct Count {
    pub times: u64,
    /// When, by the database server's clock, which is ours.
    pub first_at: Option<Timestamp>,
}

impl Counted {
    pub async fn prepare(self, server: &Postgres) -> Result<()> {
        match self {
            Counted::Tally => server.sql(tally::TABLE).await?,
            Counted::Analyze => {
                let make = format!(
                    "DO $$ BEGIN FOR n IN 1..{TABLES} LOOP EXECUTE format('CREATE TABLE t_%s (n int)', n); \
                     IF n % 500 = 0 THEN COMMIT; END IF; END LOOP; END $$"
                );
                server.sql(&make).await?
            }
        };
        Ok(())
    }

    /// Plugin and settings of the target.
    pub fn target(self, server: &Postgres) -> (&'static str, Value) {
        match self {
            Counted::Tally => ("tally", json!({ "url": server.url() })),
            Counted::Analyze => ("postgres", settings(server)),
        }
    }

    pub fn tool(self) -> &'static str {
        match self {
            Counted::Tally => "tally.add_row",
            Counted::Analyze => "postgres.analyze_table",
        }
    }

    /// What tells this execution from all others.
    pub fn mark(self, number: u64, dice: &mut Dice) -> String {
        match self {
            // Of some, only the report can tell whether they happened: an honest "unknown" after a kill.
            Counted::Tally if dice.one_in(8) => format!("{}-{number}", tally::BLIND),
            Counted::Tally => format!("mark-{number}"),
            Counted::Analyze => format!("t_{number}"),
        }
    }

    pub fn arguments(self, mark: &str) -> Value {
        match self {
            Counted::Tally => json!({ "mark": mark }),
            Counted::Analyze => json!({ "table": mark }),
        }
    }

    /// By mark, and for the tally with the key that the tool was given.
    pub async fn counts(self, server: &Postgres) -> Result<BTreeMap<String, Count>> {
        let sql = match self {
            Counted::Tally => "SELECT mark, count(*), extract(epoch FROM min(at)) FROM tally GROUP BY mark",
            Counted::Analyze => {
                "SELECT relname, analyze_count, extract(epoch FROM last_analyze) FROM pg_stat_user_tables \
                 WHERE analyze_count > 0"
            }
        };
        let rows = server.sql(sql).await?;
        rows.into_iter()
            .map(|row| match row.as_slice() {
                [Some(mark), Some(times), at] => {
                    let seconds: Option<f64> = at.as_deref().and_then(|at| at.parse().ok());
                    let first_at = seconds.and_then(|at| Timestamp::from_microsecond((at * 1e6) as i64).ok());
                    let times = times.parse().context("a count")?;
                    Ok((mark.clone(), Count { times, first_at }))
                }
                other => anyhow::bail!("an unexpected row: {other:?}"),
            })
            .collect()
    }
}

fn settings(server: &Postgres) -> Value {
    json!({
        "host": server.host(), "port": server.port(), "database": "postgres", "user": server.user(),
        "password": server.password(), "ssl_mode": "disable"
    })
}
