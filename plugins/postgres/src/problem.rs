//! What went wrong, in words.
//!
//! The server's own error text is never passed on as it is: it can hold values of rows and differs by version and
//! language. Only where it names what the writer of a statement must correct does a quoted, shortened part appear.

use crate::{connection::Stopped, guard::Refusal};
use std::{error::Error as _, time::Duration};
use steersman_toolkit::protocol::{Limits, Problem};
use tokio_postgres::{
    Error,
    error::{DbError, SqlState},
};

/// Longest piece of a server's message that we quote.
const QUOTED_CHARS: usize = 200;

/// The problem for a statement that gave no result. `elapsed` tells a time limit from a cancellation by somebody else.
pub(crate) fn of(what: &str, stopped: Stopped, limits: &Limits, elapsed: Option<Duration>) -> Problem {
    match stopped {
        Stopped::Cancelled => cancelled(what),
        Stopped::NoAnswer => lost(what, "the server did not answer in time"),
        Stopped::Failed(error) => match error.as_db_error() {
            Some(db) if *db.code() == SqlState::QUERY_CANCELED => ended(what, limits, elapsed),
            Some(db) => of_database(what, db),
            None => lost(what, "the connection to the server broke"),
        },
    }
}

pub(crate) fn cancelled(what: &str) -> Problem {
    Problem::new(
        "postgres.cancelled",
        what,
        "it was cancelled, and the statement has ended on the server",
        "Ask again when it should run after all",
    )
}

pub(crate) fn busy(what: &str) -> Problem {
    Problem::new(
        "postgres.busy",
        what,
        "all our connections to this target were in use",
        "Try again in a moment",
    )
}

pub(crate) fn not_sql(what: &str) -> Problem {
    Problem::new(
        "postgres.not_sql",
        what,
        "a step of the plan is no SQL statement",
        "Nothing further was done. Ask for the change again",
    )
}

/// The session to signal is not the one that was approved any more.
pub(crate) fn session_changed(what: &str) -> Problem {
    Problem::new(
        "postgres.session_changed",
        what,
        "that session has ended, or runs something else by now",
        "Nothing was signalled. Look again who runs what, and ask again if need be",
    )
}

pub(crate) fn name_is_taken(what: &str, name: &str) -> Problem {
    Problem::new(
        "postgres.name_taken",
        what,
        format!("there is something named \"{name}\" already"),
        "Choose another name",
    )
}

pub(crate) fn role_exists(what: &str, name: &str) -> Problem {
    Problem::new(
        "postgres.name_taken",
        what,
        format!("there is a role \"{name}\" already"),
        "Choose another name, or give the existing role what it needs with postgres.grant_permission",
    )
}

/// The guard refused the statement; its sentence says what to do.
pub(crate) fn refused(what: &str, refusal: Refusal) -> Problem {
    Problem::new(refusal.code, what, refusal.sentence, "")
}

/// What `name` is not: "table", "index".
pub(crate) fn not_found(what: &str, kind: &str, name: &str, similar: &[String]) -> Problem {
    let next = match similar {
        [] => format!("postgres.list_tables shows what there is; give the schema as in sales.{name}"),
        similar => format!("Perhaps you meant {}", similar.join(", ")),
    };
    Problem::new(
        format!("postgres.no_such_{kind}"),
        what,
        format!("there is no {kind} \"{name}\""),
        next,
    )
}

fn lost(what: &str, why: &str) -> Problem {
    Problem::new(
        "postgres.connection_lost",
        what,
        why,
        "Check that the server runs and can be reached, then ask again",
    )
}

fn ended(what: &str, limits: &Limits, elapsed: Option<Duration>) -> Problem {
    let limit = Duration::from_millis(limits.time_ms);
    if elapsed.is_none_or(|elapsed| elapsed + Duration::from_millis(100) >= limit) {
        return Problem::new(
            "postgres.too_slow",
            what,
            format!(
                "it took longer than its limit of {} s and was ended",
                limit.as_secs_f64()
            ),
            "Narrow the question, or run it at a quieter time",
        );
    }
    Problem::new(
        "postgres.ended_by_another",
        what,
        "somebody else on the server ended the statement",
        "Find out who and why before trying again; postgres.get_connection_stats shows who is connected",
    )
}

