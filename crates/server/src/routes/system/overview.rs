//! The first page.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
};
use axum::{Json, extract::State};
use serde::Serialize;
use steersman_protocol::{HealthState, Permission, RunId, RunView, Target, TargetId, Timestamp};
use steersman_runtime::store::{PageRequest, RunFilter};

/// Failures are news for so long.
const DAY_SECONDS: i64 = 24 * 3_600;
const MOST_TARGET_FINDINGS: usize = 20;
const MOST_RUN_FINDINGS: u32 = 10;
const RECENT: u32 = 8;

/// What somebody wants to know first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Overview {
    /// Questions that wait for a person: everybody's with `approval:decide`, otherwise those of my own requests.
    approvals_pending: i64,
    /// Likewise of runs.
    runs_active: i64,
    /// Begun in the last 24 hours.
    runs_failed_24h: i64,
    targets: TargetCounts,
    /// The worst first; at most 20 about targets and 10 about runs.
    findings: Vec<Finding>,
    /// The newest 8 runs, without their executions.
    recent: Vec<RunView>,
}

/// Enabled targets by what the last look found.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub struct TargetCounts {
    healthy: usize,
    degraded: usize,
    down: usize,
    /// Not looked at yet.
    unknown: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Error,
    Warning,
}

/// Something that is not well.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Finding {
    level: Level,
    sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<TargetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<RunId>,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// What needs attention now: counts, findings (targets that are down or degraded, runs that failed in the last 24 hours
/// and were not looked at since) and the newest runs. Numbers of targets need `target:read`.
#[utoipa::path(get, path = "/api/overview", tag = "system", responses((status = 200, body = Overview)))]
pub async fn overview(State(app): State<App>, caller: Caller) -> Result<Json<Overview>> {
    let what = "Could not make the overview";
    let organization_id = caller.actor.organization_id;
    let store = app.runtime.store();
    let user = (!caller.actor.may(Permission::APPROVE)).then_some(caller.user.id);
    let now = app.runtime.now();
    let since = Timestamp::from_second(now.as_second() - DAY_SECONDS).unwrap_or(Timestamp::MIN);
    let counts = store.work_counts(organization_id, user, since).await.doing(what)?;
    let filter = RunFilter {
        user,
        ..RunFilter::default()
    };
    let newest = PageRequest {
        limit: RECENT,
        cursor: None,
    };
    let recent = store.runs(organization_id, filter, newest).await.doing(what)?.items;
    let mut targets = TargetCounts::default();
    let mut findings = Vec::new();
    if caller.actor.may(Permission::TARGET_READ) {
        let all = store.targets(organization_id).await.doing(what)?;
        for target in all.iter().filter(|target| target.is_enabled) {
            let found = of_target(&app, target, &mut targets, findings.len()).await;
            findings.extend(found.doing(what)?);
        }
    }
    let failed = store.unseen_failures(organization_id, user, since, MOST_RUN_FINDINGS);
    findings.extend(failed.await.doing(what)?.into_iter().map(of_run));
    // Stable: what was found first of a level stays first.
    findings.sort_by_key(|finding| finding.level);
    Ok(Json(Overview {
        approvals_pending: counts.approvals_pending,
        runs_active: counts.runs_active,
        runs_failed_24h: counts.runs_failed,
        targets,
        findings,
        recent,
    }))
}

/// Counts a target, and says what is wrong with it while there is room for that.
async fn of_target(
    app: &App,
    target: &Target,
    counts: &mut TargetCounts,
    found: usize,
) -> std::result::Result<Option<Finding>, steersman_runtime::store::StoreError> {
    let Some(look) = app.runtime.last_look(target) else {
        counts.unknown += 1;
        return Ok(None);
    };
    let (level, word) = match look.health.state {
        HealthState::Healthy => {
            counts.healthy += 1;
            return Ok(None);
        }
        HealthState::Degraded => {
            counts.degraded += 1;
            (Level::Warning, "not well")
        }
        HealthState::Down => {
            counts.down += 1;
            (Level::Error, "down")
        }
    };
    if found >= MOST_TARGET_FINDINGS {
        return Ok(None);
    }
    let since = app.runtime.in_state_since(target).await?;
    Ok(Some(Finding {
        level,
        sentence: format!("{} is {word}: {}", target.name, look.health.sentence),
        target_id: Some(target.id),
        target_name: Some(target.name.clone()),
        run_id: None,
        since: since.unwrap_or(look.at),
    }))
}

fn of_run(run: RunView) -> Finding {
    let title: String = run.title.chars().take(120).collect();
    let why = run
        .problem
        .map_or_else(String::new, |problem| format!(": {}", problem.why));
    Finding {
        level: Level::Warning,
        sentence: format!("\"{title}\" failed{why}"),
        target_id: None,
        target_name: None,
        run_id: Some(run.id),
        since: run.updated_at,
    }
}
