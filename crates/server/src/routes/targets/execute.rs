//! Calling a tool by hand: the same funnel as everybody's.

use super::{Place, found_to_read};
use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result},
    request::{Body, has_key, id_for, reused_key},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use steersman_protocol::{Command, ExecutionId, Problem, RunId, RunView, ServerId, TargetId, ToolName};
use steersman_runtime::Waited;

/// A request waits this long for a result; then it answers 202 and the run goes on.
const WAIT: Duration = Duration::from_secs(30);

#[derive(Deserialize, utoipa::ToSchema)]
pub struct Call {
    /// `postgres.list_indexes`, or without the plugin: `list_indexes`.
    tool: String,
    #[schema(value_type = Object)]
    #[serde(default)]
    arguments: Value,
}

/// Call a tool on a target. Needs the tool's own permission.
///
/// 200 with the ended run; 202 when a person has to approve first, or when it takes longer than 30 s. An
/// `Idempotency-Key` makes a repeated request find the first one's run; with another body it is refused
/// (`request.key_reused`).
#[utoipa::path(post, path = "/api/servers/{serverId}/plugins/{id}/execute", tag = "targets", params(("serverId" = ServerId, Path), ("id" = TargetId, Path)), request_body = Call, responses((status = 200, body = RunView), (status = 202, body = RunView)))]
pub async fn execute(
    State(app): State<App>,
    caller: Caller,
    place: Place,
    headers: HeaderMap,
    Body(call): Body<Call>,
) -> Result<(StatusCode, Json<RunView>)> {
    let what = "Could not call the tool";
    let target = found_to_read(&app, &caller, &place, what).await?;
    let full = if call.tool.contains('.') {
        call.tool
    } else {
        format!("{}.{}", target.plugin, call.tool)
    };
    let tool: ToolName = match full.parse() {
        Ok(tool) => tool,
        Err(why) => {
            let problem = Problem::new("call.unknown_tool", what, why, "See GET …/tools of the target");
            return Ok(app.runtime.refuse(&caller.actor, "tool.refused", problem).await?);
        }
    };
    let run_id = RunId::from_uuid(id_for(
        &headers,
        caller.user.id,
        &format!("execute {}", target.id),
        app.runtime.fresh_id(),
    ));
    let command = Command::Execute {
        run_id,
        execution_id: ExecutionId::from_uuid(app.runtime.fresh_id()),
        target_id: target.id,
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

/// Waits for what a call by hand comes to; a repeated request finds the first one's run.
pub(in crate::routes) async fn carried_out(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    (run_id, command): (RunId, Command),
    what: &str,
) -> Result<(StatusCode, Json<RunView>)> {
    let waited = match app.runtime.execute_and_wait(command, WAIT).await {
        Err(problem) if problem.code == "run.already_started" && has_key(headers) => {
            app.runtime.wait_for(&caller.actor, run_id, WAIT).await?
        }
        other => other.map_err(|problem| Failed(reused_key(problem, what)))?,
    };
    answered(waited)
}

/// 200 with a run that ended, 202 with one that goes on.
fn answered(waited: Waited) -> Result<(StatusCode, Json<RunView>)> {
    Ok(match waited {
        // A repeated request whose call did not pass the door is told the same as the first.
        Waited::Over(run) if run.executions.is_empty() && run.problem.is_some() => {
            return Err(Failed(run.problem.unwrap_or_else(|| unreachable!())));
        }
        Waited::Over(run) => (StatusCode::OK, Json(*run)),
        Waited::NeedsApproval(run) | Waited::StillRunning(run) => (StatusCode::ACCEPTED, Json(*run)),
    })
}
