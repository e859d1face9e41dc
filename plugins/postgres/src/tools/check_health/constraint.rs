//! Constraints that were added without looking at the rows that were there.

use super::{
    Server,
    finding::{Finding, Verdict, some_of},
};
use crate::connection::Read;
use serde_json::json;
use steersman_toolkit::protocol::Problem;

fn not_valid(server: Server) -> String {
    format!(
        "SELECT k.conname::text, k.conrelid::regclass::text FROM pg_catalog.pg_constraint k \
          WHERE NOT k.convalidated AND {} AND k.conrelid <> 0 AND k.conparentid = 0 ORDER BY 2, 1 LIMIT 100",
        server.version.constraint_is_enforced()
    )
}

pub(super) async fn look(read: &mut Read<'_>, server: Server, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let rows = read.rows(&not_valid(server), &[]).await?;
    let names: Vec<String> = rows
        .iter()
        .map(|row| format!("{} on {}", row.get::<_, &str>(0), row.get::<_, &str>(1)))
        .collect();
    let mut finding = Finding::new(
        "constraints not validated",
        Verdict::warning_if(!rows.is_empty()),
        some_of(&names, names.len()),
        "none",
    )
    .advice(
        "Older rows may break it, and the planner does not rely on it. ALTER TABLE … VALIDATE CONSTRAINT checks them.",
    );
    if let Some(row) = rows.first() {
        let arguments = json!({ "table": row.get::<_, &str>(1) });
        finding = finding.suggest(
            "postgres.describe_table",
            arguments,
            "it shows the constraint that is not validated",
        );
    }
    findings.push(finding);
    Ok(())
}
