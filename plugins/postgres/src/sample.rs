//! A sample shop to show and test with: customers, orders, order_items, with the skew of
//! real data and without the index that the slow queries want.

/// Creates and fills the shop in the current database; a few seconds at the usual scale.
///
/// Expects an empty schema `public`. Optional before it: `SET sample.scale = '0.01'` for
/// fewer rows (1, the default: 20 000 customers, 200 000 orders, about 500 000 items). The same
/// scale always gives the same rows. Run it as a user who may create extensions; where
/// pg_stat_statements is not preloaded it is created but stays silent.
pub const SAMPLE_SQL: &str = include_str!("sample/shop.sql");

/// Runs the shop's slow queries several times each: orders of one customer without an
/// index on `orders.customer_id`, and a report that joins everything.
pub const SLOW_WORKLOAD_SQL: &str = include_str!("sample/slow_workload.sql");
