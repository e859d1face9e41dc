//! Numbers about entries.

use crate::{
    access::Caller,
    app::App,
    problem::{Detailed, Failed, FieldError, While},
    request::Query,
};
use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use steersman_protocol::Permission;
use steersman_runtime::store::AuditStats;

const DAY_SECONDS: i64 = 86_400;
/// Days counted when `from` is absent, today among them.
const USUAL_DAYS: i64 = 30;
const MOST_DAYS: i64 = 366;

#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Span {
    /// From this time on; the beginning of the day (UTC) 29 days before `to` when absent.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this time; now when absent. At most 366 days after `from`.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Stats {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    entries: i64,
    by_result: BTreeMap<String, i64>,
    by_risk: BTreeMap<String, i64>,
    /// The 20 most frequent, most frequent first.
    by_action: Vec<Count>,
    by_tool: Vec<Count>,
    by_user: Vec<Count>,
    /// Every day (UTC) of the span, oldest first, those without entries too.
    days: Vec<Day>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Count {
    name: String,
    entries: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Day {
    /// `2026-11-21`
    day: String,
    intended: i64,
    success: i64,
    failure: i64,
    rejected: i64,
    unknown: i64,
}

/// Counts of entries in a span of time. Needs `audit:read`.
#[utoipa::path(get, path = "/api/audit/stats", tag = "audit", params(Span), responses((status = 200, body = Stats)))]
pub async fn stats(State(app): State<App>, caller: Caller, Query(span): Query<Span>) -> Result<Json<Stats>, Detailed> {
    let what = "Could not count audit entries";
    caller.must(&app, Permission::AUDIT_READ, what).await?;
    // Up to now, and what is written in this very moment.
    let to = span.to.unwrap_or_else(|| moved(app.runtime.now(), 1));
    let usual = |to: Timestamp| moved(start_of_day(moved(to, -1)), -(USUAL_DAYS - 1) * DAY_SECONDS);
    let from = span.from.unwrap_or_else(|| usual(to));
    if from >= to || to.as_second() - from.as_second() > MOST_DAYS * DAY_SECONDS {
        let why = format!("`from` must be before `to`, and at most {MOST_DAYS} days before it");
        let failed = Failed::new("request.bad_query", what, why.clone(), "Choose another span of time");
        return Err(Detailed {
            errors: vec![FieldError::of_parameter("from", why)],
            ..failed.into()
        });
    }
    let counted = app
        .runtime
        .store()
        .audit_stats(caller.actor.organization_id, from, to)
        .await
        .doing(what)?;
    Ok(Json(shown(from, to, counted)))
}

fn shown(from: Timestamp, to: Timestamp, counted: AuditStats) -> Stats {
    let AuditStats {
        entries,
        by_result,
        by_risk,
        by_action,
        by_tool,
        by_user,
        days,
    } = counted;
    let named = |all: Vec<(String, i64)>| {
        all.into_iter()
            .map(|(name, entries)| Count { name, entries })
            .collect::<Vec<Count>>()
    };
    let mut every_day = Vec::new();
    let mut day = start_of_day(from);
    while day < to {
        let name: String = day.to_string().chars().take(10).collect();
        let of = |result: &str| days.get(&name).and_then(|day| day.get(result)).copied().unwrap_or(0);
        every_day.push(Day {
            intended: of("intended"),
            success: of("success"),
            failure: of("failure"),
            rejected: of("rejected"),
            unknown: of("unknown"),
            day: name,
        });
        day = moved(day, DAY_SECONDS);
    }
    Stats {
        from,
        to,
        entries,
        by_result,
        by_risk,
        by_action: named(by_action),
        by_tool: named(by_tool),
        by_user: named(by_user),
        days: every_day,
    }
}

fn start_of_day(time: Timestamp) -> Timestamp {
    moved(time, -time.as_second().rem_euclid(DAY_SECONDS))
        .round(jiff::Unit::Second)
        .unwrap_or(time)
}

fn moved(time: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(time.as_second().saturating_add(seconds)).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
