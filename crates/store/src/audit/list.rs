//! Reading entries, newest first.
//!
//! However many there are, a page costs about the same. The filter with the fewest entries leads, through its index.
//! Where none has few, and several conditions must meet, a page looks at [`EXAMINED`] entries and no more: it may then
//! be short, or empty, with a cursor that goes on from there.

use super::filter::{AuditFilter, FEW, Lead, Span};
use crate::{
    db::{Row, values},
    error::Result,
    page::PageRequest,
    readers::Reader,
    store::Store,
};
use steersman_protocol::{AuditEntry, AuditResult, OrganizationId, Page, Timestamp, UserId};

/// Entries that one page looks at, at most, in steps.
const EXAMINED: i64 = 50_000;
const STEP: i64 = 10_000;
/// Writers take the time before they queue, so neighbours may be out of order by a little: the edge of a span of time
/// is the outermost of this many.
const OUT_OF_ORDER: i64 = 1_000;

/// Every condition but the span; one of the endings below makes a statement of it. A `+`, or `|| ''`,
/// keeps the planner from walking all numbers for the sake of their order.
macro_rules! entries {
    ($ending:literal) => {
        concat!(
            "SELECT e.*, b.body FROM audit_entry e
             LEFT JOIN audit_body b ON b.organization_id = e.organization_id AND b.number = e.number
             WHERE (CAST($4 AS TEXT) IS NULL OR e.risk = $4)
               AND (CAST($5 AS TEXT) IS NULL OR e.result = $5)
               AND (CAST($6 AS TEXT) IS NULL OR b.plugin = $6)
               AND (CAST($7 AS TEXT) IS NULL OR b.user_id = $7)
               AND (CAST($17 AS TEXT) IS NULL OR b.user_name = $17)
               AND (CAST($8 AS TEXT) IS NULL OR b.tool = $8)
               AND (CAST($9 AS TEXT) IS NULL OR b.target = $9)
               AND (CAST($10 AS TEXT) IS NULL OR e.run_id = $10)
               AND (CAST($11 AS TEXT) IS NULL OR e.run_id IN (SELECT id FROM run WHERE session_id = $11))
               AND (CAST($12 AS TEXT) IS NULL OR e.action = $12)
               AND (CAST($18 AS TEXT) IS NULL OR e.action LIKE $18 ESCAPE '\\')
               AND (CAST($13 AS TEXT) IS NULL OR e.at >= $13)
               AND (CAST($14 AS TEXT) IS NULL OR e.at < $14)
               AND (CAST($15 AS TEXT) IS NULL OR e.action LIKE $15 ESCAPE '\\' OR b.search_text LIKE $15 ESCAPE '\\'
                    OR (b.search_text IS NULL AND LOWER(b.body) LIKE $15 ESCAPE '\\'))",
            $ending
        )
    };
}

/// What leads a page.
#[derive(Clone, Copy)]
enum By {
    Number,
    Run,
    Session,
    Lead(Lead),
}

impl By {
    fn sql(self) -> &'static str {
        match self {
            By::Number => entries!(" AND e.organization_id = $1 AND e.number < $2 AND e.number > $3 ORDER BY e.number DESC LIMIT $16"),
            By::Run => {
                entries!(" AND e.organization_id = $1 AND e.run_id = $10 AND +e.number < $2 AND +e.number > $3 ORDER BY +e.number DESC LIMIT $16")
            }
            By::Session => entries!(
                " AND e.organization_id || '' = $1 AND e.run_id IN (SELECT id FROM run WHERE session_id = $11) AND +e.number < $2 AND +e.number > $3
                  ORDER BY +e.number DESC LIMIT $16"
            ),
            By::Lead(Lead::Action) => {
                entries!(" AND e.organization_id = $1 AND e.action = $12 AND e.number < $2 AND e.number > $3 ORDER BY e.number DESC LIMIT $16")
            }
            By::Lead(Lead::Result) => entries!(
                " AND e.organization_id = $1 AND e.result = $5 AND e.result IN ('failure', 'rejected', 'unknown') AND e.number < $2
                  AND e.number > $3 ORDER BY e.number DESC LIMIT $16"
            ),
            By::Lead(Lead::Risk) => entries!(
                " AND e.organization_id = $1 AND e.risk = $4 AND e.risk IN ('high', 'critical') AND e.number < $2 AND e.number > $3
                  ORDER BY e.number DESC LIMIT $16"
            ),
            By::Lead(Lead::User) => entries!(
                " AND e.organization_id = $1 AND b.organization_id = $1 AND b.user_name = $17 AND b.number < $2 AND b.number > $3
                  ORDER BY b.number DESC LIMIT $16"
            ),
            By::Lead(Lead::Tool) => entries!(
                " AND e.organization_id = $1 AND b.organization_id = $1 AND b.tool = $8 AND b.number < $2 AND b.number > $3
                  ORDER BY b.number DESC LIMIT $16"
            ),
            By::Lead(Lead::Target) => entries!(
                " AND e.organization_id = $1 AND b.organization_id = $1 AND b.target = $9 AND b.number < $2 AND b.number > $3
                  ORDER BY b.number DESC LIMIT $16"
            ),
        }
    }
}

