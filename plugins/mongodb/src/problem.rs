//! What went wrong, in words.
//!
//! The server's own error text is never passed on as it is: it can hold values of documents and whole commands. Only where
//! it names what the writer of a query must correct does a quoted, shortened part appear.

use crate::connection::Stopped;
use mongodb::error::{CommandError, Error, ErrorKind};
use std::time::Duration;
use steersman_toolkit::protocol::{Limits, Problem};

/// Longest piece of a server's message that we quote.
const QUOTED_CHARS: usize = 200;

/// A command that is no read came to the reader: a bug of ours, and nothing was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotARead;

/// The problem for a command that gave no answer. `verb` is the command's name: it says which right may be missing.
pub(crate) fn of(what: &str, stopped: Stopped, limits: &Limits, verb: &str) -> Problem {
    match stopped {
        Stopped::Cancelled => cancelled(what),
        Stopped::TooSlow => too_slow(what, limits),
        Stopped::Failed(error) if error.get_custom::<NotARead>().is_some() => Problem::new(
            "mongodb.not_a_read",
            what,
            format!("\"{verb}\" is not on the list of commands that only read"),
            "Nothing was sent. Report this as a bug",
        ),
        Stopped::Failed(error) => of_error(what, &error, limits, verb),
    }
}

pub(crate) fn cancelled(what: &str) -> Problem {
    Problem::new(
        "mongodb.cancelled",
        what,
        "it was cancelled, and the server was told to end the operation",
        "Ask again when it should run after all",
    )
}

fn too_slow(what: &str, limits: &Limits) -> Problem {
    let limit = Duration::from_millis(limits.time_ms).as_secs_f64();
    Problem::new(
        "mongodb.too_slow",
        what,
        format!("it took longer than its limit of {limit} s and was ended"),
        "Narrow the question, or run it at a quieter time",
    )
}

pub(crate) fn not_a_command(what: &str) -> Problem {
    Problem::new(
        "mongodb.not_a_command",
        what,
        "a step of the plan is not a command that can be sent",
        "Nothing further was done. Ask for the change again",
    )
}

/// The operation to end is not the one that was approved any more.
pub(crate) fn operation_changed(what: &str) -> Problem {
    Problem::new(
        "mongodb.operation_changed",
        what,
        "that operation has ended, or the number means another one by now",
        "Nothing was ended. Look again what runs, and ask again if need be",
    )
}

pub(crate) fn no_password(user: &str) -> Problem {
    Problem::new(
        "mongodb.bad_settings",
        "Could not use the settings of the MongoDB target",
        format!("there is a user \"{user}\" and no password"),
        "Enter the password, or leave the user out where the server knows no users",
    )
}

pub(crate) fn bad_hosts() -> Problem {
    Problem::new(
        "mongodb.bad_settings",
        "Could not use the settings of the MongoDB target",
        "the driver does not accept the hosts, or the combination of hosts and replica set",
        "Write hosts as host:port, separated by commas",
    )
}

/// What `name` is not: "collection", "index".
pub(crate) fn not_found(what: &str, kind: &str, name: &str, similar: &[String]) -> Problem {
    let next = match similar {
        [] => "mongodb.list_collections shows what there is; another database is named in \"database\"".to_owned(),
        similar => format!("Perhaps you meant {}", similar.join(", ")),
    };
    Problem::new(
        format!("mongodb.no_such_{kind}"),
        what,
        format!("there is no {kind} \"{name}\""),
        next,
    )
}

/// The code of a command that the server refused.
pub(crate) fn server_code(stopped: &Stopped) -> Option<i32> {
    match stopped {
        Stopped::Failed(error) => match &*error.kind {
            ErrorKind::Command(error) => Some(error.code),
            _ => None,
        },
        Stopped::Cancelled | Stopped::TooSlow => None,
    }
}

fn of_error(what: &str, error: &Error, limits: &Limits, verb: &str) -> Problem {
    match &*error.kind {
        ErrorKind::Command(error) => of_command(what, error, limits, verb),
        ErrorKind::Authentication { .. } => not_let_in(what),
        ErrorKind::ServerSelection { message, .. }
            if message.contains("Authentication") || message.contains("SCRAM") =>
        {
            not_let_in(what)
        }
        ErrorKind::ServerSelection { message, .. }
            if message.contains("UnknownIssuer") || message.contains("certificate") =>
        {
            Problem::new(
                "mongodb.bad_certificate",
                what,
                "the server's certificate is not one that we trust for this host name",
                "Use a certificate of a well-known authority, or set the encryption to \"require\" in the target's settings",
            )
        }
        ErrorKind::ServerSelection { .. } | ErrorKind::DnsResolve { .. } => Problem::new(
            "mongodb.unreachable",
            what,
            "no server of the deployment answered that could do it (wrong address, not running, another replica set's name, \
             or no primary at the moment)",
            "Check that the server runs, and hosts, replica set and encryption in the target's settings; \
             mongodb.get_repl_status shows who is primary",
        ),
        ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => Problem::new(
            "mongodb.connection_lost",
            what,
            "the connection to the server broke",
            "Check that the server runs and can be reached, then ask again",
        ),
        _ => Problem::new(
            "mongodb.failed",
            what,
            "the driver could not make sense of the server's answer",
            "Try again; if it happens again, report it as a bug",
        ),
    }
}

