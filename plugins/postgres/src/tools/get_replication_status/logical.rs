//! Publications and subscriptions of this database, where there are any.

use super::Findings;
use crate::{connection::Read, show, version::Version};
use steersman_toolkit::{Cx, protocol::Problem};

const PUBLICATIONS: &str = "SELECT p.pubname::text, p.puballtables, \
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname), \
       pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, \
         CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) \
  FROM pg_catalog.pg_publication p ORDER BY 1 LIMIT 100";

/// Only columns of pg_subscription that everybody may read: its connection string holds a password.
fn subscriptions(version: Version) -> String {
    format!(
        "SELECT s.subname::text, s.subenabled, pg_catalog.array_to_string(s.subpublications, ', '), \
             EXISTS (SELECT FROM pg_catalog.pg_stat_subscription w \
                      WHERE w.subname = s.subname AND w.relid IS NULL AND w.pid IS NOT NULL), \
             (SELECT pg_catalog.max(w.latest_end_time) FROM pg_catalog.pg_stat_subscription w \
               WHERE w.subname = s.subname AND w.relid IS NULL), {} \
        FROM pg_catalog.pg_subscription s \
       WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
       ORDER BY 1 LIMIT 100",
        version.subscription_errors()
    )
}

pub(super) async fn look(
    cx: &Cx,
    read: &mut Read<'_>,
    version: Version,
    findings: &mut Findings,
) -> Result<(), Problem> {
    let publications = read.rows(PUBLICATIONS, &[]).await?;
    let subscriptions = read.rows(&subscriptions(version), &[]).await?;
    if !publications.is_empty() {
        let headings = [
            ("publication", ""),
            ("all tables", ""),
            ("tables", "count"),
            ("what", ""),
        ];
        let block = show::table(cx, "Publications", &headings, &publications);
        findings.blocks.push(block);
    }
    if subscriptions.is_empty() {
        return Ok(());
    }
    let headings = [
        ("subscription", ""),
        ("enabled", ""),
        ("publications", ""),
        ("applies", ""),
        ("last heard", "time"),
        ("errors", "count"),
    ];
    let block = show::table(cx, "Subscriptions", &headings, &subscriptions);
    findings.blocks.push(block);
    for row in &subscriptions {
        let (name, is_enabled, applies): (&str, bool, bool) = (row.get(0), row.get(1), row.get(3));
        if is_enabled && !applies {
            findings.wrong(format!(
                "the subscription \"{name}\" is enabled and does not apply anything"
            ));
        }
    }
    Ok(())
}
