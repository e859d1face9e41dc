//! The read-only side: commands that read, each with a time limit, and nothing else.

use super::{APPLICATION_NAME, Dialer, Stopped, dial::prefer_primary};
use crate::{problem, settings::Settings};
use bson::{Bson, Document, doc};
use mongodb::Client;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use steersman_toolkit::{
    CancellationToken, Cx,
    protocol::{Limits, Problem},
};
use tokio::time::Instant;

/// Connections of one target that read at the same time.
const CONNECTIONS: u32 = 4;
/// What the server gets to end a command by its own time limit before we give up on it.
const GRACE: Duration = Duration::from_secs(2);
/// Rounds of one cursor.
const MAX_BATCHES: usize = 50;

/// Commands that change nothing. What is not here is not sent.
const READS: &[&str] = &[
    "aggregate",
    "buildInfo",
    "collStats",
    "connectionStatus",
    "count",
    "dbStats",
    "explain",
    "find",
    "getMore",
    "getParameter",
    "hello",
    "killCursors",
    "listCollections",
    "listDatabases",
    "listIndexes",
    "ping",
    "replSetGetConfig",
    "replSetGetStatus",
    "rolesInfo",
    "serverStatus",
    "usersInfo",
];
/// Stages that write.
const WRITING_STAGES: &[&str] = &["$out", "$merge"];

static READ_NUMBER: AtomicU64 = AtomicU64::new(0);

/// Reads from one deployment. Connects when first needed.
pub struct Reader {
    dialer: Arc<Dialer>,
    pub(crate) settings: Settings,
    client: Mutex<Option<Client>>,
}

/// What one piece of reading may take, and what it is, for messages.
pub(crate) struct Bounds {
    /// "Could not list the indexes on orders-db".
    pub what: String,
    pub limits: Limits,
    pub cancel: CancellationToken,
}

impl Bounds {
    /// `doing` completes "Could not …": `Bounds::of(cx, "list the indexes")`.
    pub(crate) fn of(cx: &Cx, doing: &str) -> Self {
        Self {
            what: format!("Could not {doing} on {}", cx.target.name),
            limits: cx.limits,
            cancel: cx.cancel.clone(),
        }
    }
}

/// A piece of reading: commands under the same bounds.
pub(crate) struct Read<'a> {
    reader: &'a Reader,
    client: Client,
    bounds: Bounds,
    deadline: Instant,
}

impl Reader {
    pub(crate) fn new(dialer: Arc<Dialer>, settings: Settings) -> Self {
        Self {
            dialer,
            settings,
            client: Mutex::new(None),
        }
    }

    /// Begins a piece of reading under these bounds.
    pub(crate) fn begin(&self, bounds: Bounds) -> Result<Read<'_>, Problem> {
        let mut client = self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let client = match &*client {
            Some(client) => client.clone(),
            None => client
                .insert(self.dialer.client(APPLICATION_NAME, CONNECTIONS)?)
                .clone(),
        };
        let deadline = Instant::now() + Duration::from_millis(bounds.limits.time_ms);
        Ok(Read {
            reader: self,
            client,
            bounds,
            deadline,
        })
    }
}