fn of_database(what: &str, db: &DbError) -> Problem {
    let quoted = quote(db.message());
    let (code, why, next): (&str, String, &str) = match db.code().code() {
        "42501" => (
            "postgres.permission_denied",
            format!("our role lacks a right ({quoted})"),
            "Grant our role the right, or pg_monitor where it is about activity and statistics, or use another role for \
             this target",
        ),
        "55P03" => (
            "postgres.lock_not_granted",
            "another session holds a lock that it needs, for longer than the limit".to_owned(),
            "postgres.get_locks shows who holds it; try again when it is gone",
        ),
        "40P01" => (
            "postgres.deadlock",
            "it and another session waited for each other, and the server ended it".to_owned(),
            "Try again",
        ),
        "40001" => (
            "postgres.conflict",
            "it stood in the way of replication or of another transaction, and the server ended it".to_owned(),
            "Try again",
        ),
        "25006" => (
            "postgres.read_only",
            "it would write, and only reading is possible here".to_owned(),
            "Use the tool made for this change; on a standby, connect to the primary",
        ),
        "42601" => (
            "postgres.bad_sql",
            format!("the statement is not valid SQL ({quoted})"),
            "Correct the statement",
        ),
        "42P01" => (
            "postgres.no_such_table",
            format!("the statement names a table that is not there ({quoted})"),
            "postgres.list_tables shows what there is",
        ),
        "42703" => (
            "postgres.no_such_column",
            format!("the statement names a column that is not there ({quoted})"),
            "postgres.describe_table shows the columns",
        ),
        "42883" | "42704" | "42P02" | "42P18" | "42804" | "42702" | "42803" | "42P10" | "42846" | "42725" | "3F000" => {
            (
                "postgres.bad_sql",
                format!("the statement does not fit this database ({quoted})"),
                "Correct the statement; postgres.describe_table shows columns and types",
            )
        }
        "42P07" | "42710" => (
            "postgres.name_taken",
            "something of that name exists already".to_owned(),
            "Choose another name",
        ),
        "42P17" => (
            "postgres.not_immutable",
            "an index may only use functions whose result never changes".to_owned(),
            "Leave out what depends on time, settings or other tables",
        ),
        "23505" => (
            "postgres.duplicate_values",
            "the table holds rows with equal values where they must be unique".to_owned(),
            "Remove the duplicates first, or do without uniqueness",
        ),
        "23503" | "23502" | "23514" | "23P01" => (
            "postgres.constraint_violated",
            format!("rows would break a rule of their table (SQLSTATE {})", db.code().code()),
            "postgres.describe_table shows the table's constraints; change the statement or the rows that stand in the way",
        ),
        "2BP01" => (
            "postgres.others_depend_on_it",
            "other objects or privileges depend on it".to_owned(),
            "Look at what depends on it first; nothing was removed",
        ),
        "55000" => (
            "postgres.not_possible_now",
            "the server is not in the state that this needs".to_owned(),
            "Check the server's configuration",
        ),
        "0A000" => (
            "postgres.not_supported",
            format!("this server cannot do that ({quoted})"),
            "",
        ),
        "53100" => (
            "postgres.disk_full",
            "the server's disk is full".to_owned(),
            "Make room on the database server first",
        ),
        "53200" => (
            "postgres.out_of_memory",
            "the server ran out of memory".to_owned(),
            "Try again at a quieter time",
        ),
        "53300" => (
            "postgres.too_many_connections",
            "the server has no connection left".to_owned(),
            "Raise max_connections, or find who holds the others",
        ),
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P02" => {
            return lost(what, "the server ended our connection");
        }
        code if code.starts_with("08") => return lost(what, "the connection to the server broke"),
        code if code.starts_with("22") => (
            "postgres.bad_value",
            format!("a value does not fit where it is used (SQLSTATE {code})"),
            "Correct the statement, or leave out the rows that do not fit",
        ),
        code if code.starts_with("58") || code.starts_with("XX") => (
            "postgres.server_error",
            format!("the server failed by itself (SQLSTATE {code})"),
            "Look at the server's log",
        ),
        code => (
            "postgres.failed",
            format!("the server refused it (SQLSTATE {code})"),
            "Look up the SQLSTATE in PostgreSQL's manual, appendix A; the server's log has the details",
        ),
    };
    Problem::new(code, what, why, next)
}

