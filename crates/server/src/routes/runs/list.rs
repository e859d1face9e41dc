//! Runs.

use crate::{
    access::Caller,
    app::App,
    problem::{Result, While},
    request::{Paging, Query, Several},
};
use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use steersman_protocol::{Page, Permission, RunStatus, RunView, SessionId};
use steersman_runtime::store::RunFilter;

/// All that is set must match.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct Filter {
    session: Option<SessionId>,
    /// One or several with commas between them: `failed,cancelled`.
    #[param(value_type = Option<String>)]
    status: Several<RunStatus>,
    /// Part of what was asked, in either case.
    q: Option<String>,
    /// Name of a target that a call was about.
    target: Option<String>,
    /// Begun from this time on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Begun before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// A run with how much there is in it; the executions themselves come with one run.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ListedRun {
    #[serde(flatten)]
    run: RunView,
    /// Who asked.
    user_name: String,
    /// Names of the targets that its calls were about, at most 5.
    targets: Vec<String>,
    counts: Counts,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Counts {
    executions: i64,
    /// Approvals that are pending.
    waiting: i64,
}

/// Runs, newest first: mine, or everybody's with `approval:decide`.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(Filter, Paging), responses((status = 200, body = Page<ListedRun>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<ListedRun>>> {
    let what = "Could not list runs";
    let set = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = RunFilter {
        session: filter.session,
        statuses: filter.status.0,
        user: (!caller.actor.may(Permission::APPROVE)).then_some(caller.user.id),
        text: set(filter.q),
        target: set(filter.target),
        from: filter.from,
        to: filter.to,
    };
    let store = app.runtime.store();
    let page = store
        .runs(caller.actor.organization_id, filter, paging.into())
        .await
        .doing(what)?;
    let ids: Vec<_> = page.items.iter().map(|run| run.id).collect();
    let summaries = store.run_summaries(&ids).await.doing(what)?;
    let items = page.items.into_iter().zip(summaries).map(|(run, summary)| ListedRun {
        run,
        user_name: summary.user_name,
        targets: summary.targets,
        counts: Counts {
            executions: summary.executions,
            waiting: summary.waiting,
        },
    });
    Ok(Json(Page {
        items: items.collect(),
        next_cursor: page.next_cursor,
    }))
}
