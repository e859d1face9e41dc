//! The sample shop of the PostgreSQL plugin, filled into a test database.

use anyhow::{Context, Result};
use tokio_postgres::Client;

// The plugin owns the text (its `sample` module exports the same files): the binary's demo
// uses it too, and the binary cannot depend on this crate.
const SAMPLE_SQL: &str = include_str!("../../plugins/postgres/src/sample/shop.sql");
const SLOW_WORKLOAD_SQL: &str = include_str!("../../plugins/postgres/src/sample/slow_workload.sql");

/// Creates customers, orders and order_items in the database of `client`.
///
/// At `scale` 1 there are 20 000 customers, 200 000 orders and about 500 000 items, made in
/// a few seconds; 0.01 is enough for most tests. The same scale gives the same rows.
pub async fn fill_shop(client: &Client, scale: f64) -> Result<()> {
    client
        .batch_execute(&format!("SET sample.scale = '{scale}'"))
        .await
        .context("Could not set the scale of the sample shop")?;
    client
        .batch_execute(SAMPLE_SQL)
        .await
        .context("Could not fill the sample shop")
}

/// Runs the shop's slow queries a few times, so that pg_stat_statements shows them.
pub async fn run_slow_workload(client: &Client) -> Result<()> {
    client
        .batch_execute(SLOW_WORKLOAD_SQL)
        .await
        .context("Could not run the sample's slow queries")
}