fn not_let_in(what: &str) -> Problem {
    Problem::new(
        "mongodb.not_let_in",
        what,
        "the server does not accept the user and password of this target",
        "Check user, password and authentication database in the target's settings",
    )
}

fn of_command(what: &str, error: &CommandError, limits: &Limits, verb: &str) -> Problem {
    let quoted = quote(&error.message);
    let (code, why, next): (&str, String, &str) = match error.code {
        13 => return permission_denied(what, verb),
        18 => return not_let_in(what),
        50 => return too_slow(what, limits),
        26 => (
            "mongodb.no_such_collection",
            "there is no such collection".to_owned(),
            "mongodb.list_collections shows what there is",
        ),
        27 => (
            "mongodb.no_such_index",
            "there is no such index".to_owned(),
            "mongodb.list_indexes shows what there is",
        ),
        11 => (
            "mongodb.no_such_user",
            "there is no such user".to_owned(),
            "Check the name and its database",
        ),
        31 => (
            "mongodb.no_such_role",
            format!("there is no such role ({quoted})"),
            "Check the name of the role and its database",
        ),
        51_003 => (
            "mongodb.user_exists",
            "a user of that name exists".to_owned(),
            "Choose another name",
        ),
        59 | 115 => (
            "mongodb.not_supported",
            format!("this server does not know or support the command \"{verb}\""),
            "It may be too old or too new, a mongos, or another product that speaks MongoDB's protocol",
        ),
        20 => (
            "mongodb.not_possible_here",
            format!("the server does not do this here ({quoted})"),
            "It depends on the kind of deployment; see the message",
        ),
        85 | 86 => (
            "mongodb.index_conflict",
            "an index with the same name or the same keys and other options exists".to_owned(),
            "mongodb.list_indexes shows it; give another name, or drop that one first",
        ),
        67 => (
            "mongodb.bad_index",
            format!("the server cannot make such an index ({quoted})"),
            "Correct the fields or options",
        ),
        11_000 => (
            "mongodb.duplicate_key",
            "two documents have the same values, which the index would forbid".to_owned(),
            "Find and correct the duplicates first, or ask for an index that is not unique",
        ),
        166 => (
            "mongodb.is_a_view",
            "that is a view, which holds no documents of its own".to_owned(),
            "Name the collection behind it",
        ),
        11_601 | 11_602 | 237 | 276 => (
            "mongodb.ended_by_another",
            "the operation was ended on the server: by somebody, or because the primary stepped down".to_owned(),
            "Find out why before trying again; mongodb.get_repl_status and mongodb.get_current_ops help",
        ),
        91 | 189 | 10_058 | 10_107 | 11_600 | 13_435 | 13_436 => (
            "mongodb.not_primary",
            "the server is not the primary of its set now, or is shutting down or starting".to_owned(),
            "Name the replica set in the target's settings to follow its primary; try again when there is one",
        ),
        292 => (
            "mongodb.too_much_memory",
            "sorting or grouping needs more memory than the server gives, and using its disk is not allowed here"
                .to_owned(),
            "Narrow the query, or add an index that gives the order",
        ),
        2 | 4 | 9 | 14 | 15_998 | 40_324 | 168 | 72 | 16_020..=17_500 | 28_600..=51_999 | 5_000_000.. => (
            "mongodb.bad_query",
            format!("the server does not accept it ({quoted})"),
            "Correct it",
        ),
        _ => (
            "mongodb.failed",
            format!("the server refused it ({quoted})"),
            "See the server's message",
        ),
    };
    Problem::new(code, what, why, next)
}

/// Which role gives the right to a command.
pub(crate) fn permission_denied(what: &str, verb: &str) -> Problem {
    let role = match verb {
        "find" | "aggregate" | "count" | "listCollections" | "listIndexes" | "collStats" | "dbStats" | "explain" => {
            "read on the database (or readAnyDatabase); clusterMonitor for activity and statistics"
        }
        "serverStatus" | "replSetGetStatus" | "replSetGetConfig" | "getParameter" | "listDatabases" => {
            "clusterMonitor on admin"
        }
        "createIndexes" | "dropIndexes" | "collMod" | "compact" | "reIndex" | "profile" => "dbAdmin on the database",
        "createUser" | "dropUser" | "grantRolesToUser" | "revokeRolesFromUser" | "usersInfo" | "rolesInfo" => {
            "userAdmin on the database (or userAdminAnyDatabase)"
        }
        "killOp" => "hostManager (or a role with killop and inprog) on admin",
        _ => "one that allows the command",
    };
    Problem::new(
        "mongodb.permission_denied",
        what,
        format!("our user may not run \"{verb}\" here"),
        format!("Grant our user the role {role}, or use another user for this target"),
    )
}

/// A short piece of a server's message, on one line.
fn quote(message: &str) -> String {
    format!(
        "\"{}\"",
        crate::show::one_line(&message.replace('"', "'"), QUOTED_CHARS)
    )
}
