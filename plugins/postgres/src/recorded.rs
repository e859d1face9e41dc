//! pg_stat_statements: where it is, what this version of it records, and what it recorded.

use crate::{
    connection::{MARK, Read},
    identifier,
};
use steersman_toolkit::protocol::{Problem, Timestamp};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

/// What pg_stat_statements shows in place of other users' statements.
pub(crate) const HIDDEN: &str = "<insufficient privilege>";

/// More rows than the extension keeps by default (`pg_stat_statements.max`) are not remembered between two looks.
const MOST_COUNTERS: i64 = 5_000;

/// The extension as this database has it.
pub(crate) struct Recorder {
    /// Quoted, ready for a statement.
    schema: String,
    /// Reading and writing times of blocks, as one expression: their columns were renamed in PostgreSQL 17.
    io_ms: &'static str,
    /// `pg_stat_statements_info` is there since PostgreSQL 14.
    has_info: bool,
}

/// How to order what was recorded.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    /// The slowest on average first.
    Mean,
    /// What takes most time in all first.
    Total,
}

const EXTENSION: &str = "SELECT n.nspname::text, \
       EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = v.oid AND a.attname = 'shared_blk_read_time'), \
       EXISTS (SELECT FROM pg_catalog.pg_class i WHERE i.relnamespace = n.oid AND i.relname = 'pg_stat_statements_info') \
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
  LEFT JOIN pg_catalog.pg_class v ON v.relnamespace = n.oid AND v.relname = 'pg_stat_statements' \
 WHERE e.extname = 'pg_stat_statements'";

impl Recorder {
    /// `None` where the extension is not installed in this database.
    pub(crate) async fn find(read: &mut Read<'_>) -> Result<Option<Self>, Problem> {
        Ok(read.row(EXTENSION, &[]).await?.map(|row| Self {
            schema: identifier::quoted(row.get(0)),
            io_ms: if row.get(1) {
                "(s.shared_blk_read_time + s.shared_blk_write_time + s.temp_blk_read_time + s.temp_blk_write_time)"
            } else {
                "(s.blk_read_time + s.blk_write_time)"
            },
            has_info: row.get(2),
        }))
    }

    /// The columns, in order: statement, calls, mean and total ms, share of all time in percent, longest ms, rows, part of
    /// blocks found in cache in percent, bytes written to temporary files, ms of reading and writing, user, key.
    ///
    /// `total_exec_time` and its like are so named since extension version 1.8, which came with PostgreSQL 13.
    ///
    /// Errors: `postgres.not_possible_now` when the server was started without the extension's library.
    pub(crate) async fn statements(
        &self,
        read: &mut Read<'_>,
        order: Order,
        min_mean_ms: f64,
        limit: i64,
    ) -> Result<Vec<Row>, Problem> {
        let by = match order {
            Order::Mean => "3",
            Order::Total => "4",
        };
        let sql = format!(
            "SELECT * FROM (SELECT s.query, s.calls, s.mean_exec_time AS mean, s.total_exec_time, \
                (100 * s.total_exec_time / nullif(pg_catalog.sum(s.total_exec_time) OVER (), 0))::float8, \
                s.max_exec_time, s.rows, \
                CASE WHEN s.shared_blks_hit + s.shared_blks_read > 0 \
                     THEN (100.0 * s.shared_blks_hit / (s.shared_blks_hit + s.shared_blks_read))::float8 END, \
                s.temp_blks_written * pg_catalog.current_setting('block_size')::int8, {}::float8, \
                pg_catalog.pg_get_userbyid(s.userid)::text, \
                pg_catalog.concat_ws('/', s.userid, s.dbid, s.queryid) \
           FROM {}.pg_stat_statements s \
          WHERE s.dbid = {DATABASE} AND s.query IS DISTINCT FROM '' AND NOT pg_catalog.starts_with(s.query, $2)) AS s \
          WHERE s.mean >= $1 ORDER BY {by} DESC LIMIT $3",
            self.io_ms, self.schema,
        );
        let ours = MARK.trim_end();
        let values: [(&(dyn ToSql + Sync), Type); 3] =
            [(&min_mean_ms, Type::FLOAT8), (&ours, Type::TEXT), (&limit, Type::INT8)];
        read.rows(&sql, &values).await
    }

    /// Key, calls and total ms of everything that is recorded of this database, without the texts: those are in a file.
    pub(crate) async fn counters(&self, read: &mut Read<'_>) -> Result<Vec<(String, i64, f64)>, Problem> {
        let sql = format!(
            "SELECT pg_catalog.concat_ws('/', s.userid, s.dbid, s.queryid), pg_catalog.sum(s.calls)::int8, \
                    pg_catalog.sum(s.total_exec_time)::float8 \
               FROM {}.pg_stat_statements(false) s WHERE s.dbid = {DATABASE} AND s.queryid IS NOT NULL \
              GROUP BY s.userid, s.dbid, s.queryid ORDER BY 3 DESC LIMIT $1",
            self.schema
        );
        let rows = read.rows(&sql, &[(&MOST_COUNTERS, Type::INT8)]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
    }

    /// Since when it counts; `None` where the version does not tell.
    pub(crate) async fn since(&self, read: &mut Read<'_>) -> Result<Option<Timestamp>, Problem> {
        if !self.has_info {
            return Ok(None);
        }
        let sql = format!("SELECT i.stats_reset FROM {}.pg_stat_statements_info i", self.schema);
        let row = read.row(&sql, &[]).await?;
        Ok(row.and_then(|row| row.get(0)))
    }
}

const DATABASE: &str = "(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())";

/// How to get a record where there is none: the server's own way, and that of managed services.
pub(crate) fn how_to_record(is_installed: bool) -> String {
    let library = "1. Load the library: add `pg_stat_statements` to `shared_preload_libraries` in postgresql.conf \
                   (`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'` where nothing else is loaded) and \
                   restart the server. On a managed service this is a parameter of the instance: Amazon RDS and Aurora \
                   (parameter group) and Google Cloud SQL load it already; Azure Database for PostgreSQL wants it in the \
                   server parameters `shared_preload_libraries` and `azure.extensions`.";
    let extension = "2. In this database: `CREATE EXTENSION IF NOT EXISTS pg_stat_statements`, as the database's owner or a \
                     superuser (on a managed service: its administrator's role).";
    let right = "3. `GRANT pg_read_all_stats` (part of pg_monitor) to our role, to see other users' statements.";
    let check = "`SHOW shared_preload_libraries` tells whether step 1 took effect.";
    match is_installed {
        true => format!("{library}\n\n{check}"),
        false => format!("{library}\n{extension}\n{right}\n\n{check}"),
    }
}
