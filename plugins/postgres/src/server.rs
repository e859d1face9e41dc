//! What kind of server we are on, for plans: which one, primary or standby, with how many replicas.

use crate::connection::Read;
use serde_json::{Value, json};
use steersman_toolkit::protocol::{Fact, Problem};

const SERVER: &str = "SELECT pg_catalog.pg_is_in_recovery(), \
  CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') \
       THEN (SELECT c.system_identifier::text FROM pg_catalog.pg_control_system() c) END, \
  pg_catalog.current_database()::text, \
  (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication), \
  (SELECT pg_catalog.max(EXTRACT(epoch FROM r.replay_lag) * 1000)::float8 FROM pg_catalog.pg_stat_replication r)";

pub(crate) struct ServerState {
    /// Made once when the cluster was created; `None` where our role may not see it.
    system_identifier: Option<String>,
    database: String,
    pub replicas: u32,
    /// How far the slowest replica is behind, where it says so.
    pub lag_ms: Option<f64>,
}

impl ServerState {
    /// What must still be so when the plan is carried out: the same cluster, still the primary.
    pub(crate) fn must_hold(&self) -> Value {
        json!({ "is_primary": true, "system_identifier": self.system_identifier, "database": self.database })
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
    let rows = read.rows(SERVER, &[]).await?;
    let row = &rows[0];
    if row.get::<_, bool>(0) {
        return Err(Problem::new(
            "postgres.standby",
            read.what(),
            "this server is a standby: it repeats what its primary does and cannot be changed itself",
            "Ask for the change on the primary; it comes here by replication",
        ));
    }
    Ok(ServerState {
        system_identifier: row.get(1),
        database: row.get(2),
        replicas: u32::try_from(row.get::<_, i64>(3)).unwrap_or(0),
        lag_ms: row.get(4),
    })
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
