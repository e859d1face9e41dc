//! What looks at a target measured.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::Query,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use steersman_protocol::{Permission, TargetId, Timestamp};
use steersman_runtime::store::MetricQuery;

/// Points of a series when none are asked for, and at most.
const POINTS: u32 = 120;
const MOST_POINTS: u32 = 1_000;
/// Time that is told when none is asked for, and at most.
const MINUTES: u32 = 60;
const MOST_MINUTES: u32 = 14 * 24 * 60;

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Which {
    /// Whose numbers.
    #[param(value_type = String)]
    target_id: TargetId,
    /// One name, such as `cpu`; all when absent.
    name: Option<String>,
    /// An hour before `to` when absent. Single looks are kept for 6 hours, means over ten minutes for 14 days.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Instead of `from`: this long before `to`, 1 to 20,160 (14 days). For those who do not trust their own clock.
    minutes: Option<u32>,
    /// Not in it any more; now when absent.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Most points of a series, 1 to 1,000; 120 when absent.
    points: Option<u32>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Metrics {
    series: Vec<NamedSeries>,
}

/// One measurement over time. Every target has `health` (2 healthy, 1 degraded, 0 down) and `latency`; the rest is the
/// plugin's.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NamedSeries {
    name: String,
    /// `percent`, `bytes`, `ms`, `s`, or empty for a plain number.
    unit: String,
    /// `[milliseconds since 1970, mean]`, oldest first. Where nothing was measured there is no point.
    points: Vec<(i64, f64)>,
}

/// What looks at a target measured, over time. Needs `target:read`.
///
/// A look is taken every 30 s. Errors: 404 `target.not_found`; 400 `request.bad_query`.
#[utoipa::path(get, path = "/api/metrics", tag = "targets", params(Which), responses((status = 200, body = Metrics)))]
pub async fn series(State(app): State<App>, caller: Caller, Query(which): Query<Which>) -> Result<Json<Metrics>> {
    let what = "Could not read the measurements";
    caller.must(&app, Permission::TARGET_READ, what).await?;
    let refuse = |why: &str| Failed::new("request.bad_query", what, why, "Correct the address; see /api/docs");
    let points = which.points.unwrap_or(POINTS);
    if !(1..=MOST_POINTS).contains(&points) {
        return Err(refuse("points is not between 1 and 1,000"));
    }
    let now = app.runtime.now();
    let to = which.to.unwrap_or(now);
    let from = match (which.from, which.minutes) {
        (Some(_), Some(_)) => return Err(refuse("from and minutes are given both")),
        (Some(from), None) => from,
        (None, minutes) => {
            let minutes = minutes.unwrap_or(MINUTES);
            if !(1..=MOST_MINUTES).contains(&minutes) {
                return Err(refuse("minutes is not between 1 and 20,160"));
            }
            to.checked_sub(Duration::from_secs(u64::from(minutes) * 60))
                .map_err(|_| refuse("to is before all that is kept"))?
        }
    };
    if from >= to {
        return Err(refuse("from is not before to"));
    }
    let organization_id = caller.actor.organization_id;
    let store = app.runtime.store();
    let target = store.target(organization_id, which.target_id).await.doing(what)?;
    let query = MetricQuery {
        target_id: target.id,
        name: which.name,
        from,
        to,
        points,
    };
    let series = store.metrics(organization_id, query, now).await.doing(what)?;
    let series = series
        .into_iter()
        .map(|one| NamedSeries {
            name: one.name,
            unit: one.unit,
            points: one.points,
        })
        .collect();
    Ok(Json(Metrics { series }))
}
