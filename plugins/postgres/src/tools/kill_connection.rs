//! The tool *kill connection*.

use crate::{
    connection::{Bounds, Read, Reader, Writer, run_steps},
    identifier, problem, server, show, verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Fact, Limits, Plan, Problem, Receipt, Resource, Risk, Step, Undo, Verification},
};
use tokio_postgres::{Row, types::Type};

pub(crate) struct KillConnection;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Process id of the session on the server, as get_connection_stats and get_locks show it. Example: `4711`.
    #[schemars(range(min = 1), extend("x-slot" = "pid"))]
    pid: i32,
    /// `cancel` ends only the statement that runs now; `terminate` ends the whole connection. Example: `cancel`.
    #[serde(default)]
    mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Cancel,
    Terminate,
}

/// The exact moments, so that a later session with the same process id is another one.
const SESSION: &str = "SELECT a.pid, a.usename::text, a.application_name, a.client_addr::text, a.datname::text, a.state, \
       pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), \
       pg_catalog.to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.query_start) * 1000)::float8, \
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * 1000)::float8, \
       a.query, a.backend_type, \
       a.application_name = 'steersman' OR pg_catalog.starts_with(a.application_name, 'steersman '), \
       (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.oid = a.usesysid), \
       (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user), \
       pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') OR pg_catalog.pg_has_role(a.usesysid, 'USAGE'), \
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity w WHERE a.pid = ANY (pg_catalog.pg_blocking_pids(w.pid))) \
  FROM pg_catalog.pg_stat_activity a WHERE a.pid = $1";

