//! The writing side: one fresh client for one change, and nothing but the steps of its plan.

use super::{APPLICATION_NAME, Dialer, Stopped, reader::take_batch};
use crate::{command, problem};
use bson::{Bson, Document, doc};
use mongodb::Client;
use std::{sync::Arc, time::Duration};
use steersman_toolkit::{
    Cx, ExposeSecret, SecretString,
    protocol::{Plan, Problem, Step, StepKind},
};
use tokio::time::Instant;

/// What the server gets to end an operation that we told it to end.
const GRACE: Duration = Duration::from_secs(5);
/// Between two looks at the progress of a long operation; the first comes after one such pause.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Can open clients that write. Only a granted change ever gets one.
pub struct Writer {
    dialer: Arc<Dialer>,
}

/// Steps to carry out.
pub(crate) struct Steps<'a> {
    pub plan: &'a Plan,
    /// Its steps or its `on_failure`.
    pub steps: &'a [Step],
    pub key: &'a str,
    /// Put in where a literal shows a mask.
    pub secret: Option<&'a SecretString>,
    /// Part of the `msg` of operations whose progress is this work's.
    pub watch: Option<&'static str>,
}

/// What carrying out the steps gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub elapsed_ms: u64,
    /// The server's answer to each step.
    pub answers: Vec<Document>,
}

impl Writer {
    pub(crate) fn new(dialer: Arc<Dialer>) -> Self {
        Self { dialer }
    }

    /// A look at the world just before or after writing: a reading command on a client of the change.
    pub(crate) async fn look(
        &self,
        what: &str,
        key: &str,
        database: &str,
        command: Document,
    ) -> Result<Document, Problem> {
        let client = self.dialer.client(&format!("{APPLICATION_NAME} {key}"), 1)?;
        let name = command.keys().next().cloned().unwrap_or_default();
        let answer =
            tokio::time::timeout(Duration::from_secs(20), client.database(database).run_command(command)).await;
        client.shutdown().immediate(true).await;
        let stopped = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => Stopped::Failed(error),
            Err(_) => Stopped::TooSlow,
        };
        Err(problem::of(what, stopped, &Default::default(), &name))
    }

    /// Carries the steps out, literally and in order. Stops at the first that fails. The client is named after the
    /// idempotency key, so that whoever looks at the server knows what it belongs to. When the run is cancelled or its
    /// time is up, the operation is ended on the server first.
    ///
    /// Errors: `mongodb.cancelled`, `mongodb.too_slow`, `mongodb.not_a_command`, and the others of [`problem::of`].
    /// After an error the world may have changed: verification says.
    pub(crate) async fn run(&self, cx: &Cx, work: Steps<'_>) -> Result<Done, Problem> {
        let name = format!("{APPLICATION_NAME} {}", work.key);
        let client = self.dialer.client(&name, 1)?;
        let result = self.steps_on(cx, &client, &name, work).await;
        client.shutdown().immediate(true).await;
        result
    }

    async fn steps_on(&self, cx: &Cx, client: &Client, name: &str, work: Steps<'_>) -> Result<Done, Problem> {
        let plan = work.plan;
        let what = format!("Could not carry out {} on {}", plan.tool, plan.target.name);
        let began = Instant::now();
        let deadline = began + Duration::from_millis(plan.limits.time_ms);
        let mut answers = Vec::with_capacity(work.steps.len());
        for step in work.steps {
            if cx.cancel.is_cancelled() {
                return Err(problem::cancelled(&what));
            }
            let sent = (step.kind == StepKind::Command)
                .then(|| command::parse(&step.literal))
                .flatten();
            let Some((database, mut sent)) = sent else {
                return Err(problem::not_a_command(&what));
            };
            if let Some(secret) = work.secret {
                command::fill_in(&mut sent, secret.expose_secret());
            }
            cx.progress.say(&step.literal);
            let verb = sent.keys().next().cloned().unwrap_or_default();
            let place = client.database(&database);
            let stopped = tokio::select! {
                biased;
                answer = place.run_command(sent) => match answer {
                    Ok(answer) => {
                        answers.push(answer);
                        continue;
                    }
                    Err(error) => Stopped::Failed(error),
                },
                () = cx.cancel.cancelled() => Stopped::Cancelled,
                () = tokio::time::sleep_until(deadline) => Stopped::TooSlow,
                never = self.report(cx, work.watch) => match never {},
            };
            if !matches!(stopped, Stopped::Failed(_)) {
                self.end(name).await;
            }
            return Err(problem::of(&what, stopped, &plan.limits, &verb));
        }
        Ok(Done {
            elapsed_ms: began.elapsed().as_millis() as u64,
            answers,
        })
    }

    /// Ends what a client of ours, found by its name, runs on the server.
    async fn end(&self, name: &str) {
        let Ok(client) = self.dialer.client(&format!("{APPLICATION_NAME} stop"), 1) else {
            return;
        };
        let own = doc! { "aggregate": 1, "cursor": {}, "pipeline": [
            { "$currentOp": { "allUsers": false, "idleConnections": false } },
            { "$match": { "appName": name, "active": true } }, { "$project": { "opid": 1 } }
        ] };
        let admin = client.database("admin");
        let ending = async {
            let mut answer = admin.run_command(own).await.unwrap_or_default();
            for op in take_batch(&mut answer).map(|(_, _, batch)| batch).unwrap_or_default() {
                if let Some(opid) = op.get("opid") {
                    let _ = admin.run_command(doc! { "killOp": 1, "op": opid.clone() }).await;
                }
            }
        };
        let _ = tokio::time::timeout(GRACE, ending).await;
        client.shutdown().immediate(true).await;
    }

    /// Says every second how far operations with `watch` in their message have come. Never returns; failures only make it
    /// silent.
    async fn report(&self, cx: &Cx, watch: Option<&str>) -> std::convert::Infallible {
        let (Some(watch), Ok(client)) = (watch, self.dialer.client(&format!("{APPLICATION_NAME} progress"), 1)) else {
            return std::future::pending().await;
        };
        let mut last = String::new();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let running = doc! { "aggregate": 1, "cursor": {}, "pipeline": [
                { "$currentOp": { "allUsers": true } },
                { "$match": { "msg": { "$regex": watch } } }, { "$project": { "msg": 1, "progress": 1 } }
            ] };
            let Ok(mut answer) = client.database("admin").run_command(running).await else {
                continue;
            };
            let found = take_batch(&mut answer).map(|(_, _, batch)| batch).unwrap_or_default();
            if let Some(line) = found.first().map(progress_line)
                && line != last
            {
                cx.progress.say(&line);
                last = line;
            }
        }
    }
}

/// `Index Build: scanning collection … 40 %`.
fn progress_line(op: &Document) -> String {
    let message = crate::show::one_line(op.get_str("msg").unwrap_or_default(), 120);
    let number = |name: &str| match op.get_document("progress").ok()?.get(name)? {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        _ => None,
    };
    match (number("done"), number("total")) {
        (Some(done), Some(total)) if total > 0.0 => format!("{message}: {:.0} %", (done * 100.0 / total).min(100.0)),
        _ => message,
    }
}
