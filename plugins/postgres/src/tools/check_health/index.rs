//! Indexes that cost and do not help.

use super::finding::{Finding, Verdict, some_of};
use crate::{bloat, connection::Read, show};
use serde_json::json;
use steersman_toolkit::protocol::Problem;
use tokio_postgres::{Row, types::Type};

/// An unused or bloated index below this size is not worth a word.
const WORTH_BYTES: i64 = 10 << 20;
/// A B-tree under random inserts is a third air; from here on it is worth rebuilding.
const BLOATED_PERCENT: f64 = 50.0;
/// Some reports run once a week: with younger statistics nobody knows whether an index is used.
const KNOWN_AFTER_DAYS: f64 = 7.0;

/// Left behind by a failed build; the one that is being built right now is well.
const INVALID: &str = "SELECT i.oid::regclass::text FROM pg_catalog.pg_index x \
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
 WHERE NOT (x.indisvalid AND x.indisready) AND i.relkind = 'i' \
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.oid) \
 ORDER BY 1 LIMIT 100";

/// The one of two equal indexes that can go: nothing depends on it, and the other promises no less.
const DUPLICATE: &str = "SELECT i.oid::regclass::text, pg_catalog.pg_relation_size(i.oid), \
       pg_catalog.min(y.indexrelid::regclass::text) \
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
  JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
  JOIN pg_catalog.pg_index y ON y.indrelid = x.indrelid AND y.indexrelid <> x.indexrelid \
  JOIN pg_catalog.pg_class j ON j.oid = y.indexrelid \
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' AND i.relkind = 'i' \
   AND x.indisvalid AND y.indisvalid AND j.relam = i.relam AND y.indkey = x.indkey AND y.indclass = x.indclass \
   AND y.indcollation = x.indcollation AND y.indoption = x.indoption AND y.indnkeyatts = x.indnkeyatts \
   AND pg_catalog.pg_get_expr(y.indexprs, y.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(x.indexprs, x.indrelid) \
   AND pg_catalog.pg_get_expr(y.indpred, y.indrelid) IS NOT DISTINCT FROM pg_catalog.pg_get_expr(x.indpred, x.indrelid) \
   AND NOT x.indisreplident AND (y.indisunique OR NOT x.indisunique) \
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = x.indexrelid) \
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.indexrelid) \
   AND (y.indexrelid < x.indexrelid OR y.indisunique AND NOT x.indisunique OR y.indisreplident \
        OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = y.indexrelid)) \
 GROUP BY i.oid ORDER BY 2 DESC, 1 LIMIT 100";

const UNUSED: &str = "SELECT s.indexrelid::regclass::text, pg_catalog.pg_relation_size(s.indexrelid) \
  FROM pg_catalog.pg_stat_user_indexes s JOIN pg_catalog.pg_index x ON x.indexrelid = s.indexrelid \
 WHERE s.idx_scan = 0 AND x.indisvalid AND NOT x.indisunique AND NOT x.indisreplident \
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = s.indexrelid) \
   AND pg_catalog.pg_relation_size(s.indexrelid) >= $1 \
 ORDER BY 2 DESC LIMIT 100";

/// Days since the counters began; none where they never were reset.
const COUNTED_FOR: &str = "SELECT EXTRACT(epoch FROM pg_catalog.clock_timestamp() - d.stats_reset)::float8 / 86400, \
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication) \
  FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()";

/// The largest B-trees, where the number of rows is fresh enough to compare with.
fn bloated() -> String {
    format!(
        "SELECT i.oid::regclass::text, pg_catalog.pg_relation_size(i.oid), {} \
           FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
           JOIN pg_catalog.pg_class c ON c.oid = x.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
           JOIN pg_catalog.pg_am m ON m.oid = i.relam AND m.amname = 'btree' \
           JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid \
          WHERE i.relkind = 'i' AND x.indisvalid AND pg_catalog.pg_relation_size(i.oid) >= $1 \
            AND s.n_mod_since_analyze <= s.n_live_tup / 5 + 1000 \
          ORDER BY 2 DESC LIMIT 50",
        bloat::INDEX_NEEDS
    )
}

pub(super) async fn look(read: &mut Read<'_>, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let invalid = names(&read.rows(INVALID, &[]).await?);
    findings.push(about_invalid(&invalid));
    let duplicates = read.rows(DUPLICATE, &[]).await?;
    findings.push(about_duplicates(&duplicates));
    let unused = read.rows(UNUSED, &[(&WORTH_BYTES, Type::INT8)]).await?;
    let counted = read.row(COUNTED_FOR, &[]).await?;
    findings.push(about_unused(&unused, counted.as_ref()));
    let largest = read.rows(&bloated(), &[(&WORTH_BYTES, Type::INT8)]).await?;
    findings.push(about_bloat(&largest));
    Ok(())
}