/// A signal is obeyed at the next occasion; some work has few.
const OBEYED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[async_trait]
impl Change for KillConnection {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.kill_connection",
            title: "Kill a connection or its statement",
            description: "Cancels the statement that a session runs, or ends the whole session, by its process id; shows \
                          first who it is, what it does and since when",
            example: "kill backend 4711 on {target}",
            synonyms: &[
                "kill backend",
                "kill query",
                "cancel query",
                "stop query",
                "terminate connection",
                "end session",
                "kill session",
                "kill pid",
                "disconnect",
                "pg_terminate_backend",
                "pg_cancel_backend",
            ],
            category: "monitoring",
            floor: Risk::High,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan kill_connection")).await?;
        let draft = draft(cx, &mut read, &input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        signal(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let began = tokio::time::Instant::now();
        loop {
            let mut read = match verify::settled(cx, reader, plan).await {
                Ok(read) => read,
                Err(cannot_tell) => return Ok(cannot_tell),
            };
            match outcome(&mut read, plan).await {
                Ok(Verification::DoesNotHold { .. }) if began.elapsed() < OBEYED_WITHIN => read.end().await,
                Ok(verification) => {
                    read.end().await;
                    return Ok(verification);
                }
                Err(problem) => return Ok(verify::cannot_tell(&problem)),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Errors: `postgres.no_such_session`, `postgres.not_a_client`, `postgres.our_own`, `postgres.permission_denied`,
/// `postgres.nothing_to_cancel`.
async fn draft(cx: &Cx, read: &mut Read<'_>, input: &Input) -> Result<Draft, Problem> {
    let Some(row) = read.row(SESSION, &[(&input.pid, Type::INT4)]).await? else {
        return Err(Problem::new(
            "postgres.no_such_session",
            read.what(),
            format!("there is no session with process id {}", input.pid),
            "postgres.get_connection_stats shows who is connected",
        ));
    };
    refuse(read.what(), &row, input)?;
    let (user, started, statement_began): (Option<String>, Option<String>, Option<String>) =
        (row.get(1), row.get(6), row.get(7));
    let (Some(user), Some(started)) = (user, started) else {
        return Err(not_a_client(read.what(), input.pid));
    };
    let mut must_hold = BTreeMap::from([
        ("server".to_owned(), server::any(read).await?.must_hold()),
        ("pid".to_owned(), json!(input.pid)),
        ("backend_start".to_owned(), json!(started)),
        ("user".to_owned(), json!(user)),
    ]);
    let of_session = format!("pid = {} AND backend_start = {}", input.pid, moment(&started));
    let (literal, how) = match (input.mode, &statement_began) {
        (Mode::Cancel, Some(began)) => {
            // By the time of the approval the session may run something else, which nobody agreed to end.
            must_hold.insert("query_start".to_owned(), json!(began));
            let literal = format!(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {of_session} AND query_start = {}",
                moment(began)
            );
            (literal, "its statement ends")
        }
        (Mode::Cancel, None) => return Err(nothing_to_cancel(read.what(), input.pid)),
        (Mode::Terminate, _) => {
            let literal = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {of_session}");
            (literal, "ended")
        }
    };
    let whose = format!("process {} of \"{user}\"", input.pid);
    let (summary, what) = match input.mode {
        Mode::Cancel => (
            format!("Cancel the statement of {whose}"),
            format!("the running statement of {whose}"),
        ),
        Mode::Terminate => (
            format!("End the connection of {whose}"),
            format!("the connection of {whose}"),
        ),
    };
    Ok(Draft {
        arguments: json!(input),
        summary,
        steps: vec![Step::sql(literal)],
        on_failure: Vec::new(),
        touches: vec![Resource {
            kind: "backend".to_owned(),
            name: input.pid.to_string(),
            how: how.to_owned(),
        }],
        must_hold,
        observed: vec![about(cx, &row)],
        undo: match input.mode {
            Mode::Cancel => Undo::NotNeeded {
                why: "a cancelled statement leaves nothing behind; whoever ran it can run it again".to_owned(),
            },
            Mode::Terminate => Undo::Irreversible {
                why: "an open transaction of that connection is rolled back and cannot be resumed".to_owned(),
            },
        },
        limits: Limits {
            time_ms: 10_000,
            ..Limits::default()
        },
        facts: vec![Fact::Interrupts { what }],
        warnings: warnings(&row, input.mode),
    })
}

/// A moment of pg_stat_activity as a literal that keeps its microseconds.
fn moment(utc: &str) -> String {
    format!("timestamptz {}", identifier::literal(&format!("{utc}+00")))
}

fn refuse(what: &str, row: &Row, input: &Input) -> Result<(), Problem> {
    if row.get::<_, Option<&str>>(11) != Some("client backend") {
        return Err(not_a_client(what, input.pid));
    }
    if row.get::<_, Option<bool>>(12) == Some(true) {
        return Err(Problem::new(
            "postgres.our_own",
            what,
            format!("process {} is a connection of Steersman itself", input.pid),
            "Cancel the run that it works for instead",
        ));
    }
    let (is_superuser, are_we, may): (Option<bool>, Option<bool>, Option<bool>) =
        (row.get(13), row.get(14), row.get(15));
    if are_we != Some(true) && (is_superuser == Some(true) || may != Some(true)) {
        return Err(Problem::new(
            "postgres.permission_denied",
            what,
            "our role may not signal the sessions of that user",
            "GRANT pg_signal_backend to our role; sessions of superusers are left to superusers",
        ));
    }
    if input.mode == Mode::Cancel && row.get::<_, Option<&str>>(5).is_some_and(|state| state != "active") {
        return Err(nothing_to_cancel(what, input.pid));
    }
    Ok(())
}

fn not_a_client(what: &str, pid: i32) -> Problem {
    Problem::new(
        "postgres.not_a_client",
        what,
        format!("process {pid} is one of the server's own processes, or hidden from our role"),
        "Leave it alone; GRANT pg_monitor to our role to see other users' sessions",
    )
}

fn nothing_to_cancel(what: &str, pid: i32) -> Problem {
    Problem::new(
        "postgres.nothing_to_cancel",
        what,
        format!("process {pid} runs no statement now"),
        "Ask to terminate the connection instead, if it must go",
    )
}

fn about(cx: &Cx, row: &Row) -> steersman_toolkit::protocol::Block {
    let since = |at: usize| json!(row.get::<_, Option<f64>>(at).map(show::duration));
    let fields = vec![
        ("pid", show::cell(row, 0)),
        ("user", show::cell(row, 1)),
        ("application", show::cell(row, 2)),
        ("from", show::cell(row, 3)),
        ("database", show::cell(row, 4)),
        ("state", show::cell(row, 5)),
        ("connected since (UTC)", show::cell(row, 6)),
        ("statement for", since(8)),
        ("transaction for", since(9)),
        ("blocks others", show::cell(row, 16)),
        ("statement", show::cell(row, 10)),
    ];
    show::record(cx, "Who it is", fields)
}

fn warnings(row: &Row, mode: Mode) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(ms) = row.get::<_, Option<f64>>(9) {
        let lost = match mode {
            Mode::Cancel => "if the application does not handle the error, its transaction is lost",
            Mode::Terminate => "all it did is rolled back",
        };
        warnings.push(format!(
            "It is in a transaction that is open for {}: {lost}",
            show::duration(ms)
        ));
    }
    if mode == Mode::Terminate && row.get::<_, Option<&str>>(5) == Some("active") {
        warnings.push(
            "It runs a statement now: cancelling that first (mode cancel) may be enough, and keeps the connection"
                .to_owned(),
        );
    }
    if row.get::<_, i64>(16) == 0 {
        warnings.push("It blocks nobody".to_owned());
    }
    warnings
}

/// The statement itself finds the session by its identity, so that nobody else is hit.
///
/// Errors: `postgres.session_changed` when that session is gone or runs something else, and those of [`run_steps`].
pub(super) async fn signal(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let done = run_steps(cx, writer, plan, &plan.steps, key, None).await?;
    match done.values.first().and_then(Option::as_deref) {
        Some("t") => Ok(Receipt {
            sentence: "The server sent the signal".to_owned(),
            elapsed_ms: done.elapsed_ms,
            facts: BTreeMap::new(),
        }),
        _ => Err(problem::session_changed(&format!(
            "Could not carry out {} on {}",
            plan.tool, plan.target.name
        ))),
    }
}

async fn outcome(read: &mut Read<'_>, plan: &Plan) -> Result<Verification, Problem> {
    let fact = |name: &str| plan.must_hold.get(name).and_then(Value::as_str);
    let pid = plan
        .must_hold
        .get("pid")
        .and_then(Value::as_i64)
        .and_then(|pid| i32::try_from(pid).ok())
        .unwrap_or_default();
    let row = read.row(SESSION, &[(&pid, Type::INT4)]).await?;
    let same = row
        .as_ref()
        .filter(|row| row.get::<_, Option<&str>>(6) == fact("backend_start"));
    let holds = |sentence: String| Verification::Holds {
        sentence,
        evidence: Vec::new(),
    };
    let fails = |sentence: String| Verification::DoesNotHold {
        sentence,
        evidence: Vec::new(),
        left_behind: false,
    };
    Ok(match (fact("query_start"), same) {
        (_, None) => holds(format!("The connection of process {pid} is gone")),
        (None, Some(_)) => fails(format!("The connection of process {pid} is still there")),
        (Some(began), Some(row)) => {
            let is_running =
                row.get::<_, Option<&str>>(5) == Some("active") && row.get::<_, Option<&str>>(7) == Some(began);
            if is_running {
                fails(format!("The statement of process {pid} still runs"))
            } else {
                holds(format!("The statement of process {pid} has ended"))
            }
        }
    })
}
