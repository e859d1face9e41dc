//! Reading the world back after a change, also when the connection or the report was lost.

use crate::connection::{Bounds, Read, Reader};
use futures::future::BoxFuture;
use std::time::Duration;
use steersman_toolkit::{
    CancellationToken, Cx,
    protocol::{Limits, Plan, Problem, Verification},
};
use tokio::time::{Instant, sleep};
use tokio_postgres::types::Type;

/// How long to try to reach a server that went away.
const REACH_WITHIN: Duration = Duration::from_secs(20);
const TRY_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at a step that still runs.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is found in the world, with nothing of the plan running any more.
pub(crate) type Look =
    for<'r, 'a> fn(&'r Cx, &'r mut Read<'a>, &'r Plan) -> BoxFuture<'r, Result<Verification, Problem>>;

/// Looks again for as long as the change is not there, at most `within`: counters arrive a little after the fact.
pub(crate) async fn read_back(cx: &Cx, reader: &Reader, plan: &Plan, within: Duration, look: Look) -> Verification {
    let began = Instant::now();
    loop {
        let mut read = match settled(cx, reader, plan).await {
            Ok(read) => read,
            Err(cannot_tell) => return cannot_tell,
        };
        match look(cx, &mut read, plan).await {
            Ok(Verification::DoesNotHold { .. }) if began.elapsed() < within => read.end().await,
            Ok(verification) => {
                read.end().await;
                return verification;
            }
            Err(problem) => return cannot_tell(&problem),
        }
        sleep(LOOK_EVERY).await;
    }
}

/// The `oid` of what the plan keeps under this name: `oid_of(plan, "table")`.
pub(crate) fn oid_of(plan: &Plan, name: &str) -> u32 {
    plan.must_hold
        .get(name)
        .and_then(|thing| thing["oid"].as_u64())
        .and_then(|oid| u32::try_from(oid).ok())
        .unwrap_or_default()
}

/// The `name` of what the plan keeps under this name.
pub(crate) fn name_of<'a>(plan: &'a Plan, name: &str) -> &'a str {
    plan.must_hold
        .get(name)
        .and_then(|thing| thing["name"].as_str())
        .unwrap_or_default()
}

/// A session that still carries out a step of the plan: its client is gone, the server works on.
const STILL_RUNNING: &str = "SELECT a.pid FROM pg_catalog.pg_stat_activity a \
 WHERE a.state = 'active' AND a.pid <> pg_catalog.pg_backend_pid() AND a.datname = pg_catalog.current_database() \
   AND pg_catalog.left(a.query, 500) = ANY ($1) LIMIT 1";

/// A transaction to look at the outcome in, once nothing of the plan runs any more.
///
/// Tries for 20 s to reach the server, and waits as long as the plan's time limit for a step that goes on without us. A
/// run that was cancelled is verified all the same: stopping a change does not make its outcome less worth knowing.
///
/// Errors: the verification `CannotTell`.
pub(crate) async fn settled<'a>(cx: &Cx, reader: &'a Reader, plan: &Plan) -> Result<Read<'a>, Verification> {
    let began = Instant::now();
    let patience = Duration::from_millis(plan.limits.time_ms);
    let mut reached_at = began;
    loop {
        match look(cx, reader, plan).await {
            Ok((read, None)) => return Ok(read),
            Ok((read, Some(pid))) => {
                read.end().await;
                reached_at = Instant::now();
                if began.elapsed() >= patience {
                    return Err(Verification::CannotTell {
                        sentence: format!(
                            "Process {pid} on {} still carries out the statement, without us. When it has ended, the \
                             outcome can be seen",
                            plan.target.name
                        ),
                    });
                }
                sleep(LOOK_EVERY).await;
            }
            Err(_) if reached_at.elapsed() < REACH_WITHIN => sleep(TRY_EVERY).await,
            Err(problem) => return Err(cannot_tell(&problem)),
        }
    }
}

async fn look<'a>(cx: &Cx, reader: &'a Reader, plan: &Plan) -> Result<(Read<'a>, Option<i32>), Problem> {
    let mut read = reader.begin(bounds(cx)).await?;
    let literals: Vec<String> = plan
        .steps
        .iter()
        .chain(&plan.on_failure)
        .map(|step| step.literal.chars().take(500).collect())
        .collect();
    let pid = read
        .row(STILL_RUNNING, &[(&literals, Type::TEXT_ARRAY)])
        .await?
        .map(|row| row.get(0));
    Ok((read, pid))
}

fn bounds(cx: &Cx) -> Bounds {
    Bounds {
        limits: Limits {
            time_ms: 10_000,
            ..Limits::default()
        },
        ..Bounds::of(&unstoppable(cx), "look at the outcome")
    }
}

/// The same circumstances without a way to stop: for what must be finished once it was begun.
pub(crate) fn unstoppable(cx: &Cx) -> Cx {
    Cx {
        cancel: CancellationToken::new(),
        ..cx.clone()
    }
}

pub(crate) fn cannot_tell(problem: &Problem) -> Verification {
    Verification::CannotTell {
        sentence: problem.to_string(),
    }
}
