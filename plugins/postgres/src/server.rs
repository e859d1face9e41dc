//! What kind of server we are on, for plans: which one, primary or standby, with how many replicas.

use crate::connection::Read;
use serde_json::{Value, json};
use steersman_toolkit::protocol::{Fact, Problem};

const SERVER: &str = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_database()::text, \
  (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication), \
  (SELECT pg_catalog.max(EXTRACT(epoch FROM r.replay_lag) * 1000)::float8 FROM pg_catalog.pg_stat_replication r)";

const SYSTEM_IDENTIFIER: &str = "SELECT c.system_identifier::text FROM pg_catalog.pg_control_system() c";

/// Eight hexadecimal digits that change with every promotion: the beginning of the name of the current log file.
const TIMELINE: &str = "SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() \
  THEN pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8) END";

/// Asking who a server is, which some refuse to say.
const ASKING_MS: u64 = 2_000;

/// Which server answers: a failover, a restore or another cluster behind the same address make another one of it.
pub(crate) struct Identity {
    is_primary: bool,
    /// Made once when the cluster was created, and common to its standbys; `None` where our role may not see it.
    system_identifier: Option<String>,
    /// `None` on a standby, and where the server does not say.
    timeline: Option<String>,
    database: String,
}

impl Identity {
    pub(crate) fn must_hold(&self) -> Value {
        json!({
            "is_primary": self.is_primary,
            "system_identifier": self.system_identifier,
            "timeline": self.timeline,
            "database": self.database,
        })
    }
}

pub(crate) struct ServerState {
    identity: Identity,
    pub replicas: u32,
    /// How far the slowest replica is behind, where it says so.
    pub lag_ms: Option<f64>,
}

impl ServerState {
    /// What must still be so when the plan is carried out: the same cluster, still the primary, and no other
    /// primary since.
    pub(crate) fn must_hold(&self) -> Value {
        self.identity.must_hold()
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        match self.replicas {
            0 => Vec::new(),
            replicas => vec![Fact::PrimaryWithReplicas { replicas }],
        }
    }

    /// `none`, or `2, the slowest 1.5 s behind`.
    pub(crate) fn replicas_in_words(&self) -> String {
        match (self.replicas, self.lag_ms) {
            (0, _) => "none".to_owned(),
            (n, Some(lag)) => format!("{n}, the slowest {} behind", crate::show::duration(lag)),
            (n, None) => format!("{n}, their lag is not known"),
        }
    }
}

/// Reads the state of a server that can be changed.
///
/// Errors: `postgres.standby`.
pub(crate) async fn primary(read: &mut Read<'_>) -> Result<ServerState, Problem> {
    let state = any(read).await?;
    if !state.identity.is_primary {
        return Err(Problem::new(
            "postgres.standby",
            read.what(),
            "this server is a standby: it repeats what its primary does and cannot be changed itself",
            "Ask for the change on the primary; it comes here by replication",
        ));
    }
    Ok(state)
}

/// Reads the state of a server, primary or standby.
pub(crate) async fn any(read: &mut Read<'_>) -> Result<ServerState, Problem> {
    let rows = read.rows(SERVER, &[]).await?;
    let row = &rows[0];
    Ok(ServerState {
        identity: Identity {
            is_primary: !row.get::<_, bool>(0),
            system_identifier: if_told(read, SYSTEM_IDENTIFIER).await?,
            timeline: if_told(read, TIMELINE).await?,
            database: row.get(1),
        },
        replicas: u32::try_from(row.get::<_, i64>(2)).unwrap_or(0),
        lag_ms: row.get(3),
    })
}

/// One text, or nothing where the server refuses: managed services keep some functions to themselves.
async fn if_told(read: &mut Read<'_>, sql: &str) -> Result<Option<String>, Problem> {
    read.aside(ASKING_MS).await?;
    let row = read.row(sql, &[]).await;
    read.back().await?;
    Ok(row.ok().flatten().and_then(|row| row.get(0)))
}

/// The problem when only the owner may.
pub(crate) fn only_the_owner(what: &str, thing: &str, owner: &str) -> Problem {
    Problem::new(
        "postgres.permission_denied",
        what,
        format!("only its owner may change {thing}, and our role is neither \"{owner}\" nor a member of it"),
        format!("GRANT the role \"{owner}\" to ours, or use another role for this target"),
    )
}
