//! The transaction that a read runs in.

use std::time::Duration;

use tokio_postgres::Client;

/// How long a read may take and wait.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// After this the server itself cancels the statement.
    pub statement_timeout: Duration,
    /// After this it stops waiting for somebody's lock.
    pub lock_timeout: Duration,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(2),
        }
    }
}

/// Opens a read-only transaction with the limits set for it alone. Check and run the
/// statement in it, then send ROLLBACK.
///
/// PostgreSQL refuses every write to tables in such a transaction. It does not refuse all
/// effects (files, signals, sequences of temporary tables, other sessions): that is what the
/// guard is for.
pub async fn begin_read_only(client: &Client, limits: ReadLimits) -> Result<(), tokio_postgres::Error> {
    // Zero would mean "no limit".
    let statement_ms = limits.statement_timeout.as_millis().clamp(1, i32::MAX as u128);
    let lock_ms = limits.lock_timeout.as_millis().clamp(1, i32::MAX as u128);
    client
        .batch_execute(&format!(
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL statement_timeout = {statement_ms}; \
             SET LOCAL lock_timeout = {lock_ms}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; \
             SET LOCAL standard_conforming_strings = on",
            statement_ms.saturating_mul(2).min(i32::MAX as u128)
        ))
        .await
}
