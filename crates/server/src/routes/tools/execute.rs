//! Calling a query by hand on many targets: the same funnel as everybody's, once a target.

use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::{Body, PathId, id_for},
    routes::targets::execute::carried_out,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use serde_json::Value;
use steersman_protocol::{Command, ExecutionId, Permission, RunId, RunView, Target, ToolName};

/// Which targets: by name or id, or all enabled ones of the tool's plugin.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallOnEach {
    /// Names or ids, at most 20. Takes the place of `all`.
    #[serde(default)]
    targets: Vec<String>,
    /// All enabled targets of the tool's plugin.
    #[serde(default)]
    all: bool,
    /// With `all`: those in this environment.
    #[serde(default)]
    environment: Option<String>,
    #[schema(value_type = Object)]
    #[serde(default)]
    arguments: Value,
}

/// Call one query on many targets. Needs the tool's own permission.
///
/// One run with a call for each target, at most 20, four at a time, each judged and recorded by itself. That some fail
/// is a result: the run fails only when all do. 200 with the ended run; 202 when somebody has to approve a call, or when
/// it takes longer than 30 s. Errors: 422 `call.one_target` for a change, `call.too_many_targets`, `call.no_target`.
/// `Idempotency-Key` as for calling on one target.
#[utoipa::path(post, path = "/api/tools/{tool}/execute", tag = "tools", params(("tool" = ToolName, Path)), request_body = CallOnEach, responses((status = 200, body = RunView), (status = 202, body = RunView)))]
pub async fn execute(
    State(app): State<App>,
    caller: Caller,
    PathId(tool): PathId<ToolName>,
    headers: HeaderMap,
    Body(call): Body<CallOnEach>,
) -> Result<(StatusCode, Json<RunView>)> {
    let what = "Could not call the tool";
    caller.must(&app, Permission::TARGET_READ, what).await?;
    let known = app.runtime.store().targets(caller.actor.organization_id).await;
    let meant = meant(&known.doing(what)?, &tool, &call, what)?;
    let purpose = format!("execute {tool} on each");
    let run_id = RunId::from_uuid(id_for(&headers, caller.user.id, &purpose, app.runtime.fresh_id()));
    let command = Command::ExecuteOnEach {
        run_id,
        on: meant
            .iter()
            .map(|target| (ExecutionId::from_uuid(app.runtime.fresh_id()), target.id))
            .collect(),
        tool,
        arguments: if call.arguments.is_null() {
            Value::Object(Default::default())
        } else {
            call.arguments
        },
        actor: caller.actor.clone(),
    };
    carried_out(&app, &caller, &headers, (run_id, command), what).await
}

/// Each once, in the order that was said.
fn meant(known: &[Target], tool: &ToolName, call: &CallOnEach, what: &str) -> Result<Vec<Target>> {
    if call.targets.is_empty() {
        let fits = |target: &&Target| {
            let is_there = call.environment.as_ref().is_none_or(|one| *one == target.environment);
            call.all && is_there && target.is_enabled && target.plugin == tool.plugin()
        };
        return Ok(known.iter().filter(fits).cloned().collect());
    }
    let mut meant: Vec<Target> = Vec::with_capacity(call.targets.len());
    for said in &call.targets {
        let found = known
            .iter()
            .find(|target| target.name == *said || target.id.to_string() == *said)
            .ok_or_else(|| {
                let said: String = said.chars().take(80).collect();
                let why = format!("there is no target \"{said}\"");
                Failed::new("target.not_found", what, why, "Look at /api/targets")
            })?;
        if meant.iter().all(|target| target.id != found.id) {
            meant.push(found.clone());
        }
    }
    Ok(meant)
}
