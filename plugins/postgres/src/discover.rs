//! Finds PostgreSQL servers on this machine, without any credentials.

use crate::{
    connection::{Bounds, Dialer, Reader},
    settings::Settings,
};
use serde_json::json;
use std::{path::Path, sync::Arc, time::Duration};
use steersman_toolkit::{CancellationToken, Discovered, protocol::Limits};

const USUAL_PORT: u16 = 5432;
/// Where distributions put their sockets.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// All of discovery.
const WITHIN: Duration = Duration::from_secs(4);
/// More servers than this on one machine are somebody's test farm.
const MAX_FOUND: usize = 8;

/// What answers on the usual loopback port and on the usual sockets. A server that is reached both ways is named once,
/// by the way that lets us in.
pub(crate) async fn look() -> Vec<Discovered> {
    let mut places = vec![("127.0.0.1".to_owned(), USUAL_PORT)];
    for folder in SOCKET_FOLDERS {
        places.extend(
            ports_in(Path::new(folder))
                .into_iter()
                .map(|port| (folder.to_owned(), port)),
        );
    }
    places.truncate(MAX_FOUND);
    let looks = places.iter().map(|(host, port)| look_at(host, *port));
    let found = tokio::time::timeout(WITHIN, futures::future::join_all(looks))
        .await
        .unwrap_or_default();
    let mut servers: Vec<(u16, Discovered)> = Vec::new();
    for (port, server) in found.into_iter().flatten() {
        match servers.iter_mut().find(|(known, _)| *known == port) {
            Some((_, known)) if server.is_ready && !known.is_ready => *known = server,
            Some(_) => {}
            None => servers.push((port, server)),
        }
    }
    servers.into_iter().map(|(_, server)| server).collect()
}

/// Ports of the sockets in a folder: `.s.PGSQL.5432`.
fn ports_in(folder: &Path) -> Vec<u16> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut ports: Vec<u16> = entries
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix(".s.PGSQL.")?.parse().ok())
        .collect();
    ports.sort_unstable();
    ports
}

/// Tries to come in as the current user would with `psql`, and as `postgres`.
async fn look_at(host: &str, port: u16) -> Option<(u16, Discovered)> {
    let mut answers = false;
    for user in users() {
        let settings =
            Settings::parse(&json!({ "host": host, "port": port, "database": "postgres", "user": user })).ok()?;
        let place = settings.place();
        let name = if port == USUAL_PORT {
            "local-postgres".to_owned()
        } else {
            format!("local-postgres-{port}")
        };
        match version(&settings).await {
            Ok(version) => {
                let discovered = Discovered {
                    name,
                    sentence: format!("PostgreSQL {version} at {place}, open to user {user} without a password"),
                    settings: settings.to_value(),
                    is_ready: true,
                };
                return Some((port, discovered));
            }
            // It speaks PostgreSQL: it said why not.
            Err(code) => answers |= !matches!(code.as_str(), "postgres.unreachable" | "postgres.no_encryption"),
        }
    }
    let settings = json!({ "host": host, "port": port, "database": "postgres", "user": "postgres" });
    let settings = Settings::parse(&settings).ok()?;
    answers.then(|| {
        let discovered = Discovered {
            name: if port == USUAL_PORT {
                "local-postgres".to_owned()
            } else {
                format!("local-postgres-{port}")
            },
            sentence: format!(
                "A PostgreSQL server at {}; it wants a user and a password",
                settings.place()
            ),
            settings: settings.to_value(),
            is_ready: false,
        };
        (port, discovered)
    })
}

/// The current user, by the owner of our own process, and the usual superuser.
fn users() -> Vec<String> {
    let mut users: Vec<String> = own_user().into_iter().collect();
    users.push("postgres".to_owned());
    users.dedup();
    users
}

/// Name of the user that we run as: the owner of `/proc/self`, looked up in `/etc/passwd`.
fn own_user() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

/// The server's version, or the code of the problem.
async fn version(settings: &Settings) -> Result<String, String> {
    let dialer = Arc::new(Dialer::new(settings, None).map_err(|problem| problem.code)?);
    let reader = Reader::new(dialer, settings.clone());
    let bounds = Bounds {
        what: "Could not look at the server".to_owned(),
        limits: Limits {
            time_ms: 1_000,
            ..Limits::default()
        },
        cancel: CancellationToken::new(),
    };
    let mut read = reader.begin(bounds).await.map_err(|problem| problem.code)?;
    let row = read
        .row("SELECT pg_catalog.current_setting('server_version')", &[])
        .await
        .map_err(|problem| problem.code)?;
    read.end().await;
    let version: String = row.map_or(String::new(), |row| row.get(0));
    Ok(version.split_whitespace().next().unwrap_or_default().to_owned())
}
