//! Brings a database to the version that this program knows: each step in its own transaction.

use crate::{
    db::{self, Connection, values},
    engine,
    error::{Result, StoreError},
};

struct Migration {
    name: &'static str,
    /// Understood by SQLite and PostgreSQL.
    shared: &'static str,
    sqlite: &'static str,
}

/// Never edited once released; number `n` is at index `n - 1`.
const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "first_tables",
        shared: include_str!("../migrations/0001_first_tables.sql"),
        sqlite: include_str!("../migrations/sqlite/0001_append_only.sql"),
    },
    Migration {
        name: "branches",
        shared: include_str!("../migrations/0002_branches.sql"),
        sqlite: include_str!("../migrations/sqlite/0002_words_said.sql"),
    },
    Migration {
        name: "metric_samples",
        shared: include_str!("../migrations/0003_metric_samples.sql"),
        sqlite: "",
    },
    Migration {
        name: "finding",
        shared: include_str!("../migrations/0004_finding.sql"),
        sqlite: "",
    },
    Migration {
        name: "handovers",
        shared: include_str!("../migrations/0005_handovers.sql"),
        sqlite: "",
    },
    Migration {
        name: "custom_tools",
        shared: include_str!("../migrations/0006_custom_tools.sql"),
        sqlite: "",
    },
    Migration {
        name: "provider_kind",
        shared: include_str!("../migrations/0007_provider_kind.sql"),
        sqlite: "",
    },
];

/// `Newer` when the database was written by a later program: nothing is touched then.
pub(crate) async fn migrate(connection: &mut Connection) -> Result<()> {
    let known = MIGRATIONS.len() as i64;
    let found = version(connection).await?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        db::execute(connection, engine::BEGIN, values![]).await?;
        let applied = apply(connection, number, migration).await;
        let end = if applied.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = db::execute(connection, end, values![]).await;
        applied?;
        ended?;
        tracing::info!(number, name = migration.name, "migrated the database");
    }
    Ok(())
}

async fn version(connection: &mut Connection) -> Result<i64> {
    db::execute(
        connection,
        "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)",
        values![],
    )
    .await?;
    let row = db::row(
        connection,
        "SELECT COALESCE(MAX(number), 0) AS number FROM schema_migration",
        values![],
    )
    .await?;
    row.map_or(Ok(0), |row| row.int("number"))
}

async fn apply(connection: &mut Connection, number: i64, migration: &Migration) -> Result<()> {
    // Another process may have been here between our look and our lock.
    if version(connection).await? >= number {
        return Ok(());
    }
    for statements in [migration.shared, migration.sqlite] {
        engine::execute_all(connection, statements)?;
    }
    db::execute(
        connection,
        "INSERT INTO schema_migration (number, name) VALUES ($1, $2)",
        values![number, migration.name],
    )
    .await?;
    Ok(())
}