/// The problem for a connection that could not be opened. `place` is `host:port` or a socket.
///
/// Codes: `postgres.login_refused`, `postgres.no_such_database`, `postgres.too_many_connections`,
/// `postgres.starting`, `postgres.no_encryption`, `postgres.unreachable`.
pub(crate) fn of_connecting(place: &str, error: &Error) -> Problem {
    let what = format!("Could not connect to PostgreSQL at {place}");
    if let Some(db) = error.as_db_error() {
        let (code, why, next) = match db.code().code() {
            "28P01" => (
                "postgres.login_refused",
                "the server refused user and password",
                "Set the right user and password in the target's settings",
            ),
            "28000" => (
                "postgres.login_refused",
                "the server lets this user in from here only in another way, or not at all",
                "Check pg_hba.conf on the server, and the target's user and ssl_mode",
            ),
            "3D000" => (
                "postgres.no_such_database",
                "the server has no database of that name",
                "Set the right database in the target's settings",
            ),
            "53300" => (
                "postgres.too_many_connections",
                "the server has no connection left",
                "Raise max_connections, or find who holds the others",
            ),
            "57P03" => (
                "postgres.starting",
                "the server is starting up or shutting down",
                "Try again in a moment",
            ),
            "42501" => (
                "postgres.permission_denied",
                "our role may not connect to this database",
                "GRANT CONNECT ON DATABASE … TO the role",
            ),
            _ => (
                "postgres.login_refused",
                "the server refused the connection",
                "Look at the server's log",
            ),
        };
        return Problem::new(code, what, why, next);
    }
    // The library tells these two apart from others only in words.
    let text = format!("{error} {}", error.source().map_or(String::new(), ToString::to_string));
    let (code, why, next) = match io_kind(error) {
        Some(std::io::ErrorKind::ConnectionRefused) => (
            "postgres.unreachable",
            "nothing listens there",
            "Check host and port, and that the server runs",
        ),
        Some(std::io::ErrorKind::NotFound) => (
            "postgres.unreachable",
            "there is no such socket",
            "Check host and port, and that the server runs",
        ),
        Some(std::io::ErrorKind::TimedOut) => (
            "postgres.unreachable",
            "it did not answer within 5 s",
            "Check host and port, and firewalls on the way",
        ),
        _ if text.contains("password missing") => (
            "postgres.login_refused",
            "the server wants a password, and the target has none",
            "Set the password in the target's settings",
        ),
        _ if text.contains("TLS") => (
            "postgres.no_encryption",
            "no encrypted connection came about: the server has no TLS, or its certificate was not accepted",
            "Check the server's certificate, or choose another ssl_mode in the target's settings",
        ),
        _ => (
            "postgres.unreachable",
            "no connection came about",
            "Check host and port, that the server runs, and what it logs",
        ),
    };
    Problem::new(code, what, why, next)
}

fn io_kind(error: &Error) -> Option<std::io::ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        source = error.source();
    }
    None
}

/// The server accepted a connection and then said nothing.
pub(crate) fn silent(place: &str) -> Problem {
    Problem::new(
        "postgres.unreachable",
        format!("Could not connect to PostgreSQL at {place}"),
        "it did not answer in time",
        "Check that it is PostgreSQL that listens there, and that it is not overloaded",
    )
}

/// A piece of the server's message in quotes, shortened, on one line.
fn quote(message: &str) -> String {
    let line: String = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(QUOTED_CHARS)
        .collect();
    format!("the server says: \"{line}\"")
}
