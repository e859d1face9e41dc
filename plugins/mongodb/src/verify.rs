//! Reading the world back after a change, also when the connection or the report was lost.

use crate::{
    activity, command,
    connection::{Bounds, Read, Reader},
};
use bson::doc;
use std::time::Duration;
use steersman_toolkit::{
    CancellationToken, Cx,
    protocol::{Block, Limits, Plan, Problem, Verification},
};
use tokio::time::{Instant, sleep};

/// How long to try to reach a deployment that went away or elects a primary.
const REACH_WITHIN: Duration = Duration::from_secs(30);
const TRY_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at a step that still runs.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What `look` finds when everything has [`settled`]; trouble on the way is a *cannot tell*, never a guess.
pub(crate) async fn read_back<'r, F>(
    cx: &Cx,
    reader: &'r Reader,
    plan: &Plan,
    look: impl FnOnce(Read<'r>) -> F,
) -> Verification
where
    F: Future<Output = Result<Verification, Problem>>,
{
    match settled(cx, reader, plan).await {
        Ok(read) => look(read).await.unwrap_or_else(|problem| cannot_tell(&problem)),
        Err(cannot_tell) => cannot_tell,
    }
}

/// A piece of reading to look at the outcome in, once there is a primary and nothing of the plan runs any more.
///
/// Tries for 30 s to reach it, and waits as long as the plan's time limit for a step that goes on without us: an operation
/// of a client that bears our name. A run that was cancelled is verified all the same: stopping a change does not make
/// its outcome less worth knowing.
///
/// Errors: the verification `CannotTell`.
pub(crate) async fn settled<'a>(cx: &Cx, reader: &'a Reader, plan: &Plan) -> Result<Read<'a>, Verification> {
    let began = Instant::now();
    let patience = Duration::from_millis(plan.limits.time_ms);
    let mut reached_at = began;
    loop {
        match look(cx, reader, plan).await {
            Ok((read, 0)) => return Ok(read),
            Ok((_, _)) => {
                reached_at = Instant::now();
                if began.elapsed() >= patience {
                    let sentence = format!(
                        "The server at {} still carries out the command, without us. When it has ended, the outcome can be seen",
                        plan.target.name
                    );
                    return Err(Verification::CannotTell { sentence });
                }
                sleep(LOOK_EVERY).await;
            }
            Err(_) if reached_at.elapsed() < REACH_WITHIN => sleep(TRY_EVERY).await,
            Err(problem) => return Err(cannot_tell(&problem)),
        }
    }
}

/// A look, and how many operations of changing clients of ours run in the database of the plan.
async fn look<'a>(cx: &Cx, reader: &'a Reader, plan: &Plan) -> Result<(Read<'a>, usize), Problem> {
    let read = reader.begin(bounds(cx))?;
    crate::server::primary(&read).await?;
    let database = plan
        .steps
        .first()
        .and_then(|step| command::parse(&step.literal))
        .unwrap_or_default()
        .0;
    let ours = doc! {
        "appName": { "$regex": "^steersman [0-9a-f]{8}-" },
        "ns": { "$gte": format!("{database}."), "$lt": format!("{database}/") },
    };
    let running = activity::running(&read, ours).await?;
    Ok((reader.begin(bounds(cx))?, running.ops.len()))
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

pub(crate) fn holds(sentence: impl Into<String>) -> Verification {
    Verification::Holds {
        sentence: sentence.into(),
        evidence: Vec::new(),
    }
}

pub(crate) fn fails(sentence: impl Into<String>) -> Verification {
    Verification::DoesNotHold {
        sentence: sentence.into(),
        evidence: Vec::new(),
        left_behind: false,
    }
}

pub(crate) fn with_evidence(verification: Verification, block: Block) -> Verification {
    match verification {
        Verification::Holds { sentence, .. } => Verification::Holds {
            sentence,
            evidence: vec![block],
        },
        Verification::DoesNotHold {
            sentence, left_behind, ..
        } => Verification::DoesNotHold {
            sentence,
            evidence: vec![block],
            left_behind,
        },
        told => told,
    }
}
