//! Sequences near the end of their type, or of the type of the column that they fill.

use super::{
    Server,
    finding::{Finding, Verdict},
};
use crate::{connection::Read, show};
use serde_json::json;
use steersman_toolkit::protocol::Problem;

const USED_PERCENT: [f64; 2] = [70.0, 90.0];

/// A bigint sequence may fill an integer column: the column ends first. `p.last_value` is NULL for a sequence that was
/// never used, and for one that our role may not read.
const SEQUENCES: &str = "SELECT q.oid::regclass::text, q.last_value, q.ends, \
       CASE WHEN q.last_value IS NULL THEN 0 \
            ELSE 100.0 * (q.last_value::numeric - q.begins) / nullif(q.ends::numeric - q.begins, 0) END::float8, \
       q.is_readable, q.owner \
  FROM (SELECT s.seqrelid AS oid, p.last_value, \
            CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END AS begins, \
            CASE WHEN s.seqincrement < 0 THEN s.seqmin \
                 ELSE least(s.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END) \
            END AS ends, \
            pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT, USAGE') AS is_readable, \
            d.refobjid::regclass::text AS owner \
          FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid \
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
          JOIN pg_catalog.pg_sequences p ON p.schemaname = n.nspname AND p.sequencename = c.relname \
          LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid \
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') \
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
         WHERE NOT s.seqcycle) q \
 ORDER BY 4 DESC NULLS LAST, 1 LIMIT 1000";

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let what = "sequences near their end";
    let limit = format!("{:.0} % used", USED_PERCENT[0]);
    let rows = read.rows(SEQUENCES, &[]).await?;
    let hidden = rows.iter().filter(|row| !row.get::<_, bool>(4)).count();
    if let Some(row) = rows.iter().find(|row| row.get(4)) {
        let (name, last, ends): (&str, Option<i64>, i64) = (row.get(0), row.get(1), row.get(2));
        let percent: f64 = row.get::<_, Option<f64>>(3).unwrap_or_default();
        let value = match last {
            Some(last) => format!("the fullest, \"{name}\", is at {last} of {ends} ({percent:.0} %)"),
            None => "none was used yet".to_owned(),
        };
        let mut finding = Finding::new(what, Verdict::of(percent, USED_PERCENT), value, limit.clone()).advice(
            "At its end every insert fails. Change the column (and the sequence) to bigint before; on a large table that \
             takes planning.",
        );
        if let Some(owner) = row.get::<_, Option<&str>>(5) {
            let arguments = json!({ "table": owner });
            finding = finding.suggest(
                "postgres.describe_table",
                arguments,
                "a sequence of it is nearly at its end",
            );
        }
        findings.push(finding);
    } else if hidden == 0 {
        findings.push(Finding::new(what, Verdict::Ok, "there are no sequences", limit));
    }
    if hidden > 0 {
        findings.push(Finding::not_known(
            "sequences hidden from us",
            format!(
                "our role may not read {}",
                show::plural(hidden, "sequence", "sequences")
            ),
            show::sentence(&format!("For our role: {}.", server.version.grant_to_read_data())),
        ));
    }
    Ok(())
}