fn names(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.get(0)).collect()
}

fn about_invalid(invalid: &[String]) -> Finding {
    let verdict = Verdict::warning_if(!invalid.is_empty());
    let finding = Finding::new("invalid indexes", verdict, some_of(invalid, invalid.len()), "none").advice(
        "A build failed and left it: every write pays for it and no query may use it. Drop it and build it again.",
    );
    match invalid.first() {
        Some(index) => finding.suggest("postgres.drop_index", json!({ "index": index }), "it is invalid"),
        None => finding,
    }
}

fn about_duplicates(rows: &[Row]) -> Finding {
    let names = names(rows);
    let wasted: i64 = rows.iter().map(|row| row.get::<_, i64>(1)).sum();
    let value = match names.len() {
        0 => "none".to_owned(),
        total => format!("{}, {}", some_of(&names, total), show::bytes(wasted)),
    };
    let finding = Finding::new(
        "duplicate indexes",
        Verdict::warning_if(!rows.is_empty()),
        value,
        "none",
    )
    .advice("Another index does all that it does. Drop it.");
    match rows.first() {
        Some(row) => {
            let because = format!("\"{}\" does all that it does", row.get::<_, &str>(2));
            finding.suggest("postgres.drop_index", json!({ "index": names[0] }), because)
        }
        None => finding,
    }
}

fn about_unused(rows: &[Row], counted: Option<&Row>) -> Finding {
    let days: Option<f64> = counted.and_then(|row| row.get(0));
    let has_standbys = counted.is_some_and(|row| row.get::<_, i64>(1) > 0);
    let names = names(rows);
    let wasted: i64 = rows.iter().map(|row| row.get::<_, i64>(1)).sum();
    let limit = format!("none of {} or more", show::bytes(WORTH_BYTES));
    if rows.is_empty() {
        return Finding::new("indexes never used", Verdict::Ok, "none", limit);
    }
    let value = format!("{}, {}", some_of(&names, names.len()), show::bytes(wasted));
    if let Some(days) = days.filter(|days| *days < KNOWN_AFTER_DAYS) {
        let since = show::duration(days * 86_400_000.0);
        return Finding::not_known(
            "indexes never used",
            format!("{value}; but the counters began only {since} ago"),
            format!("Ask again when they have run for {KNOWN_AFTER_DAYS} days."),
        );
    }
    let standbys = if has_standbys {
        " Look on the standbys too: they count by themselves."
    } else {
        ""
    };
    Finding::new("indexes never used", Verdict::Warning, value, limit)
        .advice(format!(
            "Every write pays for them and no query used them since the counters began. Drop those that nobody will miss.{standbys}"
        ))
        .suggest("postgres.list_indexes", json!({}), "it shows size, use and definition of each index")
}

fn about_bloat(rows: &[Row]) -> Finding {
    const WHAT: &str = "index bloat (estimate)";
    let mut unknown = 0;
    let mut bloated: Vec<(i64, f64, String)> = Vec::new();
    for row in rows {
        let (bytes, needed): (i64, Option<i64>) = (row.get(1), row.get(2));
        let Some(percent) = bloat::percent(bytes, needed) else {
            unknown += 1;
            continue;
        };
        let air = bytes - needed.unwrap_or_default();
        if percent >= BLOATED_PERCENT && air >= WORTH_BYTES {
            bloated.push((air, percent, row.get(0)));
        }
    }
    bloated.sort_by_key(|(air, ..)| std::cmp::Reverse(*air));
    let limit = format!("{BLOATED_PERCENT:.0} % of {} or more", show::bytes(WORTH_BYTES));
    let Some((air, percent, index)) = bloated.first() else {
        // Expressions have no widths; that some of many cannot be estimated is usual.
        if unknown > 0 && unknown == rows.len() {
            let why = format!(
                "{} without statistics that our role may see",
                show::plural(unknown, "index", "indexes")
            );
            let lacks = "Analyze the tables, or GRANT SELECT on them to our role: widths are shown to readers only.";
            return Finding::not_known(WHAT, why, lacks);
        }
        return Finding::new(WHAT, Verdict::Ok, "none", limit);
    };
    let names: Vec<String> = bloated.iter().map(|(_, _, index)| index.clone()).collect();
    let value = format!(
        "{}; of \"{index}\" {percent:.0} % ({})",
        some_of(&names, names.len()),
        show::bytes(*air)
    );
    Finding::new(WHAT, Verdict::Warning, value, limit)
        .advice("Rebuild it concurrently at a quiet time; it becomes smaller and faster to read.")
        .suggest(
            "postgres.reindex_table",
            json!({ "index": index }),
            format!("{percent:.0} % of it is air"),
        )
}