impl Read<'_> {
    /// "Could not list the indexes on orders-db".
    pub(crate) fn what(&self) -> &str {
        &self.bounds.what
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.reader.settings
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.bounds.limits
    }

    /// Sends one reading command and returns the server's whole answer.
    ///
    /// Errors: `mongodb.not_a_read`, `mongodb.cancelled`, `mongodb.too_slow`, `mongodb.unreachable`,
    /// `mongodb.permission_denied` and the others of [`problem::of`].
    pub(crate) async fn run(&self, database: &str, command: Document) -> Result<Document, Problem> {
        let name = command.keys().next().cloned().unwrap_or_default();
        self.try_run(database, command)
            .await
            .map_err(|stopped| problem::of(self.what(), stopped, self.limits(), &name))
    }

    /// The same, for callers who go on after some failures. A command that is not a read is a bug and stops here.
    pub(crate) async fn try_run(&self, database: &str, mut command: Document) -> Result<Document, Stopped> {
        if !is_read(&command) {
            return Err(Stopped::Failed(mongodb::error::Error::custom(problem::NotARead)));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        // A cursor's later batches share the time of its first.
        if !command.contains_key("getMore") {
            command.insert("maxTimeMS", i64::try_from(left.as_millis()).unwrap_or(i64::MAX).max(1));
        }
        let mark = format!(
            "{APPLICATION_NAME} read {}",
            READ_NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        command.insert("comment", &mark);
        let place = self.client.database(database);
        let answer = place.run_command(command).selection_criteria(prefer_primary());
        tokio::select! {
            biased;
            () = self.bounds.cancel.cancelled() => {
                self.stop(&mark).await;
                Err(Stopped::Cancelled)
            }
            answer = answer => answer.map_err(Stopped::Failed),
            () = tokio::time::sleep_until(self.deadline + GRACE) => {
                self.stop(&mark).await;
                Err(Stopped::TooSlow)
            }
        }
    }

    /// Sends a command that answers with a cursor, and returns at most `limit` of its documents.
    pub(crate) async fn rows(&self, database: &str, command: Document, limit: usize) -> Result<Vec<Document>, Problem> {
        let name = command.keys().next().cloned().unwrap_or_default();
        self.try_rows(database, command, limit)
            .await
            .map_err(|stopped| problem::of(self.what(), stopped, self.limits(), &name))
    }

    pub(crate) async fn try_rows(
        &self,
        database: &str,
        command: Document,
        limit: usize,
    ) -> Result<Vec<Document>, Stopped> {
        let mut answer = self.try_run(database, command).await?;
        let mut rows = Vec::new();
        for _ in 0..MAX_BATCHES {
            let Some((id, namespace, batch)) = take_batch(&mut answer) else {
                break;
            };
            rows.extend(batch);
            if id == 0 {
                break;
            }
            let (place, collection) = namespace.split_once('.').unwrap_or((database, ""));
            if rows.len() >= limit {
                // A cursor that nobody reads on is closed, which is our own and changes no data.
                let _ = self
                    .try_run(place, doc! { "killCursors": collection, "cursors": [id] })
                    .await;
                break;
            }
            answer = self
                .try_run(place, doc! { "getMore": id, "collection": collection })
                .await?;
        }
        rows.truncate(limit);
        Ok(rows)
    }

    /// Ends our own command on the server, found by its mark. Failing, the server ends it by its time limit.
    async fn stop(&self, mark: &str) {
        let own = doc! { "aggregate": 1, "cursor": {}, "pipeline": [
            { "$currentOp": { "allUsers": false } }, { "$match": { "command.comment": mark } }, { "$project": { "opid": 1 } }
        ] };
        let admin = self.client.database("admin");
        let ending = async {
            let Ok(mut answer) = admin.run_command(own).await else {
                return;
            };
            let found = take_batch(&mut answer).map(|(_, _, batch)| batch).unwrap_or_default();
            for op in found {
                if let Some(opid) = op.get("opid") {
                    let _ = admin.run_command(doc! { "killOp": 1, "op": opid.clone() }).await;
                }
            }
        };
        let _ = tokio::time::timeout(GRACE, ending).await;
    }
}

/// Id, namespace and documents of a cursor's batch.
pub(super) fn take_batch(answer: &mut Document) -> Option<(i64, String, Vec<Document>)> {
    let Some(Bson::Document(mut cursor)) = answer.remove("cursor") else {
        return None;
    };
    let id = cursor.get_i64("id").unwrap_or(0);
    let namespace = cursor.get_str("ns").unwrap_or_default().to_owned();
    let batch = cursor.remove("firstBatch").or_else(|| cursor.remove("nextBatch"));
    let Some(Bson::Array(batch)) = batch else {
        return None;
    };
    let documents = batch.into_iter().filter_map(|item| match item {
        Bson::Document(document) => Some(document),
        _ => None,
    });
    Some((id, namespace, documents.collect()))
}

fn is_read(command: &Document) -> bool {
    let Some((name, value)) = command.iter().next() else {
        return false;
    };
    match &**name {
        // Level -1 asks, everything else sets.
        "profile" => command.get_i32("profile").is_ok_and(|level| level == -1) && command.len() == 1,
        "explain" => value.as_document().is_some_and(is_read),
        "aggregate" => command
            .get_array("pipeline")
            .is_ok_and(|stages| !stages.iter().any(writes)),
        name => READS.contains(&name),
    }
}

/// True for a stage that writes, at any depth.
fn writes(value: &Bson) -> bool {
    match value {
        Bson::Document(document) => document
            .iter()
            .any(|(name, value)| WRITING_STAGES.contains(&&**name) || writes(value)),
        Bson::Array(items) => items.iter().any(writes),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_are_sent() {
        for (command, expected) in [
            (doc! { "find": "orders" }, true),
            (doc! { "profile": -1 }, true),
            (doc! { "explain": { "find": "orders" } }, true),
            (doc! { "aggregate": "orders", "pipeline": [{ "$match": {} }] }, true),
            (doc! {}, false),
            (doc! { "insert": "orders" }, false),
            (doc! { "profile": 0 }, false),
            (doc! { "profile": -1, "slowms": 5 }, false),
            (doc! { "killOp": 1, "op": 5 }, false),
            (doc! { "explain": { "delete": "orders" } }, false),
            (doc! { "aggregate": "orders", "pipeline": [{ "$out": "x" }] }, false),
            (doc! { "aggregate": "orders" }, false),
            (
                doc! { "aggregate": "a", "pipeline": [{ "$lookup": { "pipeline": [{ "$merge": "x" }] } }] },
                false,
            ),
        ] {
            assert_eq!(is_read(&command), expected, "{command}");
        }
    }
}
