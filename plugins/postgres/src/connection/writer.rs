//! The writing side: one fresh connection for one change, and nothing but the steps of its plan.

use super::{Dialer, Link, MARK, Stopped, Until};
use crate::problem;
use std::{sync::Arc, time::Duration};
use steersman_toolkit::{
    CancellationToken, Cx, ExposeSecret, SecretString,
    protocol::{Limits, Plan, Problem, Step, StepKind},
};
use tokio::time::Instant;
use tokio_postgres::{SimpleQueryMessage, types::Type};

/// What the server gets to end a statement by its own time limit before we give up on it.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// Between two looks at the progress of a long statement; the first comes after one such pause.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Can open connections that write. Only a granted change ever gets one.
pub struct Writer {
    dialer: Arc<Dialer>,
}

/// A statement that, given the process id of the working session as `$1`, returns one line of text about its progress.
pub(crate) type Watch = &'static str;

/// What carrying out the steps gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub elapsed_ms: u64,
    /// First value of the first row of each step, where it returned rows.
    pub values: Vec<Option<String>>,
    /// The session that did it.
    pub backend_pid: i32,
}

impl Writer {
    pub(crate) fn new(dialer: Arc<Dialer>) -> Self {
        Self { dialer }
    }

    pub(super) async fn open(&self, what: &str, key: &str, limits: &Limits) -> Result<Link, Problem> {
        let mut link = self
            .dialer
            .open(&format!("steersman {key}"))
            .await
            .map_err(|problem| problem.while_doing(what))?;
        let setup = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}",
            limits.time_ms.max(1),
            limits.lock_wait_ms.max(1)
        );
        let never = CancellationToken::new();
        let until = Until {
            cancel: &never,
            deadline: Instant::now() + GRACE,
        };
        match link.text(until, &setup).await {
            Ok(_) => Ok(link),
            Err(stopped) => Err(problem::of(what, stopped, limits, None)),
        }
    }

    /// A look at the world just before or after writing, on a connection that is closed again. `sql` is ours; returns
    /// the first value of the first row.
    pub(crate) async fn look(&self, what: &str, key: &str, sql: &str, value: &str) -> Result<Option<String>, Problem> {
        let limits = Limits::default();
        let mut link = self.open(what, key, &limits).await?;
        let never = CancellationToken::new();
        let until = Until {
            cancel: &never,
            deadline: Instant::now() + Duration::from_millis(limits.time_ms) + GRACE,
        };
        let result = link.rows(until, &format!("{MARK}{sql}"), &[(&value, Type::TEXT)]).await;
        link.close().await;
        match result {
            Ok(rows) => Ok(rows.first().and_then(|row| row.get(0))),
            Err(stopped) => Err(problem::of(what, stopped, &limits, None)),
        }
    }
}

/// Carries out `steps` (of `plan`: its steps or its `on_failure`), literally and in order, each outside of a transaction
/// block. Stops at the first that fails. The session is named after the idempotency key, so that whoever looks at the
/// server knows what it belongs to.
///
/// Errors: `postgres.cancelled`, `postgres.lock_not_granted`, `postgres.too_slow`, `postgres.connection_lost`, and the
/// others of [`problem::of`]. After an error the world may have changed: verification says.
pub(crate) async fn run_steps(
    cx: &Cx,
    writer: &Writer,
    plan: &Plan,
    steps: &[Step],
    key: &str,
    watch: Option<Watch>,
) -> Result<Done, Problem> {
    let what = what(plan);
    if steps.iter().any(|step| step.kind != StepKind::Sql) {
        return Err(problem::not_sql(&what));
    }
    let work: Vec<Work<'_>> = steps
        .iter()
        .map(|step| Work {
            shown: &step.literal,
            sent: &step.literal,
        })
        .collect();
    let mut link = writer.open(&what, key, &plan.limits).await?;
    let result = steps_on(cx, writer, &mut link, plan, &work, &what, watch).await;
    link.close().await;
    result
}

/// Carries out the plan's only step with a secret in place of its mask. Only the masked text is shown as progress.
///
/// Errors: those of [`run_steps`].
pub(crate) async fn run_filled(
    cx: &Cx,
    writer: &Writer,
    plan: &Plan,
    key: &str,
    sent: &SecretString,
) -> Result<Done, Problem> {
    let what = what(plan);
    let shown = plan.steps.first().map_or("", |step| step.literal.as_str());
    let work = [Work {
        shown,
        sent: sent.expose_secret(),
    }];
    let mut link = writer.open(&what, key, &plan.limits).await?;
    let result = steps_on(cx, writer, &mut link, plan, &work, &what, None).await;
    link.close().await;
    result
}

/// "Could not carry out postgres.create_index on orders-db".
pub(super) fn what(plan: &Plan) -> String {
    format!("Could not carry out {} on {}", plan.tool, plan.target.name)
}

/// A step as people see it, and as the server gets it.
struct Work<'a> {
    shown: &'a str,
    sent: &'a str,
}

async fn steps_on(
    cx: &Cx,
    writer: &Writer,
    link: &mut Link,
    plan: &Plan,
    steps: &[Work<'_>],
    what: &str,
    watch: Option<Watch>,
) -> Result<Done, Problem> {
    let began = Instant::now();
    let until = Until {
        cancel: &cx.cancel,
        deadline: began + Duration::from_millis(plan.limits.time_ms) + GRACE,
    };
    let backend_pid = match link.rows(until, "SELECT pg_catalog.pg_backend_pid()", &[]).await {
        Ok(rows) => rows.first().map_or(0, |row| row.get(0)),
        Err(stopped) => return Err(problem::of(what, stopped, &plan.limits, None)),
    };
    let mut values = Vec::with_capacity(steps.len());
    for step in steps {
        if cx.cancel.is_cancelled() {
            return Err(problem::cancelled(what));
        }
        cx.progress.say(step.shown);
        let step_began = Instant::now();
        let working = link.text(until, step.sent);
        let result = match watch {
            Some(watch) => tokio::select! {
                biased;
                result = working => result,
                never = report(cx, writer, watch, backend_pid) => match never {},
            },
            None => working.await,
        };
        match result {
            Ok(messages) => values.push(first_value(&messages)),
            Err(stopped) => return Err(problem::of(what, stopped, &plan.limits, Some(step_began.elapsed()))),
        }
    }
    Ok(Done {
        elapsed_ms: began.elapsed().as_millis() as u64,
        values,
        backend_pid,
    })
}

fn first_value(messages: &[SimpleQueryMessage]) -> Option<String> {
    messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) if !row.is_empty() => row.get(0).map(str::to_owned),
        _ => None,
    })
}

/// Says every second how far the statement of `backend_pid` has come. Never returns; failures only make it silent.
async fn report(cx: &Cx, writer: &Writer, watch: Watch, backend_pid: i32) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Ok(mut link) = writer.dialer.open("steersman progress").await else {
            continue;
        };
        let mut last = String::new();
        loop {
            let until = Until {
                cancel: &cx.cancel,
                deadline: Instant::now() + GRACE,
            };
            match link.rows(until, watch, &[(&backend_pid, Type::INT4)]).await {
                Ok(rows) => {
                    if let Some(line) = rows.first().and_then(|row| row.get::<_, Option<String>>(0))
                        && line != last
                    {
                        cx.progress.say(&line);
                        last = line;
                    }
                }
                Err(Stopped::Cancelled) => std::future::pending().await,
                Err(_) => break,
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