impl Store {
    /// Newest first. An export is all pages of it. A page may be short and still have a next one.
    pub async fn audit(
        &self,
        organization_id: OrganizationId,
        mut filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditEntry>> {
        let cursor = request.after_number()?;
        let mut reader = self.reader().await?;
        let mut span = span_of(&mut reader, organization_id, filter.from, filter.to).await?;
        span.ceiling = span.ceiling.min(cursor.unwrap_or(i64::MAX));
        if let (Some(id), None) = (filter.user, &filter.user_name) {
            filter.user_name = name_of(&mut reader, organization_id, id).await?;
        }
        let (by, is_bounded) = choose(&mut reader, organization_id, &filter, span).await?;
        let mut rows = Vec::new();
        let mut left = EXAMINED;
        let mut step = span;
        loop {
            if !is_bounded {
                step.floor = span.floor.max(step.ceiling.saturating_sub(STEP + 1));
            }
            let wanted = request.rows() - rows.len() as i64;
            rows.extend(
                reader
                    .rows(by.sql(), filter.values(organization_id, step, wanted))
                    .await?,
            );
            left -= STEP;
            if step.floor <= span.floor || rows.len() as i64 >= request.rows() {
                return request.page(rows, entry, |entry| entry.number.to_string());
            }
            step.ceiling = step.floor + 1;
            if left <= 0 {
                let page = request.page(rows, entry, |entry| entry.number.to_string())?;
                return Ok(Page {
                    next_cursor: Some(step.ceiling.to_string()),
                    ..page
                });
            }
        }
    }

    /// One entry by its number (`42`) or id. `NotFound` in another organization too.
    pub async fn audit_entry(&self, organization_id: OrganizationId, key: &str) -> Result<AuditEntry> {
        let missing = || crate::error::StoreError::not_found("audit entry");
        let mut reader = self.reader().await?;
        let row = match (key.parse::<i64>(), key.parse::<uuid::Uuid>()) {
            (Ok(number), _) => {
                let sql = "SELECT e.*, b.body FROM audit_entry e
                     LEFT JOIN audit_body b ON b.organization_id = e.organization_id AND b.number = e.number
                     WHERE e.organization_id = $1 AND e.number = $2";
                reader.row(sql, values![organization_id, number]).await?
            }
            (Err(_), Ok(id)) => {
                // An entry's id begins with its time, so the index by time finds it.
                let (from, to) = moment_of(id).ok_or_else(missing)?;
                let sql = "SELECT e.*, b.body FROM audit_entry e
                     LEFT JOIN audit_body b ON b.organization_id = e.organization_id AND b.number = e.number
                     WHERE e.organization_id = $1 AND e.at >= $2 AND e.at < $3 AND e.id = $4";
                reader
                    .row(sql, values![organization_id, from, to, id.to_string()])
                    .await?
            }
            (Err(_), Err(_)) => None,
        };
        entry(&row.ok_or_else(missing)?)
    }

    /// Entries about the same execution, or without one of the same run, but for this one: the oldest 100, oldest
    /// first.
    pub async fn audit_related(&self, to: &AuditEntry) -> Result<Vec<AuditEntry>> {
        let Some(run_id) = to.run_id else { return Ok(Vec::new()) };
        let rows = self
            .many(
                "SELECT e.*, b.body FROM audit_entry e
                 LEFT JOIN audit_body b ON b.organization_id = e.organization_id AND b.number = e.number
                 WHERE e.run_id = $2 AND e.organization_id = $1 AND e.number <> $4
                   AND (CAST($3 AS TEXT) IS NULL OR e.execution_id = $3)
                 ORDER BY e.number LIMIT 100",
                values![to.organization_id, run_id, to.execution_id, to.number],
            )
            .await?;
        rows.iter().map(entry).collect()
    }
}

/// What leads, and whether that alone keeps the work small.
async fn choose(
    reader: &mut Reader,
    organization_id: OrganizationId,
    filter: &AuditFilter,
    span: Span,
) -> Result<(By, bool)> {
    if filter.run.is_some() {
        return Ok((By::Run, true));
    }
    if filter.session.is_some() {
        return Ok((By::Session, true));
    }
    let leads = filter.leads();
    if let ([(lead, _)], 1) = (leads.as_slice(), filter.conditions()) {
        return Ok((By::Lead(*lead), true));
    }
    let mut fewest: Option<(Lead, i64)> = None;
    for (lead, value) in leads {
        let count = lead.count(reader, organization_id, &value, span).await?;
        if fewest.is_none_or(|(_, fewest)| count < fewest) {
            fewest = Some((lead, count));
        }
    }
    Ok(match fewest {
        Some((lead, count)) => (By::Lead(lead), count <= FEW),
        None => (By::Number, filter.conditions() == 0),
    })
}

/// The numbers that a span of time can hold.
pub(super) async fn span_of(
    reader: &mut Reader,
    organization_id: OrganizationId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Span> {
    let newest = "SELECT COALESCE(MAX(number), 0) AS number FROM audit_entry WHERE organization_id = $1";
    let newest_before = "SELECT COALESCE(MAX(number), 0) AS number FROM
         (SELECT number FROM audit_entry WHERE organization_id = $1 AND at < $2 ORDER BY at DESC LIMIT $3) edge";
    let oldest_since = "SELECT COALESCE(MIN(number), 0) AS number FROM
         (SELECT number FROM audit_entry WHERE organization_id = $1 AND at >= $2 ORDER BY at LIMIT $3) edge";
    let last = match to {
        None => reader.row(newest, values![organization_id]).await?,
        Some(to) => {
            reader
                .row(newest_before, values![organization_id, to, OUT_OF_ORDER])
                .await?
        }
    };
    let last = last.map_or(Ok(0), |row| row.int("number"))?;
    let first = match from {
        None => 1,
        Some(from) => {
            let row = reader
                .row(oldest_since, values![organization_id, from, OUT_OF_ORDER])
                .await?;
            row.map_or(Ok(0), |row| row.int("number"))?
        }
    };
    // Without an entry since `from` there is nothing between.
    let floor = if first == 0 { last } else { first - 1 };
    Ok(Span {
        floor,
        ceiling: last + 1,
    })
}

/// People are never renamed, so the index by name serves for ids too.
async fn name_of(reader: &mut Reader, organization_id: OrganizationId, id: UserId) -> Result<Option<String>> {
    let sql = "SELECT name FROM app_user WHERE organization_id = $1 AND id = $2";
    let row = reader.row(sql, values![organization_id, id]).await?;
    row.map(|row| row.text("name")).transpose()
}

/// The millisecond in which an id was made.
fn moment_of(id: uuid::Uuid) -> Option<(Timestamp, Timestamp)> {
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    let milliseconds = i64::try_from(seconds).ok()? * 1_000 + i64::from(nanoseconds / 1_000_000);
    let at = |milliseconds| Timestamp::from_millisecond(milliseconds).ok();
    Some((at(milliseconds)?, at(milliseconds + 1)?))
}

fn entry(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.parsed("id")?,
        number: row.int("number")?,
        at: row.parsed("at")?,
        organization_id: row.parsed("organization_id")?,
        action: row.text("action")?,
        result: result(&row.text("result")?)?,
        risk: row.parsed_if_set("risk")?,
        run_id: row.parsed_if_set("run_id")?,
        execution_id: row.parsed_if_set("execution_id")?,
        previous_hash: row.text("previous_hash")?,
        hash: row.text("hash")?,
        body: row.json_if_set("body")?,
    })
}

fn result(text: &str) -> Result<AuditResult> {
    serde_json::from_value(text.into()).map_err(crate::error::StoreError::broken)
}
