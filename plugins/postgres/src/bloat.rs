//! How much of a table or an index is air, estimated from what ANALYZE knows.
//!
//! The estimate compares the pages that there are with those that the rows would need, by the average widths of
//! `pg_stats`. It ignores alignment between columns and what deduplication saves, so only large differences mean
//! something. Where a column has no statistics, or our role may not see them, there is no estimate.
//! Source: PostgreSQL's manual, "Database Page Layout" (24 bytes of page header, 4 a line pointer, 23 and the null
//! bitmap a row) and "B-Tree Indexes" (16 bytes of special space a page, 8 a tuple).

/// Bytes that the rows of the table `c` (of `pg_class`, in the schema `n`) need, or NULL. A scalar to select.
pub(crate) const TABLE_NEEDS: &str = "(SELECT CASE WHEN w.known = w.columns AND c.reltuples >= 0 THEN \
     pg_catalog.ceil(c.reltuples \
       * (4 + 8 * pg_catalog.ceil((23 + CASE WHEN w.nulls THEN pg_catalog.ceil(w.columns / 8.0) ELSE 0 END) / 8.0) \
            + 8 * pg_catalog.ceil(w.bytes / 8.0)) \
       / ((w.block - 24) * w.fill / 100.0)) * w.block END::int8 \
   FROM (SELECT pg_catalog.count(*) AS columns, pg_catalog.count(t.attname) AS known, \
             coalesce(pg_catalog.sum((1 - t.null_frac) * t.avg_width), 0) AS bytes, \
             coalesce(pg_catalog.bool_or(t.null_frac > 0), false) AS nulls, \
             pg_catalog.current_setting('block_size')::int8 AS block, \
             coalesce((SELECT o.option_value::int8 FROM pg_catalog.pg_options_to_table(c.reloptions) o \
                        WHERE o.option_name = 'fillfactor'), 100) AS fill \
           FROM pg_catalog.pg_attribute a \
           LEFT JOIN pg_catalog.pg_stats t ON t.schemaname = n.nspname AND t.tablename = c.relname \
             AND t.attname = a.attname AND NOT t.inherited \
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) w)";

/// Bytes that the entries of the B-tree `i` (of `pg_class`) over plain columns need, or NULL, where `x` is its row of
/// `pg_index`, `c` its table, `n` the table's schema. A scalar to select.
pub(crate) const INDEX_NEEDS: &str = "(SELECT CASE WHEN w.known = x.indnatts AND i.reltuples >= 0 THEN \
     (1 + pg_catalog.ceil(i.reltuples \
       * (4 + 8 * pg_catalog.ceil((8 + CASE WHEN w.nulls THEN 8 ELSE 0 END + w.bytes) / 8.0)) \
       / ((w.block - 40) * w.fill / 100.0))) * w.block END::int8 \
   FROM (SELECT pg_catalog.count(t.attname) AS known, \
             coalesce(pg_catalog.sum((1 - t.null_frac) * t.avg_width), 0) AS bytes, \
             coalesce(pg_catalog.bool_or(t.null_frac > 0), false) AS nulls, \
             pg_catalog.current_setting('block_size')::int8 AS block, \
             coalesce((SELECT o.option_value::int8 FROM pg_catalog.pg_options_to_table(i.reloptions) o \
                        WHERE o.option_name = 'fillfactor'), 90) AS fill \
           FROM pg_catalog.pg_attribute a \
           JOIN pg_catalog.pg_stats t ON t.schemaname = n.nspname AND t.tablename = c.relname \
             AND t.attname = a.attname AND NOT t.inherited \
          WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey)) w)";

/// Part of `bytes` that is not needed, in per cent.
pub(crate) fn percent(bytes: i64, needed: Option<i64>) -> Option<f64> {
    let needed = needed.filter(|_| bytes > 0)?;
    let air = (bytes - needed).max(0) as f64 * 100.0 / bytes as f64;
    Some((air * 10.0).round() / 10.0)
}
