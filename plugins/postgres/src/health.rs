//! A quick look at a target: does it answer, and what is on it.

use crate::connection::{Bounds, Reader};
use steersman_toolkit::{
    CancellationToken,
    protocol::{Health, HealthState, Limits, Measurement, Problem, ResourceName},
};
use tokio::time::Instant;

/// Slower answers than this are worth a word.
const SLOW_MS: u64 = 1_000;

const LOOK: &str = "SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery(), \
  (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a \
     WHERE a.usesysid IS NOT NULL AND coalesce(a.backend_type, 'client backend') = 'client backend'), \
  pg_catalog.current_setting('max_connections')::int8, \
  EXTRACT(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_postmaster_start_time())::float8, \
  pg_catalog.pg_database_size(pg_catalog.current_database())::float8, \
  d.blks_hit::float8, d.blks_read::float8, \
  (SELECT COALESCE(pg_catalog.max(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)), 0)::float8 \
     FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()) \
  FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()";

/// Tables and indexes that people may name, the largest first.
const RESOURCES: &str = "SELECT CASE WHEN c.relkind IN ('i', 'I') THEN 'index' ELSE 'table' END, c.oid::regclass::text \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
 WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
   AND n.nspname !~ '^pg_' \
 ORDER BY c.relpages DESC, 2 LIMIT 500";

fn bounds(what: &str) -> Bounds {
    Bounds {
        what: what.to_owned(),
        limits: Limits {
            time_ms: 3_000,
            lock_wait_ms: 1_000,
            ..Limits::default()
        },
        cancel: CancellationToken::new(),
    }
}

/// Never fails: a server that does not answer is `Down`.
pub(crate) async fn look(reader: &Reader) -> Health {
    let began = Instant::now();
    let looked = async {
        let mut read = reader.begin(bounds("Could not look at the server")).await?;
        let row = read.row(LOOK, &[]).await?;
        read.end().await;
        Ok::<_, Problem>(row)
    };
    let row = match looked.await {
        Ok(Some(row)) => row,
        Ok(None) => {
            return down(
                &Problem::new("postgres.failed", "Could not look at the server", "it said nothing", ""),
                0,
            );
        }
        Err(problem) => return down(&problem, began.elapsed().as_millis() as u64),
    };
    let latency_ms = began.elapsed().as_millis() as u64;
    let version: String = row.get(0);
    let number = version.split_whitespace().next().unwrap_or(&version).to_owned();
    let role = if row.get::<_, bool>(1) {
        "a standby"
    } else {
        "a primary"
    };
    let (used, max): (i64, i64) = (row.get(2), row.get(3));
    let up = crate::show::duration(row.get::<_, f64>(4) * 1000.0);
    let is_full = used * 10 >= max * 9;
    let mut sentence = format!("PostgreSQL {number}, {role}, up for {up}, {used} of {max} connections used");
    if latency_ms > SLOW_MS {
        sentence = format!("{sentence}; answered after {latency_ms} ms");
    }
    let (hit, read): (f64, f64) = (row.get(6), row.get(7));
    let mut measurements = vec![
        Measurement::new("connections", "", used as f64),
        Measurement::new(
            "connections_used",
            "percent",
            used as f64 * 100.0 / (max as f64).max(1.0),
        ),
        Measurement::new("database_size", "bytes", row.get(5)),
        Measurement::new("oldest_transaction", "s", row.get(8)),
    ];
    // Nothing was read yet, so nothing can be said.
    if hit + read > 0.0 {
        measurements.push(Measurement::new("cache_hit", "percent", hit * 100.0 / (hit + read)));
    }
    Health {
        state: if is_full || latency_ms > SLOW_MS {
            HealthState::Degraded
        } else {
            HealthState::Healthy
        },
        sentence,
        version: Some(number),
        latency_ms,
        measurements,
    }
}

pub(crate) fn down(problem: &Problem, latency_ms: u64) -> Health {
    Health {
        state: HealthState::Down,
        sentence: problem.to_string(),
        version: None,
        latency_ms,
        measurements: Vec::new(),
    }
}

pub(crate) async fn resources(reader: &Reader) -> Result<Vec<ResourceName>, Problem> {
    let mut read = reader.begin(bounds("Could not list tables and indexes")).await?;
    let rows = read.rows(RESOURCES, &[]).await?;
    read.end().await;
    Ok(rows
        .iter()
        .map(|row| ResourceName {
            kind: row.get(0),
            name: row.get(1),
        })
        .collect())
}
