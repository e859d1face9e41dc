//! A quick look at a target: does it answer, and what is on it.

use crate::{
    collection,
    connection::{Bounds, Reader},
    indexes,
    server::{self, ServerState},
    show,
    tools::list_collections::{bytes_of, measure_all},
};
use bson::{Document, doc};
use steersman_toolkit::{
    CancellationToken,
    protocol::{Health, HealthState, Limits, Measurement, Problem, ResourceName},
};
use tokio::time::Instant;

/// Slower answers than this are worth a word.
const SLOW_MS: u64 = 1_000;
/// So is replication that is further behind.
const BEHIND_MS: i64 = 30_000;
const MAX_RESOURCES: usize = 500;
/// Collections whose indexes are listed by name.
const MAX_LOOKED_INTO: usize = 60;

fn bounds(what: &str) -> Bounds {
    Bounds {
        what: what.to_owned(),
        limits: Limits {
            time_ms: 3_000,
            ..Limits::default()
        },
        cancel: CancellationToken::new(),
    }
}

/// Never fails: a server that does not answer is `Down`.
pub(crate) async fn look(reader: &Reader) -> Health {
    let began = Instant::now();
    let looked = async {
        let read = reader.begin(bounds("Could not look at the server"))?;
        let ping_began = Instant::now();
        let build = read.run("admin", doc! { "buildInfo": 1 }).await?;
        // The first answer has to wait for the connection.
        let latency_ms = ping_began.elapsed().as_millis() as u64;
        let state = server::state(&read).await?;
        let status = server::optional(&read, doc! { "serverStatus": 1 }).await?;
        let stats = read.run(&reader.settings.database, doc! { "dbStats": 1 }).await.ok();
        Ok::<_, Problem>((latency_ms, build, state, status, stats))
    };
    match looked.await {
        Ok((latency_ms, build, state, status, stats)) => {
            let version = build.get_str("version").unwrap_or("of unknown version").to_owned();
            healthy(latency_ms, version, &state, status.as_ref(), stats.as_ref())
        }
        Err(problem) => down(&problem, began.elapsed().as_millis() as u64),
    }
}

fn healthy(
    latency_ms: u64,
    version: String,
    state: &ServerState,
    status: Option<&Document>,
    stats: Option<&Document>,
) -> Health {
    let mut sentence = format!("MongoDB {version}, {}", state.role());
    let mut measurements = Vec::new();
    let mut is_degraded = latency_ms > SLOW_MS;
    if let Some(status) = status {
        let at = |path: &[&str]| show::at(status, path);
        if let Some(up) = at(&["uptimeMillis"]) {
            sentence = format!("{sentence}, up for {}", show::duration(up));
        }
        if let (Some(used), Some(free)) = (at(&["connections", "current"]), at(&["connections", "available"])) {
            let percent = used * 100.0 / (used + free).max(1.0);
            is_degraded |= percent >= 90.0;
            sentence = format!("{sentence}, {used} connections");
            measurements.push(Measurement::new("connections", "", used));
            measurements.push(Measurement::new("connections_used", "percent", percent));
        }
        if let (Some(used), Some(all)) = (
            at(&["wiredTiger", "cache", "bytes currently in the cache"]),
            at(&["wiredTiger", "cache", "maximum bytes configured"]),
        ) {
            measurements.push(Measurement::new("cache_used", "percent", used * 100.0 / all.max(1.0)));
        }
        if let Some(queued) = at(&["globalLock", "currentQueue", "total"]) {
            measurements.push(Measurement::new("queued_operations", "", queued));
        }
    }
    if let Some(lag) = state.lag_ms() {
        is_degraded |= lag > BEHIND_MS;
        measurements.push(Measurement::new("replication_lag", "s", lag as f64 / 1_000.0));
        if lag > BEHIND_MS {
            sentence = format!("{sentence}; replication is {} behind", show::duration(lag as f64));
        }
    }
    if !state.unreachable().is_empty() {
        is_degraded = true;
        sentence = format!("{sentence}; not reachable: {}", state.unreachable().join(", "));
    }
    if let Some(bytes) = stats.and_then(|stats| show::number(stats.get("storageSize"))) {
        measurements.push(Measurement::new("database_size", "bytes", bytes));
    }
    if state.set_name().is_some() && !state.is_primary() && state.hello.get_str("primary").is_err() {
        is_degraded = true;
        sentence = format!("{sentence}; the set has no primary");
    }
    if latency_ms > SLOW_MS {
        sentence = format!("{sentence}; answered after {latency_ms} ms");
    }
    Health {
        state: if is_degraded {
            HealthState::Degraded
        } else {
            HealthState::Healthy
        },
        sentence,
        version: Some(version),
        latency_ms,
        measurements,
    }
}

pub(crate) fn down(problem: &Problem, latency_ms: u64) -> Health {
    Health {
        state: HealthState::Down,
        sentence: problem.to_string(),
        version: None,
        latency_ms,
        measurements: Vec::new(),
    }
}

/// Collections of the target's own database, the largest first, and their indexes.
pub(crate) async fn resources(reader: &Reader) -> Result<Vec<ResourceName>, Problem> {
    let read = reader.begin(bounds("Could not list collections and indexes"))?;
    let collections = collection::list(&read, &reader.settings.database).await?;
    let mut measured = measure_all(&read, &collections).await;
    measured.sort_by(|a, b| bytes_of(b).total_cmp(&bytes_of(a)));
    measured.truncate(MAX_RESOURCES);
    let name = |kind: &str, name: &str| ResourceName {
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    let mut resources: Vec<ResourceName> = measured.iter().map(|(c, _)| name("collection", &c.name)).collect();
    for (collection, _) in measured.iter().filter(|(c, _)| !c.is_view()).take(MAX_LOOKED_INTO) {
        let found = indexes::specs(&read, collection).await.unwrap_or_default();
        resources.extend(
            found
                .iter()
                .map(|index| name("index", &index.name))
                .filter(|index| index.name != "_id_"),
        );
    }
    resources.truncate(MAX_RESOURCES);
    Ok(resources)
}
