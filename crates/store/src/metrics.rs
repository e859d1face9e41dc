//! Numbers over time, of targets. Single looks are kept for hours, sums over ten minutes for days.

use crate::{
    db::{self, values},
    error::Result,
    store::Store,
};
use steersman_protocol::{Measurement, OrganizationId, TargetId, Timestamp};

/// Single looks are kept so long.
const LOOKS_KEPT_MS: i64 = 6 * 3_600_000;
/// Width of what is kept longer.
const SPAN_MS: i64 = 600_000;
/// And how long.
const SPANS_KEPT_MS: i64 = 14 * 24 * 3_600_000;
/// Measurements of one look that are kept.
const MOST_AT_ONCE: usize = 24;
/// Names of one target that one answer tells.
const MOST_SERIES: usize = 48;
/// Largest absolute value; a sum of a span of these still fits.
const LARGEST: f64 = 1e13;

/// What one look at a target measured.
#[derive(Clone, Debug)]
pub struct Look {
    pub target_id: TargetId,
    pub at: Timestamp,
    pub measurements: Vec<Measurement>,
}

/// Which numbers, from when to when (`to` is not in it), and as how many points at most.
#[derive(Clone, Debug)]
pub struct MetricQuery {
    pub target_id: TargetId,
    /// One name; all when absent.
    pub name: Option<String>,
    pub from: Timestamp,
    pub to: Timestamp,
    /// At least 1.
    pub points: u32,
}

/// One measurement over time: milliseconds since 1970 and the mean around then, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSeries {
    pub name: String,
    pub unit: String,
    pub points: Vec<(i64, f64)>,
}

impl Store {
    /// Keeps what looks measured, all or nothing, and forgets what is older than is kept. What is no number, or too
    /// large to be one, is left out, and so is what one look measured beyond 24.
    pub async fn add_looks(&self, looks: Vec<Look>) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut newest = None;
                for look in &looks {
                    let at_ms = look.at.as_millisecond();
                    newest = newest.max(Some(at_ms));
                    for measurement in look.measurements.iter().take(MOST_AT_ONCE) {
                        let Some(value) = thousandths(measurement.value) else {
                            continue;
                        };
                        for (span, at) in [(0, at_ms), (SPAN_MS, at_ms - at_ms.rem_euclid(SPAN_MS))] {
                            db::execute(
                                &mut tx.connection,
                                "INSERT INTO metric_sample (target_id, name, span_ms, at_ms, unit, sum_milli, looks)
                                 VALUES ($1, $2, $3, $4, $5, $6, 1)
                                 ON CONFLICT (target_id, name, span_ms, at_ms) DO UPDATE
                                 SET sum_milli = metric_sample.sum_milli + excluded.sum_milli,
                                     looks = metric_sample.looks + 1",
                                values![look.target_id, &measurement.name, span, at, &measurement.unit, value],
                            )
                            .await?;
                        }
                    }
                }
                let Some(newest) = newest else { return Ok(()) };
                for (span, kept) in [(0, LOOKS_KEPT_MS), (SPAN_MS, SPANS_KEPT_MS)] {
                    db::execute(
                        &mut tx.connection,
                        "DELETE FROM metric_sample WHERE span_ms = $1 AND at_ms < $2",
                        values![span, newest - kept],
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// By name; empty in another organization too. Single looks where all of the time asked for still has them.
    pub async fn metrics(
        &self,
        organization_id: OrganizationId,
        query: MetricQuery,
        now: Timestamp,
    ) -> Result<Vec<MetricSeries>> {
        let (from, to) = (query.from.as_millisecond(), query.to.as_millisecond());
        let span = if now.as_millisecond() - from <= LOOKS_KEPT_MS {
            0
        } else {
            SPAN_MS
        };
        let points = i64::from(query.points.max(1));
        // Rounded up, so that there are never more points than asked for.
        let width = ((to - from).max(1) + points - 1) / points;
        let rows = self
            .many(
                "SELECT m.name, MIN(m.unit) AS unit, (m.at_ms - $4) / $6 AS slot, MIN(m.at_ms) AS at_ms,
                        CAST(SUM(m.sum_milli) AS BIGINT) AS sum_milli, CAST(SUM(m.looks) AS BIGINT) AS looks
                 FROM metric_sample m
                 JOIN plugin_instance p ON p.id = m.target_id AND p.organization_id = $1
                 WHERE m.target_id = $2 AND m.span_ms = $3 AND m.at_ms >= $4 AND m.at_ms < $5
                   AND (CAST($7 AS TEXT) IS NULL OR m.name = $7)
                 GROUP BY m.name, slot
                 ORDER BY m.name, slot
                 LIMIT $8",
                values![
                    organization_id,
                    query.target_id,
                    span,
                    from,
                    to,
                    width.max(1),
                    query.name,
                    points * MOST_SERIES as i64
                ],
            )
            .await?;
        let mut series: Vec<MetricSeries> = Vec::new();
        for row in rows {
            let name = row.text("name")?;
            if series.last().is_none_or(|last| last.name != name) {
                series.push(MetricSeries {
                    name,
                    unit: row.text("unit")?,
                    points: Vec::new(),
                });
            }
            let mean = row.int("sum_milli")? as f64 / row.int("looks")?.max(1) as f64 / 1_000.0;
            if let Some(last) = series.last_mut() {
                last.points.push((row.int("at_ms")?, mean));
            }
        }
        Ok(series)
    }

    /// When a measurement took the value that it has had since, as far back as single looks are kept. `None` when it
    /// does not have it.
    pub async fn since(&self, target_id: TargetId, name: &str, value: f64) -> Result<Option<Timestamp>> {
        let Some(value) = thousandths(value) else {
            return Ok(None);
        };
        let row = self
            .one(
                "SELECT MIN(at_ms) AS at_ms FROM metric_sample
                 WHERE target_id = $1 AND name = $2 AND span_ms = 0
                   AND at_ms > COALESCE(
                       (SELECT MAX(other.at_ms) FROM metric_sample other
                        WHERE other.target_id = $1 AND other.name = $2 AND other.span_ms = 0
                          AND other.sum_milli <> $3), -1)",
                values![target_id, name, value],
            )
            .await?;
        match row {
            Some(row) => Ok(row
                .int_if_set("at_ms")?
                .and_then(|at| Timestamp::from_millisecond(at).ok())),
            None => Ok(None),
        }
    }
}

fn thousandths(value: f64) -> Option<i64> {
    (value.is_finite() && value.abs() <= LARGEST).then(|| (value * 1_000.0).round() as i64)
}
